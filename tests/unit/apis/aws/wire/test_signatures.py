"""Signatures are held against botocore's own signers; what is altered afterwards is refused."""

import string
from dataclasses import replace
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import (
    HmacV1Auth,
    HmacV1QueryAuth,
    S3SigV4Auth,
    S3SigV4QueryAuth,
    SigV4Auth,
    SigV4QueryAuth,
)
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.signatures import Authenticated, Credential, Verifier
from lenticular.apis.http import BodyError, BufferedBody, Request
from lenticular.primitives.principals import ANONYMOUS, Principal

KEYS = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
ALICE = Principal("123456789012", "arn:aws:iam::123456789012:root", "123456789012", "c" * 64)
CREDENTIAL = Credential(KEYS.access_key, KEYS.secret_key, ALICE)
HOST = "cloud.example:4201"
ENDPOINT = f"http://{HOST}"


async def lookup(access_key_id: str) -> Credential | None:
    return CREDENTIAL if access_key_id == KEYS.access_key else None


VERIFIER = Verifier(lookup)

unhurried = settings(deadline=None)


def make_request(
    method: str = "GET",
    raw_path: str = "/",
    raw_query: str = "",
    headers: dict[str, str] | None = None,
    body: bytes = b"",
) -> Request:
    return Request(
        id="1",
        method=method,
        raw_path=raw_path,
        path=raw_path,
        raw_query=raw_query,
        headers={"host": HOST, **(headers or {})},
        body=BufferedBody(body),
    )


def signed(
    signer: SigV4Auth | HmacV1Auth,
    url: str = "/bucket/key",
    method: str = "GET",
    headers: dict[str, str] | None = None,
    body: bytes = b"",
) -> Request:
    """Sign a request as botocore does, and return it as it would arrive."""
    unsigned = AWSRequest(method, ENDPOINT + url, headers=dict(headers or {}), data=body)
    signer.add_auth(unsigned)
    parts = urlsplit(unsigned.url)
    arrived = {
        name.lower(): str(value).encode().decode("latin-1")
        for name, value in unsigned.headers.items()
    }
    if isinstance(signer, HmacV1QueryAuth):
        del arrived["date"]  # it holds the expiry, and is not sent
    return make_request(method, parts.path, parts.query, arrived, body)


async def refusal(request: Request, verifier: Verifier = VERIFIER) -> AwsError:
    """Return the error that a request ends in, be it only while its body is read."""
    with pytest.raises(AwsError) as caught:
        await (await verifier.verify(request)).body.read(1 << 20)
    return caught.value


# ---------------------------------------------------------------------- strategies

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
methods = st.sampled_from(["GET", "PUT", "POST", "HEAD", "DELETE", "PATCH", "OPTIONS"])
keys = st.lists(
    st.one_of(texts, st.sampled_from(["", ".", "..", "%", "+", "a b", "~", "ü/ß", "%2F", "$(x)"])),
    max_size=5,
).map("/".join)
s3_paths = keys.map(lambda key: "/" + quote(key, safe="/~"))
header_values = st.text(string.ascii_letters + string.digits + "  ,;=/-_.:\"'é日", max_size=20)
headers = st.dictionaries(
    st.sampled_from(["x-amz-meta-a", "x-amz-meta-b", "content-type", "range", "x-amz-acl"]),
    header_values,
)
queries = st.lists(
    st.tuples(
        texts.filter(bool) | st.sampled_from(["prefix", "acl", "list-type", "a", "a-b"]),
        st.none() | texts | st.sampled_from(["", "x y", "a+b", "~", "%", "=&"]),
    ),
    max_size=5,
)


def encode_query(pairs: list[tuple[str, str | None]]) -> str:
    return "&".join(
        quote(name, safe="-_.~") + ("" if value is None else "=" + quote(value, safe="-_.~"))
        for name, value in pairs
    )


def with_query(path: str, pairs: list[tuple[str, str | None]]) -> str:
    return f"{path}?{encode_query(pairs)}" if pairs else path


@st.composite
def reencoded(draw: st.DrawFn, encoded: str, plus: bool = False) -> str:
    """Another percent-encoding of the same bytes, as other clients write it."""
    pieces = []
    position = 0
    while position < len(encoded):
        length = 3 if encoded[position] == "%" else 1
        piece = encoded[position : position + length]
        position += length
        if length == 3:
            char = chr(int(piece[1:], 16))
            choices = [piece, piece.lower()]
            if char in "!*'(),:@$;":
                choices.append(char)
            if char == " " and plus:
                choices.append("+")
        elif piece in "/&=":
            choices = [piece]
        else:
            choices = [piece, f"%{ord(piece):02X}", f"%{ord(piece):02x}"]
        pieces.append(draw(st.sampled_from(choices)))
    return "".join(pieces)


