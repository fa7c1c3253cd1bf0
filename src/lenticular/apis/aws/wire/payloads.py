"""What an S3 client says of its request body, and the body held against it.

For whoever writes an operation: the body of an authenticated S3 request is a `Payload`.
Read as any other body (`Payload.read`, ``async for``) it hashes itself and raises at its
end when something does not hold. An operation that hashes the bytes anyway, because it
stores them, saves the second time::

    wanted = payload.algorithms | {"md5", payload.checksum_algorithm or "crc64nvme"}
    writer = blobs.create(wanted)
    async for data in payload.source:      # framing off, nothing hashed here
        await writer.write(data)
    payload.check(writer's digests)        # before anything points at the bytes

Sources: S3 API reference, "Common Request Headers", "PutObject" and "Checking object
integrity for data uploads".
"""

import base64
import binascii
import re
from collections.abc import AsyncIterator, Collection, Mapping
from typing import NamedTuple

from lenticular.apis.aws.wire.chunks import (
    AwsChunkedBody,
    ChunkSeal,
    malformed_trailer,
)
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.http import Body, BodyTooLarge, BodyTruncated, Request
from lenticular.engines.blobs.digests import ALGORITHMS, Digests

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

_UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
_SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
_SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
_ECDSA = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"
_ECDSA_TRAILER = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"
_MODES = (UNSIGNED_PAYLOAD, _UNSIGNED_TRAILER, _SIGNED, _SIGNED_TRAILER, _ECDSA, _ECDSA_TRAILER)

_NOTHING = (EMPTY_SHA256, UNSIGNED_PAYLOAD, None)
"""What ``x-amz-content-sha256`` says of no body."""
_LARGEST = 5 * 1024**3
"""Most bytes of a body whose size is not told."""
_READING = ("GET", "HEAD", "DELETE")
"""Methods whose headers say nothing of a body."""

_CHECKSUM = "x-amz-checksum-"
_NOT_CHECKSUMS = {"algorithm", "mode", "type"}
"""What else follows ``x-amz-checksum-`` in a header's name."""
_SHA256_HEX = re.compile(r"[0-9a-fA-F]{64}")


class Claim(NamedTuple):
    """A digest that the client gave for its body."""

    header: str
    """Where it gave it: ``content-md5``, ``x-amz-content-sha256``, ``x-amz-checksum-crc32`` ..."""
    algorithm: str
    """As `Digests` names it."""
    digest: bytes


class Payload(Body):
    """A request body that checks itself, or helps its reader to check it."""

    def __init__(
        self,
        source: Body,
        claims: tuple[Claim, ...] = (),
        trailer: str | None = None,
        checksum_algorithm: str | None = None,
    ) -> None:
        self.source = source
        """The bytes to store. The framing is off, chunk signatures and size are verified,
        the digests of the claims are not: that is left to `check`."""
        self.claims = claims
        """What the headers say of the bytes."""
        self.checksum_algorithm = checksum_algorithm
        """The algorithm of the checksum that came or is announced (``crc32``): it is stored
        with an object. None when the client chose none."""
        self.digests: Mapping[str, bytes] = {}
        """What iterating over the payload itself computed, by algorithm; empty before its end."""
        self._trailer = trailer

    @property
    def size(self) -> int | None:
        return self.source.size

    @property
    def algorithms(self) -> set[str]:
        """The digests that `check` needs."""
        names = {claim.algorithm for claim in self.claims}
        if self._trailer and self.checksum_algorithm:
            names.add(self.checksum_algorithm)
        return names

    def check(self, digests: Mapping[str, bytes]) -> None:
        """Hold the digests of all bytes of `source`, once it has ended, against the claims.

        `digests` are raw, by algorithm, and hold at least those of `algorithms`. Raises
        `AwsError`: XAmzContentSHA256Mismatch, BadDigest, or InvalidRequest when the
        trailer is no digest.
        """
        for claim in (*self.claims, *self._trailing_claims()):
            if digests[claim.algorithm] != claim.digest:
                raise _mismatch(claim, digests[claim.algorithm])

    def __aiter__(self) -> AsyncIterator[bytes]:
        algorithms = self.algorithms
        return self._checked(algorithms) if algorithms else aiter(self.source)

    async def _checked(self, algorithms: Collection[str]) -> AsyncIterator[bytes]:
        digests = Digests(algorithms)
        async for data in self.source:
            digests.update(data)
            yield data
        self.digests = digests.result()
        self.check(self.digests)

    def _trailing_claims(self) -> tuple[Claim, ...]:
        if not self._trailer or not isinstance(self.source, AwsChunkedBody):
            return ()
        return (_checksum_claim(self._trailer, self.source.trailers[self._trailer], "trailing "),)


class _WholeBody(Body):
    """A body that must not end before the Content-Length of its request."""

    def __init__(self, source: Body) -> None:
        self._source = source

    @property
    def size(self) -> int | None:
        return self._source.size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        try:
            async for data in self._source:
                received += len(data)
                yield data
        except BodyTruncated as error:
            raise _too_short() from error
        if received != self._source.size:
            raise _too_short()


