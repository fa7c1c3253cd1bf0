"""Timers: what they submit and when, what survives, and what ends their rights."""

import pytest

from lenticular.engines.movers.contract import Item
from lenticular.primitives.oauth.builtin import TIMER_SCOPE, TRANSFER_ALL
from lenticular.primitives.timers import (
    ConsentMissing,
    Schedule,
    TimerEnded,
    TimerInvalid,
    TimerNotFound,
)

HOUR = 3600


async def test_a_run_submits_the_transfer_once(lab):
    timer = await lab.create()
    await lab.timers.run()
    await lab.timers.run()
    [task] = await lab.tasks()
    assert (task.label, task.owner_id, task.client_id) == ("By itself", lab.ada_id, lab.client_id)
    assert (task.source.collection_id, task.destination.collection_id) == (lab.here, lab.there)
    seen = await lab.seen(timer)
    assert (seen.done, seen.failed, seen.runs[0].task_id) == (1, 0, task.task_id)
    assert seen.next_run == int(lab.now * 1000) + HOUR * 1000


async def test_a_run_of_which_nothing_was_noted_is_not_submitted_again(lab, monkeypatch):
    timer = await lab.create()

    def killed(*_):
        raise ConnectionAbortedError

    with monkeypatch.context() as patch:
        patch.setattr(lab.timers, "_note", killed)
        with pytest.raises(ConnectionAbortedError):
            await lab.timers.run()
    [task] = await lab.tasks()
    lab.timers = lab.restarted()
    await lab.timers.run()
    assert len(await lab.tasks()) == 1
    assert (await lab.seen(timer)).runs[0].task_id == task.task_id


async def test_missed_times_are_made_up_for_once(lab):
    timer = await lab.create()
    begun = int(lab.now * 1000)
    await lab.timers.run()
    await lab.end_tasks()
    lab.now += 10.5 * HOUR
    lab.timers = lab.restarted()
    await lab.timers.run()
    await lab.end_tasks()
    await lab.timers.run()
    assert len(await lab.tasks()) == 2
    assert (await lab.seen(timer)).next_run == begun + 11 * HOUR * 1000


async def test_a_timer_waits_for_its_last_transfer(lab):
    timer = await lab.create()
    await lab.timers.run()
    lab.now += HOUR
    await lab.timers.run()
    assert len(await lab.tasks()) == 1
    await lab.end_tasks()
    await lab.timers.run()
    assert len(await lab.tasks()) == 2
    assert (await lab.seen(timer)).done == 2


async def test_a_timer_waits_for_the_same_transfer_of_others(lab):
    timer = await lab.create()
    await lab.submit_the_same()
    await lab.timers.run()
    assert (await lab.seen(timer)).done == 0
    await lab.end_tasks()
    await lab.timers.run()
    assert (await lab.seen(timer)).done == 1


@pytest.mark.parametrize("schedule", [{}, {"interval": HOUR, "runs": 1}])
async def test_after_its_last_run_a_timer_has_ended(lab, schedule):
    timer = await lab.create(schedule=Schedule(int(lab.now * 1000), **schedule))
    await lab.timers.run()
    seen = await lab.seen(timer)
    assert (seen.status, seen.next_run) == ("ended", 0)
    lab.now += 2 * HOUR
    await lab.end_tasks()
    await lab.timers.run()
    assert len(await lab.tasks()) == 1
    with pytest.raises(TimerEnded):
        await lab.timers.pause(timer.timer_id, lab.ids)
    with pytest.raises(TimerEnded):
        await lab.timers.resume(timer.timer_id, await lab.caller())


async def test_pause_and_resume(lab):
    timer = await lab.create()
    begun = timer.next_run
    await lab.timers.pause(timer.timer_id, lab.ids)
    lab.now += 2.5 * HOUR
    await lab.timers.run()
    assert await lab.tasks() == []
    resumed = await lab.timers.resume(timer.timer_id, await lab.caller())
    assert (resumed.status, resumed.next_run) == ("loaded", begun + 3 * HOUR * 1000)
    lab.now += HOUR / 2
    await lab.timers.run()
    assert len(await lab.tasks()) == 1


async def test_a_withdrawn_consent_stops_a_timer(lab):
    timer = await lab.create()
    [root, _] = await lab.cloud.oauth.consents.of(lab.ada_id, lab.client_id)
    await lab.cloud.oauth.consents.withdraw(lab.ada_id, root.number)
    await lab.timers.run()
    seen = await lab.seen(timer)
    assert (seen.status, seen.cause, seen.done) == ("inactive", "consent", 0)
    assert await lab.tasks() == []
    with pytest.raises(ConsentMissing):
        await lab.timers.resume(timer.timer_id, await lab.caller())
    with pytest.raises(ConsentMissing):
        await lab.create()
    await lab.consent(TIMER_SCOPE)
    with pytest.raises(ConsentMissing):
        await lab.timers.resume(timer.timer_id, await lab.caller())
    await lab.consent(f"{TIMER_SCOPE}[{TRANSFER_ALL}]")
    await lab.timers.resume(timer.timer_id, await lab.caller())
    await lab.end_tasks()
    lab.now += HOUR
    await lab.timers.run()
    assert len(await lab.tasks()) == 1


async def test_a_deleted_user_has_no_more_runs(lab):
    timer = await lab.create()
    await lab.cloud.identities.users.delete(lab.account_id, "ada")
    await lab.timers.run()
    seen = await lab.seen(timer)
    assert (seen.status, seen.done) == ("inactive", 0)


async def test_what_cannot_be_submitted_is_told_and_tried_at_the_next_time(lab):
    timer = await lab.create()
    await lab.cloud.collections.delete(lab.there, None)
    await lab.timers.run()
    seen = await lab.seen(timer)
    assert (seen.status, seen.done, seen.failed) == ("loaded", 1, 1)
    assert "CollectionNotFound" in seen.runs[0].error
    assert seen.next_run > lab.now * 1000


@pytest.mark.parametrize(
    "fields",
    [
        {"items": []},
        {"items": [Item("/a", "/b")] * 1001},
        {"name": ""},
        {"name": "n" * 257},
        {"schedule": Schedule(1, interval=5)},
    ],
)
async def test_what_no_timer_can_be(lab, fields):
    with pytest.raises(TimerInvalid):
        await lab.create(**fields)


async def test_timers_are_for_their_owner(lab):
    timer = await lab.create()
    for ids in ((), ("somebody",)):
        assert await lab.timers.of(ids) == []
        with pytest.raises(TimerNotFound):
            await lab.timers.get(timer.timer_id, ids)
        with pytest.raises(TimerNotFound):
            await lab.timers.delete(timer.timer_id, ids)
    assert await lab.timers.of(lab.ids) == [timer]
    await lab.timers.rename(timer.timer_id, lab.ids, "Other")
    assert (await lab.seen(timer)).name == "Other"
    await lab.timers.delete(timer.timer_id, lab.ids)
    await lab.timers.run()
    assert await lab.tasks() == await lab.timers.of(lab.ids) == []
