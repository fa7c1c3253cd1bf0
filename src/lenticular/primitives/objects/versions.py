"""The versions of one key: finding, placing and removing them within a transaction."""

import os
import time
from dataclasses import dataclass

import msgspec

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.contents import Contents
from lenticular.primitives.objects import retention
from lenticular.primitives.objects.errors import (
    ObjectNotFound,
    VersionIsMarker,
    VersionNotFound,
)
from lenticular.primitives.objects.holdings import grow
from lenticular.primitives.objects.keys import CURRENT, NULL, OLDER
from lenticular.primitives.objects.records import (
    ENABLED,
    NULL_VERSION,
    UNVERSIONED,
    Bucket,
    Version,
    decode_version,
    encode,
)

_LATEST_NS = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a version was found."""

    key: bytes
    version: Version
    is_current: bool


def new_sort(current: Version | None) -> bytes:
    """Return a position in front of `current`: newer versions have smaller ones.

    The first eight bytes are inverted nanoseconds, pushed on where the clock stood still or
    went back; the rest is random, so that ids cannot be guessed and never come again.
    """
    inverted = _LATEST_NS - time.time_ns()
    if current is not None:
        inverted = min(inverted, int.from_bytes(current.sort[:8], "big") - 1)
    return inverted.to_bytes(8, "big") + os.urandom(8)


class Versions:
    """The versions of all keys. Its methods run inside the caller's read or transaction."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents

    def current(self, reader: Reader, bucket: Bucket, key: str) -> Version | None:
        """Return the current version (an object or a delete marker), or None."""
        data = reader.get(CURRENT.pack(bucket.uid, key))
        return decode_version(data) if data is not None else None

    def find(self, reader: Reader, bucket: Bucket, key: str, version_id: str | None) -> Place:
        """Return a version, whatever it is.

        Raises `ObjectNotFound` when the current one is asked for and there is none, and
        `VersionNotFound` when there is none of this id.
        """
        current_key = CURRENT.pack(bucket.uid, key)
        data = reader.get(current_key)
        current = decode_version(data) if data is not None else None
        if version_id is None:
            if current is None:
                raise ObjectNotFound(key)
            return Place(current_key, current, is_current=True)
        if current is not None and current.version_id == version_id:
            return Place(current_key, current, is_current=True)
        sort = self._older_sort(reader, bucket, key, version_id)
        if sort is not None:
            older_key = OLDER.pack(bucket.uid, key, sort)
            data = reader.get(older_key)
            if data is not None:
                found = decode_version(data)
                if found.version_id == version_id:
                    return Place(older_key, found, is_current=False)
        raise VersionNotFound(key, version_id)

    def find_object(
        self, reader: Reader, bucket: Bucket, key: str, version_id: str | None
    ) -> Version:
        """Return a version that has content.

        Raises as `find`; `ObjectNotFound` when the current version is a delete marker, and
        `VersionIsMarker` when the one asked for by id is.
        """
        version = self.find(reader, bucket, key, version_id).version
        if version.is_marker:
            if version_id is None:
                raise ObjectNotFound(key, marker=version.version_id)
            raise VersionIsMarker(key, version_id, version.modified)
        return version

    def place(
        self, tx: Transaction, bucket: Bucket, key: str, current: Version | None, new: Version
    ) -> Version:
        """Make `new` the current version, as the bucket's versioning wants it.

        Where versioning is enabled the one before is kept; else the null version is
        replaced. Returns `new` with what was decided here (`is_null`).
        """
        is_null = bucket.versioning != ENABLED
        new = msgspec.structs.replace(new, is_null=is_null)
        growth = new.size
        if current is not None:
            if is_null and current.is_null:
                growth -= self._release(tx, current)
            else:
                self._retire(tx, bucket, key, current)
        if is_null and bucket.versioning != UNVERSIONED:
            growth -= self._remove_older_null(tx, bucket, key)
        grow(tx, bucket, growth)
        tx.set(CURRENT.pack(bucket.uid, key), encode(new))
        return new

    def remove(
        self, tx: Transaction, bucket: Bucket, key: str, place: Place, *, bypass: bool = False
    ) -> None:
        """Remove one version for good; the newest of the others becomes the current one.

        Raises `ObjectLocked`, then nothing has changed; `bypass` as `require_removable`.
        """
        grow(tx, bucket, -self._release(tx, place.version, bypass=bypass))
        tx.delete(place.key)
        if not place.is_current:
            if place.version.is_null:
                tx.delete(NULL.pack(bucket.uid, key))
            return
        if bucket.versioning == UNVERSIONED:
            return
        start, stop = OLDER.range(bucket.uid, key)
        for older_key, data in tx.range(start, stop, limit=1):
            tx.delete(older_key)
            tx.set(place.key, data)
            if decode_version(data).is_null:
                tx.delete(NULL.pack(bucket.uid, key))

    def replace(self, tx: Transaction, place: Place, version: Version) -> None:
        """Write a version's record anew where it was found (its tags or grants changed)."""
        tx.set(place.key, encode(version))

    def _retire(self, tx: Transaction, bucket: Bucket, key: str, version: Version) -> None:
        tx.set(OLDER.pack(bucket.uid, key, version.sort), encode(version))
        if version.is_null:
            tx.set(NULL.pack(bucket.uid, key), version.sort)

    def _remove_older_null(self, tx: Transaction, bucket: Bucket, key: str) -> int:
        """Remove the null version that is no longer current; return how many bytes it had."""
        sort = tx.get(NULL.pack(bucket.uid, key))
        if sort is None:
            return 0
        older_key = OLDER.pack(bucket.uid, key, sort)
        data = tx.get(older_key)
        freed = self._release(tx, decode_version(data)) if data is not None else 0
        tx.delete(older_key)
        tx.delete(NULL.pack(bucket.uid, key))
        return freed

    def _older_sort(
        self, reader: Reader, bucket: Bucket, key: str, version_id: str
    ) -> bytes | None:
        if version_id == NULL_VERSION:
            return reader.get(NULL.pack(bucket.uid, key))
        try:
            return bytes.fromhex(version_id)
        except ValueError:
            return None

    def _release(self, tx: Transaction, version: Version, *, bypass: bool = False) -> int:
        """Give up the content of a version; return how many bytes it had.

        No version goes without passing here, so here is where locks hold. Raises `ObjectLocked`.
        """
        retention.require_removable(version, retention.now(), bypass)
        if version.content is not None:
            self._contents.release(tx, version.content)
        if version.restoration is not None and version.restoration.content is not None:
            self._contents.release(tx, version.restoration.content)
        return version.size