class _EndlessBody(Body):
    """A body that ends when it does: no more of it is taken than one request may bring."""

    def __init__(self, source: Body) -> None:
        self._source = source

    @property
    def size(self) -> None:
        return None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for data in self._source:
            received += len(data)
            if received > _LARGEST:
                raise BodyTooLarge(_LARGEST)
            yield data


def s3_payload(request: Request, content_sha256: str | None, seal: ChunkSeal | None) -> Payload:
    """Return the body of an S3 request, to be held against all that its headers say.

    `content_sha256` is ``x-amz-content-sha256`` (of a presigned request maybe out of its
    query; None when absent), `seal` what verifies signed chunks (None when the request is
    not signed with Signature Version 4).

    A body in chunks of HTTP's own (Transfer-Encoding) may have any size; S3 takes none.

    Raises `AwsError` for headers that contradict themselves or are malformed, and where
    neither Content-Length nor ``x-amz-decoded-content-length`` tells the size.
    """
    if request.body.size == 0 and request.method in _READING and content_sha256 in _NOTHING:
        return Payload(request.body)
    if content_sha256 is not None:
        _check_mode(content_sha256, seal)
    claims, checksum = _claims(request, content_sha256)
    if _is_framed(request, content_sha256):
        return _framed_payload(request, content_sha256, seal, claims, checksum)
    if "x-amz-trailer" in request.headers:
        raise malformed_trailer()
    if request.body.size is None and "transfer-encoding" not in request.headers:
        raise _missing_length()
    if request.body.size is None:
        return Payload(_EndlessBody(request.body), claims, checksum_algorithm=checksum)
    payload = Payload(_WholeBody(request.body), claims, checksum_algorithm=checksum)
    if request.body.size == 0 and claims:
        # Checked right here, since many operations never look at an empty body.
        payload.check(Digests(payload.algorithms).result())
    return payload


def form_payload(request: Request) -> Payload:
    """Return the file of a form, to be held against what the form's fields say of it.

    They stand in the request's headers. How many bytes will come is not known. Raises
    `AwsError` for fields that contradict themselves or are malformed.
    """
    claims, checksum = _claims(request, None)
    return Payload(request.body, claims, checksum_algorithm=checksum)


def stored_encoding(content_encoding: str | None) -> str | None:
    """Return a Content-Encoding without ``aws-chunked``, which is no property of the object.

    ``aws-chunked,gzip`` gives ``gzip``; nothing left gives None.
    """
    if content_encoding is None or "aws-chunked" not in content_encoding.lower():
        return content_encoding
    codings = [coding.strip() for coding in content_encoding.split(",")]
    return ",".join(coding for coding in codings if coding.lower() != "aws-chunked") or None


def _check_mode(content_sha256: str, seal: ChunkSeal | None) -> None:
    if content_sha256 in (_ECDSA, _ECDSA_TRAILER):
        raise AwsError(
            "NotImplemented", f"The chunk encoding {content_sha256} is not implemented.", 501
        )
    if content_sha256 in (_SIGNED, _SIGNED_TRAILER) and seal is None:
        raise AwsError(
            "InvalidRequest",
            "Requests without Signature Version 4 don't support this x-amz-content-sha256 value. "
            f"Please use {UNSIGNED_PAYLOAD} or {_UNSIGNED_TRAILER}.",
        )
    if content_sha256 not in _MODES and not _SHA256_HEX.fullmatch(content_sha256):
        raise AwsError(
            "InvalidArgument",
            f"x-amz-content-sha256 must be {', '.join(_MODES)} or a valid sha256 value.",
            fields={"ArgumentName": "x-amz-content-sha256", "ArgumentValue": content_sha256},
        )


def _claims(request: Request, content_sha256: str | None) -> tuple[tuple[Claim, ...], str | None]:
    """Return the digests that the headers give, and the algorithm of the checksum in them."""
    claims = []
    if content_sha256 is not None and content_sha256 not in _MODES:
        empty = request.body.size == 0 and content_sha256 == EMPTY_SHA256
        if not empty:
            digest = bytes.fromhex(content_sha256)
            claims.append(Claim("x-amz-content-sha256", "sha256", digest))
    content_md5 = request.headers.get("content-md5")
    if content_md5 is not None:
        claims.append(Claim("content-md5", "md5", _parse_content_md5(content_md5)))
    checksum = _checksum_header(request)
    if checksum is not None:
        claims.append(checksum)
    return tuple(claims), checksum.algorithm if checksum else None


