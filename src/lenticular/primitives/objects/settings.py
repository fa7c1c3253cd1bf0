"""Settings of buckets that are large or seldom asked for: each lies beside the bucket's record.

A kind of setting is a msgspec struct and a name. Most kinds have one setting in a bucket;
of others (inventories) there are several, told apart by an id. The bucket's record says
which kinds it has (`Bucket.settings`), so that what is not there costs no look.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Generic, TypeVar

import msgspec
from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.objects.buckets import allowed_bucket, find_bucket
from lenticular.primitives.objects.errors import BucketNotFound, SettingTooLarge
from lenticular.primitives.objects.keys import BUCKET, SETTING
from lenticular.primitives.objects.records import Bucket, encode
from lenticular.primitives.principals import Principal
from lenticular.primitives.remembered import tell_changed

S = TypeVar("S", bound=msgspec.Struct)

LARGEST = 128 * 1024
"""Bytes of one setting, if its kind does not say. Requests read them, and keep what they read."""

_REMEMBERED = 256
"""Settings of a kind that stay decoded."""


@dataclass(frozen=True)
class Kind(Generic[S]):
    """A kind of setting. `type` is a frozen array-like struct: new fields come last."""

    name: str
    type: type[S]
    largest: int = LARGEST
    """Bytes that a setting may have."""

    @cached_property
    def decode(self) -> Any:
        """Decode a setting of this kind; the same bytes give the same struct, decoded once."""
        return lru_cache(maxsize=_REMEMBERED)(msgspec.msgpack.Decoder(self.type).decode)

    def find(self, reader: Reader, bucket: Bucket, setting_id: str = "") -> S | None:
        """Return a bucket's setting, or None."""
        if self.name not in bucket.settings:
            return None
        data = reader.get(SETTING.pack(bucket.uid, self.name, setting_id))
        return None if data is None else self.decode(data)

    def all(self, reader: Reader, bucket: Bucket) -> list[tuple[str, S]]:
        """Return a bucket's settings of this kind, by id."""
        if self.name not in bucket.settings:
            return []
        rows = reader.range(*SETTING.range(bucket.uid, self.name))
        return [(SETTING.unpack(key)[2], self.decode(data)) for key, data in rows]

    def set(self, tx: Transaction, bucket: Bucket, value: S, setting_id: str = "") -> None:
        """Set a bucket's setting. Raises `SettingTooLarge`."""
        data = encode(value)
        if len(data) > self.largest:
            raise SettingTooLarge(self.largest)
        tx.set(SETTING.pack(bucket.uid, self.name, setting_id), data)
        tell_changed(tx)
        _note(tx, bucket, {*bucket.settings, self.name})

    def delete(self, tx: Transaction, bucket: Bucket, setting_id: str = "") -> bool:
        """Remove a bucket's setting; tell whether it was there."""
        key = SETTING.pack(bucket.uid, self.name, setting_id)
        was_there = tx.get(key) is not None
        tx.delete(key)
        tell_changed(tx)
        if not tx.range(*SETTING.range(bucket.uid, self.name), limit=1):
            _note(tx, bucket, {*bucket.settings} - {self.name})
        return was_there


def _note(tx: Transaction, bucket: Bucket, kinds: set[str]) -> None:
    """Write into the bucket's record which kinds of settings it has."""
    if kinds != set(bucket.settings):
        tx.set(BUCKET.pack(bucket.name), encode(replace(bucket, settings=tuple(sorted(kinds)))))


class Settings:
    """The settings of one cloud's buckets, for those who may see and change them.

    `action` is what the principal must be allowed; each method raises `BucketNotFound` and
    `AccessDenied`.
    """

    def __init__(self, store: KeyValueStore) -> None:
        self._store = store

    async def get(
        self, principal: Principal, bucket: str, kind: Kind[S], action: str, setting_id: str = ""
    ) -> S | None:
        """Return a setting, or None where the bucket has none."""
        return await self._store.read(
            lambda reader: kind.find(
                reader, allowed_bucket(reader, principal, bucket, action), setting_id
            )
        )

    async def find(self, bucket: str, kind: Kind[S], setting_id: str = "") -> S | None:
        """Return a setting, whoever asks: for what an interface itself must know of a bucket.

        Raises `BucketNotFound`.
        """
        return await self._store.read(
            lambda reader: kind.find(reader, find_bucket(reader, bucket), setting_id)
        )

    async def has(self, kind: Kind[S], bucket: str) -> bool:
        """Tell whether there is a bucket of this name with such a setting, whoever asks."""
        try:
            return await self.find(bucket, kind) is not None
        except BucketNotFound:
            return False

    async def list(
        self, principal: Principal, bucket: str, kind: Kind[S], action: str
    ) -> list[tuple[str, S]]:
        """Return all settings of a kind, by id."""
        return await self._store.read(
            lambda reader: kind.all(reader, allowed_bucket(reader, principal, bucket, action))
        )

    async def put(
        self,
        principal: Principal,
        bucket: str,
        kind: Kind[S],
        value: S,
        action: str,
        setting_id: str = "",
    ) -> None:
        """Set a setting, in place of the one there. Raises `SettingTooLarge` too."""

        def commit(tx: Transaction) -> None:
            kind.set(tx, allowed_bucket(tx, principal, bucket, action), value, setting_id)

        await self._store.transact(commit)

    async def delete(
        self, principal: Principal, bucket: str, kind: Kind[S], action: str, setting_id: str = ""
    ) -> bool:
        """Remove a setting; tell whether it was there."""

        def commit(tx: Transaction) -> bool:
            return kind.delete(tx, allowed_bucket(tx, principal, bucket, action), setting_id)

        return await self._store.transact(commit)
