"""Forms with a file: whatever a browser sends, and whatever somebody else does."""

import asyncio
import hmac
import math
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.apis.aws.wire import signature4
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.forms import FIELDS_LIMIT, read_form
from lenticular.apis.aws.wire.payloads import Payload
from lenticular.apis.aws.wire.posts import FormFile
from lenticular.apis.aws.wire.signatures import Credential, Verifier
from lenticular.apis.http import Body, Request
from lenticular.primitives.principals import ANONYMOUS, Principal

BOUNDARY = "----WebKitFormBoundary7MA4YWxk"
NAMES = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12).filter(
    lambda name: name != "file"
)
LINES = st.lists(
    st.sampled_from([b"\r\n", b"--", BOUNDARY.encode(), b"\r", b"\n", b"x", b"\0\xff"]),
    max_size=30,
).map(b"".join)


class Chunks(Body):
    """A body that comes in these pieces."""

    def __init__(self, pieces):
        self.pieces = pieces
        self.given = 0

    @property
    def size(self):
        return sum(map(len, self.pieces))

    async def __aiter__(self):
        for piece in self.pieces:
            self.given += 1
            yield piece


def cut(data, places):
    """Return the data in pieces, cut at these places."""
    at = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[start:stop] for start, stop in pairwise(at) if stop > start]


def part(name, value, filename=None):
    file = f'; filename="{filename}"' if filename is not None else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
    return head.encode() + value + b"\r\n"


def encode(fields, file, filename="a.txt"):
    parts = [part(name, value.encode()) for name, value in fields.items()]
    return b"".join([*parts, part("file", file, filename), f"--{BOUNDARY}--\r\n".encode()])


def request(body, content_type=f"multipart/form-data; boundary={BOUNDARY}"):
    return Request(
        id="1",
        method="POST",
        raw_path="/b",
        path="/b",
        raw_query="",
        headers={"content-type": content_type} if content_type else {},
        body=body,
    )


async def read(body, **options):
    form = await read_form(request(body, **options))
    return form, b"".join([chunk async for chunk in form.file])


def code_of(data, **options):
    with pytest.raises(AwsError) as caught:
        asyncio.run(read(Chunks([data]), **options))
    return caught.value.code


@given(
    fields=st.dictionaries(NAMES, st.text(max_size=40), max_size=6),
    file=st.one_of(st.binary(max_size=5000), LINES),
    places=st.lists(st.integers(0, 10_000), max_size=12),
)
def test_a_form_comes_through_however_it_is_cut(fields, file, places):
    delimiter = f"\r\n--{BOUNDARY}".encode()
    if delimiter in b"\r\n" + file:
        return  # no client takes a boundary that its file has
    form, got = asyncio.run(read(Chunks(cut(encode(fields, file), places))))
    assert dict(form.fields) == fields
    assert got == file


@given(
    garbage=st.one_of(st.binary(max_size=3000), LINES),
    places=st.lists(st.integers(0, 3000), max_size=5),
    keep=st.integers(0, 400),
)
def test_no_form_raises_anything_but_an_error_of_s3(garbage, places, keep):
    data = encode({"key": "k"}, b"bytes")[:keep] + garbage
    code = None
    try:
        asyncio.run(read(Chunks(cut(data, places))))
    except AwsError as error:
        code = error.code
    assert code in {
        None,
        "InvalidArgument",
        "MalformedPOSTRequest",
        "MaxPostPreDataLengthExceeded",
    }


async def test_the_file_streams():
    pieces = cut(encode({"key": "k"}, b"x" * 500_000), range(0, 500_000, 50_000))
    body = Chunks(pieces)
    form = await read_form(request(body))
    assert body.given < 3
    chunks = aiter(form.file)
    await anext(chunks)
    assert body.given < len(pieces)


def test_names_of_fields_have_no_case():
    form, _ = asyncio.run(read(Chunks([encode({"KeY": "k", "X-Amz-Meta-A": "1"}, b"")])))
    assert dict(form.fields) == {"key": "k", "x-amz-meta-a": "1"}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("notes.txt", "notes.txt"),
        ("C:\\Users\\ada\\notes.txt", "notes.txt"),
        ("../../etc/passwd", "passwd"),
        ("fjörd.txt", "fjörd.txt"),
        ("", ""),
    ],
)
def test_a_file_name_has_no_folders(sent, expected):
    form, _ = asyncio.run(read(Chunks([encode({}, b"x", sent)])))
    assert form.filename == expected


def test_what_follows_the_file_is_ignored():
    data = encode({"key": "k"}, b"bytes").removesuffix(f"--{BOUNDARY}--\r\n".encode())
    data += part("key", b"other") + part("acl", b"public-read") + f"--{BOUNDARY}--".encode()
    form, got = asyncio.run(read(Chunks(cut(data, range(0, 400, 7)))))
    assert dict(form.fields) == {"key": "k"}
    assert got == b"bytes"


