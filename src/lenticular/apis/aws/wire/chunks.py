"""aws-chunked: the framing that S3 clients put around the body of an upload.

A body is a row of chunks, ``hex-size[;chunk-signature=hex] CRLF data CRLF``, ended by one
of size 0 and, where ``x-amz-trailer`` announced them, by trailers (``name:value CRLF``)
and an empty line. With signatures each chunk is signed over its own hash and the
signature before it, the first over that of the request's headers (S3 API reference,
"Signature calculations ... chunked upload" and "... trailing headers").
"""

import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.http import Body, BodyTruncated

MIN_CHUNK_SIZE = 8192
"""Smallest chunk, in bytes, that another chunk may follow."""

_LINE_LIMIT = 1024
"""Longest chunk header or trailer line, in bytes."""
_TRAILER_LIMIT = 16
"""Most trailer lines."""
_CRLF = b"\r\n"
_EMPTY_SHA256 = sha256().hexdigest()
_HEX_DIGITS = b"0123456789abcdefABCDEF"
_TRAILER_SIGNATURE = "x-amz-trailer-signature"


def incomplete_body() -> AwsError:
    """Return S3's complaint about a body that is not what its framing announced."""
    return AwsError("IncompleteBody", "The request body terminated unexpectedly")


def malformed_trailer() -> AwsError:
    """Return S3's complaint about trailers that are wrong, missing or were not announced."""
    return AwsError(
        "MalformedTrailerError",
        "The request contained trailing data that was not well-formed or did not conform to "
        "our published schema.",
    )


@dataclass(slots=True)
class ChunkSeal:
    """The chain of signatures over the chunks of one body."""

    key: bytes
    """The signing key of the request's credential scope."""
    timestamp: str
    """The request's time, as in its string to sign."""
    scope: str
    """``date/region/service/aws4_request``."""
    signature: str
    """The last signature that held; at first the one in the request's headers."""

    def verify_chunk(self, signature: str, payload_sha256: str) -> None:
        """Take the next chunk's signature. Raises `AwsError` (SignatureDoesNotMatch)."""
        self._verify(signature, "AWS4-HMAC-SHA256-PAYLOAD", f"{_EMPTY_SHA256}\n{payload_sha256}")

    def verify_trailers(self, signature: str, trailers: dict[str, str]) -> None:
        """Take the signature that ends the body. Raises `AwsError` (SignatureDoesNotMatch)."""
        lines = "".join(f"{name}:{value}\n" for name, value in sorted(trailers.items()))
        digest = sha256(lines.encode("latin-1")).hexdigest()
        self._verify(signature, "AWS4-HMAC-SHA256-TRAILER", digest)

    def _verify(self, signature: str, algorithm: str, digest: str) -> None:
        text = f"{algorithm}\n{self.timestamp}\n{self.scope}\n{self.signature}\n{digest}"
        expected = hmac.digest(self.key, text.encode("latin-1"), "sha256").hex()
        if not hmac.compare_digest(expected.encode(), signature.encode("latin-1")):
            raise AwsError(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. "
                "Check your key and signing method.",
                403,
                fields={"StringToSign": text, "SignatureProvided": signature},
            )
        self.signature = expected


