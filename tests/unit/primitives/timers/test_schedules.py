"""When timers run."""

import pytest

from lenticular.primitives.timers import Schedule, TimerInvalid

DAY = 24 * 3600


def test_once():
    schedule = Schedule(1000)
    assert schedule.after(0, 0) == 1000
    assert schedule.after(1000, 1) == 0


@pytest.mark.parametrize(
    ("moment", "following"),
    [(0, 5000), (5000, 65_000), (64_999, 65_000), (65_000, 125_000), (1_000_000, 1_025_000)],
)
def test_times_keep_their_distance_from_the_start(moment, following):
    assert Schedule(5000, interval=60).after(moment, 1) == following


def test_the_last_run():
    thrice = Schedule(0, interval=60, runs=3)
    assert [thrice.after(60_000, done) for done in (1, 2, 3)] == [120_000, 120_000, 0]
    until = Schedule(0, interval=60, until=120_000)
    assert [until.after(moment, 1) for moment in (60_000, 120_000)] == [120_000, 0]


@pytest.mark.parametrize(
    "fields",
    [{"interval": 59}, {"interval": -1}, {"interval": 1 << 40}, {"until": 5}, {"runs": -1}],
)
def test_what_no_schedule_can_be(fields):
    with pytest.raises(TimerInvalid):
        Schedule(**{"start": 10, "interval": DAY} | fields).check()
