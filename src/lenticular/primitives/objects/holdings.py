"""Holdings: how many bytes a bucket holds, kept as a level of the meters, and how many it may.

A quota is checked in the transaction that adds the bytes: nothing ever lies above it but what
was there when it was set.
"""

from functools import lru_cache

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.meters import Holder, levels
from lenticular.primitives.objects.errors import QuotaExceeded
from lenticular.primitives.objects.keys import ALLOWANCE
from lenticular.primitives.objects.records import Bucket, encode

SERVICE = "objects"
"""The service's name in the meters."""

PROJECT_TAG = "project"
"""The tag of a bucket that says for which project it is."""


class Allowance(Struct, array_like=True, frozen=True):
    """What all buckets of an account may hold together, and what they do."""

    limit: int
    """Bytes."""
    used: int


_decode_allowance = msgspec.msgpack.Decoder(Allowance).decode
_allowance_key = lru_cache(maxsize=4096)(ALLOWANCE.pack)


def holder(bucket: Bucket) -> Holder:
    """Return what a bucket is to the meters."""
    project = (bucket.tags or {}).get(PROJECT_TAG, "")
    return Holder(bucket.account_id, SERVICE, bucket.uid, project)


def held(reader: Reader, bucket: Bucket) -> int:
    """Return how many bytes a bucket holds."""
    level = levels.find(reader, holder(bucket))
    return 0 if level is None else level.size


def held_by_account(reader: Reader, account_id: str) -> int:
    """Return how many bytes all buckets of an account hold."""
    of_account = levels.of_account(reader, account_id)
    return sum(level.size for holder, level in of_account if holder.service == SERVICE)


def allowance(reader: Reader, account_id: str) -> Allowance | None:
    """Return what an account may hold; None: as much as it likes."""
    data = reader.get(_allowance_key(account_id))
    return None if data is None else _decode_allowance(data)


def set_allowance(tx: Transaction, account_id: str, allowed: Allowance | None) -> None:
    """Say what an account may hold."""
    key = _allowance_key(account_id)
    if allowed is None:
        tx.delete(key)
    else:
        tx.set(key, encode(allowed))


def grow(tx: Transaction, bucket: Bucket, size: int) -> None:
    """Note that a bucket holds so many bytes more (below zero: less). Raises `QuotaExceeded`."""
    if not size:
        return
    require_room(tx, bucket, size)
    allowed = allowance(tx, bucket.account_id)
    if allowed is not None:
        used = max(allowed.used + size, 0)
        set_allowance(tx, bucket.account_id, Allowance(allowed.limit, used))
    levels.change(tx, holder(bucket), size)


def require_room(reader: Reader, bucket: Bucket, size: int) -> None:
    """Raise `QuotaExceeded` unless the bucket and its account may hold so many bytes more."""
    if size <= 0:
        return
    if bucket.quota and held(reader, bucket) + size > bucket.quota:
        raise QuotaExceeded(f"the bucket {bucket.name}", bucket.quota)
    allowed = allowance(reader, bucket.account_id)
    if allowed is not None and allowed.used + size > allowed.limit:
        raise QuotaExceeded(f"the account {bucket.account_id}", allowed.limit)
