"""A file that is being written at another agent: blocks in frames, over several connections.

A write returns once its bytes are on their way. That they arrived is known when the streams
are ended, which `durable` and `commit` do first of all; a stream that fails says so at the
next write.
"""

import asyncio
from contextlib import AsyncExitStack

from lenticular.engines.connectors.contract import Entry, Fault, Writer
from lenticular.engines.connectors.peer import wire
from lenticular.engines.connectors.peer.channel import Channel, Data
from lenticular.engines.connectors.peer.requests import Requests, read_answer

STREAMS = 8
"""Connections over which the blocks of one file go, at most: as many as writes are under way."""

_VERIFYING = 4 * 3600.0
"""Seconds in which an agent has to have put a file of any size in its place."""

_FRESH = 20.0
"""Seconds for which a stream may stand still before it is ended: agents do not wait for ever."""


class _Stream:
    """A request whose body goes on."""

    def __init__(self, stack: AsyncExitStack, channel: Channel) -> None:
        self._stack = stack
        self._channel = channel
        self._sent = 0
        self.used = asyncio.get_running_loop().time()

    @classmethod
    async def begin(cls, requests: Requests, writer: str) -> "_Stream":
        stack = AsyncExitStack()
        query = f"{wire.WRITER}={writer}"
        return cls(stack, await stack.enter_async_context(requests.stream(query, wire.FRAMES)))

    async def write(self, offset: int, data: Data) -> None:
        """Send a frame. Raises `Fault`: the one of the agent, where it has told."""
        size = len(data)
        frame = wire.FRAME.pack(offset, size)
        try:
            if self._channel.has_news:
                raise await self._refusal()
            await self._channel.write(b"%x\r\n%b" % (len(frame) + size, frame), data, b"\r\n")
        except Fault as fault:
            raise await self._refusal() if self._channel.has_answer else fault from None
        self._sent += size
        self.used = asyncio.get_running_loop().time()

    async def end(self) -> None:
        """End the request. Raises `Fault` unless all of it arrived."""
        async with self._stack:
            if not self._channel.has_news:
                await self._channel.write(b"0\r\n\r\n")
            written = await read_answer(self._channel, await self._channel.answer(), wire.Written)
            if written.bytes != self._sent:
                raise Fault("CONNECTION_BROKEN", "Not all that was sent has arrived")

    async def drop(self) -> None:
        """Break the request off."""
        await self._stack.aclose()

    async def _refusal(self) -> Fault:
        """Return what the agent says while it is still being sent to."""
        try:
            await read_answer(self._channel, await self._channel.answer(), wire.Written)
        except Fault as fault:
            return fault
        return Fault("ENDPOINT_ERROR", "The other agent answered before it had everything")


class PeerWriter(Writer):
    """A writer at another agent."""

    def __init__(self, requests: Requests, writer: str) -> None:
        self._requests = requests
        self._writer = writer
        self._idle: list[_Stream] = []
        self._places = asyncio.Semaphore(STREAMS)
        self._settling = asyncio.Lock()
        self._fault: Fault | None = None

    async def write(self, offset: int, data: bytes | memoryview) -> None:
        async with self._places:
            if self._fault is not None:
                raise self._fault
            try:
                stream = await self._stream()
            except Fault as fault:
                self._fault = fault
                raise
            try:
                await stream.write(offset, data)
            except Fault as fault:
                self._fault = fault
                await stream.drop()
                raise
            except BaseException:
                # Half a frame may be out, and earlier ones are lost with the stream.
                self._fault = Fault("CONNECTION_BROKEN", "A write was broken off")
                await stream.drop()
                raise
            self._idle.append(stream)

    async def durable(self) -> str:
        await self._settle()
        closing = wire.Close(self._writer, "durable")
        return (await self._requests.ask(closing, wire.Text, patience=_VERIFYING)).text

    async def commit(self, size: int, *, modified: float = 0.0, checksum: str = "") -> Entry:
        await self._settle()
        committing = wire.Commit(self._writer, size, modified, checksum)
        return await self._requests.ask(committing, Entry, patience=_VERIFYING)

    async def suspend(self) -> None:
        await self._drop()
        await self._requests.ask(wire.Close(self._writer, "suspend"), wire.Done)

    async def abort(self) -> None:
        await self._drop()
        await self._requests.ask(wire.Close(self._writer, "abort"), wire.Done)

    async def _stream(self) -> _Stream:
        now = asyncio.get_running_loop().time()
        while self._idle:
            stream = self._idle.pop()
            if now - stream.used < _FRESH:
                return stream
            await stream.end()
        return await _Stream.begin(self._requests, self._writer)

    async def _settle(self) -> None:
        """End the streams: all that was written is with the agent then. Raises `Fault`.

        Not before nobody writes: a stream in use has carried earlier writes, too.
        """
        async with self._settling, AsyncExitStack() as all_places:
            for _ in range(STREAMS):
                await all_places.enter_async_context(self._places)
            await self._end_all()

    async def _end_all(self) -> None:
        streams, self._idle = self._idle, []
        results = await asyncio.gather(*(each.end() for each in streams), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                self._fault = result if isinstance(result, Fault) else self._fault
                raise result
        if self._fault is not None:
            raise self._fault

    async def _drop(self) -> None:
        streams, self._idle = self._idle, []
        for stream in streams:
            await stream.drop()