def test_what_is_no_form_is_refused():
    assert code_of(b"a=b", content_type="application/x-www-form-urlencoded") == "PreconditionFailed"
    assert code_of(b"a=b", content_type=None) == "PreconditionFailed"
    assert code_of(b"", content_type="multipart/form-data") == "MalformedPOSTRequest"
    assert code_of(b"", content_type="multipart/form-data; boundary=" + "x" * 999) == (
        "MalformedPOSTRequest"
    )


def test_a_form_that_breaks_off_is_refused():
    whole = encode({"key": "k"}, b"bytes" * 100)
    for end in (10, 60, 100, 200, len(whole) - len(BOUNDARY)):
        assert code_of(whole[:end]) == "MalformedPOSTRequest"


def test_a_form_has_one_file():
    assert code_of(part("key", b"k") + f"--{BOUNDARY}--\r\n".encode()) == "InvalidArgument"


def test_a_field_comes_once():
    assert code_of(part("key", b"a") + encode({"KEY": "b"}, b"")) == "InvalidArgument"


def test_fields_have_a_limit():
    fits = {"key": "k" * (FIELDS_LIMIT - 2000)}
    form, _ = asyncio.run(read(Chunks([encode(fits, b"x" * 100_000)])))
    assert dict(form.fields) == fits
    too_large = "MaxPostPreDataLengthExceeded"
    assert code_of(encode({"key": "k" * (FIELDS_LIMIT + 1024)}, b"")) == too_large
    assert code_of(b"\r\n" * FIELDS_LIMIT + encode({"key": "k"}, b"")) == too_large
    many = {f"x-ignore-{number}": "" for number in range(300)}
    assert code_of(encode(many, b"")) == too_large


def test_a_field_that_is_no_text_is_refused():
    assert code_of(part("key", b"\xff\xfe") + encode({}, b"")) == "MalformedPOSTRequest"


NOW = 1_700_000_000.0


def signed(*, at=NOW, token=None, **changes):
    """Return the fields of a form that is signed with Signature Version 4."""
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
    scope = (date[:8], "eu-west-1", "s3")
    policy = "eyJjb25kaXRpb25zIjogW119"
    key = signature4.signing_key("secret", *scope)
    fields = {
        "key": "k",
        "policy": policy,
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-credential": "/".join(("AKIA", *scope, "aws4_request")),
        "x-amz-date": date,
        "x-amz-signature": hmac.digest(key, policy.encode(), "sha256").hex(),
    }
    if token is not None:
        fields["x-amz-security-token"] = token
    return fields | {name.replace("_", "-"): value for name, value in changes.items()}


async def verified(fields, *, token=None, expires=math.inf):
    principal = Principal("1" * 12, "arn:aws:iam::111111111111:root", "1" * 12, "c" * 64)
    credential = Credential("AKIA", "secret", principal, token, expires)

    async def lookup(access_key_id):
        return credential if access_key_id == "AKIA" else None

    file = FormFile(Payload(Chunks([])), fields)
    return await Verifier(lookup, clock=lambda: NOW).verify_form(file)


async def test_a_signed_form_is_its_signer_s():
    caller = await verified(signed())
    assert (caller.principal.account_id, caller.region, caller.service) == (
        "1" * 12,
        "eu-west-1",
        "s3",
    )
    assert (await verified({"key": "k"})).principal is ANONYMOUS
    assert (await verified(signed(token="t"), token="t")).principal is not ANONYMOUS


@pytest.mark.parametrize(
    ("fields", "options", "code"),
    [
        (signed(at=NOW - 7 * 24 * 3600), {}, "AccessDenied"),
        (signed(at=NOW + 16 * 60), {}, "AccessDenied"),
        (signed(x_amz_signature="0" * 64), {}, "SignatureDoesNotMatch"),
        (signed(x_amz_signature="é"), {}, "SignatureDoesNotMatch"),
        (signed(policy="bm8="), {}, "SignatureDoesNotMatch"),
        (signed(policy="\N{WATCH}"), {}, "SignatureDoesNotMatch"),
        (signed(x_amz_credential="other/20231114/r/s3/aws4_request"), {}, "InvalidAccessKeyId"),
        (signed(x_amz_credential="AKIA"), {}, "AuthorizationQueryParametersError"),
        (signed(x_amz_date="20200101T000000Z"), {}, "AuthorizationQueryParametersError"),
        (signed(x_amz_date="now"), {}, "AuthorizationQueryParametersError"),
        (signed(x_amz_algorithm="none"), {}, "AuthorizationQueryParametersError"),
        (signed(), {"token": "t"}, "InvalidAccessKeyId"),
        (signed(token="other"), {"token": "t"}, "InvalidToken"),
        (signed(token="t"), {"token": "t", "expires": NOW}, "ExpiredToken"),
    ],
)
async def test_a_form_whose_signature_does_not_hold(fields, options, code):
    with pytest.raises(AwsError) as caught:
        await verified(fields, **options)
    assert caught.value.code == code
