"""Supervisors start workers again, ever more slowly, and give up only on the first of all."""

import asyncio
import contextlib
import logging
import signal
import socket
import time

import msgspec
import pytest

from lenticular.server import orders, ports, supervisor, worker
from lenticular.server.configuration import Configuration
from lenticular.server.supervisor import Supervisor, WorkersRefused


class Process:
    """A process that ends when it is told to."""

    def __init__(self, pid):
        self.pid = pid
        self.ended = asyncio.get_running_loop().create_future()

    async def wait(self):
        return await asyncio.shield(self.ended)

    def terminate(self):
        self.end(0)

    def kill(self):
        self.end(-signal.SIGKILL)

    def end(self, code):
        if not self.ended.done():
            self.ended.set_result(code)


class Fleet(Supervisor):
    """A supervisor whose workers do as `plan` says: how many of them begin, and which end."""

    def __init__(self, configuration, plan):
        self.told = []
        super().__init__(configuration, 0, self.told.append)
        self.plan = plan
        self.started = []
        self.silent = set()

    @contextlib.asynccontextmanager
    async def _started(self, number, listeners):
        self.started.append(number)
        process, answers = Process(len(self.started)), asyncio.StreamReader()
        answer = self.plan(process, number)
        if answer is not None:
            answers.feed_data(orders.line(answer))
        if process.ended.done():
            answers.feed_eof()
        beating = asyncio.create_task(self.beat(number, answer, answers))
        yield supervisor._Worker(process, answers)
        beating.cancel()

    async def beat(self, number, answer, answers):
        """Give signs of life of one that has begun, unless it is `silent`."""
        while answer == orders.Begun() and number not in self.silent:
            answers.feed_data(orders.line(orders.Beat()))
            await asyncio.sleep(self._configuration.worker_patience / orders.BEATS)


