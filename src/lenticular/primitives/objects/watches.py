"""Watches: what is recorded of requests to a bucket, as every answer to one asks.

It is remembered by the bucket's name: a bucket that nobody watches costs a look into a table.
"""

from dataclasses import dataclass

from lenticular.engines.kv.contract import KeyValueStore, Reader
from lenticular.primitives.objects.accesslogs.spool import LOGGING, Logging
from lenticular.primitives.objects.bucketmetrics import METRICS, MetricsConfiguration, tags_matter
from lenticular.primitives.objects.buckets import find_bucket
from lenticular.primitives.objects.errors import BucketNotFound
from lenticular.primitives.objects.keys import CURRENT
from lenticular.primitives.objects.records import Bucket, decode_version
from lenticular.primitives.remembered import Remembered


@dataclass(frozen=True, slots=True)
class Watch:
    """What is recorded of requests to one bucket."""

    bucket: Bucket
    logging: Logging | None
    metrics: tuple[tuple[str, MetricsConfiguration], ...]
    """By id."""

    @property
    def asks_tags(self) -> bool:
        """Whether the tags of an object say how a request is counted."""
        return tags_matter(each for _, each in self.metrics)


class Watches(Remembered[str, Watch | None]):
    """The watches of one cloud's buckets, by their names; None: nothing is recorded."""

    def __init__(self, store: KeyValueStore) -> None:
        super().__init__(store, _find)

    async def tags(self, bucket: Bucket, key: str) -> dict[str, str]:
        """Return the tags that an object has now."""

        def read(reader: Reader) -> dict[str, str]:
            data = reader.get(CURRENT.pack(bucket.uid, key))
            return {} if data is None else decode_version(data).tags

        return await self._store.read(read)


def _find(reader: Reader, name: str) -> Watch | None:
    try:
        bucket = find_bucket(reader, name)
    except BucketNotFound:
        return None
    if LOGGING.name not in bucket.settings and METRICS.name not in bucket.settings:
        return None
    return Watch(bucket, LOGGING.find(reader, bucket), tuple(METRICS.all(reader, bucket)))