class AwsChunkedBody(Body):
    """The data inside an aws-chunked body.

    Data is handed on as it comes, without waiting for a chunk to be complete; what does
    not hold (a signature, the framing, the announced size) is raised at the latest in
    place of the end. Raises `AwsError`: IncompleteBody, InvalidChunkSizeError,
    MalformedTrailerError or SignatureDoesNotMatch.
    """

    def __init__(
        self,
        source: Body,
        size: int,
        *,
        seal: ChunkSeal | None = None,
        announced: frozenset[str] = frozenset(),
    ) -> None:
        """Lay a decoder over `source`.

        `size` is ``x-amz-decoded-content-length``, `seal` checks the chunks' signatures
        and of the trailers (None: they have none), `announced` are the lower-case names in
        ``x-amz-trailer``.
        """
        self._source = source
        self._size = size
        self._seal = seal
        self._announced = announced
        self.trailers: dict[str, str] = {}
        """The trailers that came, by lower-case name; complete when the iteration has ended."""

    @property
    def size(self) -> int:
        return self._size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        stream = _Stream(self._source)
        left = self._size
        number = 1
        last = MIN_CHUNK_SIZE
        while True:
            size, signature = self._parse_header(await stream.line())
            if size and last < MIN_CHUNK_SIZE:
                raise _chunk_too_small(number, last)
            if size > left:
                raise incomplete_body()
            left -= size
            digest = sha256()
            unread = size
            while unread:
                data = await stream.take(unread)
                unread -= len(data)
                if self._seal:
                    digest.update(data)
                yield data
            if self._seal:
                self._seal.verify_chunk(signature, digest.hexdigest())
            if not size:
                break
            if await stream.line():
                raise incomplete_body()
            last = size
            number += 1
        if left:
            raise incomplete_body()
        await self._read_trailers(stream)
        if not await stream.ended():
            raise malformed_trailer()

    def _parse_header(self, line: bytes) -> tuple[int, str]:
        """Return a chunk's size and signature."""
        digits, _, extension = line.partition(b";")
        if not 0 < len(digits) <= 16 or digits.translate(None, _HEX_DIGITS):
            raise incomplete_body()
        if not self._seal:
            return int(digits, 16), ""
        name, _, signature = extension.partition(b"=")
        if name != b"chunk-signature":
            raise incomplete_body()
        return int(digits, 16), signature.decode("latin-1")

    async def _read_trailers(self, stream: "_Stream") -> None:
        """Read up to the empty line; every announced trailer must have come, and no other."""
        signature = ""
        for _ in range(_TRAILER_LIMIT):
            line = await stream.line()
            if not line:
                break
            # Some clients end a trailer with LF CRLF, or the first of two with LF alone.
            for trailer in line.decode("latin-1").strip().split("\n"):
                name, _, value = trailer.partition(":")
                name, value = name.strip().lower(), value.strip()
                if name == _TRAILER_SIGNATURE:
                    signature = value
                elif name in self._announced and name not in self.trailers:
                    self.trailers[name] = value
                else:
                    raise malformed_trailer()
        else:
            raise malformed_trailer()
        if len(self.trailers) < len(self._announced):
            raise malformed_trailer()
        if self._seal and self._announced:
            self._seal.verify_trailers(signature, self.trailers)


def _chunk_too_small(number: int, size: int) -> AwsError:
    return AwsError(
        "InvalidChunkSizeError",
        f"Only the last chunk is allowed to have a size less than {MIN_CHUNK_SIZE} bytes",
        403,
        fields={"Chunk": number, "BadChunkSize": size},
    )


class _Stream:
    """Lines and slices of a body. It holds one piece of it, as the body gave it."""

    def __init__(self, source: Body) -> None:
        self._pieces = aiter(source)
        self._piece = b""
        self._at = 0

    async def line(self) -> bytes:
        """Return what comes before the next CRLF, which is left out."""
        while (end := self._piece.find(_CRLF, self._at, self._at + _LINE_LIMIT)) < 0:
            rest = self._piece[self._at :]
            if len(rest) >= _LINE_LIMIT:
                raise incomplete_body()
            self._piece, self._at = rest + await self._next(), 0
        line = self._piece[self._at : end]
        self._at = end + len(_CRLF)
        return line

    async def take(self, limit: int) -> bytes:
        """Return at most `limit` bytes, as many as are here, at least one."""
        while self._at == len(self._piece):
            self._piece, self._at = await self._next(), 0
        start = self._at
        self._at = min(start + limit, len(self._piece))
        return self._piece[start : self._at]

    async def ended(self) -> bool:
        """Tell whether all has been read."""
        if self._at < len(self._piece):
            return False
        return await self._pull() is None

    async def _next(self) -> bytes:
        piece = await self._pull()
        if piece is None:
            raise incomplete_body()
        return piece

    async def _pull(self) -> bytes | None:
        try:
            return await anext(self._pieces, None)
        except BodyTruncated as error:
            raise incomplete_body() from error
