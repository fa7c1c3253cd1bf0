"""Deletion: what removes versions and makes delete markers, whoever asks for it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from lenticular.engines.kv.contract import KeyValueStore, Transaction
from lenticular.primitives.access import AccessDenied
from lenticular.primitives.contents import Contents
from lenticular.primitives.objects.buckets import find_bucket
from lenticular.primitives.objects.conditions import ALWAYS, Conditions
from lenticular.primitives.objects.errors import (
    ConditionFailed,
    ObjectLocked,
    ObjectNotFound,
    VersionNotFound,
)
from lenticular.primitives.objects.notifications import tell
from lenticular.primitives.objects.records import UNVERSIONED, Bucket, Version
from lenticular.primitives.objects.rights import (
    may_bypass,
    of_version,
    owner_of_new,
    require_on_bucket,
)
from lenticular.primitives.objects.versions import Place, Versions, new_sort
from lenticular.primitives.principals import Principal

_DELETE = "ObjectRemoved:Delete"
_MARK = "ObjectRemoved:DeleteMarkerCreated"


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion did."""

    key: str
    version_id: str | None
    """The version removed, or the delete marker made; None in a bucket without versions."""
    is_marker: bool
    """Whether that version is a delete marker."""


class Deletions:
    """The deletions of one cloud."""

    def __init__(self, store: KeyValueStore, contents: Contents) -> None:
        self._store = store
        self._versions = Versions(contents)

    async def delete(
        self,
        principal: Principal,
        bucket: str,
        key: str,
        version_id: str | None = None,
        *,
        when: Conditions = ALWAYS,
        bypass: bool = False,
    ) -> Deleted:
        """Delete an object, or for good one of its versions.

        Without `version_id`, a bucket that has or had versioning gets a delete marker.
        What is not there counts as deleted. `bypass` asks to bypass governance mode, which
        the principal must be allowed. Raises `BucketNotFound`, `AccessDenied`,
        `ConditionFailed` and `ObjectLocked`.
        """

        def commit(tx: Transaction) -> Deleted:
            home = find_bucket(tx, bucket)
            return self._delete(tx, home, principal, key, version_id, when, bypass)

        return await self._store.transact(commit)

    async def delete_many(
        self,
        principal: Principal,
        bucket: str,
        keys: Sequence[tuple[str, str | None, Conditions]],
        *,
        bypass: bool = False,
    ) -> list[Deleted | Exception]:
        """Delete keys (with version ids and conditions) in one transaction.

        One that fails its condition, that is locked, or that the principal may not delete, is
        reported in its place and keeps no other from going. Raises `BucketNotFound`.
        """

        def commit(tx: Transaction) -> list[Deleted | Exception]:
            home = find_bucket(tx, bucket)
            results: list[Deleted | Exception] = []
            for key, version_id, when in keys:
                try:
                    results.append(self._delete(tx, home, principal, key, version_id, when, bypass))
                except (AccessDenied, ConditionFailed, ObjectLocked, ObjectNotFound) as error:
                    results.append(error)
            return results

        return await self._store.transact(commit)

    def _delete(
        self,
        tx: Transaction,
        home: Bucket,
        principal: Principal,
        key: str,
        version_id: str | None,
        when: Conditions,
        bypass: bool,
    ) -> Deleted:
        require_on_bucket(principal, home, of_version("s3:DeleteObject", version_id), key)
        try:
            place = self._versions.find(tx, home, key, version_id)
        except (ObjectNotFound, VersionNotFound):
            place = None
        when.check_write(key, place.version if place is not None else None)
        if version_id is not None:
            if place is None:
                return Deleted(key, version_id, is_marker=False)
            lock = place.version.lock
            bypass = bypass and lock is not None and may_bypass(principal, home, key, lock)
            self.remove(tx, home, key, place, bypass=bypass)
            tell(tx, home, key, _DELETE, place.version, principal)
            return Deleted(key, version_id, is_marker=place.version.is_marker)
        if home.versioning == UNVERSIONED:
            if place is not None:
                self.remove(tx, home, key, place)
                tell(tx, home, key, _DELETE, place.version, principal)
            return Deleted(key, None, is_marker=False)
        current = place.version if place is not None else None
        marker = self.mark(tx, home, key, current, owner_of_new(principal, home, ()))
        tell(tx, home, key, _MARK, marker, principal)
        return Deleted(key, marker.version_id, is_marker=True)

    def remove(
        self, tx: Transaction, home: Bucket, key: str, place: Place, *, bypass: bool = False
    ) -> None:
        """Remove a version for good, within a transaction, whoever asked for it.

        Raises `ObjectLocked`, then nothing has changed; `bypass`: by somebody who asked to
        bypass governance mode, and may. To know before: `retention.require_removable`.
        """
        self._versions.remove(tx, home, key, place, bypass=bypass)

    def mark(
        self, tx: Transaction, home: Bucket, key: str, current: Version | None, owner: str
    ) -> Version:
        """Make a delete marker the current version, within a transaction, and return it."""
        marker = Version(
            sort=new_sort(current),
            size=0,
            etag="",
            modified=int(time.time() * 1000),
            storage_class="",
            owner=owner,
            is_marker=True,
            is_null=True,
            checksums={},
            checksum_type="",
        )
        return self._versions.place(tx, home, key, current, marker)
