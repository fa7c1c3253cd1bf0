"""One HTTP/1.1 connection to a peer: a request at a time, and bodies that are not copied.

What comes is read by the event loop right into one of two blocks of memory: while whoever
asked looks at the one, the other is filled. General clients (httpx, aiohttp) hand out new
bytes for every read, and take a core for a few hundred megabytes per second.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from lenticular.engines.connectors.faults import Fault

PATIENCE = 90.0
"""Seconds within which something has to come that is waited for."""

_SMALL = 32 * 1024
_LARGE = 1024 * 1024
_LARGEST = 4 * 1024 * 1024
"""Bytes of a block; larger ones where a body is long: then one thread waits less often for
another."""

_LONGEST_HEAD = 16 * 1024

_KEEPALIVE = {"TCP_KEEPIDLE": 20, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}
"""Seconds without traffic until the peer is asked for a sign of life, between two of these, and
how many it may owe."""

Data = bytes | memoryview


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a response."""

    status: int
    headers: dict[str, str]
    """By lower-case name."""


class Channel(asyncio.BufferedProtocol):
    """A connection, and what came on it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._block = bytearray(_SMALL)
        self._spare = bytearray(_SMALL)
        self._start = self._end = 0
        """Of what came and was not taken, in the block that is being filled."""
        self._left = 0
        """Bytes of the body that is being read which were not taken yet."""
        self._is_full = False
        self._is_answered = True
        self._is_reusable = True
        self._fault: Fault | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._is_paused = False
        self.uses = 0
        """Requests that were sent."""
        self.since = 0.0
        """When it was last used, by the loop's clock."""

    # What the event loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self.attach(transport)  # type: ignore[arg-type]  # uvloop's does not derive from it
        sock: socket.socket | None = transport.get_extra_info("socket")
        if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for name, value in _KEEPALIVE.items():
                if hasattr(socket, name):
                    sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    def attach(self, transport: asyncio.Transport) -> None:
        """Speak on this transport: that of TLS, perhaps, once it has been begun."""
        self._transport = transport
        # What is being sent is the caller's memory: a write returns once nothing of it waits.
        # TLS copies what it encrypts; asyncio's pauses, at a limit of 0, when nothing waits too.
        is_secured = transport.get_extra_info("ssl_object") is not None
        transport.set_write_buffer_limits(high=1 if is_secured else 0, low=0)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where the loop is to put what comes."""
        if self._end == len(self._block):  # the loop goes on although reading was paused
            self._block += bytes(_SMALL)
        return memoryview(self._block)[self._end :]

    def buffer_updated(self, nbytes: int) -> None:
        """Note that so many bytes came."""
        self._end += nbytes
        if self._end == len(self._block) and self._transport is not None:
            self._is_full = True
            self._transport.pause_reading()
        self._wake(self._waiter)

    def eof_received(self) -> bool:
        """Note that no more will come."""
        self._lose("CONNECTION_BROKEN", "The other agent closed the connection")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end."""
        reset = isinstance(exc, ConnectionResetError | BrokenPipeError)
        self._lose(
            "CONNECTION_RESET" if reset else "CONNECTION_BROKEN",
            "The connection to the other agent was lost",
        )

    def pause_writing(self) -> None:
        """Hold whoever writes."""
        self._is_paused = True

    def resume_writing(self) -> None:
        """Let whoever writes go on."""
        self._is_paused = False
        self._wake(self._drained)

    # Requests

    @property
    def is_idle(self) -> bool:
        """Whether another request can be sent: the last one was answered, and all of it read."""
        return (
            self._is_answered
            and self._is_reusable
            and self._fault is None
            and self._left == 0
            and self._start == self._end
        )

    @property
    def has_answer(self) -> bool:
        """Whether something came."""
        return self._start < self._end

    @property
    def has_news(self) -> bool:
        """Whether something came, or the connection was lost."""
        return self.has_answer or self._fault is not None

    async def begin(self, head: bytes, body: Data = b"") -> None:
        """Send the beginning of a request. Raises `Fault`."""
        self._start = self._end = 0
        self._is_answered = False
        self.uses += 1
        await self.write(head + body if len(body) <= _SMALL else head)
        if len(body) > _SMALL:
            await self.write(body)

    async def write(self, *data: Data) -> None:
        """Send more; returns when the memory may be used again. Raises `Fault`."""
        transport = self._transport
        if self._fault is not None or transport is None:
            raise self._fault or Fault("CONNECT_FAILED", "There is no connection")
        transport.writelines(data)
        while self._is_paused and self._fault is None:
            self._drained = self._loop.create_future()
            await self._patiently(self._drained, PATIENCE)
        if self._fault is not None:
            raise self._fault

    async def expect(self, patience: float = PATIENCE) -> None:
        """Return once something of the response has come. Raises `Fault`."""
        if self._start == self._end:
            await self._more(patience)

    async def answer(self, patience: float = PATIENCE) -> Head:
        """Return the head of the response; its body is to be read then. Raises `Fault`."""
        while True:
            while (end := self._block.find(b"\r\n\r\n", self._start, self._end)) < 0:
                if self._is_full or self._end - self._start > _LONGEST_HEAD:
                    raise _malformed("its head is too long")
                await self._more(patience)
            head = _read_head(bytes(memoryview(self._block)[self._start : end]))
            self._start = end + 4
            if head.status >= 200 or head.status == 101:
                break
        self._is_answered = True
        self._is_reusable = head.headers.get("connection", "").lower() != "close"
        self._left = _length(head)
        return head

    async def chunks(self) -> AsyncIterator[memoryview]:
        """Iterate over the body; a chunk is valid until the next one is asked for."""
        while self._left:
            if self._start == self._end:
                await self._more(PATIENCE)
            yield self._take()

    async def body(self, limit: int) -> bytes:
        """Return the whole body. Raises `Fault` when it is above `limit` bytes."""
        if self._left > limit:
            raise _malformed(f"it is above {limit} bytes")
        if self._end - self._start >= self._left:
            return bytes(self._take()) if self._left else b""
        gathered = bytearray()
        async for chunk in self.chunks():
            gathered += chunk
        return bytes(gathered)

    def _take(self) -> memoryview:
        """Hand out what came, and have the next filled into the other block."""
        end = min(self._end, self._start + self._left)
        taken = memoryview(self._block)[self._start : end]
        rest = self._block[end : self._end]
        self._left -= len(taken)
        if len(self._spare) < (wanted := _block_size(self._left)):
            self._spare = bytearray(wanted)
        self._block, self._spare = self._spare, self._block
        self._block[: len(rest)] = rest
        self._start, self._end = 0, len(rest)
        if self._is_full and self._transport is not None:
            self._is_full = False
            self._transport.resume_reading()
        return taken

    async def _more(self, patience: float) -> None:
        """Wait until more has come."""
        came = self._end
        while self._end == came:
            if self._fault is not None:
                raise self._fault
            self._waiter = self._loop.create_future()
            await self._patiently(self._waiter, patience)

    async def _patiently(self, waiter: asyncio.Future[None], patience: float) -> None:
        late = self._loop.call_later(patience, self._lose, "TIMEOUT", "The other agent is silent")
        try:
            await waiter
        finally:
            late.cancel()

    # The end

    def close(self) -> None:
        """Let go of the connection, at once."""
        self._lose("CONNECTION_BROKEN", "The connection was closed")
        if self._transport is not None:
            self._transport.abort()

    def _lose(self, code: str, description: str) -> None:
        if self._fault is None:
            self._fault = Fault(code, description)
        self._wake(self._waiter)
        self._wake(self._drained)

    @staticmethod
    def _wake(waiter: asyncio.Future[None] | None) -> None:
        if waiter is not None and not waiter.done():
            waiter.set_result(None)


def _block_size(left: int) -> int:
    """Return the bytes of the blocks in which so much is read."""
    if left >= 4 * _LARGEST:
        return _LARGEST
    return _LARGE if left >= _LARGE else _SMALL


def request_head(method: str, target: str, headers: Sequence[tuple[str, str]]) -> bytes:
    """Return the head of a request."""
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"{method} {target} HTTP/1.1\r\n{fields}\r\n".encode("latin-1")


def _read_head(data: bytes) -> Head:
    first, *lines = data.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    code = rest[:3]
    if not version.startswith("HTTP/1.") or not code.isdecimal() or len(code) != 3:
        raise _malformed("it is no HTTP")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Head(int(code), headers)


def _length(head: Head) -> int:
    text = head.headers.get("content-length", "")
    if head.status in (101, 204, 304):
        return 0
    if not text.isdecimal() or "transfer-encoding" in head.headers:
        raise _malformed("it does not say how long it is")
    return int(text)


def _malformed(why: str) -> Fault:
    return Fault("ENDPOINT_ERROR", f"The answer of the other agent cannot be understood: {why}")
