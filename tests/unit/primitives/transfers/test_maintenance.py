"""What time does to tasks."""

import pytest

from lenticular.engines.movers.contract import Counts, Moved
from lenticular.primitives.agents import BUILT_IN
from lenticular.primitives.transfers import HistoryDeleted, TaskGoesOn


async def test_a_task_that_does_not_come_on_expires_after_a_day(lab):
    folder = await lab.folder()
    task_id = await lab.submit(folder, folder)
    job = await lab.begin()
    await lab.report(job, 1, counts=Counts(subtasks_total=3, subtasks_pending=2))
    lab.now += 24 * 3600 - 1
    await lab.transfers.maintenance.expire()
    assert (await lab.task(task_id)).status == "ACTIVE"
    lab.now += 1
    await lab.transfers.maintenance.expire()
    task = await lab.task(task_id)
    assert (task.status, task.fatal_code) == ("FAILED", "EXPIRED")
    assert (task.expired, task.counts.subtasks_pending) == (2, 0)
    assert await lab.codes(task_id) == ["STARTED", "EXPIRED"]
    assert (await lab.report(job, 2)).what == "stop"


async def test_a_job_whose_agent_vanished_goes_on_when_it_returns(lab):
    laptop, agent_id = await lab.laptop()
    task_id = await lab.submit(laptop, await lab.folder())
    job = await lab.begin(agent_id)
    lab.now += 60
    await lab.connect(BUILT_IN)
    await lab.transfers.maintenance.run()
    task = await lab.task(task_id)
    assert (task.status, task.nice_status) == ("ACTIVE", "GC_NOT_CONNECTED")
    assert await lab.codes(task_id) == ["GC_NOT_CONNECTED"]

    lab.now += 3601
    await lab.connect(BUILT_IN)
    await lab.transfers.maintenance.run()
    assert (await lab.task(task_id)).status == "INACTIVE"
    assert [mail.subject for mail in await lab.cloud.notices.latest()] == [
        f"Your transfer waits for you: {task_id}"
    ]

    await lab.connect(agent_id)
    await lab.transfers.maintenance.run()
    task = await lab.task(task_id)
    assert (task.status, task.nice_status) == ("ACTIVE", "OK")
    assert await lab.poll(agent_id, job) == ([], [])
    await lab.finish(job, agent_id=agent_id)
    assert (await lab.task(task_id)).status == "SUCCEEDED"


async def test_a_task_for_an_agent_that_is_not_there_waits_for_it(lab):
    laptop, agent_id = await lab.laptop()
    await lab.agents.part(agent_id)
    task_id = await lab.submit(laptop, await lab.folder())
    assert await lab.poll(BUILT_IN) == ([], [])
    await lab.transfers.maintenance.run()
    assert (await lab.task(task_id)).nice_status == "GC_NOT_CONNECTED"
    await lab.connect(agent_id)
    assert (await lab.begin(agent_id)).job_id == task_id
    assert (await lab.task(task_id)).nice_status == "OK"


async def test_a_task_that_waits_for_an_absent_agent_holds_nobody_up(lab):
    laptop, agent_id = await lab.laptop()
    folder = await lab.folder()
    await lab.agents.part(agent_id)
    await lab.submit(laptop, folder)
    second = await lab.submit(folder, folder)
    assert (await lab.begin()).job_id == second


async def test_agents_are_reminded_of_what_waits(lab):
    folder = await lab.folder()
    await lab.submit(folder, folder)
    with lab.agents.watch_wakes(BUILT_IN) as watch:
        await lab.transfers.maintenance.run()
        assert await watch.wait(5)


async def test_history_is_kept_for_thirty_days(lab):
    folder = await lab.folder()
    task_id = await lab.submit(folder, folder)
    look = lab.transfers.own([lab.id("ada")])
    job = await lab.begin()
    await lab.report(job, 1, moved=(Moved("/a", "/b", 1),))
    with pytest.raises(TaskGoesOn):
        await lab.transfers.moved(look, task_id, 0, 10)
    await lab.finish(job, 2)
    assert len(await lab.transfers.moved(look, task_id, 0, 10)) == 1

    lab.now += 30 * 24 * 3600 + 1
    await lab.transfers.maintenance.run()
    task = await lab.task(task_id)
    assert task.history_deleted
    assert task.status == "SUCCEEDED"
    assert await lab.codes(task_id) == []
    with pytest.raises(HistoryDeleted):
        await lab.transfers.moved(look, task_id, 0, 10)
    await lab.transfers.maintenance.run()
