"""Hears the signals of other processes: a connection that only listens."""

import asyncio
import logging
from typing import Any
from uuid import UUID

from lenticular.engines.kv.contract import StoreFailed
from lenticular.engines.kv.postgresql.connections import REPLY_SECONDS, Connections, unavailable
from lenticular.engines.kv.signals import Watches

_PAUSE = 0.5
"""Seconds between two attempts to listen."""

_log = logging.getLogger("lenticular.store")


class Notices:
    """Wakes the watches of this process when another process signals."""

    def __init__(self, connections: Connections, watches: Watches, own: UUID) -> None:
        self._connections = connections
        self._watches = watches
        self._own = own.hex
        self._listening = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="kv-notices")

    async def wait_until_listening(self) -> None:
        """Return when the signals of others are heard. Raises StoreUnavailable if they are not."""
        try:
            async with asyncio.timeout(REPLY_SECONDS):
                await self._listening.wait()
        except TimeoutError as error:
            raise unavailable(self._connections.place, error) from error

    async def close(self) -> None:
        """Stop listening."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except StoreFailed as error:
                _log.warning("signals of other processes are not heard: %s", error)
            self._listening.clear()
            await asyncio.sleep(_PAUSE)

    async def _listen(self) -> None:
        """Listen until the connection breaks."""
        connection = await self._connections.connect()
        broken = asyncio.Event()
        connection.raw.add_termination_listener(lambda _: broken.set())
        try:
            [[channel]] = await connection.fetch("SELECT notice_channel()")
            await connection.raw.add_listener(channel, self._hear)
            self._watches.wake_all()  # for what was signalled while nobody listened
            self._listening.set()
            await broken.wait()
        finally:
            connection.raw.terminate()

    def _hear(self, _connection: Any, _process: int, _channel: str, payload: object) -> None:
        writer, _, topic = str(payload).partition(" ")
        if writer != self._own:  # its own watches were woken by the commit
            self._watches.wake([bytes.fromhex(topic)])