# ---------------------------------------------------------------------- botocore's signers


@unhurried
@given(methods, s3_paths, queries, headers, st.binary(max_size=50))
async def test_s3_header_form(method, path, pairs, extra, body):
    request = signed(
        S3SigV4Auth(KEYS, "s3", "eu-west-9"), with_query(path, pairs), method, extra, body
    )
    found = await VERIFIER.verify(request)
    assert found.principal is ALICE
    assert (found.region, found.service, found.presigned) == ("eu-west-9", "s3", False)
    assert {"host", "x-amz-date"} <= set(found.signed_headers)
    assert await found.body.read(1000) == body


@unhurried
@given(methods, s3_paths, st.dictionaries(texts.filter(bool), texts, max_size=4), headers)
async def test_s3_presigned_form(method, path, pairs, extra):
    signer = S3SigV4QueryAuth(KEYS, "s3", "us-east-1", expires=60)
    request = signed(signer, with_query(path, list(pairs.items())), method, extra)
    found = await VERIFIER.verify(request)
    assert found.principal is ALICE
    assert (found.region, found.service, found.presigned) == ("us-east-1", "s3", True)


@unhurried
@given(st.data(), s3_paths, queries)
async def test_s3_takes_every_encoding_of_the_same_request(data, path, pairs):
    request = signed(S3SigV4Auth(KEYS, "s3", "us-east-1"), with_query(path, pairs))
    other = replace(
        request,
        raw_path=data.draw(reencoded(request.raw_path)),
        raw_query=data.draw(reencoded(request.raw_query, plus=True)),
    )
    assert (await VERIFIER.verify(other)).principal is ALICE


async def test_an_equals_sign_in_a_value_need_not_be_encoded():
    request = signed(S3SigV4Auth(KEYS, "s3", "us-east-1"), "/?marker=a%3Db%3D&prefix=%3D")
    other = replace(request, raw_query="marker=a=b=&prefix==")
    assert (await VERIFIER.verify(other)).principal is ALICE


@pytest.mark.parametrize("value", ["a  b", "a   b", " a", "a ", "a\tb", "a:  b"])
async def test_white_space_in_headers_is_collapsed(value):
    signer = S3SigV4Auth(KEYS, "s3", "us-east-1")
    request = signed(signer, headers={"x-amz-meta-a": value})
    assert request.headers["x-amz-meta-a"] == value
    assert (await VERIFIER.verify(request)).principal is ALICE


service_paths = st.lists(
    st.sampled_from(["", ".", "..", "a", "b%20c", "...", ".x", "%2E", "~", "x:y", "2015-03-31"]),
    max_size=7,
).map(lambda segments: "/" + "/".join(segments))


@unhurried
@given(methods, service_paths, queries, headers, st.binary(max_size=50))
@example("GET", "/a/b/..", [], {}, b"")
@example("GET", "//a//./b/../../", [], {}, b"")
async def test_other_services_header_form(method, path, pairs, extra, body):
    signer = SigV4Auth(KEYS, "lambda", "us-east-1")
    request = signed(signer, with_query(path, pairs), method, extra, body)
    found = await VERIFIER.verify(request)
    assert found.principal is ALICE
    assert found.service == "lambda"
    assert await found.body.read(1000) == body


@unhurried
@given(service_paths, st.dictionaries(texts.filter(bool), texts, max_size=4), headers)
async def test_other_services_presigned_form(path, pairs, extra):
    signer = SigV4QueryAuth(KEYS, "sts", "us-east-1", expires=60)
    found = await VERIFIER.verify(signed(signer, with_query(path, list(pairs.items())), "GET"))
    assert found.principal is ALICE
    assert found.service == "sts"


legacy_queries = st.lists(
    st.tuples(
        st.sampled_from(["acl", "versionId", "prefix", "response-content-type", "marker", "zzz"]),
        st.none() | texts,
    ),
    max_size=4,
    unique_by=lambda pair: pair[0],
)


@unhurried
@given(methods, s3_paths, legacy_queries, headers)
async def test_legacy_header_form(method, path, pairs, extra):
    request = signed(HmacV1Auth(KEYS), with_query(path, pairs), method, extra)
    found = await VERIFIER.verify(request)
    assert found.principal is ALICE
    assert (found.region, found.service, found.presigned) == (None, "s3", False)


