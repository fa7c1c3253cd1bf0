"""The disk is full, takes no writes, or fails to sync: what the cloud says, bears and keeps."""

import json
import os
import urllib.error
import urllib.request
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

from . import raw
from .disks import MIB, failing, filled, left, set_read_only, small_disk
from .server import Server

LARGE = 3 * MIB
SMALL = 60_000
"""Bytes that are kept beside their key, in the key-value store."""


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    with small_disk(tmp_path_factory.mktemp("small") / "disk", 192 * MIB) as disk:
        yield disk


@pytest.fixture(scope="module")
def cloud(disk, zygote):
    cloud = Server(disk / "cloud", zygote=zygote)
    yield cloud
    cloud.close()


@pytest.fixture
def server(cloud):
    """A server that each test leaves as well as it found it."""
    if not cloud.running:
        cloud.start()
    return cloud


@pytest.fixture
def table(server):
    client = server.client("dynamodb")
    with suppress(client.exceptions.ResourceInUseException):
        client.create_table(
            TableName="table",
            KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    return client


def put_item(client, key, size):
    client.put_item(TableName="table", Item={"key": {"S": key}, "value": {"B": bytes(size)}})


def health(server):
    """Return the status of the answer, and the document."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/health") as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def refusal(call, *arguments, **options):
    """Return status and code of the error with which a call ends; None: it ends well."""
    try:
        call(*arguments, **options)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
    return None


FULL = 507, "InsufficientCapacity"


def until_refused(put):
    """Call with one number after the other, and return those that were taken, and the refusal."""
    taken = []
    while (answer := refusal(put, len(taken))) is None:
        taken.append(len(taken))
    return taken, answer


@pytest.mark.parametrize("size", [LARGE, SMALL])
def test_objects_that_fill_the_disk(server, s3, bucket, disk, size):
    def put(number):
        s3.put_object(Bucket=bucket, Key=f"{number:06d}", Body=bytes_of(number))

    def bytes_of(number):
        return number.to_bytes(4, "big") * (size // 4)

    files = server.blob_files()
    with filled(disk, but=28 * MIB):
        taken, answer = until_refused(put)
        assert answer == FULL
        assert left(disk) > 4 * MIB, "some room is kept"
        status, document = health(server)
        assert (status, document["status"]) == (200, "full")
        assert "is full" in document["problem"]
        assert len(server.blob_files() - files) == (len(taken) if size == LARGE else 0)
        for number in taken[:: len(taken) // 3]:
            body = s3.get_object(Bucket=bucket, Key=f"{number:06d}")["Body"].read()
            assert body == bytes_of(number)
        listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
        assert [entry["Key"] for entry in listed] == [f"{number:06d}" for number in taken]
        for number in taken:
            s3.delete_object(Bucket=bucket, Key=f"{number:06d}")
        assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
        if size == SMALL:
            put(0)  # what was freed in the store's file is used again at once
    server.wait_until(lambda: health(server)[1]["status"] == "ok", "there is room again")
    assert server.run("scrub").returncode == 0


def test_another_program_that_takes_all_the_room(server, s3, bucket, table, disk):
    def put_small(key):
        s3.put_object(Bucket=bucket, Key=key, Body=bytes(SMALL))

    s3.put_object(Bucket=bucket, Key="large", Body=bytes(LARGE))
    for number in range(20):
        put_small(f"small {number}")
    put_item(table, "key", 1000)
    files = server.blob_files()
    headers = raw.UNSIGNED | {"Content-Length": str(LARGE)}
    with raw.begin(server, "s3", "PUT", f"/{bucket}/new", headers) as connection:
        connection.send(bytes(LARGE // 2))
        server.wait_until(lambda: server.blob_files() > files, "the upload has begun")
        with filled(disk):
            with suppress(ConnectionError):  # it may answer and hang up before it has read all
                connection.send(bytes(LARGE // 2))
            answer = connection.getresponse()
            assert answer.status == 507
            assert b"<Code>InsufficientCapacity</Code>" in answer.read()
            assert server.blob_files() == files
            _, answer = until_refused(lambda number: put_small(f"other {number}"))
            assert answer == FULL
            assert refusal(put_item, table, "other", 350_000) == (507, "InternalServerError")
            assert s3.get_object(Bucket=bucket, Key="large")["Body"].read() == bytes(LARGE)
            for number in range(20):
                s3.delete_object(Bucket=bucket, Key=f"small {number}")
            table.delete_item(TableName="table", Key={"key": {"S": "key"}})
            assert "Item" not in table.get_item(TableName="table", Key={"key": {"S": "key"}})
            assert health(server)[1]["status"] == "full"
    s3.put_object(Bucket=bucket, Key="new", Body=bytes(LARGE))
    put_item(table, "new", 5000)
    assert health(server)[1]["status"] == "ok"


def test_parts_of_an_upload_stay_when_the_disk_is_full(server, s3, bucket, disk):
    upload = {"Bucket": bucket, "Key": "key"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    part = os.urandom(5 * MIB)
    first = s3.upload_part(**upload, PartNumber=1, Body=part)["ETag"]
    with filled(disk):
        assert refusal(s3.upload_part, **upload, PartNumber=2, Body=part) == FULL
    second = s3.upload_part(**upload, PartNumber=2, Body=part)["ETag"]
    parts = [{"PartNumber": 1, "ETag": first}, {"PartNumber": 2, "ETag": second}]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == part * 2


def test_disk_that_takes_no_writes(server, s3, bucket, table, disk):
    s3.put_object(Bucket=bucket, Key="large", Body=bytes(LARGE))
    s3.put_object(Bucket=bucket, Key="small", Body=b"small")
    calls = "pwrite64,write,openat,rename,unlink,fallocate,mkdir"
    with failing(server, calls, "EROFS", server.data / "lenticular.db-wal"):
        assert refusal(s3.put_object, Bucket=bucket, Key="new", Body=b"new")[0] == 500
        assert refusal(put_item, table, "new", 5)[0] == 500
        assert refusal(s3.delete_object, Bucket=bucket, Key="small")[0] == 500
        assert s3.get_object(Bucket=bucket, Key="large")["Body"].read() == bytes(LARGE)
        assert s3.get_object(Bucket=bucket, Key="small")["Body"].read() == b"small"
    s3.put_object(Bucket=bucket, Key="new", Body=b"new")
    put_item(table, "new", 5)
    assert s3.get_object(Bucket=bucket, Key="new")["Body"].read() == b"new"


def test_start_on_a_disk_that_takes_no_writes(server, disk):
    server.stop()
    set_read_only(disk, to=True)
    started = server.run("start", "--port-base=0")
    assert started.returncode != 0
    assert "Read-only file system" in started.stderr
    assert "Traceback" not in started.stderr
    set_read_only(disk, to=False)


class TestSyncsThatFail:
    """Nothing more is acknowledged; after a new start, what is on the disk is the truth."""

    def test_of_the_log(self, server, s3, bucket, table):
        s3.put_object(Bucket=bucket, Key="before", Body=b"before")
        with failing(server, "fsync,fdatasync", "EIO", server.data / "lenticular.db-wal"):
            assert refusal(s3.put_object, Bucket=bucket, Key="during", Body=b"during")[0] == 500
        # The disk says that it is well again: it is not believed.
        assert refusal(s3.put_object, Bucket=bucket, Key="after", Body=b"after")[0] == 500
        assert refusal(s3.put_object, Bucket=bucket, Key="after", Body=bytes(LARGE))[0] == 500
        assert refusal(s3.delete_object, Bucket=bucket, Key="before")[0] == 500
        assert refusal(put_item, table, "after", 5)[0] == 500
        assert s3.get_object(Bucket=bucket, Key="before")["Body"].read() == b"before"
        status, document = health(server)
        assert (status, document["status"]) == (503, "failing")
        assert "failed to sync" in server.output()
        assert "start the cloud again" in server.output()
        server.terminate()
        server.wait()
        server.start()
        s3 = server.client("s3")
        assert s3.get_object(Bucket=bucket, Key="before")["Body"].read() == b"before"
        assert refusal(s3.get_object, Bucket=bucket, Key="after") == (404, "NoSuchKey")
        s3.put_object(Bucket=bucket, Key="after", Body=b"after")
        assert health(server)[0] == 200

    def test_of_a_blob(self, server, s3, bucket):
        files = server.blob_files()
        with failing(server, "fsync", "EIO"):
            assert refusal(s3.put_object, Bucket=bucket, Key="new", Body=bytes(LARGE))[0] == 500
            assert server.blob_files() <= files  # some may be swept by now
        s3.put_object(Bucket=bucket, Key="new", Body=bytes(LARGE))  # with a sync of its own
        assert s3.get_object(Bucket=bucket, Key="new")["Body"].read() == bytes(LARGE)
