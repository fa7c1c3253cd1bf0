"""Tasks that managers hold back."""

import pytest

from lenticular.engines.movers.contract import Ended
from lenticular.primitives.collections import CollectionNotFound, PauseRule
from lenticular.primitives.transfers import InputInvalid, NotPermitted, RuleNotFound, TaskNotFound


def _rule(collection_id, message="Repairs", **fields):
    return PauseRule("", collection_id, message, 0, "", **fields)


async def test_a_rule_holds_running_and_waiting_tasks_back_until_it_is_gone(lab):
    folder = await lab.folder()
    running = await lab.submit(folder, folder)
    job = await lab.begin()
    waiting = await lab.submit(folder, folder)
    rule_id = await lab.transfers.pauses.create(_rule(folder), lab.person("ada"))

    assert (await lab.report(job, 1)).what == "yield"
    await lab.report(job, 2, checkpoint=b"x", ended=Ended("yielded"))
    later = await lab.submit(folder, folder)
    assert await lab.poll() == ([], [])
    for task_id in (running, waiting, later):
        task = await lab.task(task_id)
        assert (task.status, task.is_paused, task.nice_status) == ("ACTIVE", True, "PAUSED")
    assert await lab.codes(running) == ["PAUSED", "STARTED"]

    await lab.transfers.pauses.delete(rule_id, lab.person("ada"))
    assert await lab.codes(waiting) == ["PAUSED", "UNPAUSED"]
    assert (await lab.begin()).job_id in (running, waiting, later)


async def test_a_rule_is_about_what_it_says_and_about_whom(lab):
    folder = await lab.folder()
    share = await lab.share(folder)
    await lab.allow(share, "grace")
    home = await lab.folder("grace")
    fields = {"pause_task_transfer_write": False, "pause_task_delete": False}
    await lab.transfers.pauses.create(
        _rule(folder, identity_id=lab.id("grace"), **fields), lab.person("ada")
    )
    reading = await lab.task(await lab.submit(share, home, "grace"))
    own = await lab.task(await lab.submit(folder, folder))
    deleting = await lab.task(await lab.submit(folder))
    assert [task.is_paused for task in (reading, own, deleting)] == [True, False, False]


async def test_only_managers_make_rules_and_only_monitors_see_them(lab):
    folder = await lab.folder()
    with pytest.raises(CollectionNotFound):  # which it is to somebody who may not know of it
        await lab.transfers.pauses.create(_rule(folder), lab.person("grace"))
    with pytest.raises(InputInvalid):
        await lab.transfers.pauses.create(_rule(folder, message=""), lab.person("ada"))
    rule_id = await lab.transfers.pauses.create(_rule(folder), lab.person("ada"))
    with pytest.raises(RuleNotFound):
        await lab.transfers.pauses.get(rule_id, lab.person("grace"))
    assert await lab.transfers.pauses.visible(lab.person("grace")) == []

    give = lab.collections.assignments.give
    await give(folder, lab.person("ada"), "identity", lab.id("grace"), "activity_monitor")
    view = await lab.transfers.pauses.get(rule_id, lab.person("grace"))
    assert not view.is_editable
    with pytest.raises(NotPermitted):
        await lab.transfers.pauses.delete(rule_id, lab.person("grace"))
    assert (await lab.transfers.pauses.visible(lab.person("grace")))[0].rule.rule_id == rule_id


async def test_a_manager_pauses_resumes_and_ends_tasks_of_others(lab):
    folder = await lab.folder()
    share = await lab.share(folder)
    await lab.allow(share, "grace")
    task_id = await lab.submit(share, await lab.folder("grace"), "grace")
    for act in (
        lab.transfers.pauses.pause([task_id], lab.person("emmy"), "no"),
        lab.transfers.cancel_managed(lab.person("emmy"), [task_id], "no"),
    ):
        with pytest.raises(TaskNotFound):
            await act
    await lab.transfers.pauses.pause([task_id], lab.person("ada"), "Please wait")
    task = await lab.task(task_id)
    assert task.is_paused
    assert task.pause_messages == ("Please wait", "Please wait", "", "")
    await lab.transfers.pauses.resume([task_id], lab.person("ada"))
    assert not (await lab.task(task_id)).is_paused
    assert await lab.codes(task_id) == ["PAUSED", "UNPAUSED"]

    await lab.transfers.cancel_managed(lab.person("ada"), [task_id], "Too much")
    task = await lab.task(task_id)
    assert (task.status, task.canceled_by, task.canceled_message) == (
        "FAILED",
        "SOURCE",
        "Too much",
    )
    assert (await lab.codes(task_id))[-1] == "CANCELED"


async def test_one_task_that_is_not_theirs_and_none_is_ended(lab):
    mine, theirs = await lab.folder(), await lab.folder("grace")
    own, other = await lab.submit(mine, mine), await lab.submit(theirs, theirs, "grace")
    with pytest.raises(TaskNotFound):
        await lab.transfers.cancel_managed(lab.person("ada"), [own, other], "all of it")
    assert (await lab.task(own)).status == "ACTIVE"
