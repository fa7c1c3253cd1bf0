"""What S3 clients say of their bodies is held against the bytes, and in S3's words."""

import base64
import hashlib
import io
import zlib

import pytest
from botocore.httpchecksum import AwsChunkedWrapper, Crc32Checksum
from hypothesis import given, settings
from hypothesis import strategies as st

from lenticular.apis.aws.wire import payloads
from lenticular.apis.aws.wire.chunks import ChunkSeal
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.payloads import Payload, s3_payload, stored_encoding
from lenticular.apis.http import Body, BodyError, BodyTooLarge, BodyTruncated, BufferedBody, Request
from lenticular.engines.blobs.digests import ALGORITHMS, Digests

DATA = b"The quick brown fox jumps over the lazy dog"
SEAL = ChunkSeal(b"key", "20130524T000000Z", "20130524/us-east-1/s3/aws4_request", "0" * 64)
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

unhurried = settings(deadline=None)


class Broken(Body):
    """A body that ends before its size."""

    size = 100

    def __init__(self, truncated: bool) -> None:
        self.truncated = truncated

    async def __aiter__(self):
        yield b"not enough"
        if self.truncated:
            raise BodyTruncated("gone")


class Unmeasured(BufferedBody):
    """A body of Transfer-Encoding: chunked."""

    @property
    def size(self):
        return None


def encoded(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def digest_of(algorithm: str, data: bytes = DATA) -> bytes:
    digests = Digests([algorithm])
    digests.update(data)
    return digests.result()[algorithm]


def payload(
    headers: dict[str, str] | None = None,
    body: Body | bytes = DATA,
    method: str = "PUT",
    query: str = "",
    seal: ChunkSeal | None = SEAL,
) -> Payload:
    source = BufferedBody(body) if isinstance(body, bytes) else body
    sent = dict(headers or {})
    request = Request("1", method, "/bucket/key", "/bucket/key", query, sent, source)
    return s3_payload(request, sent.get("x-amz-content-sha256"), seal)


async def refusal(*args, **options) -> AwsError:
    """Return the error of a payload that is read by itself, and as a store reads it."""
    with pytest.raises(AwsError) as caught:
        await payload(*args, **options).read(1 << 20)
    with pytest.raises(AwsError) as again:
        await store(payload(*args, **options))
    assert repr(again.value) == repr(caught.value)
    return caught.value


async def store(found: Payload) -> bytes:
    """Read the bytes as a store does that computes the digests itself."""
    digests = Digests(found.algorithms)
    stored = b""
    async for data in found.source:
        digests.update(data)
        stored += data
    found.check(digests.result())
    return stored


# ---------------------------------------------------------------------- digests in headers


async def test_a_body_of_which_nothing_is_said():
    found = payload()
    assert found.size == len(DATA)
    assert (found.algorithms, found.checksum_algorithm, found.digests) == (set(), None, {})
    assert await found.read(100) == DATA


async def test_the_body_hash():
    right = {"x-amz-content-sha256": hashlib.sha256(DATA).hexdigest()}
    found = payload(right)
    assert await found.read(100) == DATA
    assert found.digests == {"sha256": hashlib.sha256(DATA).digest()}
    error = await refusal(right, DATA + b"!")
    assert (error.code, error.status) == ("XAmzContentSHA256Mismatch", 400)
    assert error.fields == {
        "ClientComputedContentSHA256": hashlib.sha256(DATA).hexdigest(),
        "S3ComputedContentSHA256": hashlib.sha256(DATA + b"!").hexdigest(),
    }


async def test_content_md5():
    right = {"content-md5": encoded(hashlib.md5(DATA).digest())}
    assert await payload(right).read(100) == DATA
    error = await refusal(right, b"other")
    assert (error.code, error.status) == ("BadDigest", 400)
    assert error.fields["ExpectedDigest"] == right["content-md5"]
    assert error.fields["CalculatedDigest"] == encoded(hashlib.md5(b"other").digest())
    for malformed in ("", "abc", "AAAA", "not base64!", "ü" * 24, encoded(bytes(17))):
        error = await refusal({"content-md5": malformed})
        assert (error.code, error.status) == ("InvalidDigest", 400)
        assert error.fields == {"Content-MD5": malformed}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_checksum_headers(algorithm):
    header = f"x-amz-checksum-{algorithm}"
    right = {header: encoded(digest_of(algorithm))}
    found = payload({**right, "x-amz-sdk-checksum-algorithm": algorithm.upper()})
    assert (found.algorithms, found.checksum_algorithm) == ({algorithm}, algorithm)
    assert await found.read(100) == DATA
    assert found.digests == {algorithm: digest_of(algorithm)}
    error = await refusal(right, b"other")
    assert (error.code, error.status) == ("BadDigest", 400)
    assert error.message == (
        f"The {algorithm.upper()} you specified did not match the calculated checksum."
    )
    for malformed in ("", "AA==", "x", encoded(bytes(ALGORITHMS[algorithm] + 1))):
        error = await refusal({header: malformed})
        assert (error.code, error.status) == ("BadDigest", 400)
        assert error.message == f"Value for {header} header is invalid."


CRC32 = encoded(zlib.crc32(DATA).to_bytes(4, "big"))


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        (
            {"x-amz-checksum-crc32": CRC32, "x-amz-checksum-sha1": "x"},
            "Expecting a single x-amz-checksum- header.",
        ),
        (
            {"x-amz-checksum-crc32": CRC32, "x-amz-trailer": "x-amz-checksum-crc32"},
            "Expecting a single x-amz-checksum- header.",
        ),
        ({"x-amz-checksum-crc31": CRC32}, "The algorithm type you specified in x-amz-checksum-"),
        ({"x-amz-sdk-checksum-algorithm": "CRC32"}, "no corresponding x-amz-checksum-* or"),
        ({"x-amz-sdk-checksum-algorithm": "CRC31"}, "Checksum algorithm provided is unsupported."),
        (
            {"x-amz-sdk-checksum-algorithm": "SHA1", "x-amz-checksum-crc32": CRC32},
            "Value for x-amz-sdk-checksum-algorithm header is invalid.",
        ),
    ],
)
async def test_contradicting_checksum_headers(headers, words):
    error = await refusal(headers)
    assert error.code == "InvalidRequest"
    assert words in error.message


