"""Which agent runs a job."""

import pytest

from lenticular.engines.movers.messages import Hello
from lenticular.primitives.agents import BUILT_IN
from lenticular.primitives.transfers.routes import runner

HIDDEN = Hello("1", "behind a firewall", (), "/")
OPEN = Hello("1", "reachable", (), "/", addresses=("https://reachable",))


@pytest.mark.parametrize(
    ("source", "destination", "there", "expected"),
    [
        ("a", "a", {"a": HIDDEN}, "a"),
        (BUILT_IN, BUILT_IN, {BUILT_IN: OPEN}, BUILT_IN),
        ("a", BUILT_IN, {"a": HIDDEN, BUILT_IN: OPEN}, "a"),
        (BUILT_IN, "a", {"a": HIDDEN, BUILT_IN: OPEN}, "a"),
        ("a", "b", {"a": HIDDEN, "b": OPEN}, "a"),
        ("a", "b", {"a": OPEN, "b": HIDDEN}, "b"),
        ("a", "b", {"a": OPEN, "b": OPEN}, "b"),
        ("a", "b", {"a": HIDDEN, "b": HIDDEN}, "b"),
        ("a", "b", {"a": HIDDEN}, None),
        (BUILT_IN, "b", {BUILT_IN: OPEN}, None),
    ],
)
def test_runs_where_both_ends_are_reached(source, destination, there, expected):
    assert runner(source, destination, there.get) == expected
