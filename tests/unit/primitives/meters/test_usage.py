"""Whose doing a request is, and as how many it counts."""

from msgspec.structs import replace

from lenticular.primitives.meters import READ, all_of, any_of, none_of, one_of, spender, usage
from lenticular.primitives.meters.lines import Line
from lenticular.primitives.principals import ANONYMOUS
from lenticular.testing.values import make_principal

ROLE = "arn:aws:iam::111111111111:role/reader"


def test_a_session_of_a_role_is_the_roles_doing():
    session = replace(
        make_principal("alice"),
        kind="role",
        arn="arn:aws:sts::111111111111:assumed-role/reader/one-of-many",
        issuer_arn=ROLE,
    )
    assert spender(session) == ROLE


def test_everybody_else_is_who_they_are():
    alice = make_principal("alice")
    assert spender(alice) == alice.arn
    assert spender(ANONYMOUS) == "anonymous"


def test_an_answer_counts_by_its_size_where_that_matters():
    query = usage("tables", READ, "1", "arn", units=2, unit_size=4096)
    assert [query.units_of(size) for size in (0, 8192, 8193, 40960)] == [2, 2, 3, 10]
    assert usage("objects", READ, "1", "arn").units_of(10**9) == 1


def test_filters_combine():
    line = Line("1", "objects", "read", "arn:alice", "roads")
    roads, tables = one_of("project", "roads", "rivers"), one_of("service", "tables")
    assert roads.matches(line)
    assert not tables.matches(line)
    assert any_of(roads, tables).matches(line)
    assert not all_of(roads, tables).matches(line)
    assert all_of(roads, none_of(tables)).matches(line)
    assert all_of().matches(line)
    assert not any_of().matches(line)
