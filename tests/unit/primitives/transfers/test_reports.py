"""Reports of agents, that come late, twice, or from the dead."""

from msgspec.structs import replace

from lenticular.engines.movers.contract import Counts, Ended, Moved
from lenticular.engines.movers.messages import Running
from lenticular.primitives.meters import HOUR
from lenticular.primitives.notices.signatures import new_secret
from lenticular.primitives.transfers import records, target
from lenticular.primitives.transfers.history import MOST_EVENTS

DAY = 24 * 3600 * 1000


async def test_a_report_that_comes_twice_counts_once(lab):
    folder = await lab.folder()
    task_id = await lab.submit(folder, folder)
    job = await lab.begin()
    fields = {
        "counts": Counts(files=2, files_transferred=1, bytes_transferred=10, subtasks_succeeded=1),
        "moved": (Moved("/a", "/b", 10),),
        "events": (lab.happening("STARTED", lab.now), lab.happening("PROGRESS", lab.now)),
    }
    for _ in range(3):
        assert (await lab.report(job, 1, **fields)).what == "go on"
    task = await lab.task(task_id)
    assert (task.counts.bytes_transferred, task.moved) == (10, 1)
    assert await lab.codes(task_id) == ["STARTED", "PROGRESS"]


async def test_a_task_has_started_before_its_first_fault(lab):
    """Faults come with the agent's own times, from before the first report."""
    folder = await lab.folder()
    task_id = await lab.submit(folder, folder)
    job = await lab.begin()
    fault = lab.happening("FILE_NOT_FOUND", lab.now + 1, is_error=True)
    lab.now += 3
    await lab.report(job, 1, events=(fault,))
    events = await lab.transfers.events(records.get, task_id)
    times = {event.code: event.time for _, event in events}
    assert times["STARTED"] < times["FILE_NOT_FOUND"]


async def test_a_task_goes_on_from_its_checkpoint_after_its_agent_was_killed(lab):
    folder = await lab.folder()
    task_id = await lab.submit(folder, folder)
    first = await lab.begin()
    moved = tuple(Moved(f"/{number}", "/to", 1) for number in range(3))
    await lab.report(
        first, 1, counts=Counts(files_transferred=2, faults=1), moved=moved[:2], checkpoint=b"here"
    )
    await lab.report(first, 2, counts=Counts(files_transferred=3, faults=2), moved=moved[2:])

    second = await lab.begin()  # it knows of no job any more
    assert second.attempt == first.attempt + 1
    assert second.checkpoint == b"here"
    assert second.counts == Counts(files_transferred=2, faults=2)
    assert (await lab.report(first, 3)).what == "stop"
    await lab.report(second, 1, counts=Counts(files_transferred=3), moved=moved[2:])
    await lab.finish(second, 2)

    look = lab.transfers.own([lab.id("ada")])
    found = await lab.transfers.moved(look, task_id, 0, 10)
    assert [one.source for one in found] == ["/0", "/1", "/2"]


async def test_an_agent_that_runs_its_job_is_told_nothing_and_another_is_stopped(lab):
    folder = await lab.folder()
    await lab.submit(folder, folder)
    job = await lab.begin()
    assert await lab.poll("built-in", job) == ([], [])
    [again], stop = await lab.transfers.work.wanted("built-in", [Running(job.job_id, 77)])
    assert (again.job_id, again.attempt) == (job.job_id, job.attempt + 1)
    assert stop == [Running(job.job_id, 77)]
    assert (await lab.report(again, 1, agent_id="somebody else")).what == "stop"


async def test_deadlines_move_when_a_task_comes_on_unless_they_were_given(lab):
    folder = await lab.folder()
    now = int(lab.now * 1000)
    await lab.connect(slots=2)
    plain = await lab.submit(folder, folder)
    fixed = await lab.submit(folder, folder, deadline=now + 2 * DAY)
    jobs, _ = await lab.poll()
    assert (await lab.task(plain)).deadline == now + DAY

    lab.now += 3600
    for job in jobs:
        await lab.report(job, 1, counts=Counts(subtasks_succeeded=0))
    assert (await lab.task(plain)).deadline == now + DAY
    for job in jobs:
        await lab.report(job, 2, counts=Counts(subtasks_succeeded=1))
    assert (await lab.task(plain)).deadline == int(lab.now * 1000) + 3 * DAY
    assert (await lab.task(fixed)).deadline == now + 2 * DAY


