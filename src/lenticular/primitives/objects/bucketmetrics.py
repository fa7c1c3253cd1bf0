"""Metrics of buckets: what is asked of them, by the minute, and what they hold, by the day.

Names, dimensions and units are those of the Amazon S3 User Guide, "Metrics and dimensions":
requests are counted for every metrics configuration of a bucket whose filter they fit.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import KeyValueStore, Reader
from lenticular.engines.kv.keys import Subspace, after
from lenticular.primitives.metrics import DAY, Metrics, Series
from lenticular.primitives.objects.buckets import find_bucket
from lenticular.primitives.objects.errors import BucketNotFound
from lenticular.primitives.objects.keys import BUCKET, CURRENT, OLDER, UPLOAD
from lenticular.primitives.objects.parts import stored_parts
from lenticular.primitives.objects.records import Bucket, decode_listing, decode_upload, encode
from lenticular.primitives.objects.settings import Kind

NAMESPACE: Final = "AWS/S3"

_COUNTED = Subspace("objects", "metrics").pack("counted")  # -> Counted

_PAGE = 1000

_log = logging.getLogger("lenticular.metrics")

_METHODS: Mapping[str, str] = {
    "GET": "GetRequests",
    "PUT": "PutRequests",
    "DELETE": "DeleteRequests",
    "HEAD": "HeadRequests",
    "POST": "PostRequests",
}

_STORAGE_TYPES: Mapping[str, str] = {
    "STANDARD": "StandardStorage",
    "STANDARD_IA": "StandardIAStorage",
    "ONEZONE_IA": "OneZoneIAStorage",
    "INTELLIGENT_TIERING": "IntelligentTieringFAStorage",
    "REDUCED_REDUNDANCY": "ReducedRedundancyStorage",
    "GLACIER": "GlacierStorage",
    "GLACIER_IR": "GlacierInstantRetrievalStorage",
    "DEEP_ARCHIVE": "DeepArchiveStorage",
}
"""What StorageType is for each storage class."""


class MetricsConfiguration(Struct, array_like=True, frozen=True):
    """Which requests to a bucket are counted together."""

    prefix: str | None = None
    """What keys begin with; None: nothing was said."""
    tags: tuple[tuple[str, str], ...] = ()
    """Tags that the object has, all of them."""
    joined: bool = False
    """Whether these were given as a conjunction, and are shown as one."""

    def covers(self, key: str | None, tags: Mapping[str, str]) -> bool:
        """Tell whether requests about such an object, or about no object, are counted."""
        if key is None:
            return not self.prefix and not self.tags
        return key.startswith(self.prefix or "") and all(
            tags.get(name) == value for name, value in self.tags
        )


METRICS = Kind("metrics", MetricsConfiguration)


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that was answered, as it is counted."""

    at: float
    """Seconds since the epoch."""
    method: str
    lists: bool
    """Whether it listed the bucket."""
    selects: bool
    """Whether it queried an object."""
    status: int
    received: int
    """Bytes of the request's body."""
    sent: int
    processing: float
    """Seconds from the request's last byte to the answer's first."""
    total: float
    """Seconds from its first byte to the answer's last."""


def count(metrics: Metrics, bucket: Bucket, configuration_id: str, answered: Answered) -> None:
    """Count a request for one configuration of its bucket."""
    dimensions = (("BucketName", bucket.name), ("FilterId", configuration_id))
    values: list[tuple[str, float]] = [
        ("AllRequests", 1),
        ("4xxErrors", int(400 <= answered.status < 500)),
        ("5xxErrors", int(answered.status >= 500)),
        ("FirstByteLatency", answered.processing * 1000),
        ("TotalRequestLatency", answered.total * 1000),
    ]
    if answered.lists:
        values.append(("ListRequests", 1))
    elif answered.selects:
        values.append(("SelectRequests", 1))
    elif answered.method in _METHODS:
        values.append((_METHODS[answered.method], 1))
    if answered.sent:
        values.append(("BytesDownloaded", answered.sent))
    if answered.received:
        values.append(("BytesUploaded", answered.received))
    for name, value in values:
        series = Series(bucket.account_id, NAMESPACE, name, dimensions)
        metrics.count(series, value, answered.at)


