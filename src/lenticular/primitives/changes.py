"""Changes: what one process changes and others remember is forgotten there at once.

Whoever changes such a thing signals its topic in the same transaction; each process follows
the topics of all that it remembers. What is remembered has a bound in time as well, for a
signal can get lost with the connection that it should have come by.
"""

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from lenticular.engines.kv.contract import KeyValueStore

Learn = Callable[[], Awaitable[None] | None]
"""Forgets, or reads anew, what may have changed."""

_log = logging.getLogger("lenticular.changes")


class Changes:
    """The changes that the other processes of a cloud make."""

    def __init__(self, store: KeyValueStore) -> None:
        self._store = store
        self._followed: list[tuple[bytes, Learn, float | None]] = []

    def follow(self, topic: bytes, learn: Learn, *, every: float | None = None) -> None:
        """Call `learn` whenever `topic` is signalled; and every so many seconds besides."""
        self._followed.append((topic, learn, every))

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Follow what is to be followed while the context lasts."""
        tasks = [asyncio.create_task(self._follow(*each)) for each in self._followed]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self, topic: bytes, learn: Learn, every: float | None) -> None:
        with self._store.watch(topic) as watch:
            while True:
                try:
                    learned = learn()
                    if inspect.isawaitable(learned):
                        await learned
                except Exception:
                    _log.exception("changes were not learned", extra={"topic": topic.decode()})
                await watch.wait(every)
