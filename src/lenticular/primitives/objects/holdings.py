"""Holdings: how many bytes a bucket holds, kept as a level of the meters."""

from lenticular.engines.kv.contract import Transaction
from lenticular.primitives.meters import Holder, levels
from lenticular.primitives.objects.records import Bucket

SERVICE = "objects"
"""The service's name in the meters."""

PROJECT_TAG = "project"
"""The tag of a bucket that says for which project it is."""


def holder(bucket: Bucket) -> Holder:
    """Return what a bucket is to the meters."""
    project = (bucket.tags or {}).get(PROJECT_TAG, "")
    return Holder(bucket.account_id, SERVICE, bucket.uid, project)


def grow(tx: Transaction, bucket: Bucket, size: int) -> None:
    """Note that a bucket holds so many bytes more (below zero: less)."""
    if size:
        levels.change(tx, holder(bucket), size)
