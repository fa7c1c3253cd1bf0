"""Bits that flip on the disk, in blobs and in the database: found, told, never served as good."""

import asyncio
import os
import random
import re
from contextlib import suppress
from functools import partial

import pytest
from botocore.exceptions import ClientError, IncompleteReadError, ResponseStreamingError

from lenticular.engines.kv.contract import StoreFailed
from lenticular.engines.kv.sqlite import SqliteStore

from .disks import MIB, flip
from .server import DidNotStart, Server

BLOCK = 128 * 1024
"""Bytes of a blob that are verified together."""
LARGE = 6 * MIB + 12_345
SMALL = 30_000

FLIPS = 500 if os.environ.get("FAULTS") == "long" else 6
"""Bits that are flipped anywhere in a blob, and in the database, one after the other."""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory, zygote):
    cloud = Server(tmp_path_factory.mktemp("rot") / "cloud", zygote=zygote)
    yield cloud
    cloud.close()


@pytest.fixture
def server(cloud):
    if not cloud.running:
        cloud.start()
    return cloud


@pytest.fixture
def content():
    return random.Random(7).randbytes(LARGE)


@pytest.fixture
def blob(server, s3, bucket, content):
    """The file of an object's blob."""
    before = server.blob_files()
    s3.put_object(Bucket=bucket, Key="large", Body=content)
    (file,) = server.blob_files() - before
    yield file
    s3.delete_object(Bucket=bucket, Key="large")
    file.unlink(missing_ok=True)  # or it would be found again, by the tests behind this one


def received(s3, bucket, key, **options):
    """Return what came of an object, and whether that looks whole to its client."""
    body = bytearray()
    try:
        stream = s3.get_object(Bucket=bucket, Key=key, **options)["Body"]
        while chunk := stream.read(10_000):
            body += chunk
    except ClientError:
        return b"", False
    except (IncompleteReadError, ResponseStreamingError):
        return bytes(body), False
    return bytes(body), True


@pytest.mark.parametrize("at", [0, 5 * MIB, LARGE - 1])
def test_rotten_object_breaks_off_before_the_rot(server, s3, bucket, blob, content, at):
    flip(blob, at)
    body, is_whole = received(s3, bucket, "large")
    assert not is_whole
    assert content.startswith(body)
    assert len(body) <= at // BLOCK * BLOCK
    server.wait_until(lambda: "are not those that were written" in server.output(), "it is logged")


def test_bits_anywhere_in_an_object(s3, bucket, blob, content, record_property):
    chosen = random.Random(13)
    broken_off = 0
    for _ in range(FLIPS):
        at = chosen.randrange(LARGE)
        flip(blob, at)
        for options in ({}, {"Range": f"bytes={at}-"}):
            body, is_whole = received(s3, bucket, "large", **options)
            assert not is_whole
            assert content[at if options else 0 :].startswith(body)
            broken_off += 1
        flip(blob, at)  # back
    assert received(s3, bucket, "large") == (content, True)
    record_property("bits flipped in a blob", FLIPS)
    record_property("downloads broken off before the flipped bit", broken_off)


def test_ranges_of_a_rotten_object(s3, bucket, blob, content):
    at = 3 * BLOCK + 5
    flip(blob, at)
    for start, stop in [(0, 100), (2 * BLOCK, 3 * BLOCK), (4 * BLOCK, LARGE), (LARGE - 10, LARGE)]:
        body, is_whole = received(s3, bucket, "large", Range=f"bytes={start}-{stop - 1}")
        assert is_whole
        assert body == content[start:stop]
    for start, stop in [(at, at + 1), (at + 1000, at + 2000), (0, LARGE - 1), (at - 10, at)]:
        body, is_whole = received(s3, bucket, "large", Range=f"bytes={start}-{stop - 1}")
        assert not is_whole
        assert content[start:].startswith(body)