async def test_success_failure_and_what_is_told_of_them(lab):
    folder = await lab.folder()
    good = await lab.submit(folder, folder)
    await lab.finish(await lab.begin())
    bad = await lab.submit(folder, folder)
    await lab.finish(
        await lab.begin(), how="failed", code="EXTERNAL_CHECKSUM_MISMATCH", text="not that file"
    )
    task = await lab.task(good)
    assert (task.status, task.completed, task.fatal_code) == ("SUCCEEDED", int(lab.now * 1000), "")
    task = await lab.task(bad)
    assert (task.status, task.fatal_code) == ("FAILED", "EXTERNAL_CHECKSUM_MISMATCH")
    assert task.fatal_description == "not that file"
    assert await lab.codes(bad) == ["STARTED", "EXTERNAL_CHECKSUM_MISMATCH"]
    mails = await lab.cloud.notices.latest()
    assert len(mails) == 2
    assert {mail.to for mail in mails} == {"ada@example.org"}


async def test_owners_who_do_not_want_to_be_told_are_not(lab):
    folder = await lab.folder()
    for notify, how in (((), "failed"), (("failed",), "succeeded"), (("failed",), "failed")):
        await lab.submit(folder, folder, notify=notify)
        await lab.finish(await lab.begin(), how=how, code="TIMEOUT")
    assert len(await lab.cloud.notices.latest()) == 1


async def test_skipped_errors_are_told_of_at_the_end(lab):
    folder = await lab.folder()
    task_id = await lab.submit(folder, folder)
    job = await lab.begin()
    await lab.report(job, 1, counts=Counts(subtasks_skipped_errors=2))
    await lab.report(job, 2, counts=Counts(subtasks_skipped_errors=2))
    assert await lab.codes(task_id) == ["STARTED"]
    await lab.report(job, 3, counts=Counts(subtasks_skipped_errors=2), ended=Ended("succeeded"))
    assert await lab.codes(task_id) == ["STARTED", "SKIPPED_ERRORS", "SUCCEEDED"]


async def test_a_wrong_clock_dates_no_event_before_the_task_or_to_come(lab):
    folder = await lab.folder()
    task_id = await lab.submit(folder, folder)
    job = await lab.begin()
    events = (
        lab.happening("PROGRESS", 5.0),
        lab.happening("TIMEOUT", lab.now + 1e6, is_error=True),
    )
    await lab.report(job, 1, events=events)
    found = await lab.transfers.events(lab.transfers.own([lab.id("ada")]), task_id)
    assert {event.time for _, event in found} == {lab.now}


async def test_of_very_many_events_the_newest_are_kept(lab):
    folder = await lab.folder()
    task_id = await lab.submit(folder, folder)
    job = await lab.begin()
    events = tuple(lab.happening("PROGRESS", lab.now) for _ in range(MOST_EVENTS // 2))
    for number in range(1, 5):
        await lab.report(job, number, events=events)
    found = await lab.transfers.events(lab.transfers.own([lab.id("ada")]), task_id)
    assert len(found) == MOST_EVENTS
    assert found[0][0] == (await lab.task(task_id)).events - 1


async def test_a_checkpoint_that_is_too_large_is_none(lab):
    folder = await lab.folder()
    await lab.submit(folder, folder)
    job = await lab.begin()
    await lab.report(job, 1, checkpoint=b"good")
    await lab.report(job, 2, checkpoint=bytes(300_000))
    assert (await lab.begin()).checkpoint == b"good"


async def test_bytes_are_metered_once_by_who_moves_them(lab):
    folder = await lab.folder()
    await lab.submit(folder, folder)
    job = await lab.begin()
    for number, size in ((1, 100), (1, 100), (2, 250)):
        await lab.report(job, number, counts=Counts(bytes_transferred=size))
    hour = int(lab.now * 1000) // HOUR
    totals = await lab.cloud.meters.totals(
        lab.account_id, hour, hour + 1, lambda _, line: (line.service, line.meter, line.user)
    )
    assert totals["transfers", "bytes_out", lab.users["ada"].arn] == 250


async def test_an_agent_that_says_too_much_ends_its_task_all_the_same(lab):
    folder = await lab.folder()
    hook = target("https://hooks.example.org/", new_secret())
    task_id = await lab.submit(folder, folder, webhook=hook)
    job = await lab.begin()
    long = "x" * 3_000_000
    events = (replace(lab.happening("STARTED", lab.now), code=long),)
    await lab.report(job, 1, nice_status=long, events=events)
    await lab.report(job, 2, ended=Ended("failed", long, long))
    task = await lab.task(task_id)
    assert task.status == "FAILED"
    assert len(records.encode(task)) < 20_000
    assert all(len(code) <= 100 for code in await lab.codes(task_id))