@unhurried
@given(methods, s3_paths, legacy_queries, headers)
async def test_legacy_presigned_form(method, path, pairs, extra):
    request = signed(HmacV1QueryAuth(KEYS, 60), with_query(path, pairs), method, extra)
    sent = {name: value for name, value in request.headers.items() if "x-amz" not in name}
    found = await VERIFIER.verify(replace(request, headers=sent))
    assert found.principal is ALICE
    assert (found.region, found.service, found.presigned) == (None, "s3", True)


async def test_a_legacy_signature_names_the_bucket_of_a_virtual_host():
    unsigned = AWSRequest("GET", "http://photos.s3.example/key?acl", auth_path="/photos/key")
    HmacV1Auth(KEYS).add_auth(unsigned)
    sent = {name.lower(): value for name, value in unsigned.headers.items()}
    request = make_request("GET", "/key", "acl", {**sent, "host": "photos.s3.example"})
    verifier = Verifier(lookup, bucket_of=lambda request: request.host.split(".")[0])
    assert (await verifier.verify(request)).principal is ALICE
    assert (await refusal(request)).code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("signed_path", ["/bucket", "/bucket/"])
async def test_a_legacy_signature_may_end_a_bucket_with_a_slash(signed_path):
    unsigned = AWSRequest("GET", f"{ENDPOINT}/bucket?acl", auth_path=signed_path)
    HmacV1Auth(KEYS).add_auth(unsigned)
    sent = {name.lower(): value for name, value in unsigned.headers.items()}
    request = make_request("GET", "/bucket", "acl", sent)
    assert (await VERIFIER.verify(request)).principal is ALICE
    assert (await refusal(replace(request, raw_path="/bucket/x"))).code == "SignatureDoesNotMatch"


async def test_the_date_header_serves_when_there_is_no_other():
    request = signed(S3SigV4Auth(KEYS, "s3", "us-east-1"), headers={"Date": "to be replaced"})
    assert "x-amz-date" not in request.headers
    assert (await VERIFIER.verify(request)).principal is ALICE


class Terse(S3SigV4Auth):
    """A client that signs no more than S3 asks for."""

    def headers_to_sign(self, request):
        chosen = super().headers_to_sign(request)
        del chosen["x-amz-content-sha256"]
        return chosen


