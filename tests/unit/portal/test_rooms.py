"""The register of rooms."""

import re

import pytest

from lenticular.portal.rooms import ROOMS
from lenticular.portal.rooms.sessions import device

DOORS = [(room, door) for room in ROOMS for door in room.doors]


def test_each_room_has_a_page_where_it_is_listed():
    for room in ROOMS:
        assert f"GET {room.path}" in room.doors


def test_doors_are_different():
    assert len({door for _, door in DOORS}) == len(DOORS)


def test_doors_lie_in_their_room():
    outside = {"POST /sign-out", "POST /sign-out-everywhere"}
    for room, door in DOORS:
        path = door.split()[1]
        if door not in outside and room.path != "/":
            assert path == room.path or path.startswith(f"{room.path}/"), door


def test_whatever_changes_something_is_posted():
    for _, door in DOORS:
        assert re.fullmatch(r"(GET|POST) /[\w/{}-]*", door), door


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537 Chrome/140 Safari/537",
            "Chrome on Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537 Edg/140", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18 like Mac OS X) Safari/604", "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15.0) Firefox/140", "Firefox on macOS"),
        ("curl/8.5", "curl/8.5"),
        ("", "unknown"),
    ],
)
def test_devices_are_named_in_short(user_agent, expected):
    assert device(user_agent) == expected
