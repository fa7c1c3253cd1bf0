"""aws-chunked bodies: AWS's published examples, cut anywhere, altered anywhere."""

import hmac
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenticular.apis.aws.wire.chunks import AwsChunkedBody, ChunkSeal
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.signature4 import signing_key
from lenticular.apis.http import Body, BodyError, BodyTruncated

KEY = signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524", "us-east-1", "s3")
TIMESTAMP = "20130524T000000Z"
SCOPE = "20130524/us-east-1/s3/aws4_request"
SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
TRAILER_SEED = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
CRC32C = frozenset({"x-amz-checksum-crc32c"})

unhurried = settings(deadline=None)


class Pieces(Body):
    """A body that comes in given pieces, and may break off."""

    size = None

    def __init__(self, pieces: list[bytes], truncated: bool = False) -> None:
        self.pieces = pieces
        self.truncated = truncated

    async def __aiter__(self):
        for piece in self.pieces:
            yield piece
        if self.truncated:
            raise BodyTruncated("gone")


def seal(signature: str = SEED) -> ChunkSeal:
    return ChunkSeal(KEY, TIMESTAMP, SCOPE, signature)


def sign(kind: str, previous: str, *digests: str) -> str:
    text = "\n".join([f"AWS4-HMAC-SHA256-{kind}", TIMESTAMP, SCOPE, previous, *digests])
    return hmac.new(KEY, text.encode(), sha256).hexdigest()


def frame(
    chunks: list[bytes], trailer: str = "", seed: str | None = None, end: str = "\r\n"
) -> bytes:
    """Frame chunks as the S3 API reference describes it; signed when there is a seed."""
    framed = b""
    signature = seed or ""
    for chunk in [*chunks, b""]:
        extension = ""
        if seed:
            hashes = sha256(b"").hexdigest(), sha256(chunk).hexdigest()
            signature = sign("PAYLOAD", signature, *hashes)
            extension = f";chunk-signature={signature}"
        framed += f"{len(chunk):x}{extension}\r\n".encode() + chunk
        if chunk:
            framed += b"\r\n"
    if trailer:
        framed += f"{trailer}{end}".encode()
        if seed:
            signature = sign("TRAILER", signature, sha256(f"{trailer}\n".encode()).hexdigest())
            framed += f"x-amz-trailer-signature:{signature}\r\n".encode()
    return framed + b"\r\n"


async def decode(body: AwsChunkedBody) -> bytes:
    return b"".join([data async for data in body])


async def decode_bytes(framed: bytes, size: int, **options) -> bytes:
    return await decode(AwsChunkedBody(Pieces([framed]), size, **options))


async def refusal(framed: bytes, size: int, **options) -> AwsError:
    with pytest.raises(AwsError) as caught:
        await decode_bytes(framed, size, **options)
    return caught.value


# ---------------------------------------------------------------------- AWS's examples
# S3 API reference, "Signature calculations ...: transferring payload in multiple chunks"
# and "... including trailing headers": 65 KiB of the letter a in chunks of 64 KiB.

EXAMPLE = b"".join(
    [
        b"10000;chunk-signature="
        b"ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n",
        b"a" * 65536,
        b"\r\n400;chunk-signature="
        b"0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n",
        b"a" * 1024,
        b"\r\n0;chunk-signature="
        b"b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n",
    ]
)
TRAILER_EXAMPLE = b"".join(
    [
        b"10000;chunk-signature="
        b"b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n",
        b"a" * 65536,
        b"\r\n400;chunk-signature="
        b"1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n",
        b"a" * 1024,
        b"\r\n0;chunk-signature="
        b"2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
        b"x-amz-checksum-crc32c:sOO8/Q==\r\n"
        b"x-amz-trailer-signature:"
        b"d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
    ]
)


async def test_published_example():
    assert len(EXAMPLE) == 66824  # the Content-Length of the example
    assert await decode_bytes(EXAMPLE, 66560, seal=seal()) == b"a" * 66560


async def test_published_example_with_a_trailer():
    assert len(TRAILER_EXAMPLE) == 66946
    body = AwsChunkedBody(
        Pieces([TRAILER_EXAMPLE]), 66560, seal=seal(TRAILER_SEED), announced=CRC32C
    )
    assert await decode(body) == b"a" * 66560
    assert body.trailers == {"x-amz-checksum-crc32c": "sOO8/Q=="}


def test_the_tests_own_encoder_writes_the_examples():
    chunks = [b"a" * 65536, b"a" * 1024]
    assert frame(chunks, seed=SEED) == EXAMPLE
    assert frame(chunks, "x-amz-checksum-crc32c:sOO8/Q==", TRAILER_SEED) == TRAILER_EXAMPLE


# ---------------------------------------------------------------------- cuts

SHORT = frame([b"a" * 20], "x-amz-checksum-crc32c:sOO8/Q==", TRAILER_SEED)


