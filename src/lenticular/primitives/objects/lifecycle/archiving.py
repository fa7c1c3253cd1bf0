"""Archiving: the bytes of archived objects are brought into the archive's own store.

Only a cloud that has one does this. Whatever archives a version leaves an entry in a queue, in
its transaction; the worker copies the blobs and, if the version is still the same, points it at
the copies. Values small enough to lie beside their keys stay there.
"""

import logging
from functools import partial

from msgspec.structs import replace

from lenticular.engines.blobs.contract import BlobCorrupt, BlobNotFound
from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import after
from lenticular.primitives.contents import Content, Contents
from lenticular.primitives.contents.relocation import Relocation
from lenticular.primitives.objects.buckets import find_bucket
from lenticular.primitives.objects.errors import BucketNotFound, ObjectNotFound, VersionNotFound
from lenticular.primitives.objects.keys import ARCHIVING
from lenticular.primitives.objects.records import Version
from lenticular.primitives.objects.storage_classes import is_archived
from lenticular.primitives.objects.versions import Place, Versions

_PAGE = 100

_log = logging.getLogger("lenticular.lifecycle")


class Archiving:
    """Moves the bytes of archived objects."""

    def __init__(self, store: KeyValueStore, contents: Contents) -> None:
        self._store = store
        self._contents = contents
        self._relocation = Relocation.of(contents)
        self._versions = Versions(contents)

    async def run(self) -> int:
        """Take what is in the queue; return how many objects moved."""
        if self._relocation is None:
            return 0
        start, stop = ARCHIVING.range()
        moved = 0
        while True:
            rows = await self._store.read(partial(_page, start=start, stop=stop))
            for raw_key, _ in rows:
                try:
                    moved += await self._archive(raw_key, self._relocation)
                except (BlobCorrupt, BlobNotFound):  # it keeps nothing else from moving
                    _log.exception("an object was not archived", extra=_names(raw_key))
            if len(rows) < _PAGE:
                return moved
            start = after(rows[-1][0])

    async def _archive(self, raw_key: bytes, relocation: Relocation) -> bool:
        place = await self._store.read(partial(self._find, raw_key=raw_key))
        content = place.version.content if place is not None else None
        copies = {} if content is None else await relocation.copy(content, archived=True)
        done = await self._store.transact(
            partial(self._point, raw_key=raw_key, content=content, copies=dict(copies))
        )
        if not done:
            await relocation.drop(copies)
        return done

    def _point(
        self, tx: Transaction, raw_key: bytes, content: Content | None, copies: dict[str, str]
    ) -> bool:
        """Point a version at the copies of its blobs, and drop the entry; tell whether it was."""
        place = self._find(tx, raw_key)
        if place is not None and place.version.content != content:
            return False  # it changed meanwhile: the entry stays
        tx.delete(raw_key)
        if place is None or content is None or not copies:
            return False
        archived = self._contents.share(tx, content, moved=copies)
        self._contents.release(tx, content)
        self._versions.replace(tx, place, replace(place.version, content=archived))
        return True

    def _find(self, reader: Reader, raw_key: bytes) -> Place | None:
        """Return the version of an entry, if its bytes are to be archived still."""
        name, uid, key, version_id = ARCHIVING.unpack(raw_key)
        try:
            home = find_bucket(reader, name)
            place = self._versions.find(reader, home, key, version_id)
        except (BucketNotFound, ObjectNotFound, VersionNotFound):
            return None
        return place if home.uid == uid and _is_wanted(place.version) else None


def _is_wanted(version: Version) -> bool:
    # A restored object is archived again when its time is over.
    return is_archived(version) and version.restoration is None and version.content is not None


def _page(reader: Reader, start: bytes, stop: bytes) -> list[tuple[bytes, bytes]]:
    return reader.range(start, stop, limit=_PAGE)


def _names(raw_key: bytes) -> dict[str, str]:
    """Return what the log tells of an entry."""
    bucket, _, key, _ = ARCHIVING.unpack(raw_key)
    return {"bucket": bucket, "key": key}
