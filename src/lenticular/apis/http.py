"""HTTP as every API sees it: one request, its body as a stream, one response.

The server makes requests from ASGI and sends responses to it; nothing here knows how.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Self
from urllib.parse import unquote_plus

from lenticular.primitives.circumstances import Circumstances

_CACHEABLE = 256
"""Longest text, in characters, whose decoded form is kept: a client chooses how many there are."""


class BodyError(Exception):
    """The request's body cannot be used as it came."""


class BodyTruncated(BodyError):
    """The client went away, or closed the connection, before the announced end."""


class BodyTooLarge(BodyError):
    """The body is larger than this operation takes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body is larger than the {limit} bytes that are taken here")
        self.limit = limit


class Body(ABC):
    """The bytes of a request, readable once, as a stream.

    An API may lay bodies over one another: one that checks a digest, one that takes a
    framing off. Each raises its complaint from the iteration, at the latest at its end,
    so that whoever stores the bytes learns of it before committing them.
    """

    @property
    @abstractmethod
    def size(self) -> int | None:
        """Bytes that iteration will give, or None when the client did not say."""

    @abstractmethod
    def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over non-empty chunks. Raises `BodyTruncated` when the client goes away."""

    async def read(self, limit: int) -> bytes:
        """Return the whole body. Raises `BodyTooLarge` when it is above `limit` bytes."""
        if self.size is not None and self.size > limit:
            raise BodyTooLarge(limit)
        chunks: list[bytes] = []
        size = 0
        async for chunk in self:
            size += len(chunk)
            if size > limit:
                raise BodyTooLarge(limit)
            chunks.append(chunk)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)


class BufferedBody(Body):
    """A body that is in memory already."""

    def __init__(self, data: bytes = b"") -> None:
        self._data = data

    @property
    def size(self) -> int:
        return len(self._data)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._data:
            yield self._data

    async def read(self, limit: int) -> bytes:
        if len(self._data) > limit:
            raise BodyTooLarge(limit)
        return self._data


@dataclass(slots=True)
class Request:
    """One request as it came in."""

    id: str
    """Made by the server; in every answer and log line."""
    method: str
    raw_path: str
    """The path as sent, percent-encoded, without the query."""
    path: str
    """The path decoded as UTF-8 (undecodable bytes replaced)."""
    raw_query: str
    """What follows the question mark, as sent."""
    headers: Mapping[str, str]
    """By lower-case name. Values of a repeated header are joined with a comma."""
    body: Body = field(default_factory=BufferedBody)
    scheme: str = "http"
    client: str = ""
    """The peer's address."""
    received: float = 0.0
    """Seconds since the epoch, by the server's clock."""
    tls: tuple[str, str] = ("", "")
    """The version of TLS and the cipher suite, as OpenSSL names them; empty without TLS."""
    answer_headers: Sequence[tuple[str, str]] = ()
    """Headers that every answer to this request has, an error too."""
    # Kept by hand: functools.cached_property takes a lock for what only one task asks.
    _query: list[tuple[str, str]] | None = field(default=None, init=False, repr=False)
    _parameters: dict[str, str] | None = field(default=None, init=False, repr=False)

    @property
    def query(self) -> list[tuple[str, str]]:
        """Decoded pairs of the query in their order; a name without ``=`` has the value ``""``."""
        if self._query is None:
            self._query = self._read_query()
        return self._query

    @property
    def parameters(self) -> dict[str, str]:
        """The query as a dict; of a repeated name the first value counts."""
        if self._parameters is None:
            self._parameters = dict(reversed(self.query))
        return self._parameters

    def _read_query(self) -> list[tuple[str, str]]:
        pairs = []
        for item in self.raw_query.split("&"):
            name, _, value = item.partition("=")
            if "%" in item or "+" in item:
                name, value = _decoded(name), _decoded(value)
            if item:
                pairs.append((name, value))
        return pairs

    @property
    def host(self) -> str:
        """The Host header, as sent (with its port)."""
        return self.headers.get("host", "")


@dataclass(frozen=True, slots=True)
class FileSpan:
    """Bytes of an open file, from `start` up to `end`, to be sent without coming to memory."""

    descriptor: int
    start: int
    end: int
    check: Callable[[], Awaitable[None]]
    """Called again and again while it is sent; raises when it must not be sent any more."""
    close: Callable[[], Awaitable[None]]
    """Lets go of the file; called once, however the sending ends."""


@dataclass(slots=True)
class Response:
    """One response. `body` is whole, or a stream whose size stands in Content-Length."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | AsyncIterator[bytes] = b""
    sent: int = 0
    """How many bytes of the body went out."""
    is_refusal: bool = False
    """Whether the caller was not allowed this, which not every protocol says by the status."""
    error: str = ""
    """The code of an error, in its interface's words."""
    first: bytes = b""
    """The beginning of a stream, once `begun` has read it."""
    file: FileSpan | None = None
    """The body, in `body`'s stead, on a connection without TLS; its size is in Content-Length."""
    switch: Callable[[Any], None] | None = None
    """Of a 101: takes the connection's transport once the response went out on it, to speak
    what was agreed on (RFC 9110, section 7.8). No request comes from there any more."""

    async def begun(self) -> Self:
        """Return it with the first chunk of a stream here: it raises if that cannot be read."""
        if not isinstance(self.body, bytes):
            self.first = await anext(self.body, b"")
        return self


@dataclass(frozen=True, slots=True)
class Measures:
    """What answering a request took."""

    received: int
    """Bytes of its body that were read."""
    processing: float
    """Seconds from its last byte to the answer's first."""
    total: float
    """Seconds from its first byte to the answer's last."""


def circumstances(request: Request, region: str) -> Circumstances:
    """Return what policies may ask of a request, whoever makes it; `region` is its target."""
    headers = request.headers
    return Circumstances(
        time=request.received,
        source_ip=request.client,
        secure=request.scheme == "https",
        user_agent=headers.get("user-agent", ""),
        referer=headers.get("referer", ""),
        region=region,
        request_id=request.id,
    )


def _decoded(text: str) -> str:
    """Return a name or value of a query as it was meant; clients send many again and again."""
    return _decode(text) if len(text) <= _CACHEABLE else unquote_plus(text)


_decode = lru_cache(maxsize=1024)(unquote_plus)
