"""Documents made to hurt: an error of the service's own, soon, and no memory lost to it."""

import hashlib
import os
import re
import time

import pytest

from . import raw

MEBIBYTE = 1 << 20
DEPTH = 10_000

ENTITIES = (
    b'<!DOCTYPE Delete [<!ENTITY a "0123456789">'
    + b"".join(
        b'<!ENTITY %c "%s">' % (name, b"&%c;" % (name - 1) * 10) for name in range(ord("b"), 107)
    )
    + b"]><Delete><Object><Key>&j;</Key></Object></Delete>"
)
OUTSIDE = (
    b'<!DOCTYPE Delete [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    b"<Delete><Object><Key>&a;</Key></Object></Delete>"
)

XML = {
    "expanding entities": ENTITIES,
    "outside entity": OUTSIDE,
    "deep nesting": b"<Delete>" * DEPTH + b"</Delete>" * DEPTH,
    "never closed": b"<Delete>" * DEPTH,
    "not XML": b"\x00\xff" * 1000,
    "100 MB": b"<Delete>" + b"<Object><Key>k</Key></Object>" * 3_600_000 + b"</Delete>",
    "100 MB of one key": b"<Delete><Object><Key>" + b"k" * 100 * MEBIBYTE,
}

JSON = {
    "deep nesting": b'{"TableName":' + b"[" * DEPTH + b"]" * DEPTH + b"}",
    "deep attribute": b'{"TableName":"t","Item":{"a":' + b'{"L":[' * DEPTH + b"]}" * DEPTH + b"}}",
    "never closed": b'{"TableName":' + b"[" * DEPTH,
    "not JSON": b"\x00\xff" * 1000,
    "100 MB": b'{"TableName":"' + b"t" * 100 * MEBIBYTE + b'"}',
}


@pytest.fixture
def server(shared_server):
    """A server that is to work after the test, having used little time and memory."""
    shared_server.reset_peak()
    before = shared_server.memory("VmHWM")
    began = time.monotonic()
    yield shared_server
    assert time.monotonic() - began < 15
    assert shared_server.memory("VmHWM") - before < 64 * MEBIBYTE
    shared_server.client("s3").list_buckets()
    shared_server.client("dynamodb").list_tables()


@pytest.mark.parametrize("body", XML.values(), ids=XML)
def test_xml(server, s3, bucket, body):
    s3.put_object(Bucket=bucket, Key="k", Body=b"to stay")
    answer = raw.send(server, "s3", "POST", f"/{bucket}?delete", raw.UNSIGNED, body)
    assert answer.status == 400, answer
    assert b"<Code>" in answer.body
    # The ids are random letters, in which a short host name may well stand.
    told = re.sub(rb"<(RequestId|HostId)>[^<]*", b"", answer.body)
    assert os.uname().nodename.encode() not in told
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"to stay"


@pytest.mark.parametrize("body", JSON.values(), ids=JSON)
def test_json(server, body):
    headers = {
        "X-Amz-Target": "DynamoDB_20120810.PutItem",
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Content-SHA256": hashlib.sha256(body).hexdigest(),
    }
    answer = raw.send(server, "dynamodb", "POST", "/", headers, body)
    assert answer.status in {400, 413}, answer
    assert b'"__type"' in answer.body
