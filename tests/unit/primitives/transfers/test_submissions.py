"""What becomes a task, and what does not."""

import asyncio

import pytest

from lenticular.engines.movers.contract import Item, Options
from lenticular.primitives.collections import CollectionNotFound, PermissionDenied
from lenticular.primitives.transfers import (
    InputInvalid,
    NoItems,
    PathInvalid,
    SameTransfer,
    Submission,
    submitted_path,
)
from lenticular.primitives.transfers.records import ITEMS, STAGED

ONE = "11111111-1111-1111-1111-111111111111"


async def _stored(lab):
    return await lab.store.read(
        lambda reader: (reader.range(*ITEMS.range()), reader.range(*STAGED.range()))
    )


async def test_one_submission_id_makes_one_task_however_often_it_comes(lab):
    source, destination = await lab.folder(), await lab.folder()
    answers = await asyncio.gather(
        *(lab.accept(source, destination, submission_id=ONE) for _ in range(5))
    )
    assert len({answer.task_id for answer in answers}) == 1
    assert [answer.is_new for answer in answers].count(True) == 1
    assert len(await lab.transfers.owned([lab.id("ada")])) == 1


async def test_a_submission_id_is_each_persons_own(lab):
    mine, theirs = await lab.folder(), await lab.folder("grace")
    first = await lab.accept(mine, mine, submission_id=ONE)
    second = await lab.accept(theirs, theirs, owner="grace", submission_id=ONE)
    assert first.is_new
    assert second.is_new
    assert first.task_id != second.task_id


async def test_the_same_paths_are_refused_with_the_task_that_moves_them(lab):
    source, destination = await lab.folder(), await lab.folder()
    items = [Item("/a", "/b")]
    first = await lab.submit(source, destination, items=items)
    with pytest.raises(SameTransfer) as refused:
        await lab.submit(source, destination, items=items)
    assert refused.value.task_id == first
    assert first in str(refused.value)
    await lab.submit(destination, source, items=items)

    await lab.transfers.cancel(lab.transfers.own([lab.id("ada")]), first)
    assert await lab.submit(source, destination, items=items) != first


async def test_many_items_are_written_as_they_come_and_read_in_their_order(lab):
    collection = await lab.folder()
    staging = lab.transfers.submissions.stage()
    for start in range(0, 10_000, 500):
        await staging.add(
            [Item(f"/{number}", f"/to/{number}") for number in range(start, start + 500)]
        )
        assert len(staging.rest) < 2500
    submission = Submission(
        kind="TRANSFER", submission_id=ONE, source_id=collection, destination_id=collection
    )
    await lab.transfers.submissions.submit(await lab.caller("ada"), submission, staging)
    job = await lab.begin()

    read = []
    while page := await lab.transfers.work.items("built-in", job.job_id, len(read)):
        read += page
    assert [item.source for item in read] == [f"/{number}" for number in range(10_000)]
    assert await lab.transfers.work.items("another agent", job.job_id, 0) == []


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"label": "x" * 129}, InputInvalid),
        ({"deadline": 1000}, InputInvalid),
    ],
)
async def test_what_cannot_be_leaves_nothing_behind(lab, fields, error):
    collection = await lab.folder()
    items = [Item(f"/{number}", "/to") for number in range(3000)]
    with pytest.raises(error):
        await lab.submit(collection, collection, items=items, **fields)
    assert await _stored(lab) == ([], [])


async def test_nothing_to_move_is_no_task(lab):
    staging = lab.transfers.submissions.stage()
    submission = Submission(kind="DELETE", submission_id=ONE, source_id=await lab.folder())
    with pytest.raises(NoItems, match="at least one item"):
        await lab.transfers.submissions.submit(await lab.caller("ada"), submission, staging)


async def test_rights_are_asked_for_at_both_ends(lab):
    mine, theirs = await lab.folder(), await lab.folder("grace", public=False)
    with pytest.raises(CollectionNotFound):
        await lab.submit(mine, theirs)
    share = await lab.share(theirs, "grace")
    await lab.allow(share, "ada", "r", by="grace")
    with pytest.raises(PermissionDenied):
        await lab.submit(mine, share)
    with pytest.raises(PermissionDenied):
        await lab.submit(share)
    assert await lab.submit(share, mine)


async def test_collections_decide_on_encryption_and_verification(lab):
    strict = await lab.folder(force_encryption=True, force_verify=True)
    loose = await lab.folder(disable_verify=True)
    options = Options(verify_checksum=False)
    task = await lab.task(await lab.submit(strict, strict, options=options))
    assert (task.options.encrypt_data, task.options.verify_checksum) == (True, True)
    task = await lab.task(await lab.submit(loose, loose, options=Options()))
    assert task.options.verify_checksum is False


async def test_half_a_submission_is_swept_a_day_later(lab):
    staging = lab.transfers.submissions.stage()
    await staging.add([Item(f"/{number}", "/to") for number in range(3000)])
    await lab.transfers.submissions.sweep()
    assert all(await _stored(lab))
    lab.now += 25 * 3600
    await lab.transfers.submissions.sweep()
    assert await _stored(lab) == ([], [])


async def test_home_is_that_of_the_machine(lab):
    laptop, agent_id = await lab.laptop(home="/home/ada")
    folder = await lab.folder()
    await lab.submit(laptop, folder, items=[Item("/~/data/x", "/~/x")])
    job = await lab.begin(agent_id)
    [item] = await lab.transfers.work.items(agent_id, job.job_id, 0)
    assert (item.source, item.destination) == ("/home/ada/data/x", "/x")


@pytest.mark.parametrize("given", ["", "/a/../b", "/./a", "/nul\0", "/x" * 3000, "/\ud800"])
def test_path_tricks_are_no_paths(given):
    with pytest.raises(PathInvalid):
        submitted_path(given, "source_path")


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("/a/b/", "/a/b/"),
        ("~/x", "/~/x"),
        ("~", "/~"),
        ("x/y", "/~/x/y"),
        ("/new\nline", "/new\nline"),
    ],
)
def test_paths_are_taken_as_people_write_them(given, path):
    assert submitted_path(given, "source_path") == path
