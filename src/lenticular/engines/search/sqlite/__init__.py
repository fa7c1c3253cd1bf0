"""Search on SQLite with FTS5: one file for each index, answered on threads.

The files are derived and may be removed at any time. Processes that share a folder share
them: who advances an index holds SQLite's lock, and who comes second finds it advanced.
"""

import asyncio
import contextlib
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import apsw

from lenticular.engines.search.contract import (
    Batch,
    Found,
    Mark,
    Query,
    SearchEngine,
    SearchFailed,
    SearchTooLong,
)
from lenticular.engines.search.sqlite.querying import answer
from lenticular.engines.search.sqlite.schema import DAMAGES, VERSION, Reading, Writing
from lenticular.engines.search.sqlite.writing import Writer

T = TypeVar("T")

_THREADS = 4
_MOST_IDLE = 16
"""Connections that are kept open for the next query."""

_SUFFIXES = ("", "-wal", "-shm")


class SqliteSearch(SearchEngine):
    """Indexes in the files of one folder."""

    def __init__(self, folder: Path | None = None, *, seconds: float = 30.0) -> None:
        """Keep files in `folder`, which is made when it is needed; None: in one of our own,
        which goes with us. A query takes at most so many `seconds`.
        """
        self._given = folder
        self._own: str | None = None
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="search")
        self._idle: OrderedDict[int, tuple[str, Reading]] = OrderedDict()

    async def mark(self, name: str) -> Mark | None:
        """Return how far an index has come; None: there is none."""
        return await self._run(lambda: self._mark(name))

    async def advance(
        self, name: str, base: Mark | None, mark: Mark, batches: AsyncIterator[Batch]
    ) -> bool:
        """Bring an index from `base` to `mark`, whole or not at all."""
        writing = await self._run(lambda: self._begin(name, base))
        if writing is None:
            return False
        try:
            writer = await self._run(lambda: Writer(writing.connection))
            async for batch in batches:
                await self._run(partial(writer.write, batch))
            await self._run(partial(_commit, writing, writer, mark))
        finally:
            # Without the commit before it, closing rolls back.
            await self._run(writing.connection.close)
        return True

    async def search(self, name: str, query: Query) -> Found:
        """Answer a query."""

        def run() -> Found:
            with self._reading(name) as reading:
                reading.limit(self._seconds)
                try:
                    return answer(reading.connection, query)
                except apsw.InterruptError:
                    raise SearchTooLong(
                        f"The query took more than {self._seconds:g} seconds: ask for less"
                    ) from None

        return await self._run(run)

    async def drop(self, name: str) -> None:
        """Remove an index."""
        await self._run(lambda: self._remove(name))

    async def close(self) -> None:
        """Release everything."""
        self._threads.shutdown()
        while self._idle:
            _, (_, reading) = self._idle.popitem()
            reading.connection.close()
        if self._own is not None:
            shutil.rmtree(self._own, ignore_errors=True)
            self._own = None

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except (apsw.Error, OSError) as error:
            raise SearchFailed(f"The index cannot be used: {error}") from error

    def _path(self, name: str) -> Path:
        folder = self._given
        if folder is None:
            self._own = self._own or tempfile.mkdtemp(prefix="lenticular-search-")
            folder = Path(self._own)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / f"{name}.sqlite"

    def _mark(self, name: str) -> Mark | None:
        if not self._path(name).exists():
            return None
        try:
            with self._reading(name) as reading:
                return _state(reading.connection)
        except DAMAGES:
            self._remove(name)
            return None
        except apsw.Error:
            return None  # another process is just making it

    def _begin(self, name: str, base: Mark | None) -> Writing | None:
        """Return a connection in a transaction on an index that is at `base`, or None."""
        try:
            writing = Writing(self._path(name))
        except DAMAGES:
            self._remove(name)
            writing = Writing(self._path(name))
        try:
            connection = writing.connection
            connection.execute("BEGIN IMMEDIATE")
            at = None
            if connection.execute("PRAGMA user_version").get == VERSION:
                at = _state(connection)
            if base is None:
                writing.make_tables()
                return writing
            if at == base:
                return writing
        except BaseException:
            writing.connection.close()
            raise
        writing.connection.close()
        return None

    @contextmanager
    def _reading(self, name: str) -> Iterator[Reading]:
        """Lend a connection, one that is idle or a new one."""
        path = self._path(name)
        reading = self._idle_one(name, path) or Reading(path)
        try:
            yield reading
        except BaseException:
            reading.connection.close()
            raise
        self._idle[id(reading)] = (name, reading)
        while len(self._idle) > _MOST_IDLE:
            with contextlib.suppress(KeyError):  # another thread takes it at the same time
                _, (_, oldest) = self._idle.popitem(last=False)
                oldest.connection.close()

    def _idle_one(self, name: str, path: Path) -> Reading | None:
        for key, (of, _) in list(self._idle.items()):
            if of != name:
                continue
            taken = self._idle.pop(key, None)
            if taken is None:
                continue
            if path.exists() and taken[1].inode == path.stat().st_ino:
                return taken[1]
            taken[1].connection.close()
        return None

    def _remove(self, name: str) -> None:
        path = self._path(name)
        while (reading := self._idle_one(name, path)) is not None:
            reading.connection.close()
        for suffix in _SUFFIXES:
            path.with_name(path.name + suffix).unlink(missing_ok=True)


def _state(connection: apsw.Connection) -> Mark | None:
    rows: list[tuple[Any, ...]] = connection.execute("SELECT number, nonce FROM state").fetchall()
    return Mark(*rows[0]) if rows else None


def _commit(writing: Writing, writer: Writer, mark: Mark) -> None:
    writer.set_mark(mark)
    writing.connection.execute("COMMIT")