@pytest.fixture
def configuration(tmp_path):
    base = ports.free_base("127.0.0.1")
    return Configuration(data=tmp_path, workers=2, port_base=base)


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(supervisor, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(supervisor, "_LONGEST_PAUSE", 0.004)
    monkeypatch.setattr(supervisor, "configure", lambda *arguments: None)


def interrupt():
    signal.raise_signal(signal.SIGTERM)


async def test_all_workers_serve_until_the_cloud_is_stopped(configuration):
    def plan(process, number):
        if number == 2:
            asyncio.get_running_loop().call_later(0.05, interrupt)
        return orders.Begun()

    fleet = Fleet(configuration, plan)
    await fleet.run()
    assert fleet.started == [1, 2]
    assert (1, 2) in fleet.told
    assert fleet.told[-1] == ()


async def test_the_second_begins_when_the_first_has(configuration):
    def plan(process, number):
        if number == 1:
            asyncio.get_running_loop().call_later(0.05, interrupt)
            return None
        return orders.Begun()

    fleet = Fleet(configuration, plan)
    await fleet.run()
    assert fleet.started == [1]


async def test_a_worker_that_ends_is_started_again_and_waited_for_longer(configuration, caplog):
    def plan(process, number):
        if number == 2 and len(fleet.started) < 8:
            process.end(-signal.SIGKILL)
            return None
        if number == 2:
            asyncio.get_running_loop().call_later(0.01, interrupt)
        return orders.Begun()

    fleet = Fleet(configuration, plan)
    with caplog.at_level(logging.ERROR):
        await fleet.run()
    assert fleet.started == [1, *[2] * 7]
    assert "was ended by SIGKILL" in caplog.text
    said = [record.args[2] for record in caplog.records]
    assert len(said) == 6
    assert "at once" not in said


async def test_a_worker_that_hangs_is_killed_and_started_again(configuration, caplog):
    def plan(process, number):
        if fleet.started.count(2) == 2:
            asyncio.get_running_loop().call_later(0.01, interrupt)
        return orders.Begun()

    fleet = Fleet(msgspec.structs.replace(configuration, worker_patience=0.2), plan)
    fleet.silent.add(2)
    with caplog.at_level(logging.ERROR):
        await asyncio.wait_for(fleet.run(), 10)
    assert fleet.started == [1, 2, 2]
    assert "worker 2: process 2 has given no sign of life for 0.2 s, and is killed" in caplog.text
    assert "worker 2: process 2 was ended by SIGKILL" in caplog.text
    assert "worker 1" not in caplog.text


async def test_a_worker_that_hangs_while_the_cloud_stops_is_killed(configuration):
    def plan(process, number):
        if number == 2:
            process.terminate = lambda: None
            asyncio.get_running_loop().call_later(0.01, interrupt)
        return orders.Begun()

    fleet = Fleet(msgspec.structs.replace(configuration, worker_patience=0.2), plan)
    fleet.silent.add(2)
    await asyncio.wait_for(fleet.run(), 10)
    assert fleet.told[-1] == ()


def stand_still(seconds):
    time.sleep(seconds)


async def test_while_the_supervisor_is_stopped_itself_nobody_hangs():
    answers = asyncio.StreamReader()
    waiting = asyncio.create_task(supervisor.silence_of(answers, 0.5))
    await asyncio.sleep(0.45)  # the next look is the last
    stand_still(0.6)
    stopped_until = time.monotonic()
    await asyncio.wait_for(waiting, 10)
    assert time.monotonic() - stopped_until > 0.4


async def test_a_worker_beats_and_does_not_wait_for_a_supervisor_that_is_stopped():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        worker.begin(theirs, 0.01)
        await asyncio.sleep(0.1)  # nobody reads
        reader, writer = await asyncio.open_connection(sock=ours)
        assert orders.answer(await reader.readline()) == orders.Begun()
        beats = [await reader.readline() for _ in range(100)]
        assert beats == [orders.line(orders.Beat())] * 100
        writer.close()


@pytest.mark.parametrize(
    ("code", "answer", "message"),
    [
        (1, orders.Refused("the master key is missing"), "the master key is missing"),
        (-signal.SIGSEGV, None, "ended by SIGSEGV"),
        (3, None, "exit code 3"),
    ],
)
async def test_a_cloud_that_cannot_begin_says_why(configuration, code, answer, message):
    def plan(process, number):
        process.end(code)
        return answer

    fleet = Fleet(configuration, plan)
    with pytest.raises(WorkersRefused, match=message):
        await fleet.run()
    assert fleet.started == [1]


async def test_the_ports_are_open_before_there_is_a_worker(configuration):
    def plan(process, number):
        asyncio.get_running_loop().call_later(0.01, interrupt)

    class Connecting(Fleet):
        @contextlib.asynccontextmanager
        async def _started(self, number, listeners):
            for _ in range(10):
                _, writer = await asyncio.open_connection("127.0.0.1", configuration.port("aws"))
                writer.close()
            async with super()._started(number, listeners) as worker:
                yield worker

    await Connecting(configuration, plan).run()


def test_orders_arrive_as_they_were_given(configuration):
    given = orders.Orders(2, configuration, 5, {"aws": 7})
    assert orders.orders(orders.line(given)) == given
    changed = msgspec.structs.replace(configuration, tls=True, domains=("a", "b"))
    given = orders.Orders(1, changed, 5, {})
    assert orders.orders(orders.line(given)).configuration == changed


async def heard(say, *, reads: bool):
    """Return what the supervisor hears of a worker that says something, and is gone."""
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)
    writer.write(b"orders\n")
    await writer.drain()
    if reads:
        theirs.recv(100)
    theirs.send(say)
    theirs.close()
    try:
        return orders.answer(await supervisor.answer_of(reader))
    finally:
        writer.close()


async def test_worker_that_begins_is_heard():
    assert await heard(orders.line(orders.Begun()), reads=True) == orders.Begun()


async def test_worker_that_is_killed_while_it_starts_says_nothing():
    assert await heard(b"", reads=True) is None
    assert await heard(b"", reads=False) is None  # the connection is reset then
