"""What rules and announced folders allow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.engines.connectors.grants import Grants
from lenticular.engines.connectors.places import Announced, Rule

NAMES = st.sampled_from(["a", "b", "c"])
PATHS = st.lists(NAMES, max_size=4).map(lambda names: "/" + "/".join(names))
FOLDERS = st.lists(NAMES, max_size=3).map(lambda names: "/".join(["", *names, ""]))
RULES = st.builds(Rule, st.one_of(FOLDERS, PATHS), st.sampled_from(["r", "rw"]))
ANNOUNCED = st.builds(Announced, PATHS, st.sampled_from(["r", "rw"]))
ORDER = ("", "r", "rw")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", ""),
        ("/data", "r"),
        ("/data/a/b", "r"),
        ("/data/in", "rw"),
        ("/data/in/new", "rw"),
        ("/database", ""),
        ("/file", "rw"),
        ("/file/below", ""),
        ("/DATA", ""),
    ],
)
def test_rules_add_up(path, expected):
    grants = Grants([Rule("/data/", "r"), Rule("/data/in/", "rw"), Rule("/file", "rw")])
    assert grants.permission(path) == expected
    assert grants.is_visible(path) == (path == "/" or bool(expected))


def test_a_folder_on_the_way_shows_the_way():
    grants = Grants([Rule("/a/b/c/", "r"), Rule("/a/file", "r"), Rule("/d/", "rw")])
    assert grants.ways("/") == {"a", "d"}
    assert grants.ways("/a") == {"b", "file"}
    assert grants.ways("/a/b/c") is None
    assert not grants.is_visible("/a/other")
    assert not Grants([]).is_visible("/")


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/x", "rw"), ("/raw", "r"), ("/raw/x", "r"), ("/raw/tmp/x", "rw"), ("/Raw/x", "r")],
)
def test_of_announced_folders_the_innermost_counts(path, expected):
    announced = [Announced("/d", "rw"), Announced("/d/raw", "r"), Announced("/d/raw/tmp", "rw")]
    grants = Grants.within("/d", [Rule("/", "rw")], announced)
    assert grants.permission(path) == expected
    assert Grants.within("/d", [Rule("/", "r")], announced).permission(path) == "r"


def test_what_is_moved_takes_nothing_along_that_must_stay():
    announced = [Announced("/d", "rw"), Announced("/d/a/raw", "r")]
    grants = Grants.within("/d", [Rule("/", "rw")], announced)
    assert grants.may_move("/b")
    assert not grants.may_move("/a")
    assert not grants.may_move("/a/raw")
    assert not grants.may_move("/")
    one = Grants([Rule("/share/", "rw"), Rule("/f", "rw")])
    assert one.may_move("/share/x")
    assert not one.may_move("/share")  # that would be a change of the folder it is in
    assert not one.may_move("/f")


@given(st.lists(RULES, max_size=4), st.one_of(st.none(), st.lists(ANNOUNCED, max_size=4)), PATHS)
def test_nothing_is_allowed_that_is_not_said(rules, announced, path):
    grants = Grants(rules) if announced is None else Grants.within("/", rules, announced)
    below = f"{path.rstrip('/')}/"
    covering = [
        rule.permission
        for rule in rules
        if rule.path == path or (rule.path.endswith("/") and below.startswith(rule.path))
    ]
    expected = max(covering, key=ORDER.index, default="")
    if announced is not None:
        around = [each for each in announced if below.startswith(f"{each.path.rstrip('/')}/")]
        inner = max((len(each.path) for each in around), default=-1)
        said = [each.permission for each in around if len(each.path) == inner]
        allowed = ORDER.index(grants.permission(path))
        assert allowed <= max(map(ORDER.index, said), default=0)
    assert ORDER.index(grants.permission(path)) <= ORDER.index(expected)
    if announced is None:
        assert grants.permission(path) == expected
    names = grants.ways(path)
    assert names is None or not grants.permission(path)
    assert not grants.permission(path) or grants.is_visible(path)
    assert not grants.may_move(path) or grants.permission(path) == "rw"
