"""The judge of what is found after a kill: what it lets pass, and what it must not."""

import pytest

from .journal import Journal
from .judge import LOST, RESURRECTED, TORN, Torn, judge

NOW = 1000.0


@pytest.fixture
def journal(tmp_path):
    """A journal: ``kept`` is there, ``gone`` is deleted, ``fades`` may go after `NOW`."""
    journal = Journal(tmp_path / "writer")
    for changes in ({"kept": "old"}, {"kept": "new"}, {"gone": "value"}, {"gone": None}):
        journal.done(journal.intend(changes))
    journal.done(journal.intend({"fades": "short"}, until=NOW))
    yield journal
    journal.close()


THERE = {"kept": "new", "fades": "short"}


def kinds(journal, found, now=NOW):
    return [fault.kind for fault in judge(journal, found, now).faults]


def test_what_must_be_there_is_there(journal):
    assert kinds(journal, THERE) == []
    assert kinds(journal, THERE, NOW - 1) == []


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        ({"fades": "short"}, LOST),
        (THERE | {"kept": "old"}, LOST),
        (THERE | {"kept": Torn("half")}, TORN),
        (THERE | {"gone": "value"}, RESURRECTED),
        (THERE | {"never there": "value"}, RESURRECTED),
        (THERE | {"fades": "another"}, LOST),
    ],
)
def test_what_must_not_be(journal, found, kind):
    assert kinds(journal, found) == [kind]
    assert kinds(journal, found) == []  # a fault counts once


def test_what_fades_may_go_when_its_time_is_over_and_not_before(journal):
    assert kinds(journal, {"kept": "new"}, NOW - 1) == [LOST]


def test_what_has_faded_does_not_come_back(journal):
    assert kinds(journal, {"kept": "new"}) == []
    assert kinds(journal, THERE) == [RESURRECTED]


@pytest.mark.parametrize("there", [True, False])
def test_what_was_under_way_is_there_or_not_and_stays_so(journal, there):
    changes = {"kept": "newer", "other": "first"}
    journal.intend(changes)
    found = THERE | changes if there else THERE
    verdict = judge(journal, found, NOW)
    assert not verdict.faults
    assert (verdict.under_way, verdict.there) == (1, there)
    other = THERE if there else THERE | changes
    assert kinds(journal, other) == ([LOST, LOST] if there else [LOST, RESURRECTED])


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (THERE | {"kept": "newer"}, TORN),
        (THERE | {"other": "first"}, TORN),
        (THERE | {"kept": "newer", "other": Torn("half")}, TORN),
        ({"fades": "short", "other": "first"}, LOST),
        (THERE | {"kept": "old"}, LOST),
        (THERE | {"other": "another"}, RESURRECTED),
    ],
)
def test_half_of_what_was_under_way(journal, found, kind):
    journal.intend({"kept": "newer", "other": "first"})
    assert kinds(journal, found) == [kind]


def test_what_was_refused_is_not_there(journal):
    journal.refused(journal.intend({"gone": "again"}))
    assert kinds(journal, THERE | {"gone": "again"}) == [RESURRECTED]


def test_what_fades_under_way_may_have_come_and_gone(journal):
    journal.intend({"kept": "short"}, until=NOW)
    assert kinds(journal, {"fades": "short"}, NOW) == []
    journal.done(journal.intend({"kept": "long"}))
    journal.intend({"kept": "short"}, until=NOW + 1)
    assert kinds(journal, {"fades": "short"}, NOW) == [LOST]
