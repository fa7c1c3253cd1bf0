"""Sends the requests over several connections at once, and looks at all that follows."""

import asyncio
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from .grammar import Case, Grammar
from .members import Memory
from .oracle import problem
from .wire import Answer, Connection, Unanswered
from .world import World

CONNECTIONS = 16
"""Request number n goes over connection n modulo this, so that each knows its own answers."""

MOST_FAILURES = 40
"""Failures after which a run stops."""

_WAIT = 0.05
"""Seconds for which an answer to what may be half a request is waited for."""

_ALARM = re.compile(r"^.*(?:Traceback|\bERROR\b|\bCRITICAL\b|Exception in).*$", re.MULTILINE)


@dataclass
class Report:
    """How a run went."""

    requests: int = 0
    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    """Successes by what was asked."""
    failures: list[str] = field(default_factory=list)
    last: Answer | None = None
    """The answer that came last."""
    memory: tuple[int, int] = (0, 0)
    """Bytes that the server held in memory after warming up, and at the end."""
    files: tuple[int, int] = (0, 0)
    """Its open files at the same moments."""


class Driver:
    """One run over the requests `first` up to `first + count` of a seed."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._seed = seed
        self._grammar = Grammar(world, seed)
        self._report = Report()
        self._read = len(world.server.output())

    async def run(self, count: int, *, first: int = 0, warm: int = 0) -> Report:
        """Send `count` requests; what is measured is compared with what was so after `warm`."""
        report, began = self._report, time.monotonic()
        memories = [Memory() for _ in range(CONNECTIONS)]
        await self._send(memories, first, first + warm)
        before = self._measures()
        await self._send(memories, first + warm, first + count)
        report.seconds = time.monotonic() - began
        await asyncio.to_thread(
            self._world.server.wait_until,
            lambda: self._measures()[1] <= before[1],
            "the server has closed the files that requests opened",
        )
        after = self._measures()
        report.memory, report.files = (before[0], after[0]), (before[1], after[1])
        self._read_log("the end")
        return report

    async def _send(self, memories: list[Memory], first: int, end: int) -> None:
        work = [self._follow(number, memory, first, end) for number, memory in enumerate(memories)]
        await asyncio.gather(*work)

    async def _follow(self, number: int, memory: Memory, first: int, end: int) -> None:
        connection = Connection(self._world.port)
        for index in range(first + (number - first) % CONNECTIONS, end, CONNECTIONS):
            if len(self._report.failures) >= MOST_FAILURES:
                break
            cases = self._grammar.cases(index, memory)
            if cases[0].bent:
                await self._try(index, cases[0])
            else:
                await self._ask(connection, index, cases)
            if index % 500 == 0:
                self._read_log(f"about {index}")
            if index % 10_000 == 0:
                print(f"# {index}: {self._world.server.memory('VmRSS') >> 20} MiB", flush=True)
        await connection.close()

    async def _ask(self, connection: Connection, index: int, cases: list[Case]) -> None:
        """Send requests at once and judge the answers in turn."""
        try:
            await connection.send(b"".join(case.data for case in cases))
        except ConnectionError as error:
            self._fail(index, cases[0], repr(error))
            return
        for case in cases:
            try:
                answer = await connection.receive(case.method)
            except Unanswered as error:
                self._fail(index, case, str(error))
                await connection.close()
                return
            self._judge(index, case, answer)
            if answer.closes:
                return

    async def _try(self, index: int, case: Case) -> None:
        """Send what may be no request, on a connection of its own."""
        connection = Connection(self._world.port)
        try:
            await connection.send(case.data)
            if index % 3 == 0:
                connection.send_end()
            async with asyncio.timeout(_WAIT):
                self._judge(index, case, await connection.receive(case.method))
        except (TimeoutError, ConnectionError, Unanswered):
            self._report.requests += 1
        finally:
            await connection.close()

    def _judge(self, index: int, case: Case, answer: Answer) -> None:
        report = self._report
        report.requests += 1
        report.last = answer
        report.statuses[answer.status] += 1
        if answer.status < 300:
            report.labels[case.label] += 1
        found = problem(case, answer, self._world.marker)
        if found:
            self._fail(index, case, found)
        elif case.note is not None and answer.status < 300:
            case.note(answer)

    def _fail(self, index: int, case: Case, what: str) -> None:
        sent = case.data if len(case.data) <= 800 else case.data[:800] + b"..."
        self._report.failures.append(
            f"request {index} of seed {self._seed} ({case.label}, as {case.identity}): {what}\n"
            f"  sent: {sent!r}\n"
            f'  again: make fuzz ARGS="--seed {self._seed} --only {index}"'
        )

    def _read_log(self, where: str) -> None:
        output = self._world.server.output()
        new, self._read = output[self._read :], len(output)
        for found in _ALARM.findall(new):
            self._report.failures.append(f"logged before request {where}: {found}")

    def _measures(self) -> tuple[int, int]:
        server = self._world.server
        assert server.running
        files = len(list(Path(f"/proc/{server.running.pid}/fd").iterdir()))
        return server.memory("VmRSS"), files