@pytest.mark.parametrize("place", range(1, len(SHORT)))
async def test_a_cut_at_every_byte(place):
    pieces = Pieces([SHORT[:place], SHORT[place:]])
    body = AwsChunkedBody(pieces, 20, seal=seal(TRAILER_SEED), announced=CRC32C)
    assert await decode(body) == b"a" * 20


async def test_the_published_example_cut_around_its_framing():
    framing = [0, *range(1, 90), *range(65610, 65730), *range(66700, len(TRAILER_EXAMPLE))]
    for place in framing[1:]:
        pieces = Pieces([TRAILER_EXAMPLE[:place], TRAILER_EXAMPLE[place:]])
        body = AwsChunkedBody(pieces, 66560, seal=seal(TRAILER_SEED), announced=CRC32C)
        assert await decode(body) == b"a" * 66560


async def test_bytes_that_come_one_by_one():
    pieces = Pieces([SHORT[place : place + 1] for place in range(len(SHORT))])
    body = AwsChunkedBody(pieces, 20, seal=seal(TRAILER_SEED), announced=CRC32C)
    assert [data async for data in body] == [b"a"] * 20


big_chunks = st.lists(st.binary(max_size=20).map(lambda data: bytes(8192) + data), max_size=3)


@unhurried
@given(
    big_chunks,
    st.binary(min_size=1, max_size=100),
    st.booleans(),
    st.booleans(),
    st.lists(st.integers(0, 30_000), max_size=20),
)
async def test_what_was_framed_comes_out(chunks, last, signed, trailing, cuts):
    chunks = [*chunks, last]
    trailer = "x-amz-checksum-crc32c:AAAAAA==" if trailing else ""
    framed = frame(chunks, trailer, SEED if signed else None)
    places = [0, *sorted(cuts), len(framed)]
    pieces = [framed[start:stop] for start, stop in pairwise(places) if framed[start:stop]]
    data = b"".join(chunks)
    body = AwsChunkedBody(
        Pieces(pieces),
        len(data),
        seal=seal() if signed else None,
        announced=CRC32C if trailing else frozenset(),
    )
    assert body.size == len(data)
    assert await decode(body) == data
    assert len(body.trailers) == trailing


async def test_data_does_not_wait_for_the_chunk():
    framed = frame([b"first" * 2000 + b"second"])
    body = AwsChunkedBody(Pieces([framed[:10], framed[10:]]), 10_006)
    iterator = aiter(body)
    assert await anext(iterator) == framed[6:10]
    whole = bytes(65536)
    pieces = [b"20000\r\n", whole, whole, b"\r\n0\r\n\r\n"]
    given_on = [data async for data in AwsChunkedBody(Pieces(pieces), 131072)]
    assert given_on[0] is whole, "a piece that is all data is handed on as it is"


# ---------------------------------------------------------------------- mutations

SIGNED = frame([bytes(8192), b"last words"], "x-amz-checksum-crc32c:sOO8/Q==", SEED)
SIGNED_SIZE = 8192 + len(b"last words")


@unhurried
@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
async def test_an_altered_byte_is_refused(place, difference):
    altered = bytearray(SIGNED)
    altered[place] ^= difference
    same = SIGNED.lower() == bytes(altered).lower()  # sizes and names in another case
    options = {"seal": seal(), "announced": CRC32C}
    if not same:
        with pytest.raises(AwsError):
            await decode_bytes(bytes(altered), SIGNED_SIZE, **options)


@unhurried
@given(st.integers(0, len(SIGNED) - 1), st.booleans())
async def test_a_missing_end_is_refused(length, truncated):
    pieces = Pieces([SIGNED[:length]] if length else [], truncated)
    with pytest.raises(AwsError) as caught:
        await decode(AwsChunkedBody(pieces, SIGNED_SIZE, seal=seal(), announced=CRC32C))
    assert caught.value.code == "IncompleteBody"


async def test_chunks_cannot_change_places():
    first, second = b"a" * 8192, b"b" * 8192
    right = frame([first, second], seed=SEED)
    swapped = right.replace(first, b"?").replace(second, first).replace(b"?", second)
    assert (await refusal(swapped, 16384, seal=seal())).code == "SignatureDoesNotMatch"


async def test_a_wrong_signature_is_raised_before_the_next_chunk():
    framed = frame([bytes(8192), bytes(8192)], seed=TRAILER_SEED)
    body = AwsChunkedBody(Pieces([framed]), 16384, seal=seal(SEED))
    iterator = aiter(body)
    assert len(await anext(iterator)) == 8192
    with pytest.raises(AwsError) as caught:
        await anext(iterator)
    assert (caught.value.code, caught.value.status) == ("SignatureDoesNotMatch", 403)
    assert caught.value.fields["StringToSign"].startswith("AWS4-HMAC-SHA256-PAYLOAD\n")


