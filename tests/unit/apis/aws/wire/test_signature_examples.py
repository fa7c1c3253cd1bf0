"""The examples that AWS publishes: S3 API reference, "Signature calculations for the
Authorization header: transferring payload in a single chunk" and "Authenticating requests:
using query parameters".
"""

from dataclasses import replace

import pytest

from lenticular.apis.aws.wire.signatures import Credential, Verifier
from lenticular.apis.http import BufferedBody, Request
from lenticular.primitives.principals import Principal

ALICE = Principal("123456789012", "arn:aws:iam::123456789012:root", "123456789012", "c" * 64)
CREDENTIAL = Credential("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ALICE)
EXAMPLE_TIME = 1369353600  # 20130524T000000Z


async def lookup(access_key_id: str) -> Credential | None:
    return CREDENTIAL if access_key_id == CREDENTIAL.access_key_id else None


def example_request(
    method: str,
    path: str,
    query: str = "",
    headers: dict[str, str] | None = None,
    body: bytes = b"",
) -> Request:
    return Request("1", method, path, path, query, headers or {}, BufferedBody(body))


EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
EXAMPLES = [
    (
        example_request("GET", "/test.txt", "", {"range": "bytes=0-9"}),
        "host;range;x-amz-content-sha256;x-amz-date",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    ),
    (
        example_request(
            "PUT",
            "/test$file.text",
            "",
            {
                "date": "Fri, 24 May 2013 00:00:00 GMT",
                "x-amz-storage-class": "REDUCED_REDUNDANCY",
                "x-amz-content-sha256": (
                    "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
                ),
            },
            b"Welcome to Amazon S3.",
        ),
        "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    ),
    (
        example_request("GET", "/", "lifecycle"),
        "host;x-amz-content-sha256;x-amz-date",
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    ),
    (
        example_request("GET", "/", "max-keys=2&prefix=J"),
        "host;x-amz-content-sha256;x-amz-date",
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ),
]


@pytest.mark.parametrize(("request_", "names", "signature"), EXAMPLES)
async def test_published_examples(request_, names, signature):
    sent = {
        "x-amz-content-sha256": EMPTY,
        **request_.headers,
        "host": "examplebucket.s3.amazonaws.com",
        "x-amz-date": "20130524T000000Z",
        "authorization": (
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            f"SignedHeaders={names},Signature={signature}"
        ),
    }
    verifier = Verifier(lookup, clock=lambda: EXAMPLE_TIME)
    found = await verifier.verify(replace(request_, headers=sent))
    assert found.principal is ALICE
    assert await found.body.read(100) in {b"", b"Welcome to Amazon S3."}


async def test_published_presigned_example():
    request = example_request(
        "GET",
        "/test.txt",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524"
        "%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400"
        "&X-Amz-SignedHeaders=host&X-Amz-Signature="
        "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
        {"host": "examplebucket.s3.amazonaws.com"},
    )
    verifier = Verifier(lookup, clock=lambda: EXAMPLE_TIME + 86399)
    assert (await verifier.verify(request)).principal is ALICE
