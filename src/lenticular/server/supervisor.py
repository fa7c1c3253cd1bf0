"""The supervisor of a cloud that runs as several processes: starts its workers and keeps them.

It holds the data folder, and opens every socket to listen on, a share of each port for each
worker, before there is any worker. So a connection that comes while a worker is started again
waits in the queue of a socket that stays open, instead of being refused.

A worker that ends is started again. One that hangs would keep its share of the connections:
it is killed when it has given no sign of life for a while, and then is one that has ended.

Workers are started as programs of their own, the first one before the others: what a cloud
makes when it is new (its keys, its first account) is then there for all.
"""

import asyncio
import logging
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import ExitStack, asynccontextmanager, suppress
from typing import Any, NamedTuple

from lenticular.server import orders, ports
from lenticular.server.configuration import LISTENING, Configuration
from lenticular.server.logs import configure
from lenticular.server.place import ADMINISTRATION, ADMINISTRATION_SOCKET

_STEADY = 10.0
"""Seconds after which the end of a worker is no longer put down to how it began."""

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 10.0
"""Seconds before a worker is started again that ends again and again."""

_LOOKS = 5
"""How often a worker was looked at in vain when it is taken to hang."""

_log = logging.getLogger("lenticular.supervisor")


class WorkersRefused(RuntimeError):
    """The workers cannot begin; the message says why."""


class _Worker(NamedTuple):
    """A worker that runs, and this end of the pair of sockets that joins it to us."""

    process: asyncio.subprocess.Process
    answers: asyncio.StreamReader