async def test_the_hash_of_the_body_need_not_be_among_the_signed_headers():
    request = signed(Terse(KEYS, "s3", "us-east-1"), "/b/k", "PUT", body=b"data")
    found = await VERIFIER.verify(request)
    assert found.signed_headers == ("host", "x-amz-date")
    other = {**request.headers, "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    assert (await refusal(replace(request, headers=other))).code == "SignatureDoesNotMatch"


async def test_headers_that_came_twice_are_joined():
    unsigned = AWSRequest("GET", f"{ENDPOINT}/", headers={})
    unsigned.headers.add_header("x-amz-meta-a", "1")
    unsigned.headers.add_header("x-amz-meta-a", "2")
    S3SigV4Auth(KEYS, "s3", "us-east-1").add_auth(unsigned)
    sent = {name.lower(): value for name, value in unsigned.headers.items()}
    request = make_request("GET", "/", "", {**sent, "x-amz-meta-a": "1,2"})
    assert (await VERIFIER.verify(request)).principal is ALICE


async def test_an_unsigned_request_is_nobodys():
    found = await VERIFIER.verify(make_request("PUT", "/bucket/key", body=b"data"))
    assert found.principal is ANONYMOUS
    assert (found.region, found.service, found.signed_headers) == (None, None, ())
    assert await found.body.read(10) == b"data"


# ---------------------------------------------------------------------- mutations

S3_HEADERS = {"content-type": "text/plain", "x-amz-meta-owner": "alice", "range": "bytes=0-9"}
ORIGINALS = {
    "s3 header": signed(
        S3SigV4Auth(KEYS, "s3", "us-east-1"), "/b/k%C3%BC?a=1&versionId=2", "PUT", S3_HEADERS, b"xy"
    ),
    "s3 query": signed(
        S3SigV4QueryAuth(KEYS, "s3", "us-east-1"), "/b/key?versionId=2", "GET", S3_HEADERS
    ),
    "json": signed(
        SigV4Auth(KEYS, "dynamodb", "us-east-1"),
        "/",
        "POST",
        {"x-amz-target": "DynamoDB_20120810.GetItem"},
        b'{"TableName": "t"}',
    ),
    "legacy header": signed(HmacV1Auth(KEYS), "/b/key?acl", "PUT", {"x-amz-acl": "private"}),
    "legacy query": signed(HmacV1QueryAuth(KEYS), "/b/key?versionId=2", "GET"),
}
LEGACY_UNSIGNED = {"host", "range"}


@st.composite
def altered_text(draw: st.DrawFn, text: str) -> str:
    """Return a text with one letter or digit replaced, and not only in its case."""
    places = [place for place, char in enumerate(text) if char.isascii() and char.isalnum()]
    assume(places)
    place = draw(st.sampled_from(places))
    char = draw(st.sampled_from(string.ascii_letters + string.digits))
    assume(char.lower() != text[place].lower())
    return text[:place] + char + text[place + 1 :]


@unhurried
@given(st.data(), st.sampled_from(sorted(ORIGINALS)))
async def test_an_altered_request_is_refused(data, name):
    original = ORIGINALS[name]
    await VERIFIER.verify(original)
    parts = ["method", "raw_path", "raw_query", *original.headers]
    part = data.draw(st.sampled_from(parts))
    assume(not (name.startswith("legacy") and part in LEGACY_UNSIGNED))
    if part in original.headers:
        value = data.draw(altered_text(original.headers[part]))
        altered = replace(original, headers={**original.headers, part: value})
    else:
        value = data.draw(altered_text(getattr(original, part)))
        altered = replace(original, **{part: value})
    await refusal(altered)


@unhurried
@given(st.data(), st.sampled_from(["s3 header", "json"]))
async def test_an_altered_body_is_refused(data, name):
    original = ORIGINALS[name]
    body = await original.body.read(100)
    altered = data.draw(st.binary(max_size=20).filter(lambda other: other != body))
    error = await refusal(replace(original, body=BufferedBody(altered)))
    assert error.code in {"XAmzContentSHA256Mismatch", "InvalidSignatureException"}


@pytest.mark.parametrize("name", ["s3 header", "s3 query", "json", "legacy header"])
async def test_a_header_of_awss_own_cannot_be_added(name):
    original = ORIGINALS[name]
    error = await refusal(replace(original, headers={**original.headers, "x-amz-grant-read": "x"}))
    assert error.code in {"AccessDenied", "InvalidSignatureException", "SignatureDoesNotMatch"}


@unhurried
@given(st.sampled_from(["acl", "policy", "tagging", "uploads", "retention", "encryption"]))
async def test_a_legacy_signature_is_for_one_operation_only(subresource):
    original = ORIGINALS["legacy query"]
    altered = replace(original, raw_query=f"{original.raw_query}&{subresource}")
    assert (await refusal(altered)).code == "SignatureDoesNotMatch"


# ---------------------------------------------------------------------- fuzz

junk = st.text(max_size=40)
auth_headers = st.one_of(
    junk,
    junk.map(lambda text: "AWS4-HMAC-SHA256 " + text),
    junk.map(lambda text: "AWS " + text),
    st.builds(
        "AWS4-HMAC-SHA256 Credential={}, SignedHeaders={}, Signature={}".format, junk, junk, junk
    ),
    junk.map(lambda text: ORIGINALS["s3 header"].headers["authorization"] + text),
)
query_parts = st.sampled_from(
    [
        *ORIGINALS["s3 query"].raw_query.split("&"),
        *ORIGINALS["legacy query"].raw_query.split("&"),
        "X-Amz-Expires=-1",
        "X-Amz-Date=20130524T000000Z",
        "Expires=9999999999999999",
    ]
)


@unhurried
@given(
    methods,
    junk,
    st.lists(query_parts | junk, max_size=8).map("&".join),
    st.dictionaries(
        st.sampled_from(
            ["x-amz-date", "date", "x-amz-content-sha256", "content-type", "x-amz-security-token"]
        )
        | junk,
        junk | st.sampled_from(["20130524T000000Z", "UNSIGNED-PAYLOAD"]),
    ),
    st.none() | auth_headers,
)
async def test_no_request_raises_anything_else(method, path, query, extra, authorization):
    sent = extra if authorization is None else {**extra, "authorization": authorization}
    request = make_request(method, path, query, sent, b"body")
    try:
        found = await VERIFIER.verify(request)
        await found.body.read(100)
    except (AwsError, BodyError):
        return
    assert isinstance(found, Authenticated)
    assert found.principal is ANONYMOUS or query or authorization


async def test_the_lookup_is_asked_for_the_key_in_the_request():
    asked = []

    async def record(access_key_id: str) -> None:
        asked.append(access_key_id)

    for request in ORIGINALS.values():
        await refusal(request, Verifier(record))
    assert asked == [KEYS.access_key] * len(ORIGINALS)
