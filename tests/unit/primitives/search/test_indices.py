"""Indices over one store: work that is done once and in order, and indexes that follow."""

import asyncio

import pytest
from msgspec.structs import replace

from lenticular.engines.search.contract import SearchFailed
from lenticular.engines.search.expressions import Word
from lenticular.engines.search.sqlite import SqliteSearch
from lenticular.primitives.search import (
    IndexNotFound,
    IndexStatusWrong,
    Indices,
    Question,
    Viewer,
    records,
    steps,
)
from lenticular.primitives.search import queue as queue_module
from lenticular.primitives.search.records import DeleteFound, DeleteSubjects

from .conftest import ingest, new


async def done(indices, viewer, index, work):
    """Submit work and wait until it is at its end."""
    task = await indices.tasks.submit(viewer, index, work)
    await idle(indices)
    return await indices.tasks.task(viewer, task.task_id)


async def idle(indices):
    """Wait until this process works on no index any more."""
    while indices.tasks._running:
        await asyncio.wait(indices.tasks._running.values())


async def found(indices, viewer, index, word):
    results = await indices.reading.search(viewer, index, Question(where=Word(word)))
    return [one.subject for one in results.subjects]


@pytest.fixture
async def other(store):
    """The same indices as another process has them."""
    made = Indices(store, SqliteSearch())
    yield made
    await made.close()


async def test_what_one_process_acknowledged_the_other_finds(indices, other, index, ada):
    await done(indices, ada, index, ingest(new("a", {"t": "ice"})))
    assert await found(other, ada, index, "ice") == ["a"]
    await done(other, ada, index, ingest(new("b", {"t": "ice"})))
    assert await found(indices, ada, index, "ice") == ["a", "b"]
    await done(other, ada, index, DeleteSubjects(("a",)))
    assert await found(indices, ada, index, "ice") == ["b"]
    assert await found(other, ada, index, "ice") == ["b"]


async def test_an_index_that_is_far_behind_or_of_another_history_is_begun_anew(
    store, indices, other, index, ada, monkeypatch
):
    await done(indices, ada, index, ingest(new("a", {"t": "ice"})))
    assert await found(other, ada, index, "ice") == ["a"]
    monkeypatch.setattr(steps, "KEPT_CHANGES", 2)
    for number in range(5):
        await done(indices, ada, index, ingest(new(f"b{number}", {"t": "ice"})))
    assert len(await found(other, ada, index, "ice")) == 6
    # As after a backup was restored: the same number, another change.
    await done(other, ada, index, DeleteSubjects(("a",)))
    monkeypatch.undo()

    def restore(tx):
        tally = records.tally(tx, index)
        change = records.CHANGE.pack(index, tally.mark.number)
        tx.set(change, records.encode(records.Change("restored", ())))
        mark = records.Mark(tally.mark.number, "restored")
        tx.set(records.TALLY.pack(index), records.encode(replace(tally, mark=mark)))
        entry = new("restored", {"t": "ice"}).entry
        tx.set(records.entry_key(index, ("restored", None)), records.encode(entry))

    await store.transact(restore)
    assert "restored" in await found(other, ada, index, "ice")


async def test_an_index_whose_file_is_gone_is_made_again(indices, index, ada):
    await done(indices, ada, index, ingest(new("a", {"t": "ice"})))
    assert await found(indices, ada, index, "ice") == ["a"]
    await indices._engine.drop(index)
    assert await found(indices, ada, index, "ice") == ["a"]


async def test_work_that_a_process_left_is_taken_up_where_it_was(store, index, ada, monkeypatch):
    monkeypatch.setattr(queue_module, "_STEP", 2)
    first = Indices(store, SqliteSearch())
    begun, steps_done = asyncio.Event(), []
    put = steps.put

    def putting(*arguments):
        if len(steps_done) == 2:
            begun.set()
            raise asyncio.CancelledError  # the process ends here
        steps_done.append(arguments)
        return put(*arguments)

    monkeypatch.setattr(steps, "put", putting)
    work = ingest(*(new(f"s{number}", {"n": number}) for number in range(7)))
    task = await first.tasks.submit(ada, index, work)
    await begun.wait()
    monkeypatch.setattr(steps, "put", put)
    await first.close()
    left = await store.read(lambda reader: records.task(reader, task.task_id))
    assert (left.state, left.done) == ("PROGRESS", 4)
    second = Indices(store, SqliteSearch())
    await second.tasks.maintain()
    assert not second.tasks._running, "it might still be at work elsewhere"
    await second.tasks.maintain()
    await idle(second)
    assert (await second.tasks.task(ada, task.task_id)).state == "SUCCESS"
    view = await second.get(ada, index)
    assert (view.tally.entries, view.tally.subjects) == (7, 7)
    await second.close()


