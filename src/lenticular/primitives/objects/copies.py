"""Copies: an object made of another one, without moving bytes."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.access import Grants
from lenticular.primitives.contents import Contents
from lenticular.primitives.objects.buckets import find_bucket
from lenticular.primitives.objects.conditions import ALWAYS, Conditions
from lenticular.primitives.objects.creation import COPY, Creation, Made
from lenticular.primitives.objects.objects import Objects
from lenticular.primitives.objects.records import Attributes, Lock, Version
from lenticular.primitives.objects.rights import of_version, require_on_object
from lenticular.primitives.objects.storage_classes import readable_content
from lenticular.primitives.principals import Principal


@dataclass(frozen=True, slots=True)
class Source:
    """What a copy is made of."""

    bucket: str
    key: str
    version_id: str | None = None


class Copies:
    """The copies of one cloud."""

    def __init__(self, store: KeyValueStore, contents: Contents, objects: Objects) -> None:
        self._store = store
        self._contents = contents
        self._objects = objects
        self._creation = Creation(contents)

    async def copy(
        self,
        principal: Principal,
        source: Source,
        bucket: str,
        key: str,
        *,
        attributes: Attributes | None = None,
        tags: Mapping[str, str] | None = None,
        acl: Grants = (),
        storage_class: str = "STANDARD",
        lock: Lock | None = None,
        algorithm: str | None = None,
        source_when: Conditions = ALWAYS,
        when: Conditions = ALWAYS,
    ) -> tuple[Version, Version]:
        """Copy an object and return the new version and the one it was made of.

        No bytes move: both share their blobs. `attributes` gives the headers and metadata
        anew and `tags` the tags (None: those of the source); `algorithm` names a checksum
        that the copy must carry, for which the source is read once if it has none.
        Raises as `get` for the source and as `put` for the copy.
        """
        extra: dict[str, bytes] = {}
        if algorithm is not None:
            found = await self._objects.get(
                principal, source.bucket, source.key, source.version_id, when=ALWAYS
            )
            if not _has_full_checksum(found.version, algorithm):
                content = readable_content(source.key, found.version)
                extra = await self._contents.digest(content, [algorithm])
            source = Source(source.bucket, source.key, found.version.version_id)

        def commit(tx: Transaction) -> tuple[Version, Version]:
            original = self._source(tx, principal, source, source_when)
            given = attributes or Attributes(original.headers, original.metadata)
            given = msgspec.structs.replace(
                given,
                tags=original.tags if tags is None else tags,
                acl=acl,
                storage_class=storage_class,
                lock=lock,
            )
            target = self._creation.check(tx, principal, bucket, key, given, when)
            made = Made(
                self._contents.share(tx, readable_content(source.key, original)),
                original.etag,
                COPY,
                checksums=extra or original.checksums,
                checksum_type="FULL_OBJECT" if extra else original.checksum_type,
            )
            return self._creation.make(tx, principal, target, made, given), original

        return await self._store.transact(commit)

    def _source(
        self, reader: Reader, principal: Principal, source: Source, when: Conditions
    ) -> Version:
        """Return the object that a copy is made of. Raises as `get`."""
        home = find_bucket(reader, source.bucket)
        version = self._objects.readable(reader, principal, home, source.key, source.version_id)
        if version.tags:
            action = of_version("s3:GetObjectTagging", source.version_id)
            require_on_object(principal, home, source.key, version, action)
        when.check_source(version)
        return version


def _has_full_checksum(version: Version, algorithm: str) -> bool:
    return version.checksum_type == "FULL_OBJECT" and algorithm in version.checksums
