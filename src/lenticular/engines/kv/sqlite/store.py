"""The store as its users see it: it opens the file, reads, and hands writes to the writer."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

import apsw

from lenticular.engines.kv.contract import (
    KeyValueStore,
    Reader,
    StoreClosed,
    StoreFailed,
    Transaction,
    Watch,
)
from lenticular.engines.kv.outcomes import Outcome
from lenticular.engines.kv.signals import Watches
from lenticular.engines.kv.sqlite.checksums import is_mismatch
from lenticular.engines.kv.sqlite.signals import Post
from lenticular.engines.kv.sqlite.tables import Tables, connect, prepare_file
from lenticular.engines.kv.sqlite.turns import Turns
from lenticular.engines.kv.sqlite.writer import Writer

T = TypeVar("T")

_LONG_READS = 2
"""Threads for long reads. More would only wait for each other's turn to run Python."""


class SqliteStore(KeyValueStore):
    """A key-value store in a SQLite file."""

    def __init__(self, path: Path, *, shared: bool = False, accept_loss: bool = False) -> None:
        """Open the store, which blocks; on an event loop use `open`."""
        prepare_file(path, accept_loss=accept_loss)
        self._path = path
        self._watches = Watches()
        self._post = Post(path, self._watches)
        self._writer = Writer(path, self._watches, self._post, Turns(path) if shared else None)
        self._threads = ThreadPoolExecutor(_LONG_READS, thread_name_prefix="kv-read")
        self._of_thread = threading.local()
        self._readers: list[Tables] = []
        self._closed = False

    @classmethod
    async def open(
        cls, path: Path | str, *, shared: bool = False, accept_loss: bool = False
    ) -> Self:
        """Open the store in the file `path`, and make it if it is not there.

        Any number of processes may open it; where several write much, all of them say that it
        is `shared`, and take turns. Only the owner can read what is made. Raises StoreFailed
        when the file is not such a store, or has lost commits to rot in its log, unless that
        is accepted, and OSError when it cannot be opened.
        """
        return await asyncio.to_thread(
            partial(cls, Path(path), shared=shared, accept_loss=accept_loss)
        )

    async def read(self, fn: Callable[[Reader], T], *, long: bool = False) -> T:
        self._check_open()
        return await self._read_on_thread(fn) if long else self._read_on_loop(fn)

    async def transact(self, fn: Callable[[Transaction], T], *, likely: Sequence[bytes] = ()) -> T:
        result = await self._writer.transact(fn, likely)
        self._end_view()  # it may be older than this transaction
        return result

    @contextmanager
    def watch(self, topic: bytes) -> Iterator[Watch]:
        self._check_open()
        # The watch begins first: a topic that is none must not leave a socket behind.
        with self._watches.watch(topic) as watch, self._post.receiving():
            yield watch

    async def ready(self) -> None:
        await super().ready()
        self._writer.check()

    async def check(self) -> list[str]:
        """Read the whole file and return what is wrong with it, in words: nothing if sound.

        Raises StoreFailed when the disk cannot read it.
        """
        self._check_open()
        return await self._read_on_thread(Tables.faults)

    async def close(self) -> None:
        self._end_view()
        self._closed = True
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._threads.shutdown()
        for tables in self._readers:
            tables.connection.close()  # more than once does no harm
        self._writer.close()

    async def _read_on_thread(self, fn: Callable[[Tables], T]) -> T:
        loop = asyncio.get_running_loop()
        outcome = await loop.run_in_executor(self._threads, Outcome[T].of, self._read, fn)
        return outcome.unwrap()

    def _read(self, fn: Callable[[Tables], T]) -> T:
        tables = self._tables_of_thread()
        try:
            tables.run("BEGIN")
            try:
                return fn(tables)
            finally:
                tables.roll_back()
        except apsw.Error as error:
            raise _unreadable(error) from error

    def _read_on_loop(self, fn: Callable[[Tables], T]) -> T:
        """Run a short read in the view that all reads of this turn of the event loop share.

        To begin and end a view costs as much as a read of a key. Whatever was acknowledged
        before a read of the turn was so before the turn, because news of it comes by way of
        the loop, where the end of the view stands in front of it. Only who waited for a
        transaction of his own may be told of it in the same turn, and so ends the view.
        """
        tables = self._tables_of_thread()
        loop = asyncio.get_running_loop()
        try:
            if tables.view_of is not loop:
                self._end_view()  # that of a loop which was stopped before it could
                tables.run("BEGIN")
                tables.view_of = loop
                loop.call_soon(self._end_view)
            return fn(tables)
        except apsw.Error as error:
            raise _unreadable(error) from error

    def _end_view(self) -> None:
        """End the view that this thread's reads share, if there is one."""
        tables: Tables | None = getattr(self._of_thread, "tables", None)
        if tables is not None and tables.view_of is not None:
            tables.view_of = None
            tables.roll_back()

    def _tables_of_thread(self) -> Tables:
        try:
            tables: Tables = self._of_thread.tables
        except AttributeError:
            tables = self._of_thread.tables = connect(self._path)
            self._readers.append(tables)
        return tables

    def _check_open(self) -> None:
        if self._closed:
            raise StoreClosed("the key-value store is closed: open it again")


def _unreadable(error: apsw.Error) -> StoreFailed:
    if is_mismatch(error):
        return StoreFailed(
            "the store cannot be read: a page of its file is not as it was written (bit rot); "
            "`lenticular scrub` tells which"
        )
    return StoreFailed(f"the store cannot be read: {error}")
