"""The body of a request as its connection receives it, and how its reader holds the peer back."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable

from lenticular.apis.http import Body, BodyError, BodyTruncated, Measures, Request

HIGH_WATER = 256 * 1024
"""Bytes that wait for their reader, above which no more are taken from the network."""


class StreamBody(Body):
    """The body of a request that is still coming in."""

    __slots__ = (
        "_begin",
        "_chunks",
        "_error",
        "_is_whole",
        "_resume",
        "_size",
        "_waiter",
        "ended",
        "is_begun",
        "received",
        "waiting",
    )

    def __init__(
        self, size: int | None, begin: Callable[[], None], resume: Callable[[], None]
    ) -> None:
        """Expect `size` bytes (None: the client did not say).

        `begin` is called when the body is first asked for, and `resume` when so many of the
        waiting bytes were read that more can be taken.
        """
        self._size = size
        self._begin = begin
        self._resume = resume
        self._chunks: deque[bytes] = deque()
        self._is_whole = False
        self._error: BodyError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.is_begun = False
        """Whether it was asked for; until then `100 Continue` is held back."""
        self.received = 0
        """Bytes that were read."""
        self.waiting = 0
        """Bytes that came and were not read yet."""
        self.ended = 0.0
        """When the last of them came, by the performance counter; 0: they have not all come."""

    @property
    def size(self) -> int | None:
        return self._size

    @property
    def is_awaited(self) -> bool:
        """Whether its reader waits for the peer."""
        return self._waiter is not None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if not self.is_begun:
            self.is_begun = True
            self._begin()
        while True:
            while self._chunks:
                chunk = self._chunks.popleft()
                self.received += len(chunk)
                if self.waiting > HIGH_WATER >= self.waiting - len(chunk):
                    self._resume()
                self.waiting -= len(chunk)
                yield chunk
            if self._is_whole:
                return
            if self._error is not None:
                raise self._error
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None

    async def read(self, limit: int) -> bytes:
        if not self._is_whole or self.is_begun or self.waiting > min(limit, HIGH_WATER):
            return await super().read(limit)
        # It came with its head, as small ones do: nothing is to be waited for.
        self.is_begun = True
        self.received, self.waiting = self.waiting, 0
        chunks = list(self._chunks)
        self._chunks.clear()
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def feed(self, chunk: bytes) -> bool:
        """Take what came; return whether that is enough for now."""
        self._chunks.append(chunk)
        self.waiting += len(chunk)
        self._wake()
        return self.waiting > HIGH_WATER

    def end(self) -> None:
        """Note that all has come."""
        self._is_whole = True
        self.ended = time.perf_counter()
        self._wake()

    def break_off(self, problem: str) -> None:
        """Note that no more will come: the reader gets `BodyTruncated` behind what came."""
        if not self._is_whole and self._error is None:
            expected = "an unknown number" if self._size is None else self._size
            came = self.received + self.waiting
            self._error = BodyTruncated(f"{problem} after {came} bytes of {expected}")
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def measure(body: Body, begin: float, ready: float) -> Measures:
    """Return what a request took that ends now.

    It began, and the answer was ready, at these times of the performance counter.
    """
    received, ended = (body.received, body.ended) if isinstance(body, StreamBody) else (0, 0.0)
    return Measures(received, ready - max(begin, ended), time.perf_counter() - begin)


def is_unasked(body: Body, request: Request) -> bool:
    """Tell whether a client may still hold its body back (RFC 9110, section 10.1.1).

    It expected `100 Continue` and did not get it. After a refusal it may send the body or
    not, so what comes next on the connection cannot be understood.
    """
    return (
        isinstance(body, StreamBody)
        and not body.is_begun
        and request.headers.get("expect", "").lower() == "100-continue"
    )
