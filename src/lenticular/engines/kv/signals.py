"""Who is woken when a topic is signalled: the watches of one process, for every engine."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from threading import Lock

from lenticular.engines.kv.contract import Watch
from lenticular.engines.kv.limits import check_topic


class Watches:
    """The watches that were begun in this process and have not ended."""

    def __init__(self) -> None:
        self._of_topic: defaultdict[bytes, set[_LoopWatch]] = defaultdict(set)
        self._changing = Lock()

    @contextmanager
    def watch(self, topic: bytes) -> Iterator[Watch]:
        """Watch `topic` on the running event loop while the context lasts."""
        check_topic(topic)
        watch = _LoopWatch(asyncio.get_running_loop())
        with self._changing:
            self._of_topic[topic].add(watch)
        try:
            yield watch
        finally:
            with self._changing:
                self._of_topic[topic].discard(watch)
                if not self._of_topic[topic]:
                    del self._of_topic[topic]

    def wake(self, topics: Collection[bytes]) -> None:
        """Wake who watches one of `topics`. From any thread: one wake-up for each event loop."""
        with self._changing:
            watches = [self._of_topic[topic] for topic in topics if topic in self._of_topic]
            self._ring(set().union(*watches))

    def wake_all(self) -> None:
        """Wake everyone: for an engine that cannot tell what it has missed."""
        with self._changing:
            self._ring(set().union(*self._of_topic.values()))

    def _ring(self, watches: "set[_LoopWatch]") -> None:
        by_loop: defaultdict[asyncio.AbstractEventLoop, list[_LoopWatch]] = defaultdict(list)
        for watch in watches:
            by_loop[watch.loop].append(watch)
        here = _loop_of_this_thread()
        for loop, woken in by_loop.items():
            if loop is here:
                _set(woken)  # in this turn, before whatever comes in behind the signal
            else:
                with suppress(RuntimeError):  # it is closed, and nobody waits any more
                    loop.call_soon_threadsafe(_set, woken)


class _LoopWatch(Watch):
    """A watch that begins and is waited for on one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.signalled = asyncio.Event()

    async def wait(self, seconds: float | None = None) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self.signalled.wait()
        except TimeoutError:
            return False
        self.signalled.clear()
        return True


def _set(watches: list[_LoopWatch]) -> None:
    for watch in watches:
        watch.signalled.set()


def _loop_of_this_thread() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
