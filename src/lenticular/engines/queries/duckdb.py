"""The query engine on DuckDB, which runs each query in a process of its own (`worker`).

A query never shares a process with another, so that nothing of one can be seen by the next.
The process is told what to read as open files, has no environment, and is killed as soon as
nobody wants its rows, or its time is over.
"""

import asyncio
import os
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec

from lenticular.engines.queries.contract import (
    Block,
    Fault,
    Input,
    Limits,
    Parquet,
    Progress,
    QueriesBusy,
    Query,
    QueryEngine,
    QueryFailed,
)
from lenticular.engines.queries.protocol import (
    BLOCK,
    END,
    FAILURE,
    HEAD,
    PROGRESS,
    Counts,
    Failure,
    Task,
)

_WORKER = "lenticular.engines.queries.worker"
_BUFFER = 2 * 1024 * 1024
"""Bytes of rows that are taken from a process before anybody wants them."""


class DuckDbQueries(QueryEngine):
    """DuckDB in a process for each query."""

    def __init__(self, limits: Limits | None = None, folder: Path | None = None) -> None:
        """Hold queries to `limits`; files that must be seekable pass through `folder`.

        They have no name there, so nothing is left of them, however the server ends. None: the
        folder for temporary files of the system.
        """
        self._limits = limits or Limits()
        self._folder = folder
        self._running: set[_Run] = set()

    async def close(self) -> None:
        """Nothing is held."""

    @asynccontextmanager
    async def run(self, query: Query) -> AsyncGenerator[AsyncIterator[Block | Progress], None]:
        if len(self._running) >= self._limits.concurrency:
            raise QueriesBusy(self._limits.concurrency)
        run = _Run(query, self._limits, self._folder, self._running.discard)
        self._running.add(run)
        try:
            await run.start()
            yield run.events()
        finally:
            await run.stop()


class _Run:
    """One query that runs."""

    def __init__(
        self, query: Query, limits: Limits, folder: Path | None, over: Callable[["_Run"], None]
    ) -> None:
        """Make a run that calls `over` when it is, also where nobody stops it."""
        self._query = query
        self._limits = limits
        self._folder = folder
        self._over = over
        self._process: Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._feeding: list[asyncio.Task[None]] = []
        self._failure: BaseException | None = None
        self._deadline = asyncio.get_running_loop().time() + limits.seconds

    async def start(self) -> None:
        """Start the process and begin to feed it. Raises what the contents raise."""
        files: list[int] = []
        try:
            files += [await self._open(given) for given in self._query.inputs]
            self._process = process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-m", _WORKER),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                env={},
                cwd="/",
                pass_fds=files,
                limit=_BUFFER,
            )
            relations = [given.relation for given in self._query.inputs]
            task = Task(self._query.statement, relations, files, self._limits)
            if process.stdin is not None:
                process.stdin.write(msgspec.json.encode(task) + b"\n")
        finally:
            for file in files:
                os.close(file)
        self._watch = asyncio.create_task(self._watch_over(process))

    async def _open(self, given: Input) -> int:
        """Return an open file of an input, for the process."""
        if isinstance(given.relation.form, Parquet):
            return await self._stored(given.content)
        ours, theirs = socket.socketpair()
        _, writer = await asyncio.open_connection(sock=ours)
        self._feeding.append(asyncio.create_task(self._feed(given.content, writer)))
        return theirs.detach()

    async def _stored(self, content: AsyncIterator[bytes]) -> int:
        with await asyncio.to_thread(tempfile.TemporaryFile, "wb", dir=self._folder) as file:
            async for chunk in content:
                await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(file.flush)
            return os.dup(file.fileno())

    async def _feed(self, content: AsyncIterator[bytes], writer: asyncio.StreamWriter) -> None:
        try:
            async for chunk in content:
                writer.write(chunk)
                await writer.drain()
        except ConnectionError:
            pass  # the process has what it needs, or is gone
        except Exception as error:
            self._failure = error
            self._kill()
        finally:
            writer.close()
            if isinstance(content, AsyncGenerator):
                await content.aclose()

    async def _watch_over(self, process: Process) -> None:
        """Kill the process when its time is over, however slowly its rows are taken."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self._deadline):
                await process.wait()
        self._kill()
        await process.wait()
        self._over(self)

    def _kill(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def events(self) -> AsyncIterator[Block | Progress]:
        """Iterate over what the process says. Raises as `QueryEngine.run` tells."""
        while True:
            kind, content = await self._frame()
            if kind == BLOCK:
                yield Block(content)
            elif kind == PROGRESS:
                counts = msgspec.json.decode(content, type=Counts)
                yield Progress(counts.scanned, counts.processed)
            elif kind == FAILURE:
                failure = msgspec.json.decode(content, type=Failure)
                raise QueryFailed(failure.fault, failure.message)
            elif kind == END:
                if self._failure is not None:
                    raise self._failure  # what the process took for the end was not
                return

    async def _frame(self) -> tuple[bytes, bytes]:
        process = self._process
        if process is None or process.stdout is None:
            raise QueryFailed(Fault.ENGINE, "the query was not started")
        try:
            kind, size = HEAD.unpack(await process.stdout.readexactly(HEAD.size))
            return kind, await process.stdout.readexactly(size)
        except asyncio.IncompleteReadError:
            raise self._ended(await process.wait()) from None

    def _ended(self, status: int) -> BaseException:
        """Return why a process ended before its query did."""
        if self._failure is not None:
            return self._failure
        if asyncio.get_running_loop().time() >= self._deadline:
            return QueryFailed(
                Fault.LIMIT, f"the query took longer than {self._limits.seconds:g} seconds"
            )
        if status == -signal.SIGXCPU:
            return QueryFailed(Fault.LIMIT, "the query used more processor time than it may")
        if status == -signal.SIGABRT:
            return QueryFailed(Fault.LIMIT, "the query needs more memory than it may have")
        return QueryFailed(Fault.ENGINE, f"the process of the query ended with status {status}")

    async def stop(self) -> None:
        """End everything that belongs to the query."""
        self._kill()
        for task in self._feeding:
            task.cancel()
        await asyncio.gather(*self._feeding, return_exceptions=True)
        if self._watch is not None:
            await self._watch
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._over(self)
