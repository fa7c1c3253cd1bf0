"""Metrics of buckets, shown."""

import time
from datetime import UTC, datetime

from msgspec import Struct

from lenticular.primitives.metrics import MINUTE
from lenticular.primitives.objects.bucketmetrics import NAMESPACE
from lenticular.server.administration.contract import Site

_SINCE = 3 * 3600
"""Seconds that are shown of metrics by the minute where nothing is said."""
_SINCE_DAYS = 14 * 24 * 3600


class Shown(Struct, frozen=True, forbid_unknown_fields=True):
    """Which metrics to show."""

    bucket: str
    since: datetime | None = None
    """By default three hours ago; of metrics by the day, two weeks."""


class Shows(Struct, frozen=True):
    """What was measured in one period, as CloudWatch tells of it."""

    metric: str
    dimensions: dict[str, str]
    """Without the bucket's name."""
    period: int
    """Seconds."""
    time: str
    """When the period began."""
    sample_count: int
    sum: float
    minimum: float
    maximum: float
    average: float


async def show(site: Site, wanted: Shown) -> list[Shows]:
    """Return what was measured of a bucket, the latest last. Raises `BucketNotFound`."""
    bucket = await site.cloud.storage.buckets.find(wanted.bucket)
    metrics, now = site.cloud.metrics, time.time()
    found = []
    for series in await metrics.series(bucket.account_id, NAMESPACE):
        dimensions = dict(series.dimensions)
        if dimensions.pop("BucketName", None) != bucket.name:
            continue
        default = now - (_SINCE if series.period == MINUTE else _SINCE_DAYS)
        since = wanted.since.timestamp() if wanted.since is not None else default
        for start, point in await metrics.statistics(series, since, now + 1):
            moment = datetime.fromtimestamp(start, UTC)
            found.append(
                Shows(
                    series.name,
                    dimensions,
                    series.period,
                    f"{moment:%Y-%m-%dT%H:%M:%SZ}",
                    point.count,
                    point.total,
                    point.least,
                    point.most,
                    point.total / point.count,
                )
            )
    return sorted(found, key=lambda each: (each.time, each.metric))