class Counted(Struct, array_like=True, frozen=True):
    """How far the daily count is."""

    day: int
    """Days since the epoch: of this count."""
    last: str = ""
    """The bucket that was counted last."""
    is_done: bool = False


_decode_counted = msgspec.msgpack.Decoder(Counted).decode


class StorageMetrics:
    """Counts what every bucket holds, once a day.

    A count that is stopped goes on where it was. A bucket that fails is left for the next day.
    """

    def __init__(
        self, store: KeyValueStore, metrics: Metrics, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._metrics = metrics
        self._clock = clock

    async def count_when_due(self) -> None:
        """Count every bucket that was not counted today."""
        today = int(self._clock()) // DAY
        counted = await self._store.read(_counted) or Counted(-1)
        if counted.day == today and counted.is_done:
            return
        if counted.day != today:
            await self._metrics.trim()
            counted = Counted(today)
        while name := await self._next(counted.last):
            try:
                await self._count(name, today)
            except Exception:
                _log.exception("a bucket was not counted", extra={"bucket": name})
            counted = Counted(today, name)
            await self._note(counted)
        await self._note(Counted(today, is_done=True))

    async def _note(self, counted: Counted) -> None:
        await self._store.transact(lambda tx: tx.set(_COUNTED, encode(counted)))

    async def _next(self, last: str) -> str | None:
        start, stop = BUCKET.range()
        first = after(BUCKET.pack(last)) if last else start
        rows = await self._store.read(lambda reader: reader.range(first, stop, limit=1))
        return BUCKET.unpack(rows[0][0])[0] if rows else None

    async def _count(self, name: str, day: int) -> None:
        def held(reader: Reader) -> tuple[Bucket, Counter[str], int] | None:
            try:
                bucket = find_bucket(reader, name)
            except BucketNotFound:
                return None
            return bucket, *_held(reader, bucket)

        found = await self._store.read(held, long=True)
        if found is None:
            return
        bucket, sizes, number = found
        named = ("BucketName", name)

        def series(name: str, storage_type: str) -> Series:
            dimensions = (named, ("StorageType", storage_type))
            return Series(bucket.account_id, NAMESPACE, name, dimensions, DAY)

        values: list[tuple[Series, float]] = [
            (series("NumberOfObjects", "AllStorageTypes"), number)
        ]
        values += [
            (series("BucketSizeBytes", _STORAGE_TYPES.get(each, each)), size)
            for each, size in sizes.items()
        ]
        await self._metrics.put(values, day * DAY)


def _counted(reader: Reader) -> Counted | None:
    data = reader.get(_COUNTED)
    return None if data is None else _decode_counted(data)


def _held(reader: Reader, bucket: Bucket) -> tuple[Counter[str], int]:
    """Return bytes by storage class, and how many objects, versions and parts there are."""
    sizes: Counter[str] = Counter({"STANDARD": 0})
    number = 0
    for space in (CURRENT, OLDER):
        start, stop = space.range(bucket.uid)
        while rows := reader.range(start, stop, limit=_PAGE):
            number += len(rows)
            for version in decode_listing([data for _, data in rows]):
                if not version.is_marker:
                    sizes[version.storage_class] += version.size
            start = after(rows[-1][0])
    start, stop = UPLOAD.range(bucket.uid)
    while rows := reader.range(start, stop, limit=_PAGE):
        for key, data in rows:
            parts = stored_parts(reader, UPLOAD.unpack(key)[2])
            number += len(parts)
            held = sum(part.size for part in parts.values())
            sizes[decode_upload(data).storage_class] += held
        start = after(rows[-1][0])
    return sizes, number


def tags_matter(configurations: Iterable[MetricsConfiguration]) -> bool:
    """Tell whether an object's tags have to be known to count a request about it."""
    return any(each.tags for each in configurations)
