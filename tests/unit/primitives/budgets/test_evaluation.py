"""Alarms: raised once when a threshold is passed, kept, logged, and ended by a higher limit."""

import asyncio
from decimal import Decimal

import pytest
from msgspec.structs import replace

from lenticular.engines.kv.contract import StoreFailed
from lenticular.primitives.budgets import Notification, Subscriber, Threshold, evaluation

ACCOUNT = "111111111111"
DAY = 24 * 3600
PI = (Subscriber("email", "pi@lab.example"),)


def notify(percent, **options):
    return Notification(Threshold(Decimal(percent), **options), PI)


async def alarms(house):
    return [
        (alarm.budget, alarm.threshold.value, alarm.amount)
        for alarm in await house.budgets.alarms(ACCOUNT)
    ]


async def test_an_alarm_is_raised_once_in_a_period(house, clock, caplog):
    await house.budget(10, notifications=(notify(50), notify(80)), period="day")
    await house.write(units=5)
    await house.evaluation.evaluate()
    assert await alarms(house) == []  # 5 is not more than 5
    await house.write()
    for _ in range(3):
        await house.evaluation.evaluate()
    assert await alarms(house) == [("lab", 50, "6 USD")]
    assert "a threshold is passed: 6 USD" in caplog.text
    [alarm] = await house.budgets.alarms(ACCOUNT)
    assert (alarm.limit, alarm.subscribers) == ("10 USD", PI)
    clock.now += 1
    await house.write(units=3)
    await house.evaluation.evaluate()
    assert await alarms(house) == [("lab", 80, "9 USD"), ("lab", 50, "6 USD")]
    clock.now += DAY
    await house.evaluation.evaluate()
    assert len(await alarms(house)) == 2
    await house.write(units=6)
    await house.evaluation.evaluate()
    assert len(await alarms(house)) == 3


async def test_two_that_look_at_once_raise_one_alarm(house):
    await house.budget(10, notifications=(notify(50),))
    await house.write(units=6)
    await asyncio.gather(*(house.evaluation.evaluate() for _ in range(3)))
    assert await alarms(house) == [("lab", 50, "6 USD")]


async def test_an_alarm_outlives_a_restart_and_is_not_raised_again(house):
    await house.budget(10, notifications=(notify(50),))
    await house.write(units=6)
    await house.evaluation.evaluate()
    after = await house.restarted()
    await after.evaluation.evaluate()
    assert await alarms(after) == [("lab", 50, "6 USD")]


async def test_a_higher_limit_ends_an_alarm(house):
    await house.budget(10, notifications=(notify(50),))
    await house.write(units=6)
    await house.evaluation.evaluate()
    await house.budgets.change(ACCOUNT, "lab", lambda budget: replace(budget, limit=Decimal(20)))
    await house.evaluation.evaluate()
    [notification] = (await house.budgets.find(ACCOUNT, "lab")).notifications
    assert notification.alarmed == 0
    await house.write(units=5)
    await house.evaluation.evaluate()
    assert [amount for _, _, amount in await alarms(house)] == ["11 USD", "6 USD"]


@pytest.mark.parametrize(
    ("comparison", "units", "raised"),
    [(">", 6, True), (">", 5, False), ("<", 4, True), ("<", 5, False), ("=", 5, True)],
)
async def test_comparisons_with_an_amount(house, comparison, units, raised):
    threshold = notify(5, relative=False, comparison=comparison)
    await house.budget(100, notifications=(threshold,))
    await house.write(units=units)
    await house.evaluation.evaluate()
    assert bool(await alarms(house)) is raised


async def test_a_forecast_needs_some_time_and_raises_one_alarm(house, clock):
    clock.now -= clock.now % DAY - 1800  # half past midnight
    await house.budget(10, notifications=(notify(100, forecast=True),), period="day")
    await house.write(units=2)
    await house.evaluation.evaluate()
    assert (await house.standing()).forecast is None
    clock.now += 5 * 3600 + 1800  # six: 2 in a quarter of the day come to 8
    await house.evaluation.evaluate()
    assert (await house.standing()).forecast == 8
    assert await alarms(house) == []
    await house.write()
    for _ in range(2):
        await house.evaluation.evaluate()
    assert await alarms(house) == [("lab", 100, "12 USD")]
    clock.now += 12 * 3600
    await house.evaluation.evaluate()
    assert (await house.standing()).forecast == 4
    assert len(await alarms(house)) == 1


async def test_a_stop_by_forecast_comes_on_with_the_evaluation(house, clock):
    clock.now -= clock.now % DAY - 6 * 3600
    await house.budget(10, period="day")
    await house.stop(100, forecast=True)
    await house.write(units=3)
    await house.evaluation.evaluate()
    assert await house.state() == "executed"


async def test_a_budget_that_has_ended_is_left_alone(house, clock):
    ended = int(clock.now * 1000) - 1
    await house.budget(1, stop=100, ends=ended, notifications=(notify(1),))
    for _ in range(3):
        await house.write()
    await house.evaluation.evaluate()
    assert await alarms(house) == []
    assert (await house.standing()).period is None


async def test_planned_limits_take_over_when_their_time_comes(house, clock):
    june = int(clock.now * 1000)
    planned = ((0, Decimal(1)), (june + DAY * 1000, Decimal(2)))
    await house.budget(99, planned=planned, period="day")
    assert (await house.standing()).limit == 1
    clock.now += 2 * DAY
    assert (await house.standing()).limit == 2


async def test_what_could_not_be_kept_is_kept_the_next_time(house, monkeypatch):
    await house.budget(1, stop=100, notifications=(notify(50),))
    await house.write()

    async def fail(fn):
        raise StoreFailed("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(house.store, "transact", fail)
        with pytest.raises(StoreFailed):
            await house.evaluation.evaluate()
    await house.evaluation.evaluate()
    assert await house.state() == "executed"
    assert len(await alarms(house)) == 1


async def test_while_it_runs_everything_is_looked_at_each_second(house, monkeypatch):
    monkeypatch.setattr(evaluation, "_EVERY", 0.001)
    evaluate, looked = house.evaluation.evaluate, asyncio.Event()

    async def noted():
        await evaluate()
        looked.set()

    monkeypatch.setattr(house.evaluation, "evaluate", noted)
    await house.budget(1, notifications=(notify(50),))
    async with house.evaluation.running():
        await house.write()
        looked.clear()
        await looked.wait()
    assert await alarms(house) == [("lab", 50, "1 USD")]
