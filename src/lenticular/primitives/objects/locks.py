"""Locks: reading and changing what protects versions, and which buckets can have them."""

from collections.abc import Callable

from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.contents import Contents
from lenticular.primitives.objects import retention
from lenticular.primitives.objects.buckets import Buckets, find_bucket
from lenticular.primitives.objects.errors import LockMissing, LockNotEnabled
from lenticular.primitives.objects.objects import Objects
from lenticular.primitives.objects.records import (
    Bucket,
    BucketLock,
    DefaultRetention,
    Lock,
    Version,
)
from lenticular.primitives.objects.rights import may_bypass
from lenticular.primitives.objects.versions import Versions
from lenticular.primitives.principals import Principal

_NONE = Lock()


class Locks:
    """The locks of one cloud. Versions are found, and missed, as by `Objects.get`."""

    def __init__(
        self, store: KeyValueStore, contents: Contents, buckets: Buckets, objects: Objects
    ) -> None:
        self._store = store
        self._versions = Versions(contents)
        self._buckets = buckets
        self._objects = objects

    async def of_bucket(self, principal: Principal, bucket: str) -> BucketLock:
        """Return what a bucket locks. Raises `LockMissing` where it cannot lock anything."""
        action = "s3:GetBucketObjectLockConfiguration"
        found = await self._buckets.get(principal, bucket, action)
        if found.lock is None:
            raise LockMissing(bucket)
        return found.lock

    async def set_default(
        self, principal: Principal, bucket: str, default: DefaultRetention | None
    ) -> None:
        """Let a bucket's versions be locked from now on, and retain new ones by default.

        None: by default nothing is retained. What is there keeps the lock that it has. Raises
        `BucketNotFound`, `AccessDenied`, and `LockWithoutVersions` unless versioning is enabled.
        """
        await self._buckets.change(
            principal,
            bucket,
            lambda found: retention.with_default(found, default),
            "s3:PutBucketObjectLockConfiguration",
        )

    async def get(
        self, principal: Principal, bucket: str, key: str, version_id: str | None, action: str
    ) -> Lock:
        """Return a version's lock, which may be empty.

        `action` is what the principal must be allowed. Raises `LockNotEnabled` too.
        """

        def find(reader: Reader) -> Lock:
            home = find_bucket(reader, bucket)
            found = self._objects.readable(reader, principal, home, key, version_id, action)
            _require_enabled(home)
            return found.lock or _NONE

        return await self._store.read(find)

    async def retain(
        self,
        principal: Principal,
        bucket: str,
        key: str,
        version_id: str | None,
        mode: str,
        until: int,
        *,
        bypass: bool = False,
    ) -> None:
        """Retain a version in a mode until a time; an empty mode ends its retention.

        `bypass` asks to bypass governance mode, which the principal must be allowed. Raises
        `ObjectLocked`, `RetentionPassed` and `LockNotEnabled` too.
        """

        def retained(home: Bucket, version: Version) -> Lock:
            new = replace(version.lock or _NONE, mode=mode, until=until)
            allowed = bypass and may_bypass(principal, home, key, new)
            retention.require_retention(version, new, retention.now(), allowed)
            return new

        asked = Lock(mode, until)
        await self._change(
            principal, bucket, key, version_id, "s3:PutObjectRetention", asked, retained
        )

    async def hold(
        self, principal: Principal, bucket: str, key: str, version_id: str | None, *, on: bool
    ) -> None:
        """Put a version under legal hold, or out of it. Raises `LockNotEnabled` too."""

        def held(_: Bucket, version: Version) -> Lock:
            return replace(version.lock or _NONE, legal_hold=on)

        asked = Lock(legal_hold=on)
        await self._change(principal, bucket, key, version_id, "s3:PutObjectLegalHold", asked, held)

    async def _change(
        self,
        principal: Principal,
        bucket: str,
        key: str,
        version_id: str | None,
        action: str,
        asked: Lock,
        fn: Callable[[Bucket, Version], Lock],
    ) -> None:
        """Replace a version's lock by what `fn` makes of it; `asked` is what policies see."""

        def commit(tx: Transaction) -> None:
            home = find_bucket(tx, bucket)
            keys = retention.lock_keys(asked, retention.now())
            self._objects.readable(tx, principal, home, key, version_id, action, keys)
            _require_enabled(home)
            place = self._versions.find(tx, home, key, version_id)
            lock = fn(home, place.version)
            self._versions.replace(tx, place, replace(place.version, lock=lock))

        await self._store.transact(commit)


def _require_enabled(home: Bucket) -> None:
    if home.lock is None:
        raise LockNotEnabled(home.name)