async def test_two_processes_at_the_same_work_do_it_once(store, indices, other, index, ada):
    work = ingest(*(new(f"s{number}", {"n": number}) for number in range(500)))
    task = await indices.tasks.submit(ada, index, work)
    other.tasks._take_up(index)
    await idle(indices)
    await idle(other)
    tally = await store.read(lambda reader: records.tally(reader, index))
    assert (tally.entries, tally.subjects) == (500, 500)
    ended = await indices.tasks.task(ada, task.task_id)
    assert (ended.state, ended.done) == ("SUCCESS", 500)


async def test_work_is_done_in_the_order_of_asking(indices, index, ada):
    for number in range(10):
        await indices.tasks.submit(ada, index, ingest(new("a", {"n": number, "t": "ice"})))
        if number == 4:
            await indices.tasks.submit(ada, index, DeleteSubjects(("a",)))
    ended = await done(indices, ada, index, DeleteFound(Word("nothing"), None))
    assert ended.done == 0
    [subject] = (await indices.reading.search(ada, index, Question())).subjects
    assert b'"n": 9' in subject.entries[0][1].content
    tasks = await indices.tasks.tasks(ada, index)
    assert [task.number for task in tasks] == list(range(12, 0, -1))


async def test_old_tasks_are_forgotten(store, indices, index, ada, monkeypatch):
    monkeypatch.setattr(steps, "KEPT_TASKS", 3)
    for number in range(6):
        await done(indices, ada, index, ingest(new(f"{number}", {})))
    assert [task.number for task in await indices.tasks.tasks(ada, index)] == [6, 5, 4]

    def count(reader):
        return len(reader.range(*records.TASK.range()))

    assert await store.read(count) == 3


async def test_deleted_indices_are_erased_and_leave_nothing(store, indices, index, ada):
    await done(indices, ada, index, ingest(new("a", {"t": "ice"})))
    kept = (await indices.create(ada, "Kept", "")).index.index_id
    await indices.delete(ada, index)
    with pytest.raises(IndexStatusWrong):
        await indices.tasks.submit(ada, index, DeleteSubjects(("a",)))
    await indices.maintain()
    assert (await indices.get(ada, index)).index.status == "delete_pending"
    await indices.erase(2**60)
    with pytest.raises(IndexNotFound):
        await indices.get(ada, index)
    assert [view.index.index_id for view in await indices.list(ada)] == [kept]
    pairs = await store.read(lambda reader: reader.range(b"\x00", b"\xff"))
    assert not [key for key, _ in pairs if index.encode() in key]
    with pytest.raises(SearchFailed):
        await indices._engine.search(index, Question())


async def test_what_waits_is_cancelled_when_its_index_is_deleted(indices, index, ada, monkeypatch):
    monkeypatch.setattr(indices.tasks, "_take_up", lambda index_id: None)
    task = await indices.tasks.submit(ada, index, ingest(new("a", {})))
    await indices.delete(ada, index)
    assert (await indices.tasks.task(ada, task.task_id)).state == "CANCELLED"
    await indices.reopen(ada, index)
    view = await indices.get(ada, index)
    assert (view.index.status, view.tally.entries) == ("open", 0)


async def test_an_entry_that_is_withdrawn_while_it_is_read_is_not_shown(
    store, indices, index, ada, monkeypatch
):
    """A race for what is found and then no more to be seen is not won."""
    await done(indices, ada, index, ingest(new("a", {"t": "ice"})))
    search = indices._engine.search

    async def slowly(name, query):
        hits = await search(name, query)
        hidden = records.encode(new("a", {"t": "ice"}, visible_to=()).entry)
        await store.transact(lambda tx: tx.set(records.entry_key(index, ("a", None)), hidden))
        return hits

    monkeypatch.setattr(indices._engine, "search", slowly)
    results = await indices.reading.search(Viewer(), index, Question(where=Word("ice")))
    assert [one.entries for one in results.subjects] == [[]]
