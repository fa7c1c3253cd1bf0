"""The bytes lie in another store, and that is away, or we are killed on the way there."""

import os
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError, IncompleteReadError, ResponseStreamingError

from . import raw
from .gate import Gate

SMALL, LARGE = 10_000, 24 * 1024 * 1024
"""Bytes that are kept beside their key, and bytes that go in three pieces."""


@pytest.fixture
def place(seaweedfs):
    return seaweedfs.new_place()


@pytest.fixture
def gate(seaweedfs):
    gate = Gate(seaweedfs.port)
    yield gate
    gate.close()


@pytest.fixture
def server(make_server, seaweedfs, place, gate):
    """A cloud on SeaweedFS, which it reaches through the gate."""
    server = make_server(blob_store=f"s3://{place}", blob_store_timeout=1)
    server.data.mkdir()
    seaweedfs.write_settings(server.data, endpoint=f"http://127.0.0.1:{gate.port}")
    server.start()
    return server


@pytest.fixture
def upload(server, bucket, seaweedfs, place):
    """An upload of which the store has some pieces, and of which more is to come."""
    headers = raw.UNSIGNED | {"Content-Length": str(LARGE)}
    with raw.begin(server, "s3", "PUT", f"/{bucket}/new", headers) as connection:
        connection.send(bytes(LARGE // 2))
        server.wait_until(
            lambda: any(key.startswith("pieces/") for key in seaweedfs.keys(place)),
            "the store has a piece",
        )
        yield connection


def failing(call, *arguments, **options):
    """Return status and code of the error that a call must end with."""
    with pytest.raises(ClientError) as raised:
        call(*arguments, **options)
    answer = raised.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


AWAY = 503, "ServiceUnavailable"


def test_store_that_goes_away_during_an_upload(server, s3, bucket, gate, seaweedfs, place, upload):
    old = os.urandom(LARGE)
    s3.put_object(Bucket=bucket, Key="old", Body=old)
    held = {key for key in seaweedfs.keys(place) if not key.startswith("uploads/")}
    gate.shut()
    with suppress(ConnectionError):  # it may answer and hang up before it has read everything
        upload.send(bytes(LARGE // 2))
    answer = upload.getresponse()
    assert answer.status == 503
    assert b"<Code>ServiceUnavailable</Code>" in answer.read()
    assert failing(s3.put_object, Bucket=bucket, Key="old", Body=bytes(LARGE)) == AWAY
    assert failing(s3.get_object, Bucket=bucket, Key="old") == AWAY
    assert failing(s3.head_object, Bucket=bucket, Key="new")[0] == 404
    s3.put_object(Bucket=bucket, Key="small", Body=b"small")  # has no need of it
    gate.reopen()
    assert s3.get_object(Bucket=bucket, Key="old")["Body"].read() == old
    s3.put_object(Bucket=bucket, Key="new", Body=old)
    server.stop()
    server.start()
    assert server.client("s3").get_object(Bucket=bucket, Key="new")["Body"].read() == old
    server.wait_until(lambda: len(seaweedfs.keys(place)) == 7, "what was left is swept")
    assert len(held & set(seaweedfs.keys(place))) == 4


def test_kill_during_an_upload(server, bucket, seaweedfs, place, upload):
    assert upload
    server.kill()
    left = seaweedfs.keys(place)
    assert not any(key.startswith("blobs/") for key in left)
    assert any(key.startswith("uploads/") for key in left)
    server.start()
    s3 = server.client("s3")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    server.wait_until(
        lambda: set(seaweedfs.keys(place)) == {"lenticular.json"}, "what was left is swept"
    )


def test_store_that_goes_away_during_a_download(server, s3, bucket, gate):
    body = os.urandom(LARGE)
    s3.put_object(Bucket=bucket, Key="old", Body=body)
    answer = s3.get_object(Bucket=bucket, Key="old")["Body"]
    assert answer.read(SMALL) == body[:SMALL]
    gate.shut()
    with pytest.raises((ResponseStreamingError, IncompleteReadError)):
        answer.read()
    gate.reopen()
    assert s3.get_object(Bucket=bucket, Key="old")["Body"].read() == body
