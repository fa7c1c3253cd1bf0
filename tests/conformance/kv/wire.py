"""A wire between a store and PostgreSQL that can be cut at a chosen moment."""

import asyncio
from contextlib import asynccontextmanager, suppress
from enum import Enum
from urllib.parse import urlsplit, urlunsplit


class Cut(Enum):
    BEFORE = "the server does not get what has the mark"
    AT_ONCE = "the server gets it, and nobody waits for its answer"
    AFTER = "the server has answered, and the answer is lost"


class Wire:
    """Passes everything on, until it is told otherwise."""

    def __init__(self, url):
        self._parts = urlsplit(url)
        self._mark = None
        self._when = None
        self._served = set()
        self.cuts = 0
        self.refuses = 0
        """So many of the next connections are cut at once."""
        self.url = ""

    def cut(self, mark, when):
        """Cut the connection on which a statement with the bytes `mark` is sent, once."""
        self._mark, self._when = mark, when

    async def serve(self, reader, writer):
        self._served.add(asyncio.current_task())
        with suppress(asyncio.CancelledError):
            await self._serve(reader, writer)

    async def close(self):
        for task in self._served:
            task.cancel()
        await asyncio.wait(self._served)

    async def _serve(self, reader, writer):
        if self.refuses:
            self.refuses -= 1
            writer.close()
            return
        upstream = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        writers = (writer, upstream[1])
        answer_lost = asyncio.Event()
        tasks = [
            asyncio.create_task(self._pass_up(reader, upstream[1], answer_lost)),
            asyncio.create_task(self._pass_down(upstream[0], writer, answer_lost)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            for each in writers:
                each.transport.abort()

    async def _pass_up(self, reader, writer, answer_lost):
        while data := await _some(reader):
            if self._mark is not None and self._mark in data:
                self._mark = None
                self.cuts += 1
                if self._when is Cut.BEFORE:
                    return
                writer.write(data)
                await writer.drain()
                if self._when is Cut.AT_ONCE:
                    return
                answer_lost.set()
                continue
            writer.write(data)

    async def _pass_down(self, reader, writer, answer_lost):
        while data := await _some(reader):
            if answer_lost.is_set():
                return
            writer.write(data)


async def _some(reader):
    with suppress(ConnectionError):
        return await reader.read(1 << 20)


@asynccontextmanager
async def wire_to(url):
    """Serve a wire to the database at `url`."""
    wire = Wire(url)
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0, limit=1 << 20)
    port = server.sockets[0].getsockname()[1]
    secret = wire._parts.netloc.rpartition("@")[0]
    wire.url = urlunsplit(wire._parts._replace(netloc=f"{secret}@127.0.0.1:{port}"))
    try:
        yield wire
    finally:
        server.close()
        await wire.close()
