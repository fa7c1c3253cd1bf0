"""HTTP on a bare connection: any bytes out, and answers read strictly."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

PATIENCE = 10.0
"""Seconds within which a request is answered."""

_BODILESS = frozenset({204, 304})


class Unanswered(Exception):
    """There was no whole, well-formed answer; the message says what came."""


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes

    @property
    def closes(self) -> bool:
        """Whether nothing more comes on this connection."""
        return self.headers.get("connection", "").lower() == "close"


class Connection:
    """One connection to the server, opened anew when it was closed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, data: bytes) -> None:
        """Hand bytes to the kernel as it takes them; an answer may come before it took all."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(
                "127.0.0.1", self._port, limit=1 << 20
            )
        self._writer.write(data)

    def send_end(self) -> None:
        """Close our half of the connection."""
        assert self._writer
        if self._writer.can_write_eof():
            with suppress(OSError):  # the server may have hung up already
                self._writer.write_eof()

    async def receive(self, method: str) -> Answer:
        """Return the answer to a request of `method`. Raises `Unanswered`."""
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await self._receive(method)
        except TimeoutError:
            raise Unanswered(f"no answer within {PATIENCE:.0f} s") from None
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Unanswered(f"broken off: {error!r}") from None
        except (ValueError, KeyError) as error:
            raise Unanswered(f"no HTTP: {error!r}") from None
        if answer.closes:
            await self.close()
        return answer

    async def close(self) -> None:
        """Close the connection."""
        if self._writer is not None:
            self._writer.transport.abort()
        self._reader = self._writer = None

    async def _receive(self, method: str) -> Answer:
        status, headers = await self._head()
        while status == 100:
            status, headers = await self._head()
        if method == "HEAD" or status in _BODILESS:
            return Answer(status, headers, b"")
        assert self._reader
        if headers.get("transfer-encoding") == "chunked":
            return Answer(status, headers, await self._chunks())
        size = int(headers["content-length"])
        return Answer(status, headers, await self._reader.readexactly(size))

    async def _head(self) -> tuple[int, dict[str, str]]:
        assert self._reader
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head[:-4].split("\r\n")
        version, status, _ = first.split(" ", 2)
        if version != "HTTP/1.1" or len(status) != 3:
            raise ValueError(first)
        headers: dict[str, str] = {}
        for line in lines:
            name, colon, value = line.partition(":")
            if not (colon and name) or " " in name or any(each < " " for each in line):
                raise ValueError(line)
            headers[name.lower()] = value.strip()
        return int(status), headers

    async def _chunks(self) -> bytes:
        assert self._reader
        pieces = []
        while True:
            size = int(await self._reader.readuntil(b"\r\n"), 16)
            piece = await self._reader.readexactly(size + 2)
            if not piece.endswith(b"\r\n"):
                raise ValueError(piece[-2:])
            if size == 0:
                return b"".join(pieces)
            pieces.append(piece[:-2])
