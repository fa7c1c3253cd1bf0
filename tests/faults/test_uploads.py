"""Uploads that break off or are not what they claim: nothing is stored, nothing is left over."""

import base64
import hashlib
import os
from contextlib import ExitStack

import pytest

from . import raw

SMALL, LARGE = 10_000, 3_000_000
"""Bytes that are kept beside their key, and bytes that go to a file of their own."""

OLD = b"what was there before"


@pytest.fixture(scope="module")
def server(shared_server):
    """A server that still holds what it should after all tests, and after a new start."""
    yield shared_server
    shared_server.stop()
    shared_server.start()
    s3 = shared_server.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        assert list_keys(s3, bucket["Name"]) == ["old"]


@pytest.fixture
def bucket(server, make_bucket):
    """A bucket whose one object must not be touched."""
    name = make_bucket(server)
    server.client("s3").put_object(Bucket=name, Key="old", Body=OLD)
    return name


@pytest.fixture
def files(server, s3, bucket):
    """The files of the test's own uploads. None may be left of it, and the server unharmed."""
    before = server.blob_files()

    def added():
        return server.blob_files() - before

    yield added
    server.wait_until(lambda: not added(), "nothing is left of the upload")
    assert s3.get_object(Bucket=bucket, Key="old")["Body"].read() == OLD
    assert list_keys(s3, bucket) == ["old"]
    body = os.urandom(LARGE)
    s3.put_object(Bucket=bucket, Key="next", Body=body)
    assert s3.get_object(Bucket=bucket, Key="next")["Body"].read() == body
    assert len(added()) == 1
    s3.delete_object(Bucket=bucket, Key="next")


def list_keys(s3, bucket) -> list[str]:
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]


def chunk(data: bytes) -> bytes:
    """Return a chunk of an ``aws-chunked`` body without signatures."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def chunked(size: int) -> dict[str, str]:
    """Return the headers of an ``aws-chunked`` upload of `size` bytes."""
    return {
        "X-Amz-Content-SHA256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "X-Amz-Decoded-Content-Length": str(size),
        "X-Amz-Trailer": "x-amz-checksum-crc32",
        "Content-Encoding": "aws-chunked",
    }


@pytest.mark.parametrize("key", ["new", "old"])
@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("how", ["closed", "reset", "chunked"])
def test_client_that_disconnects_half_way(server, bucket, files, key, size, how):
    head = chunked(size) if how == "chunked" else raw.UNSIGNED
    body = chunk(os.urandom(size)) if how == "chunked" else os.urandom(size)
    length = {"Content-Length": str(len(body) + 40 if how == "chunked" else len(body))}
    with raw.begin(server, "s3", "PUT", f"/{bucket}/{key}", head | length) as connection:
        connection.send(body[: size // 2])
        if size == LARGE:
            server.wait_until(files, "the upload has begun")
        if how == "reset":
            raw.reset(connection)


def test_part_that_breaks_off_is_not_a_part(server, s3, bucket, files):
    upload = {"Bucket": bucket, "Key": "new"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    path = f"/{bucket}/new?partNumber=1&uploadId={upload['UploadId']}"
    headers = raw.UNSIGNED | {"Content-Length": str(LARGE)}
    with raw.begin(server, "s3", "PUT", path, headers) as connection:
        connection.send(bytes(LARGE // 2))
        server.wait_until(files, "the part has begun")
    server.wait_until(lambda: not files(), "nothing is left of the part")
    assert "Parts" not in s3.list_parts(**upload)
    s3.abort_multipart_upload(**upload)


def test_many_clients_that_disconnect_at_once(server, bucket, files):
    headers = raw.UNSIGNED | {"Content-Length": str(LARGE)}
    with ExitStack() as stack:
        for number in range(50):
            begun = raw.begin(server, "s3", "PUT", f"/{bucket}/{number}", headers)
            stack.enter_context(begun).send(bytes(LARGE // 2 + number))
        server.wait_until(lambda: len(files()) == 50, "the uploads have begun")


WRONG = {
    "digest": (
        {"X-Amz-Content-SHA256": hashlib.sha256(b"another body").hexdigest()},
        "XAmzContentSHA256Mismatch",
    ),
    "md5": (
        {"Content-MD5": base64.b64encode(hashlib.md5(b"another body").digest()).decode()},
        "BadDigest",
    ),
    "crc32": ({"x-amz-checksum-crc32": "AAAAAA=="}, "BadDigest"),
}


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("key", ["new", "old"])
@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize(("headers", "code"), WRONG.values(), ids=WRONG)
def test_body_that_is_not_what_was_claimed(server, bucket, key, size, headers, code):
    headers = raw.UNSIGNED | headers
    answer = raw.send(server, "s3", "PUT", f"/{bucket}/{key}", headers, os.urandom(size))
    assert answer.status == 400
    assert f"<Code>{code}</Code>".encode() in answer.body


TRAILER = b"0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"
BROKEN_CHUNKS = {
    "no last chunk": (chunk(bytes(LARGE)), "IncompleteBody"),
    "less than announced": (chunk(bytes(LARGE // 2)) + TRAILER, "IncompleteBody"),
    "wrong trailer": (chunk(bytes(LARGE)) + TRAILER, "BadDigest"),
}


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(("body", "code"), BROKEN_CHUNKS.values(), ids=BROKEN_CHUNKS)
def test_chunked_body_that_is_cut_or_wrong(server, bucket, body, code):
    answer = raw.send(server, "s3", "PUT", f"/{bucket}/new", chunked(LARGE), body)
    assert answer.status == 400
    assert f"<Code>{code}</Code>".encode() in answer.body