def _checksum_header(request: Request) -> Claim | None:
    """Return the one checksum that the headers may give for the body."""
    names = [
        name
        for name in request.headers
        if name.startswith(_CHECKSUM) and name[len(_CHECKSUM) :] not in _NOT_CHECKSUMS
    ]
    announced = request.headers.get("x-amz-sdk-checksum-algorithm")
    if not names and announced is None:
        return None
    if request.method == "POST" and "uploadId" in request.parameters:
        return None  # CompleteMultipartUpload: these are the checksums of the object to be.
    trailer = request.headers.get("x-amz-trailer")
    if len(names) + (trailer is not None) > 1:
        raise AwsError(
            "InvalidRequest",
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        )
    if announced is not None:
        _check_announced(announced.lower(), names[0] if names else trailer)
    return _checksum_claim(names[0], request.headers[names[0]]) if names else None


def _check_announced(algorithm: str, header: str | None) -> None:
    """Hold ``x-amz-sdk-checksum-algorithm`` against the header or trailer that has the checksum."""
    if algorithm not in ALGORITHMS:
        known = ", ".join(sorted(ALGORITHMS)).upper()
        raise AwsError(
            "InvalidRequest",
            "Checksum algorithm provided is unsupported. "
            f"Please try again with any of the valid types: [{known}]",
        )
    if header is None:
        raise AwsError(
            "InvalidRequest",
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* "
            "or x-amz-trailer headers were found.",
        )
    if header.strip().lower() != _CHECKSUM + algorithm:
        raise AwsError(
            "InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid."
        )


def _checksum_claim(header: str, value: str, kind: str = "") -> Claim:
    algorithm = header.removeprefix(_CHECKSUM)
    size = ALGORITHMS.get(algorithm)
    if size is None:
        raise AwsError(
            "InvalidRequest",
            "The algorithm type you specified in x-amz-checksum- header is invalid.",
        )
    digest = _decode(value)
    if digest is None or len(digest) != size:
        # S3 says InvalidRequest; Ceph, as of what is well-formed and wrong, BadDigest.
        raise AwsError("BadDigest", f"Value for {header} {kind}header is invalid.")
    return Claim(header, algorithm, digest)


def _parse_content_md5(value: str) -> bytes:
    digest = _decode(value)
    if digest is None or len(digest) != ALGORITHMS["md5"]:
        raise AwsError(
            "InvalidDigest",
            "The Content-MD5 you specified was invalid.",
            fields={"Content-MD5": value},
        )
    return digest


def _decode(value: str) -> bytes | None:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None


def _is_framed(request: Request, content_sha256: str | None) -> bool:
    """Tell whether the body is aws-chunked.

    An unsigned upload has no ``x-amz-content-sha256``: there the encoding tells.
    """
    if content_sha256 is not None and content_sha256 != UNSIGNED_PAYLOAD:
        return content_sha256.startswith("STREAMING-")
    encoding = request.headers.get("content-encoding")
    return (
        encoding is not None
        and "aws-chunked" in encoding.lower()
        and "x-amz-decoded-content-length" in request.headers
    )


def _framed_payload(
    request: Request,
    content_sha256: str | None,
    seal: ChunkSeal | None,
    claims: tuple[Claim, ...],
    checksum: str | None,
) -> Payload:
    length = request.headers.get("x-amz-decoded-content-length", "")
    if not (length.isascii() and length.isdecimal()) or len(length) > 18:
        raise _missing_length()
    trailer = _announced_trailer(request)
    if content_sha256 == (_SIGNED if trailer else _SIGNED_TRAILER):
        raise malformed_trailer()
    body = AwsChunkedBody(
        request.body,
        int(length),
        seal=seal if content_sha256 in (_SIGNED, _SIGNED_TRAILER) else None,
        announced=frozenset((trailer,)) if trailer else frozenset(),
    )
    if trailer:
        checksum = trailer.removeprefix(_CHECKSUM)
    return Payload(body, claims, trailer, checksum)


def _announced_trailer(request: Request) -> str | None:
    """Return the name of the trailer that ``x-amz-trailer`` announces: a checksum's."""
    value = request.headers.get("x-amz-trailer")
    if value is None:
        return None
    name = value.strip().lower()
    if not name.startswith(_CHECKSUM) or name.removeprefix(_CHECKSUM) not in ALGORITHMS:
        raise AwsError(
            "InvalidRequest", "The value specified in the x-amz-trailer header is not supported"
        )
    return name


def _mismatch(claim: Claim, computed: bytes) -> AwsError:
    if claim.header == "x-amz-content-sha256":
        return AwsError(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            fields={
                "ClientComputedContentSHA256": claim.digest.hex(),
                "S3ComputedContentSHA256": computed.hex(),
            },
        )
    if claim.header == "content-md5":
        return AwsError(
            "BadDigest",
            "The Content-MD5 you specified did not match what we received.",
            fields={
                "ExpectedDigest": base64.b64encode(claim.digest).decode(),
                "CalculatedDigest": base64.b64encode(computed).decode(),
            },
        )
    return AwsError(
        "BadDigest",
        f"The {claim.algorithm.upper()} you specified did not match the calculated checksum.",
    )


def _missing_length() -> AwsError:
    return AwsError("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)


def _too_short() -> AwsError:
    return AwsError(
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
    )
