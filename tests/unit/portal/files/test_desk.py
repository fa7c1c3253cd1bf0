"""What an address says of the two panes, and that it says the same again."""

import uuid
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.portal.clients import Refused
from lenticular.portal.files.desk import ORDERS, Pane, desk_of, query_values, side_of

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda name: "/" not in name
)
PATHS = st.lists(NAMES, min_size=1).map(lambda names: f"/{'/'.join(names)}/")


def panes(side):
    return st.builds(
        Pane,
        side=st.just(side),
        collection_id=st.uuids().map(str),
        path=PATHS,
        order=st.sampled_from([*ORDERS, *(f"-{order}" for order in ORDERS)]),
        start=st.integers(0, 10**8),
        hidden=st.booleans(),
    )


def read_again(address):
    query = parse_qs(urlsplit(address).query)
    return desk_of(lambda name: query.get(name, [""])[0])


@given(panes("left"), panes("right"), PATHS)
def test_an_address_describes_the_desk(left, right, path):
    desk = desk_of(query_values(left.state() | right.state()))
    assert (desk.left, desk.right) == (left, right)
    changed = read_again(desk.address("left", path=path))
    assert (changed.left.path, changed.right) == (path, right)


@pytest.mark.parametrize(
    ("given_values", "expected"),
    [
        ({"left": "not-an-id"}, Pane("left")),
        ({"left": "../../x", "left_from": "-1"}, Pane("left")),
        ({"left_order": "owner", "left_from": "99999999999"}, Pane("left")),
        ({"left_path": "a/b"}, Pane("left", path="/a/b/")),
    ],
)
def test_what_makes_no_sense_is_left_out(given_values, expected):
    assert desk_of(query_values(given_values)).left == expected


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", "/"])
def test_a_name_does_not_lead_out_of_the_folder(name):
    with pytest.raises(Refused):
        Pane("left", str(uuid.uuid4()), "/data/").within(name)


def test_there_are_two_sides():
    assert side_of("right") == "right"
    with pytest.raises(Refused):
        side_of("middle")
