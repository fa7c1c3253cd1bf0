"""Copies: an object made of another one, without moving bytes."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.access import Grants
from lenticular.primitives.contents import Content, Contents
from lenticular.primitives.objects.buckets import find_bucket
from lenticular.primitives.objects.conditions import ALWAYS, Conditions
from lenticular.primitives.objects.creation import COPY, Creation, Made
from lenticular.primitives.objects.errors import ConditionFailed
from lenticular.primitives.objects.objects import Objects
from lenticular.primitives.objects.records import Attributes, Lock, Version
from lenticular.primitives.objects.rights import of_version, require_on_object
from lenticular.primitives.objects.storage_classes import readable_content
from lenticular.primitives.principals import Principal

_WHOLE = "FULL_OBJECT"


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
        that the copy must carry. The copy is in one piece, whatever its source was, with the
        ETag and checksum of its bytes: where the source has not got these, it is read once.
        Raises as `get` for the source and as `put` for the copy; `ConditionFailed` too where
        the source changed while it was read.
        """
        found = await self._objects.get(
            principal, source.bucket, source.key, source.version_id, load=False
        )
        digests: Mapping[str, bytes] = {}
        if names := _unknown(found.version, algorithm):
            content = readable_content(source.key, found.version)
            digests = await self._contents.digest(content, names)

        def commit(tx: Transaction) -> tuple[Version, Version]:
            original = self._source(tx, principal, source, source_when)
            unknown = _unknown(original, algorithm)
            if unknown and original.content != found.version.content:
                raise ConditionFailed("the source changed while it was read")
            given = attributes or Attributes(original.headers, original.metadata)
            given = msgspec.structs.replace(
                given,
                tags=original.tags if tags is None else tags,
                acl=acl,
                storage_class=storage_class,
                lock=lock,
            )
            target = self._creation.check(tx, principal, bucket, key, given, when)
            content = self._contents.share(tx, readable_content(source.key, original))
            made = _made(original, content, algorithm, {name: digests[name] for name in unknown})
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


def _unknown(version: Version, algorithm: str | None) -> set[str]:
    """Return the digests of a source's bytes that a copy needs and nobody knows."""
    names = _wanted(version, algorithm)
    if version.checksum_type == _WHOLE:
        names -= version.checksums.keys()
    return names | {"md5"} if version.part_count else names


def _made(
    original: Version, content: Content, algorithm: str | None, digests: Mapping[str, bytes]
) -> Made:
    """Return what a copy is made of; `digests` are those that were `_unknown`."""
    known = {**original.checksums, **digests}
    checksums = {name: known[name] for name in _wanted(original, algorithm)}
    etag = digests["md5"].hex() if original.part_count else original.etag
    return Made(content, etag, COPY, checksums, _WHOLE if checksums else "")


def _wanted(version: Version, algorithm: str | None) -> set[str]:
    """Return the checksums that a copy carries: the one asked for, else those of its source."""
    return {algorithm} if algorithm is not None else set(version.checksums)
