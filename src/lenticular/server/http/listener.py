"""Listens on a socket: takes connections in, watches over their times, and closes in good order."""

import asyncio
import logging
import socket
import ssl
import time
from contextlib import suppress

from lenticular.server.http.connection import Connection
from lenticular.server.http.contract import Handler, Limits

_WATCH_INTERVAL = 1.0
"""Seconds between two looks at the times of the connections."""

_SHORTLY = 1.0
"""Seconds for which a connection is not closed for others: its peer is about to ask."""

_BACKLOG = 2048

_log = logging.getLogger("lenticular.connection")


class Listener:
    """Serves the connections that come to one socket."""

    def __init__(
        self, handler: Handler, limits: Limits, secured: ssl.SSLContext | None = None
    ) -> None:
        """Hand every request to `handler`; `secured` is the context of TLS."""
        self.handler = handler
        self.limits = limits
        self.connections: set[Connection] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        """The requests that are being served."""
        self._secured = secured
        self._is_empty = asyncio.Event()
        self._server: asyncio.Server | None = None

    def remove(self, connection: Connection) -> None:
        """Note that a connection has ended."""
        self.connections.discard(connection)
        if not self.connections:
            self._is_empty.set()

    def make_room(self) -> bool:
        """Close the connection that has been idle for the longest, if that is a while."""
        latest = time.monotonic() - _SHORTLY
        idle = [
            (since, id(connection), connection)
            for connection in self.connections
            if (since := connection.idle_since) is not None and since <= latest
        ]
        if idle:
            min(idle)[2].abort()
        return bool(idle)

    async def open(self, listening: socket.socket | None) -> None:
        """Begin to take connections in; the socket is closed by `close`.

        None: only those that are given to `adopt`.
        """
        loop = asyncio.get_running_loop()
        if listening is None:
            self._server = None
        elif listening.family == socket.AF_UNIX:
            self._server = await loop.create_unix_server(
                lambda: Connection(self), sock=listening, backlog=_BACKLOG
            )
        else:
            self._server = await loop.create_server(
                lambda: Connection(self), sock=listening, ssl=self._secured, backlog=_BACKLOG
            )
        self._watching = asyncio.create_task(self._watch())

    def adopt(self, transport: asyncio.Transport, came: bytes = b"") -> None:
        """Serve whoever is at the other end of a connection that was not made to the socket.

        `came` is what came from there already.
        """
        connection = Connection(self)
        transport.set_protocol(connection)
        connection.connection_made(transport)
        if came:
            connection.data_received(came)

    async def close(self, patience: float) -> None:
        """Let nobody in any more, and finish what is under way.

        Requests that have not ended after `patience` seconds are given up.
        """
        if self._server is not None:
            self._server.close()
        for connection in list(self.connections):
            connection.shut_down()
        if self.tasks:
            _, late = await asyncio.wait(self.tasks, timeout=patience)
            if late:
                _log.error("%d requests are given up after %g seconds", len(late), patience)
                for task in late:
                    task.cancel()
                await asyncio.wait(late)
        self._watching.cancel()
        if self.connections:  # what was written is still going out
            self._is_empty.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_empty.wait(), patience)
        for connection in list(self.connections):
            connection.abort()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_INTERVAL)
            now = time.monotonic()
            for connection in list(self.connections):
                connection.end_if_overdue(now)