def test_no_copy_makes_rot_look_sound(server, s3, bucket, blob):
    flip(blob, 4 * BLOCK)
    source = {"Bucket": bucket, "Key": "large"}
    copies = {
        "copied": {},
        "sealed": {"ServerSideEncryption": "AES256"},
        "checked": {"ChecksumAlgorithm": "SHA256"},
    }
    for key, options in copies.items():
        with suppress(ClientError):
            s3.copy_object(Bucket=bucket, Key=key, CopySource=source, **options)
            assert received(s3, bucket, key)[1] is False
    upload = {"Bucket": bucket, "Key": "joined"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    with suppress(ClientError):
        part = s3.upload_part_copy(**upload, PartNumber=1, CopySource=source)["CopyPartResult"]
        parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        assert received(s3, bucket, "joined")[1] is False
    told = server.run("scrub")
    assert told.returncode != 0
    assert blob.name in told.stdout + told.stderr
    for key in (*copies, "joined"):
        s3.delete_object(Bucket=bucket, Key=key)


def test_truncated_and_vanished_blobs(server, s3, bucket, blob, content):
    with blob.open("r+b") as file:
        file.truncate(2 * MIB)
    body, is_whole = received(s3, bucket, "large")
    assert not is_whole
    assert content.startswith(body)
    told = server.run("scrub")
    assert blob.name in told.stdout + told.stderr
    blob.unlink()
    assert received(s3, bucket, "large") == (b"", False)


def test_flipped_bits_of_the_database(server, make_bucket, record_property):
    """Each answer is what was written, or an error; `lenticular scrub` names the page."""
    bucket = make_bucket(server)
    s3 = server.client("s3")
    keys = {f"key {number:03d}": random.Random(number).randbytes(SMALL) for number in range(60)}
    for key, body in keys.items():
        s3.put_object(Bucket=bucket, Key=key, Body=body, Metadata={"of": key})
    server.stop()
    database = server.data / "lenticular.db"
    sound = database.read_bytes()
    try:
        noticed = asyncio.run(flip_anywhere(database))
        database.write_bytes(sound)
        at = sound.find(keys["key 030"][20_000:20_100])
        flip(database, at)
        told = server.run("scrub")
        assert told.returncode != 0
        assert re.search(rf"\[{at // 4096 + 1}\]", told.stdout + told.stderr)
        server.start()
        s3 = server.client("s3")
        codes = []
        for key, body in keys.items():
            try:
                answer = s3.get_object(Bucket=bucket, Key=key)
            except ClientError as error:
                codes.append(error.response["Error"]["Code"])
            else:
                assert answer["Body"].read() == body
                assert answer["Metadata"] == {"of": key}
        assert set(codes) == {"InternalError"}
        assert len(codes) <= 2  # a page can have the end of one and the beginning of another
        assert "bit rot" in server.output()
        s3.put_object(Bucket=bucket, Key="new", Body=b"new")
    finally:
        if server.running:
            server.kill()
        for suffix in ("-wal", "-shm"):
            database.with_name(database.name + suffix).unlink(missing_ok=True)
        database.write_bytes(sound)
    record_property("bits flipped in the database", FLIPS)
    record_property("of them told by a read or a scrub", noticed)


async def flip_anywhere(database):
    """Flip bits of the database; no key may have another value than it had. Return how many told.

    Every page has a checksum, so all of them do.
    """
    chosen = random.Random(11)
    pairs = await pairs_of(database)
    noticed = 0
    for _ in range(FLIPS):
        at = chosen.randrange(100, database.stat().st_size)  # behind what makes it a database
        flip(database, at)
        with suppress(StoreFailed):
            store = await SqliteStore.open(database)
            try:
                assert await store.check() != []
                for key, value in pairs:
                    with suppress(StoreFailed):
                        found = await store.read(partial(get, key=key))
                        assert found == value
            finally:
                await store.close()
        noticed += 1
        flip(database, at)  # back
    assert await pairs_of(database) == pairs
    return noticed


def get(reader, key):
    return reader.get(key)


async def pairs_of(database):
    store = await SqliteStore.open(database)
    try:
        return await store.read(lambda reader: reader.range(b"\x00", b"\xff"), long=True)
    finally:
        await store.close()


def test_rotten_log_of_a_killed_server(server, make_bucket):
    bucket = make_bucket(server)
    s3 = server.client("s3")
    log = server.data / "lenticular.db-wal"
    marks = [os.urandom(SMALL) for _ in range(4)]
    for number, mark in enumerate(marks):
        s3.put_object(Bucket=bucket, Key=f"{number}", Body=mark)
    server.kill()
    at = log.read_bytes().find(marks[1][:1000])
    if at < 0:
        pytest.skip("the log was moved into the file before the kill")
    flip(log, at)
    with pytest.raises(DidNotStart, match="accept_lost_commits"):
        server.start()
    server.settings["accept_lost_commits"] = True
    server.start()
    del server.settings["accept_lost_commits"]
    assert "cannot be read" in server.output()
    s3 = server.client("s3")
    assert s3.get_object(Bucket=bucket, Key="0")["Body"].read() == marks[0]
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="2")