async def test_everything_claimed_is_checked():
    headers = {
        "x-amz-content-sha256": hashlib.sha256(DATA).hexdigest(),
        "content-md5": encoded(hashlib.md5(DATA).digest()),
        "x-amz-checksum-sha256": encoded(hashlib.sha256(DATA).digest()),
        "x-amz-checksum-algorithm": "SHA256",
        "x-amz-checksum-type": "FULL_OBJECT",
    }
    found = payload(headers)
    assert found.algorithms == {"sha256", "md5"}
    assert await store(found) == DATA
    headers["x-amz-checksum-sha256"] = encoded(hashlib.sha256(b"").digest())
    assert (await refusal(headers)).code == "BadDigest"


async def test_completing_an_upload_tells_the_checksum_of_another_body():
    headers = {"x-amz-checksum-crc32": "AAAAAA==-3", "x-amz-checksum-type": "COMPOSITE"}
    found = payload(headers, method="POST", query="uploadId=1")
    assert found.checksum_algorithm is None
    assert await found.read(100) == DATA


async def test_an_empty_body_is_checked_without_being_read():
    wrong = {"x-amz-content-sha256": hashlib.sha256(DATA).hexdigest()}
    for method in ("GET", "PUT", "DELETE"):
        with pytest.raises(AwsError, match="does not match what was computed"):
            payload(wrong, b"", method)
    right = {"x-amz-content-sha256": hashlib.sha256(b"").hexdigest()}
    assert await payload(right, b"", "GET").read(10) == b""
    assert await payload({**right, "x-amz-checksum-crc32": "AAAAAA=="}, b"").read(10) == b""


async def test_a_reading_request_that_has_a_body_is_checked_too():
    right = {"x-amz-content-sha256": hashlib.sha256(b"").hexdigest()}
    assert (await refusal(right, DATA, "GET")).code == "XAmzContentSHA256Mismatch"


async def test_a_body_that_is_too_large_for_its_reader():
    with pytest.raises(BodyTooLarge):
        await payload().read(len(DATA) - 1)


# ---------------------------------------------------------------------- size


@pytest.mark.parametrize("truncated", [True, False])
async def test_a_body_shorter_than_announced(truncated):
    error = await refusal({}, Broken(truncated))
    assert (error.code, error.status) == ("IncompleteBody", 400)
    assert "number of bytes specified by the Content-Length" in error.message


async def test_a_body_whose_size_nobody_told():
    error = await refusal({}, Unmeasured(DATA))
    assert (error.code, error.status) == ("MissingContentLength", 411)
    for length in (None, "", "x", "-1", "1e3", "9" * 30, "\uff11"):
        headers = {"x-amz-content-sha256": UNSIGNED_TRAILER}
        if length is not None:
            headers["x-amz-decoded-content-length"] = length
        assert (await refusal(headers)).code == "MissingContentLength"


async def test_a_body_in_chunks_of_http(monkeypatch):
    chunked = {"transfer-encoding": "chunked", "x-amz-checksum-crc32": CRC32}
    found = payload(chunked, Unmeasured(DATA))
    assert found.size is None
    assert await found.read(len(DATA)) == DATA
    assert (await refusal(chunked, Unmeasured(b"other"))).code == "BadDigest"
    monkeypatch.setattr(payloads, "_LARGEST", len(DATA) - 1)
    with pytest.raises(BodyTooLarge):
        await payload(chunked, Unmeasured(DATA)).read(len(DATA))


# ---------------------------------------------------------------------- aws-chunked


def chunked(trailer: str = f"x-amz-checksum-crc32:{CRC32}\r\n") -> bytes:
    return f"{len(DATA):x}\r\n{DATA.decode()}\r\n0\r\n{trailer}\r\n".encode()


TRAILING = {
    "x-amz-content-sha256": UNSIGNED_TRAILER,
    "x-amz-decoded-content-length": str(len(DATA)),
    "x-amz-trailer": "x-amz-checksum-crc32",
    "x-amz-sdk-checksum-algorithm": "CRC32",
    "content-encoding": "aws-chunked",
}


