"""Restoration: archived objects are made readable for a while, as a job that takes its time.

A request notes in the version's record that a copy is being made and leaves an entry in a
queue, ordered by time. The worker takes what has come: what is being made is there then, and
leaves an entry for the day it goes. An entry that nothing corresponds to any more (the object
is gone, the copy is kept for longer) is dropped. Amazon S3 User Guide, "Restoring an archived
object".
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from msgspec.structs import replace

from lenticular.engines.blobs.contract import BlobCorrupt, BlobNotFound
from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import Subspace, after
from lenticular.primitives.contents import Content, Contents
from lenticular.primitives.contents.relocation import Relocation
from lenticular.primitives.objects.buckets import find_bucket
from lenticular.primitives.objects.errors import (
    BucketNotFound,
    NotArchived,
    ObjectNotFound,
    RestorationRunning,
    TierUnavailable,
    VersionIsMarker,
    VersionNotFound,
)
from lenticular.primitives.objects.lifecycle.calendar import EXPEDITED, STANDARD, Pace
from lenticular.primitives.objects.notifications import tell
from lenticular.primitives.objects.records import Bucket, Restoration, Version
from lenticular.primitives.objects.rights import require_on_object, require_to_miss
from lenticular.primitives.objects.storage_classes import DEEP_ARCHIVE, is_archived, note_archived
from lenticular.primitives.objects.versions import Place, Versions
from lenticular.primitives.principals import Principal

_QUEUE = Subspace("objects", "restoration")  # (milliseconds, bucket, uid, key, version id) -> sort

_PAGE = 100
_log = logging.getLogger("lenticular.lifecycle")
_ACTION = "s3:RestoreObject"


@dataclass(frozen=True, slots=True)
class _Due:
    """A restoration to complete, or a restored copy to end."""

    home: Bucket
    key: str
    place: Place
    restoration: Restoration
    content: Content


class Restorations:
    """The restorations of one cloud."""

    def __init__(self, store: KeyValueStore, contents: Contents, pace: Pace) -> None:
        self._store = store
        self._contents = contents
        self._relocation = Relocation.of(contents)
        self._versions = Versions(contents)
        self._calendar = pace.calendar
        self._pace = pace

    async def begin(
        self,
        principal: Principal,
        bucket: str,
        key: str,
        version_id: str | None,
        days: int,
        tier: str = STANDARD,
        now: float | None = None,
    ) -> bool:
        """Begin to restore an object for so many days; return whether that is to be waited for.

        A copy that is there already is kept for so many days from now. Raises as
        `Objects.get` does, `NotArchived`, `TierUnavailable` and `RestorationRunning`.
        """
        moment = _milliseconds(now)

        def commit(tx: Transaction) -> bool:
            home, place = self._archived(tx, principal, bucket, key, version_id)
            restoration = place.version.restoration
            if tier == EXPEDITED and place.version.storage_class == DEEP_ARCHIVE:
                raise TierUnavailable(tier, place.version.storage_class)
            if restoration is None:
                self._note(tx, place, Restoration(days))
                due = moment + round(self._pace.delay(tier) * 1000)
            elif restoration.until:
                due = self._calendar.after(moment, days)
                # Who asks again and again leaves one entry, not as many.
                tx.delete(_entry(restoration.until, home, key, place.version))
                self._note(tx, place, replace(restoration, days=days, until=due))
            else:
                raise RestorationRunning(key)
            self._enter(tx, due, home, key, place.version)
            if restoration is None:
                details: dict[str, Any] = {"source-storage-class": place.version.storage_class}
                tell(tx, home, key, "ObjectRestore:Post", place.version, principal, **details)
            return restoration is None

        return await self._store.transact(commit)

    async def advance(self, now: float | None = None) -> int:
        """Complete the restorations and end the copies whose time has come; return how many."""
        moment = _milliseconds(now)
        start, stop = _QUEUE.range()[0], _QUEUE.pack(moment + 1)
        done = 0
        while True:
            rows = await self._store.read(partial(_page, start=start, stop=stop))
            for raw_key, _ in rows:
                try:
                    done += await self._take(raw_key, moment)
                except (BlobCorrupt, BlobNotFound):  # it keeps nothing else waiting
                    _log.exception("an object was not restored", extra=_names(raw_key))
            if len(rows) < _PAGE:
                return done
            start = after(rows[-1][0])

    async def _take(self, raw_key: bytes, now: int) -> bool:
        """Do what an entry of the queue is about; bring its bytes out of the archive before."""
        due = await self._store.read(partial(self._find, raw_key=raw_key, now=now))
        copies: Mapping[str, str] = {}
        if due is not None and not due.restoration.until and self._relocation is not None:
            copies = await self._relocation.copy(due.content, archived=False)
        done = await self._store.transact(
            partial(self._advance, raw_key=raw_key, now=now, seen=due, copies=copies)
        )
        if self._relocation is not None and not done:
            await self._relocation.drop(copies)
        return done

    def _find(self, reader: Reader, raw_key: bytes, now: int) -> _Due | None:
        """Return what an entry of the queue is about, if something is due there."""
        _, name, uid, key, version_id = _QUEUE.unpack(raw_key)
        try:
            home = find_bucket(reader, name)
            place = self._versions.find(reader, home, key, version_id)
        except (BucketNotFound, ObjectNotFound, VersionNotFound):
            return None
        version = place.version
        if home.uid != uid or version.sort != reader.get(raw_key):
            return None
        if version.restoration is None or version.content is None:
            return None
        if version.restoration.until > now:
            return None
        return _Due(home, key, place, version.restoration, version.content)

    def _advance(
        self,
        tx: Transaction,
        raw_key: bytes,
        now: int,
        seen: _Due | None,
        copies: Mapping[str, str],
    ) -> bool:
        """Do what an entry is about, if that is as it was seen; tell whether it was done.

        `copies` are of the blobs that lie in the archive.
        """
        due = self._find(tx, raw_key, now)
        if due is not None and (seen is None or due.content != seen.content):
            return False  # its bytes moved meanwhile: the entry stays
        tx.delete(raw_key)
        if due is None:
            return False
        home, key, place, restoration = due.home, due.key, due.place, due.restoration
        if restoration.until:
            if restoration.content is not None:
                self._contents.release(tx, restoration.content)
            self._note(tx, place, None)
            note_archived(tx, self._contents, home, key, place.version)
            tell(tx, home, key, "ObjectRestore:Delete", place.version)
            return True
        until = self._calendar.after(now, restoration.days)
        copy = self._contents.share(tx, due.content, moved=copies) if copies else None
        self._note(tx, place, replace(restoration, until=until, content=copy))
        self._enter(tx, until, home, key, place.version)
        details: dict[str, Any] = {
            "restore-expiry-time": _iso(until),
            "source-storage-class": place.version.storage_class,
        }
        tell(tx, home, key, "ObjectRestore:Completed", place.version, **details)
        return True

    def _archived(
        self, reader: Reader, principal: Principal, bucket: str, key: str, version_id: str | None
    ) -> tuple[Bucket, Place]:
        home = find_bucket(reader, bucket)
        try:
            self._versions.find_object(reader, home, key, version_id)
        except (ObjectNotFound, VersionNotFound, VersionIsMarker):
            require_to_miss(principal, home, key, _ACTION)
            raise
        place = self._versions.find(reader, home, key, version_id)
        require_on_object(principal, home, key, place.version, _ACTION)
        if not is_archived(place.version):
            raise NotArchived(key, place.version.storage_class)
        return home, place

    def _note(self, tx: Transaction, place: Place, restoration: Restoration | None) -> None:
        self._versions.replace(tx, place, replace(place.version, restoration=restoration))

    def _enter(self, tx: Transaction, due: int, home: Bucket, key: str, version: Version) -> None:
        tx.set(_entry(due, home, key, version), version.sort)


def _entry(due: int, home: Bucket, key: str, version: Version) -> bytes:
    return _QUEUE.pack(due, home.name, home.uid, key, version.version_id)


def _names(raw_key: bytes) -> dict[str, str]:
    """Return what the log tells of an entry."""
    _, bucket, _, key, _ = _QUEUE.unpack(raw_key)
    return {"bucket": bucket, "key": key}


def _page(reader: Reader, start: bytes, stop: bytes) -> list[tuple[bytes, bytes]]:
    return reader.range(start, stop, limit=_PAGE)


def _milliseconds(now: float | None) -> int:
    return int((time.time() if now is None else now) * 1000)


def _iso(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
