"""The spool of access logs: lines that are durable and not delivered yet.

They lie in the store as chunks, by bucket in the order they came, each with where it is to go:
what was written before a bucket's setting changed goes where that said.
"""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace, after
from lenticular.primitives.access import Grants
from lenticular.primitives.objects.accesslogs.lines import Request, line
from lenticular.primitives.objects.records import Bucket, encode
from lenticular.primitives.objects.settings import Kind

_CHUNK = Subspace("objects", "access-log")  # (uid of the bucket, nanoseconds, random) -> Chunk
_BATCH = Subspace("objects", "access-log-batch")  # (uid of the bucket) -> Batch

SIMPLE = "simple"
EVENT_TIME = "EventTime"
DELIVERY_TIME = "DeliveryTime"

_PAGE = 50

LARGEST_CHUNK = 128 * 1024
LARGEST_FILE = 8 * 1024 * 1024
"""Bytes above which no further chunk is added to a file."""


class Logging(Struct, array_like=True, frozen=True):
    """Where the access log of a bucket goes."""

    bucket: str
    prefix: str = ""
    form: str = ""
    """How files are named: `SIMPLE`, `EVENT_TIME`, `DELIVERY_TIME`; empty: nothing was said."""
    grants: Grants = ()
    """Who else may use the files."""


LOGGING = Kind("logging", Logging)


class Home(Struct, array_like=True, frozen=True):
    """The bucket that lines are about."""

    uid: bytes
    name: str
    account_id: str
    region: str


class Chunk(Struct, array_like=True, frozen=True):
    """Lines that go to one place."""

    home: Home
    logging: Logging
    day: int
    """Days since the epoch of the requests: a file by the time of events has one day only."""
    lines: bytes

    @property
    def group(self) -> tuple[Home, Logging, int]:
        """What all chunks of a file have in common."""
        return self.home, self.logging, self.day if self.logging.form == EVENT_TIME else 0


class Batch(Struct, array_like=True, frozen=True):
    """What is to be one file, fixed before it is written: after a crash it is the same again."""

    first: bytes
    """Key of the first chunk."""
    last: bytes
    time: int
    """Seconds since the epoch: of the delivery."""


_decode_chunk = msgspec.msgpack.Decoder(Chunk).decode
_decode_batch = msgspec.msgpack.Decoder(Batch).decode


def home_of(bucket: Bucket) -> Home:
    """Return what lines need of a bucket."""
    return Home(bucket.uid, bucket.name, bucket.account_id, bucket.region)


def day_of(at: float) -> int:
    """Return the days since the epoch."""
    return int(at) // 86_400


def append(tx: Transaction, chunk: Chunk) -> None:
    """Add lines, behind those that are there."""
    tx.set(_CHUNK.pack(chunk.home.uid, time.time_ns(), os.urandom(8)), encode(chunk))


def note(tx: Transaction, bucket: Bucket, operation: str, key: str, version_id: str = "") -> None:
    """Log what the cloud itself does with an object, in the transaction that does it.

    It is a line without a request (User Guide, "Logging requests", on S3 Lifecycle).
    """
    setting = LOGGING.find(tx, bucket)
    if setting is None:
        return
    now = time.time()
    request = Request(
        owner=bucket.owner,
        bucket=bucket.name,
        time=now,
        operation=operation,
        id=os.urandom(8).hex().upper(),
        key=key,
        requester="AmazonS3",
        version_id=version_id,
    )
    append(tx, Chunk(home_of(bucket), setting, day_of(now), line(request)))


def waiting(reader: Reader) -> Iterator[bytes]:
    """Iterate over the uids of the buckets that have undelivered lines."""
    start, stop = _CHUNK.range()
    while rows := reader.range(start, stop, limit=1):
        uid: bytes = _CHUNK.unpack(rows[0][0])[0]
        yield uid
        start = _CHUNK.range(uid)[1]


def fix(tx: Transaction, uid: bytes, now: float) -> Batch | None:
    """Return what is to be the next file of a bucket's log, fixed in the store; None: nothing."""
    data = tx.get(_BATCH.pack(uid))
    if data is not None:
        return _decode_batch(data)
    keys = [key for key, _ in _file(tx, *_CHUNK.range(uid))]
    if not keys:
        return None
    batch = Batch(keys[0], keys[-1], int(now))
    tx.set(_BATCH.pack(uid), encode(batch))
    return batch


def chunks(reader: Reader, batch: Batch) -> list[tuple[bytes, Chunk]]:
    """Return the chunks of a batch by their keys."""
    return list(_file(reader, batch.first, after(batch.last)))


def finish(tx: Transaction, uid: bytes, done: list[bytes]) -> None:
    """Remove what is delivered."""
    for key in done:
        tx.delete(key)
    tx.delete(_BATCH.pack(uid))


def _file(reader: Reader, start: bytes, stop: bytes) -> Iterator[tuple[bytes, Chunk]]:
    """Iterate over the chunks that make up one file, from the first one on."""
    size, group = 0, None
    while rows := reader.range(start, stop, limit=_PAGE):
        for key, data in rows:
            chunk = _decode_chunk(data)
            if group not in (None, chunk.group) or size >= LARGEST_FILE:
                return
            group = chunk.group
            size += len(chunk.lines)
            yield key, chunk
        start = after(rows[-1][0])


def iso_day(day: int) -> datetime:
    """Return the beginning of a day."""
    return datetime.fromtimestamp(day * 86_400, UTC)