@unhurried
@given(st.binary(max_size=5000), st.sampled_from([8192, 1 << 20]), st.booleans())
async def test_what_botocore_frames(data, chunk_size, signed_header):
    wrapper = AwsChunkedWrapper(
        io.BytesIO(data), Crc32Checksum, "x-amz-checksum-crc32", chunk_size=chunk_size
    )
    headers = {**TRAILING, "x-amz-decoded-content-length": str(len(data))}
    if not signed_header:
        del headers["x-amz-content-sha256"]  # an unsigned request does not have it
    found = payload(headers, Unmeasured(wrapper.read()), seal=None)
    assert (found.size, found.checksum_algorithm) == (len(data), "crc32")
    assert await found.read(10_000) == data
    assert found.digests == {"crc32": zlib.crc32(data).to_bytes(4, "big")}


async def test_a_trailing_checksum_that_does_not_match():
    error = await refusal(TRAILING, chunked("x-amz-checksum-crc32:AAAAAA==\r\n"))
    assert (error.code, error.status) == ("BadDigest", 400)
    error = await refusal(TRAILING, chunked("x-amz-checksum-crc32:AAAA\r\n"))
    assert error.message == "Value for x-amz-checksum-crc32 trailing header is invalid."


async def test_a_trailing_checksum_that_does_not_come():
    assert (await refusal(TRAILING, chunked(""))).code == "MalformedTrailerError"


async def test_a_trailer_that_cannot_come():
    headers = {**TRAILING, "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "content-encoding": "gzip"}
    assert (await refusal(headers)).code == "MalformedTrailerError"
    signed = {**TRAILING, "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}
    assert (await refusal(signed)).code == "MalformedTrailerError"
    missing = {
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": "43",
    }
    assert (await refusal(missing)).code == "MalformedTrailerError"


@pytest.mark.parametrize("value", ["x-amz-checksum-crc31", "x-amz-meta-a", "", "expires"])
async def test_a_trailer_that_is_no_checksum(value):
    headers = {**TRAILING, "x-amz-trailer": value}
    del headers["x-amz-sdk-checksum-algorithm"]
    error = await refusal(headers, chunked())
    assert error.code == "InvalidRequest"
    assert error.message == "The value specified in the x-amz-trailer header is not supported"


async def test_fewer_bytes_than_announced():
    headers = {**TRAILING, "x-amz-decoded-content-length": str(len(DATA) + 1)}
    assert (await refusal(headers, chunked())).code == "IncompleteBody"


async def test_signed_chunks_are_verified():
    headers = {
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "x-amz-decoded-content-length": "4",
    }
    body = b"4;chunk-signature=0\r\ndata\r\n0;chunk-signature=0\r\n\r\n"
    assert (await refusal(headers, body)).code == "SignatureDoesNotMatch"
    error = await refusal(headers, body, seal=None)
    assert error.code == "InvalidRequest"
    assert "UNSIGNED-PAYLOAD" in error.message


async def test_values_of_the_body_hash_that_mean_nothing_here():
    error = await refusal({"x-amz-content-sha256": "UNSIGNED"})
    assert (error.code, error.status) == ("InvalidArgument", 400)
    assert error.fields["ArgumentValue"] == "UNSIGNED"
    for suffix in ("", "-TRAILER"):
        error = await refusal(
            {"x-amz-content-sha256": f"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD{suffix}"}
        )
        assert (error.code, error.status) == ("NotImplemented", 501)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (None, None),
        ("", ""),
        ("gzip", "gzip"),
        ("gzip, br", "gzip, br"),
        ("aws-chunked", None),
        ("aws-chunked,gzip", "gzip"),
        ("gzip, aws-chunked", "gzip"),
        ("AWS-Chunked , gzip, br", "gzip,br"),
        ("aws-chunked, aws-chunked", None),
    ],
)
def test_the_encoding_that_is_stored(sent, stored):
    assert stored_encoding(sent) == stored


values = st.text(max_size=10) | st.sampled_from([CRC32, "43", "CRC32", "aws-chunked", "gzip"])
names = st.sampled_from(
    [
        "content-md5",
        "content-encoding",
        "x-amz-trailer",
        "x-amz-decoded-content-length",
        "x-amz-sdk-checksum-algorithm",
        *(f"x-amz-checksum-{algorithm}" for algorithm in ALGORITHMS),
    ]
)
modes = st.sampled_from(
    [UNSIGNED_TRAILER, "UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"]
)


@unhurried
@given(
    st.dictionaries(names, values, max_size=4),
    st.none() | modes | st.text(max_size=10),
    st.binary(max_size=50) | st.just(chunked()),
    st.sampled_from(["GET", "PUT", "POST"]),
)
async def test_no_headers_raise_anything_else(headers, mode, body, method):
    if mode is not None:
        headers["x-amz-content-sha256"] = mode
    try:
        data = await payload(headers, body, method).read(1000)
    except (AwsError, BodyError):
        return
    assert data in body