class Supervisor:
    """The workers of one cloud."""

    def __init__(
        self, configuration: Configuration, lock: int, changed: Callable[[tuple[int, ...]], None]
    ) -> None:
        """Hand the descriptor `lock`, of the data folder's lock, on to the workers.

        `changed` is told which processes serve whenever they are others.
        """
        self._configuration = configuration
        self._lock = lock
        self._changed = changed
        self._serving: dict[int, int] = {}
        """Their processes, by number."""
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Run the workers until SIGTERM or SIGINT; return when all of them have ended.

        Raises `WorkersRefused` when the first one cannot begin, and OSError for a port that
        cannot be listened on.
        """
        configure(self._configuration.log_level, self._configuration.log_format)
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self._stopping.set)
        with ExitStack() as opened:
            shares = [self._listen(opened) for _ in range(self._configuration.workers)]
            path = self._configuration.data / ADMINISTRATION_SOCKET
            local = opened.enter_context(ports.listen_locally(path))
            begun = asyncio.Event()
            tasks = []
            for number, share in enumerate(shares, 1):
                keeping = self._keep(number, {ADMINISTRATION: local, **share}, begun)
                tasks.append(asyncio.create_task(keeping))
                await _first_of(tasks[0], begun.wait(), self._stopping.wait())
                if tasks[0].done():
                    break
            await _first_of(*tasks, self._stopping.wait())
            opened.close()  # who comes from now on is refused, and need not wait for our end
            await asyncio.gather(*tasks)
        _log.info("stopped")

    def _listen(self, opened: ExitStack) -> dict[str, socket.socket]:
        """Open what one worker listens on."""
        host = self._configuration.host
        shares = {
            name: ports.listen(host, self._configuration.port(name), shared=True)
            for name in LISTENING
        }
        for share in shares.values():
            opened.enter_context(share)
        return shares

    async def _keep(
        self, number: int, listeners: dict[str, socket.socket], begun: asyncio.Event
    ) -> None:
        """Run a worker, and again whenever it ends, until the cloud stops.

        Raises `WorkersRefused` when it is the first of all, and ends before it has `begun`.
        """
        pause = 0.0
        while not self._stopping.is_set():
            started = time.monotonic()
            problem = await self._run(number, listeners, begun)
            if self._stopping.is_set():
                return
            if not begun.is_set():
                raise WorkersRefused(problem)
            is_steady = time.monotonic() - started >= _STEADY
            pause = 0.0 if is_steady else min(max(2 * pause, _FIRST_PAUSE), _LONGEST_PAUSE)
            when = f"in {pause:.1f} s" if pause else "at once"
            _log.error("worker %d: %s; it is started again %s", number, problem, when)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _run(
        self, number: int, listeners: dict[str, socket.socket], begun: asyncio.Event
    ) -> str:
        """Run a worker to its end; return what is to be said of that."""
        async with self._started(number, listeners) as (process, answers):
            answering = asyncio.create_task(answer_of(answers))
            ending = asyncio.create_task(process.wait())
            problem = ""
            await _first_of(answering, ending, self._stopping.wait())
            match orders.answer(await answering) if answering.done() else None:
                case orders.Begun():
                    self._note(number, process.pid)
                    begun.set()
                    watching = asyncio.create_task(self._watch(number, process, answers))
                    ending.add_done_callback(lambda _: watching.cancel())
                case orders.Refused(message):
                    problem = message
            await _first_of(ending, self._stopping.wait())
            if not ending.done():
                with suppress(ProcessLookupError):
                    process.terminate()
            code = await ending
            self._note(number, None)
            return problem or f"process {process.pid} {_ended(code)}"

    async def _watch(
        self, number: int, process: asyncio.subprocess.Process, answers: asyncio.StreamReader
    ) -> None:
        """Kill a worker that has begun once it hangs."""
        patience = self._configuration.worker_patience
        await silence_of(answers, patience)
        _log.error(
            "worker %d: process %d has given no sign of life for %g s, and is killed",
            number,
            process.pid,
            patience,
        )
        with suppress(ProcessLookupError):
            process.kill()

    @asynccontextmanager
    async def _started(
        self, number: int, listeners: dict[str, socket.socket]
    ) -> AsyncIterator[_Worker]:
        """Start a worker; the pair of sockets lasts as long as the context."""
        descriptors = {name: each.fileno() for name, each in listeners.items()}
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "lenticular.server.worker", str(theirs.fileno())),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), self._lock, *descriptors.values()),
                process_group=0,  # a Ctrl-C is for the supervisor, who passes it on
            )
        answers, sending = await asyncio.open_connection(sock=ours)
        try:
            sending.write(
                orders.line(orders.Orders(number, self._configuration, self._lock, descriptors))
            )
            yield _Worker(process, answers)
        finally:
            sending.close()

    def _note(self, number: int, pid: int | None) -> None:
        if pid is None:
            self._serving.pop(number, None)
        else:
            self._serving[number] = pid
            _log.info("worker %d serves: process %d", number, pid)
        self._changed(tuple(pid for _, pid in sorted(self._serving.items())))


async def _first_of(*awaited: Coroutine[Any, Any, Any] | asyncio.Task[Any]) -> None:
    """Return when one of them is done; a task among them goes on, a coroutine does not."""
    tasks = {each: asyncio.ensure_future(each) for each in awaited}
    try:
        await asyncio.wait(tasks.values(), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each, task in tasks.items():
            if task is not each:
                task.cancel()


async def answer_of(answers: asyncio.StreamReader) -> bytes:
    """Return what a worker answers; nothing, if it ends before it has."""
    try:
        return await answers.readline()
    except ConnectionError:  # it had not even read what was written to it
        return b""


async def silence_of(answers: asyncio.StreamReader, patience: float) -> None:
    """Return when a worker has been silent for `patience` seconds.

    Only time in which we run counts, by looking again and again: after one in which this
    process was stopped, or the machine slept, a worker has as long to be heard as ever.
    """
    loop = asyncio.get_running_loop()
    between = patience / _LOOKS
    has_spoken = False

    async def hear() -> None:
        nonlocal has_spoken
        while await answer_of(answers):
            has_spoken = True

    hearing = asyncio.create_task(hear())
    try:
        in_vain = 0
        while in_vain < _LOOKS:
            before = loop.time()
            await asyncio.sleep(between)
            was_stopped = loop.time() - before > 2 * between
            in_vain = 0 if has_spoken or was_stopped else in_vain + 1
            has_spoken = False
    finally:
        hearing.cancel()


def _ended(code: int) -> str:
    """Say how a process ended (subprocess, ``returncode``)."""
    if code >= 0:
        return f"has ended with exit code {code}"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"
