"""Periods begin and end where calendars say, in UTC."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.primitives.budgets import FOREVER, period_at


def moment(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("unit", "at", "start", "stop"),
    [
        ("day", "2028-02-29T23:59:59", "2028-02-29", "2028-03-01"),
        ("month", "2026-12-31T23:59:59", "2026-12-01", "2027-01-01"),
        ("month", "2028-02-01T00:00:00", "2028-02-01", "2028-03-01"),
        ("quarter", "2026-06-30T23:59:59", "2026-04-01", "2026-07-01"),
        ("quarter", "2026-11-15T12:00:00", "2026-10-01", "2027-01-01"),
        ("year", "2026-07-01T00:00:00", "2026-01-01", "2027-01-01"),
    ],
)
def test_a_period_is_the_calendars(unit, at, start, stop):
    assert period_at(unit, moment(at), 0, FOREVER) == (moment(start), moment(stop))


@given(unit=st.sampled_from(["day", "month", "quarter", "year"]), at=st.integers(0, FOREVER - 1))
def test_periods_follow_each_other_without_a_gap(unit, at):
    period = period_at(unit, at, 0, 10**13)
    assert at in period
    following = period_at(unit, period.stop, 0, 10**13)
    assert following.start == period.stop
    assert period_at(unit, following.start - 1, 0, 10**13) == period
    first, stop = period.hours
    assert (stop - first) * 3_600_000 == period.stop - period.start


def test_outside_of_begin_and_end_there_is_none():
    begins, ends = moment("2026-03-10"), moment("2026-05-01")
    assert period_at("month", begins - 1, begins, ends) is None
    assert period_at("month", ends, begins, ends) is None
    assert period_at("month", begins, begins, ends) == (moment("2026-03-01"), moment("2026-04-01"))
    assert period_at("once", begins, begins, ends) == (begins, ends)
