"""Work on indices that is done after it was asked for: in the order of asking, once, durably.

What is to be done waits in the store with its task. Whoever takes the first of an index does
it in steps, each one a transaction that also says how far it came: when a second process has
taken the same work, one of the two finds the task further than it left it, and looks again.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from functools import partial

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.search.contract import EntryKey, Query, SearchEngine
from lenticular.engines.search.expressions import Expression
from lenticular.engines.search.values import Kind
from lenticular.primitives.search import access, records, steps
from lenticular.primitives.search.errors import EntryInvalid, TaskNotFound
from lenticular.primitives.search.following import Following
from lenticular.primitives.search.records import (
    KEPT_TASKS,
    WAITING,
    DeleteEntry,
    DeleteFound,
    DeleteSubjects,
    Ingest,
    RoleName,
    Task,
    Work,
)
from lenticular.primitives.search.viewers import Viewer

_STEP = 200
"""Entries that one transaction changes."""

_SCROLLED = 1000
"""Subjects that are found at a time."""

_TYPES = {
    Ingest: "INGEST",
    DeleteSubjects: "DELETE_BY_SUBJECT",
    DeleteEntry: "DELETE_ENTRY",
    DeleteFound: "DELETE_BY_QUERY",
}

_log = logging.getLogger("lenticular.search")


class Queue:
    """The tasks of the indices of one cloud."""

    def __init__(self, store: KeyValueStore, engine: SearchEngine, following: Following) -> None:
        self._store = store
        self._engine = engine
        self._following = following
        self._running: dict[str, asyncio.Task[None]] = {}
        self._asked: set[str] = set()
        """Indices for which something came while this process was at work on them."""
        self._stood: dict[str, tuple[int, int]] = {}
        """Where each queue was at the last look: at which task, and how far in it."""

    async def submit(self, viewer: Viewer, index_id: str, work: Work) -> Task:
        """Take work in of somebody who may write.

        Raises `IndexNotFound`, `AccessDenied`, `IndexStatusWrong`.
        """
        return await self._submit(viewer, index_id, work, "writer")

    async def delete_found(
        self, viewer: Viewer, index_id: str, where: Expression, *, bypass: bool = False
    ) -> Task:
        """Have the entries deleted that fit and that somebody sees, who may write.

        `bypass`: those too that they do not see, which is for admins. Raises as `submit`.
        """
        if bypass:
            return await self._submit(viewer, index_id, DeleteFound(where, None), "admin")
        return await self.submit(
            viewer, index_id, DeleteFound(where, tuple(sorted(viewer.principals)))
        )

    async def _submit(self, viewer: Viewer, index_id: str, work: Work, least: RoleName) -> Task:
        def write(tx: Transaction) -> Task:
            access.required(tx, index_id, viewer, least, status="open")
            return steps.add_task(tx, index_id, _TYPES[type(work)], work)

        task = await self._store.transact(write)
        self._take_up(index_id)
        return task

    async def task(self, viewer: Viewer, task_id: str) -> Task:
        """Return a task of an index on which somebody may write. Raises `TaskNotFound`."""

        def find(reader: Reader) -> Task:
            task = records.task(reader, task_id)
            if task is None or not access.held(reader, task.index_id, viewer):
                raise TaskNotFound(task_id)
            return task

        return await self._store.read(find)

    async def tasks(self, viewer: Viewer, index_id: str) -> Sequence[Task]:
        """Return the tasks of an index, the newest first.

        Raises `IndexNotFound`, `AccessDenied`.
        """

        def find(reader: Reader) -> Sequence[Task]:
            access.required(reader, index_id, viewer, "writer")
            ids = records.task_ids(reader, index_id, KEPT_TASKS)
            found = (records.task(reader, task_id) for task_id in ids)
            return [task for task in found if task is not None]

        return await self._store.read(find)

    async def maintain(self) -> None:
        """Take up work that another process has left: work that stands still since the last look.

        A step takes far less time than passes between two looks.
        """

        def look(reader: Reader) -> dict[str, tuple[int, int]]:
            ids = [WAITING.unpack(key)[0] for key, _ in reader.range(*WAITING.range())]
            tasks = {index_id: steps.first(reader, index_id) for index_id in ids}
            return {one: (found[0].number, found[0].done) for one, found in tasks.items() if found}

        before, self._stood = self._stood, await self._store.read(look, long=True)
        for index_id, at in self._stood.items():
            if before.get(index_id) == at:
                self._take_up(index_id)

    async def close(self) -> None:
        """Stop; what is not done is taken up when the cloud is opened again."""
        tasks = list(self._running.values())
        for running in tasks:
            running.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _take_up(self, index_id: str) -> None:
        if index_id in self._running:
            self._asked.add(index_id)
        else:
            self._running[index_id] = asyncio.create_task(self._work_off(index_id))

    async def _work_off(self, index_id: str) -> None:
        """Do all that waits for an index."""
        try:
            while await self._do_next(index_id) or index_id in self._asked:
                self._asked.discard(index_id)
            await self._following.follow(index_id)
        except Exception:
            # It stays in the queue, and is tried again when the queue is looked at again.
            _log.exception("work on an index failed", extra={"index": index_id})
        finally:
            del self._running[index_id]
        if index_id in self._asked:
            self._asked.discard(index_id)
            self._take_up(index_id)

    async def _do_next(self, index_id: str) -> bool:
        """Do what is first in the queue; False: there is nothing."""
        first = await self._store.read(lambda reader: steps.first(reader, index_id))
        if first is None:
            return False
        task, work = first
        try:
            if isinstance(work, Ingest):
                task = await self._ingest(task, work)
            else:
                task = await self._delete(task, work)
        except EntryInvalid as error:
            await self._store.transact(partial(steps.end, task, "FAILED", str(error)))
        except steps.Overtaken:
            _log.info("another process does the same work", extra={"index": index_id})
        else:
            message = f"{task.done} entries: done"
            await self._store.transact(partial(steps.end, task, "SUCCESS", message))
        return True

    async def _ingest(self, task: Task, work: Ingest) -> Task:
        schema = await self._store.read(partial(_checked, task.index_id, work), long=True)
        for start in range(task.done, len(work.entries), _STEP):
            part = work.entries[start : start + _STEP]
            task = await self._store.transact(partial(steps.put, task, part, schema))
        return task

    async def _delete(self, task: Task, work: DeleteSubjects | DeleteEntry | DeleteFound) -> Task:
        async for keys in self._keys(task.index_id, work):
            for start in range(0, len(keys), _STEP):
                part = keys[start : start + _STEP]
                task = await self._store.transact(partial(steps.remove, task, part))
        return task

    async def _keys(
        self, index_id: str, work: DeleteSubjects | DeleteEntry | DeleteFound
    ) -> AsyncIterator[Sequence[EntryKey]]:
        """Give the keys of the entries that are to be deleted."""
        if isinstance(work, DeleteEntry):
            yield [(work.subject, work.entry_id)]
        elif isinstance(work, DeleteSubjects):
            for subject in work.subjects:
                yield await self._store.read(partial(_keys_about, index_id, subject))
        else:
            await self._following.follow(index_id)
            after: str | None = ""
            while after is not None:
                found = await self._engine.search(index_id, _query(work, after))
                yield [(subject, one) for subject, ids in found.subjects for one in ids]
                after = found.subjects[-1][0] if found.subjects else None


def _checked(index_id: str, work: Ingest, reader: Reader) -> dict[str, Kind]:
    return steps.check(reader, index_id, work)


def _keys_about(index_id: str, subject: str, reader: Reader) -> Sequence[EntryKey]:
    about = records.entries_about(reader, index_id, subject)
    return [(subject, entry_id) for entry_id, _ in about]


def _query(work: DeleteFound, after: str) -> Query:
    return Query(
        where=work.where,
        principals=None if work.principals is None else frozenset(work.principals),
        scrolling=True,
        after=after,
        limit=_SCROLLED,
    )
