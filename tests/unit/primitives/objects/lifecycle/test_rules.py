"""What rules say of single objects: dates, filters, classes, and which action goes first."""

from calendar import timegm

import pytest

from lenticular.primitives.objects import Version
from lenticular.primitives.objects.lifecycle.calendar import CIVIL, Calendar, is_midnight
from lenticular.primitives.objects.lifecycle.rules import (
    BY_CLASS,
    MARK,
    MOVE,
    REMOVE,
    SMALLEST_MOVED,
    Action,
    Expiration,
    Filter,
    Lifecycle,
    NoncurrentExpiration,
    NoncurrentTransition,
    Rule,
    Transition,
    expiry,
    for_current,
    for_noncurrent,
)
from lenticular.primitives.objects.records import ENABLED, Bucket

from .conftest import DAY, START

LARGE = SMALLEST_MOVED


def at(*moment):
    return timegm((*moment, 0, 0)[:6]) * 1000


def an_object(size=LARGE, storage_class="STANDARD", tags=None, modified=START):
    return Version(b"", size, "", modified, storage_class, "", False, True, {}, "", tags=tags or {})


def a_bucket(versioning=""):
    return Bucket("b", b"uid", "1", "owner", "r", 0, versioning=versioning)


EVERYTHING = Filter()


def rule(name="rule", wanted=EVERYTHING, **actions):
    return Rule(name, True, wanted, **actions)


def judged(version, *rules, days=0, versioning="", **options):
    lifecycle, now = Lifecycle(rules, **options), START + days * DAY
    return for_current(lifecycle, a_bucket(versioning), "key", version, now, CIVIL)


@pytest.mark.parametrize(
    ("made", "days", "due"),
    [
        # Amazon S3 User Guide, "Lifecycle rules: Based on an object's age".
        (at(2014, 1, 15, 10, 30), 3, at(2014, 1, 19, 0, 0)),
        (at(2014, 1, 15, 23, 59), 1, at(2014, 1, 17, 0, 0)),
        (at(2014, 1, 15, 10, 30), 0, at(2014, 1, 16, 0, 0)),
        (at(2024, 2, 28, 12, 0), 1, at(2024, 3, 1, 0, 0)),
    ],
)
def test_days_are_rounded_up_to_midnight(made, days, due):
    assert CIVIL.after(made, days) == due
    assert (is_midnight(made), is_midnight(due)) == (False, True)


def test_days_of_another_length_are_not_rounded():
    assert Calendar(2.0).after(1_234_567, 3) == 1_234_567 + 6000
    assert Calendar(2.0).turn(1_000_000) != Calendar(2.0).turn(1_000_500)
    assert CIVIL.turn(START) == CIVIL.turn(START + DAY - 1) != CIVIL.turn(START + DAY)


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        (Filter(), True),
        (Filter("lo"), True),
        (Filter("og"), False),
        (Filter(tags=(("a", "1"),)), True),
        (Filter(tags=(("a", "2"),)), False),
        (Filter(tags=(("a", "1"), ("b", "2"))), True),
        (Filter(tags=(("a", "1"), ("c", ""))), False),
        (Filter(larger_than=9), True),
        (Filter(larger_than=10), False),
        (Filter(smaller_than=11), True),
        (Filter(smaller_than=10), False),
        (Filter("lo", (("b", "2"),), 9, 11), True),
    ],
)
def test_filters_want_all_that_they_name(wanted, matches):
    assert wanted.matches("logs/1", 10, {"a": "1", "b": "2"}) is matches


def test_the_first_of_several_expirations_counts():
    rules = [
        rule("late", expiration=Expiration(days=9)),
        rule("early", expiration=Expiration(days=2)),
        rule("other", Filter("other/"), expiration=Expiration(days=1)),
        rule("dated", expiration=Expiration(date=START + 4 * DAY)),
    ]
    assert expiry(Lifecycle(tuple(rules)), "key", an_object(), CIVIL) == (
        START + 3 * DAY,
        "early",
    )
    assert expiry(Lifecycle(()), "key", an_object(), CIVIL) is None


def test_disabled_rules_do_nothing():
    off = Rule("off", False, Filter(), expiration=Expiration(days=1))
    assert judged(an_object(), off, days=100) is None


def test_removal_goes_before_a_move_and_a_move_before_a_marker():
    both = rule(expiration=Expiration(days=2), transitions=(Transition("GLACIER", 1),))
    assert judged(an_object(), both, days=1) is None
    assert judged(an_object(), both, days=2) == Action(MOVE, "GLACIER")
    assert judged(an_object(), both, days=3) == Action(REMOVE)
    assert judged(an_object(), both, days=3, versioning=ENABLED) == Action(MOVE, "GLACIER")
    moved = an_object(storage_class="GLACIER")
    assert judged(moved, both, days=3, versioning=ENABLED) == Action(MARK)


def test_of_several_moves_the_lowest_class_wins_and_none_leads_up():
    rules = [
        rule("a", transitions=(Transition("STANDARD_IA", 30), Transition("GLACIER", 60))),
        rule("b", transitions=(Transition("ONEZONE_IA", date=START + 31 * DAY),)),
    ]
    assert judged(an_object(), *rules, days=31) == Action(MOVE, "ONEZONE_IA")
    assert judged(an_object(), *rules, days=61) == Action(MOVE, "GLACIER")
    for storage_class in ("GLACIER", "DEEP_ARCHIVE"):
        assert judged(an_object(storage_class=storage_class), *rules, days=99) is None


@pytest.mark.parametrize("storage_class", ["GLACIER", "STANDARD_IA"])
def test_small_objects_stay_unless_the_rule_speaks_of_sizes(storage_class):
    small = an_object(LARGE - 1)
    move = (Transition(storage_class, 1),)
    assert judged(an_object(), rule(transitions=move), days=9) == Action(MOVE, storage_class)
    assert judged(small, rule(transitions=move), days=9) is None
    by_class = judged(small, rule(transitions=move), days=9, smallest=BY_CLASS)
    assert by_class == (Action(MOVE, "GLACIER") if storage_class == "GLACIER" else None)
    sized = rule(wanted=Filter(larger_than=1), transitions=move)
    assert judged(small, sized, days=9) == Action(MOVE, storage_class)


def test_older_versions_are_removed_before_they_are_moved_and_the_newest_are_kept():
    both = rule(
        noncurrent_expiration=NoncurrentExpiration(2, newer=3),
        noncurrent_transitions=(NoncurrentTransition("GLACIER", 1),),
    )

    def action(days, newer):
        now = START + days * DAY
        lifecycle = Lifecycle((both,))
        return for_noncurrent(
            lifecycle,
            "key",
            an_object(modified=0),
            START,
            lambda most: min(newer, most),
            now,
            CIVIL,
        )

    assert action(1, 9) is None
    assert action(2, 9) == Action(MOVE, "GLACIER")
    assert action(3, 2) == Action(MOVE, "GLACIER")
    assert action(3, 3) == Action(REMOVE)
