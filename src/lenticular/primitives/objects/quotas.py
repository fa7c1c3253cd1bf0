"""Quotas: how many bytes a bucket, or all buckets of an account, may hold.

Whoever runs the cloud sets them; no interface of the clouds it speaks has them.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.objects.buckets import find_bucket
from lenticular.primitives.objects.holdings import (
    Allowance,
    allowance,
    held,
    held_by_account,
    set_allowance,
)
from lenticular.primitives.objects.keys import ALLOWANCE, BUCKET
from lenticular.primitives.objects.records import decode_bucket, encode


@dataclass(frozen=True, slots=True)
class Quota:
    """What may be held, and what is."""

    account_id: str
    bucket: str
    """Empty: of all buckets of the account together."""
    limit: int
    """Bytes."""
    used: int


class Quotas:
    """The quotas of one cloud."""

    def __init__(self, store: KeyValueStore) -> None:
        self._store = store

    async def set_bucket(self, name: str, limit: int | None) -> None:
        """Let a bucket hold `limit` bytes; None: as many as its account may.

        Raises `BucketNotFound`.
        """

        def commit(tx: Transaction) -> None:
            bucket = find_bucket(tx, name)
            tx.set(BUCKET.pack(name), encode(replace(bucket, quota=limit or 0)))

        await self._store.transact(commit)

    async def set_account(self, account_id: str, limit: int | None) -> None:
        """Let all buckets of an account hold `limit` bytes together; None: any number."""

        def commit(tx: Transaction) -> None:
            used = held_by_account(tx, account_id)
            allowed = None if limit is None else Allowance(limit, used)
            set_allowance(tx, account_id, allowed)

        await self._store.transact(commit)

    async def list(self) -> list[Quota]:
        """Return every quota, those of accounts first."""

        def collect(reader: Reader) -> list[Quota]:
            quotas = []
            for key, _ in reader.range(*ALLOWANCE.range()):
                account_id = ALLOWANCE.unpack(key)[0]
                allowed = allowance(reader, account_id)
                if allowed is not None:
                    quotas.append(Quota(account_id, "", allowed.limit, allowed.used))
            for _, data in reader.range(*BUCKET.range()):
                bucket = decode_bucket(data)
                if bucket.quota:
                    used = held(reader, bucket)
                    quotas.append(Quota(bucket.account_id, bucket.name, bucket.quota, used))
            return quotas

        return await self._store.read(collect)
