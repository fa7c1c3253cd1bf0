"""Lifecycles: what becomes of objects as they age, by the rules of their bucket."""

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.contents import Contents
from lenticular.primitives.objects.buckets import allowed_bucket, find_bucket
from lenticular.primitives.objects.deletion import Deletions
from lenticular.primitives.objects.errors import BucketNotFound
from lenticular.primitives.objects.lifecycle import progress
from lenticular.primitives.objects.lifecycle.archiving import Archiving
from lenticular.primitives.objects.lifecycle.calendar import CIVIL, PACE, Pace
from lenticular.primitives.objects.lifecycle.progress import Progress
from lenticular.primitives.objects.lifecycle.restoration import Restorations
from lenticular.primitives.objects.lifecycle.rules import (
    LIFECYCLE,
    Lifecycle,
    abortion,
    expiry,
)
from lenticular.primitives.objects.lifecycle.worker import LifecycleWorker
from lenticular.primitives.objects.records import Upload, Version
from lenticular.primitives.principals import Principal

__all__ = ["Lifecycles"]

_PUT = "s3:PutLifecycleConfiguration"
_GET = "s3:GetLifecycleConfiguration"


class Lifecycles:
    """The lifecycles of one cloud's buckets."""

    def __init__(
        self,
        store: KeyValueStore,
        contents: Contents,
        deletions: Deletions,
        pace: Pace = PACE,
    ) -> None:
        self._store = store
        self.worker = LifecycleWorker(store, contents, deletions, pace.calendar)
        self.restorations = Restorations(store, contents, pace)
        self.archiving = Archiving(store, contents)

    async def put(self, principal: Principal, bucket: str, lifecycle: Lifecycle) -> None:
        """Give a bucket its rules, in place of those it has; the worker begins anew with it.

        Raises `BucketNotFound` and `AccessDenied`, as all of these do.
        """

        def commit(tx: Transaction) -> None:
            home = allowed_bucket(tx, principal, bucket, _PUT)
            LIFECYCLE.set(tx, home, lifecycle)
            progress.save(tx, bucket, Progress(home.uid))

        await self._store.transact(commit)

    async def get(self, principal: Principal, bucket: str) -> Lifecycle | None:
        """Return the rules of a bucket; None: it has none."""
        return await self._store.read(
            lambda reader: LIFECYCLE.find(reader, allowed_bucket(reader, principal, bucket, _GET))
        )

    async def delete(self, principal: Principal, bucket: str) -> None:
        """Take a bucket's rules away, if it has any."""

        def commit(tx: Transaction) -> None:
            LIFECYCLE.delete(tx, allowed_bucket(tx, principal, bucket, _PUT))
            progress.forget(tx, bucket)

        await self._store.transact(commit)

    async def expiry(self, bucket: str, key: str, version: Version) -> tuple[int, str] | None:
        """Return when the current version of a key expires and by which rule; None: never.

        As clients are told: in days of the calendar on the wall, however long ours are. Asks
        nobody for permission.
        """
        lifecycle = await self._store.read(lambda reader: _rules(reader, bucket))
        return None if lifecycle is None else expiry(lifecycle, key, version, CIVIL)

    async def abortion(self, bucket: str, key: str, upload: Upload) -> tuple[int, str] | None:
        """Return when an upload is dropped and by which rule, told as `expiry`; None: never."""
        lifecycle = await self._store.read(lambda reader: _rules(reader, bucket))
        return None if lifecycle is None else abortion(lifecycle, key, upload, CIVIL)


def _rules(reader: Reader, bucket: str) -> Lifecycle | None:
    try:
        return LIFECYCLE.find(reader, find_bucket(reader, bucket))
    except BucketNotFound:
        return None