async def test_the_trailers_signature_is_verified():
    framed = frame([b"data"], "x-amz-checksum-crc32c:sOO8/Q==", SEED)
    other = framed.replace(b"sOO8", b"sOO9")
    error = await refusal(other, 4, seal=seal(), announced=CRC32C)
    assert error.code == "SignatureDoesNotMatch"
    missing = framed[: framed.index(b"x-amz-trailer-sig")] + b"\r\n"
    error = await refusal(missing, 4, seal=seal(), announced=CRC32C)
    assert error.code == "SignatureDoesNotMatch"


# ---------------------------------------------------------------------- malformed framing


@pytest.mark.parametrize(
    "framed",
    [
        b"",
        b"4\r\ndata\r\n",
        b"4\r\ndata",
        b"4\r\ndata\r\n0\r\n",
        b"4\r\ndataXX0\r\n\r\n",
        b"3\r\ndata\r\n0\r\n\r\n",
        b"3\r\ndat\r\n0\r\n\r\n",
        b"5\r\ndata!\r\n0\r\n\r\n",
        b"0x4\r\ndata\r\n0\r\n\r\n",
        b"+4\r\ndata\r\n0\r\n\r\n",
        b"4 \r\ndata\r\n0\r\n\r\n",
        b"\r\ndata\r\n0\r\n\r\n",
        b"-4\r\ndata\r\n0\r\n\r\n",
        b"00000000000000004\r\ndata\r\n0\r\n\r\n",
        b"4;" + b"x" * 5000 + b"\r\ndata\r\n0\r\n\r\n",
        b"4" * 5000,
    ],
)
async def test_malformed_framing(framed):
    assert (await refusal(framed, 4)).code == "IncompleteBody"


async def test_a_chunk_larger_than_what_is_left_is_refused_unread():
    with pytest.raises(AwsError, match="terminated unexpectedly"):
        await anext(aiter(AwsChunkedBody(Pieces([frame([b"12345"])]), 4)))


@pytest.mark.parametrize("extension", [b"", b";", b";chunk-sig=00", b";chunk-signature"])
async def test_signed_chunks_need_signatures(extension):
    framed = b"4" + extension + b"\r\ndata\r\n0\r\n\r\n"
    code = (await refusal(framed, 4, seal=seal())).code
    assert code == ("SignatureDoesNotMatch" if b"signature" in extension else "IncompleteBody")


async def test_only_the_last_chunk_may_be_small():
    error = await refusal(frame([b"hel", b"lo"]), 5)
    assert (error.code, error.status) == ("InvalidChunkSizeError", 403)
    assert error.fields == {"Chunk": 2, "BadChunkSize": 3}
    assert await decode_bytes(frame([bytes(8192), b"lo"]), 8194) == bytes(8192) + b"lo"


@pytest.mark.parametrize(
    "end",
    [
        b"\r\n",
        b"x-amz-checksum-crc32:AAAAAA==\r\n\r\n",
        b"x-amz-checksum-crc32c\r\nx-other: 1\r\n\r\n",
        b"x-amz-checksum-crc32c:AA\r\nx-amz-checksum-crc32c:AA\r\n\r\n",
        b"\r\nx-amz-checksum-crc32c:AA\r\n\r\n",
        b"x-amz-checksum-crc32c:AA\r\n\r\nmore",
        b":AA\r\n\r\n",
        b"x-amz-trailer-signature:0\r\n" * 100 + b"\r\n",
    ],
)
async def test_malformed_trailers(end):
    error = await refusal(b"4\r\ndata\r\n0\r\n" + end, 4, announced=CRC32C)
    assert (error.code, error.status) == ("MalformedTrailerError", 400)


async def test_a_trailer_that_was_not_announced():
    framed = frame([b"data"], "x-amz-checksum-crc32c:AAAAAA==")
    assert (await refusal(framed, 4)).code == "MalformedTrailerError"


@pytest.mark.parametrize("end", ["\n\r\n", "\n", " \r\n"])
async def test_line_ends_of_other_clients(end):
    framed = frame([b"data"], "X-Amz-Checksum-CRC32C:sOO8/Q==", end=end)
    if end == "\n":
        framed = framed[:-2] + b"\r\n\r\n"
    body = AwsChunkedBody(Pieces([framed]), 4, announced=CRC32C)
    assert await decode(body) == b"data"
    assert body.trailers == {"x-amz-checksum-crc32c": "sOO8/Q=="}


lines = st.sampled_from(
    [b"\r\n", b"0\r\n", b"4\r\ndata", b"4;chunk-signature=0\r\n", b"x-amz-checksum-crc32c:AA\r\n"]
)


@unhurried
@given(
    st.lists(lines | st.binary(min_size=1, max_size=20), max_size=10),
    st.booleans(),
    st.booleans(),
    st.integers(0, 20),
)
async def test_no_bytes_raise_anything_else(pieces, signed, announced, size):
    body = AwsChunkedBody(
        Pieces(pieces, truncated=signed),
        size,
        seal=seal() if signed else None,
        announced=CRC32C if announced else frozenset(),
    )
    try:
        data = await decode(body)
    except (AwsError, BodyError):
        return
    assert len(data) == size
