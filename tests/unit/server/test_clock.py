"""A clock that leaps ahead is not believed until it is set back; small steps are."""

from types import SimpleNamespace

import pytest

from lenticular.server.clock import TOLERATED, WallClock

YEAR = 365 * 86400.0


@pytest.fixture
def now():
    return SimpleNamespace(wall=1e9, elapsed=5000.0)


@pytest.fixture
def clock(now):
    return WallClock(lambda: now.wall, lambda: now.elapsed)


def test_time_that_passes_is_no_leap(clock, now):
    for seconds in (1.0, YEAR):
        now.wall += seconds
        now.elapsed += seconds
        assert clock.is_believed()


def test_a_leap_ahead_is_held_until_the_clock_is_set_back(clock, now, caplog):
    now.wall += YEAR
    assert not clock.is_believed()
    now.wall += 3600
    now.elapsed += 3600
    assert not clock.is_believed()
    assert caplog.text.count("leapt ahead") == 1
    now.wall -= YEAR
    assert clock.is_believed()
    assert "set back" in caplog.text


def test_small_steps_add_up(clock, now):
    for _ in range(100):
        now.wall += TOLERATED - 1
        assert clock.is_believed()


def test_a_leap_back_is_believed_and_the_way_ahead_again_is_not(clock, now):
    now.wall -= YEAR
    assert clock.is_believed()
    now.wall += YEAR
    assert not clock.is_believed()
