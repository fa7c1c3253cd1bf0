"""The census of buckets: what each holds, counted version by version and part by part."""

from collections.abc import Iterator

from lenticular.engines.kv.contract import Reader
from lenticular.engines.kv.keys import after
from lenticular.primitives.meters import Held
from lenticular.primitives.objects.holdings import holder
from lenticular.primitives.objects.keys import BUCKET, CURRENT, OLDER, UPLOAD
from lenticular.primitives.objects.parts import stored_parts
from lenticular.primitives.objects.records import Bucket, decode_bucket, decode_listing

_PAGE = 1000


def census(reader: Reader) -> Iterator[Held]:
    """Count what every bucket holds: versions of its objects, and parts of its uploads."""
    for key, data in reader.range(*BUCKET.range()):
        bucket = decode_bucket(data)

        def still(view: Reader, key: bytes = key, uid: bytes = bucket.uid) -> bool:
            now = view.get(key)
            return now is not None and decode_bucket(now).uid == uid

        yield Held(holder(bucket), _held(reader, bucket), still)


def _held(reader: Reader, bucket: Bucket) -> int:
    total = 0
    for space in (CURRENT, OLDER):
        start, stop = space.range(bucket.uid)
        while rows := reader.range(start, stop, limit=_PAGE):
            total += sum(listed.size for listed in decode_listing([data for _, data in rows]))
            start = after(rows[-1][0])
    for key, _ in reader.range(*UPLOAD.range(bucket.uid)):
        parts = stored_parts(reader, UPLOAD.unpack(key)[2])
        total += sum(part.size for part in parts.values())
    return total
