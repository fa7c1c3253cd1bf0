"""Copies: an object made of another one, without moving bytes unless they must be sealed anew.

A copy shares the blobs of its source when both are clear, or when the cloud keeps the keys of
both: then the data key is wrapped once more. Any other is read, opened and sealed as a stream.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.access import Grants
from lenticular.primitives.contents import Content, Contents
from lenticular.primitives.objects.buckets import find_bucket
from lenticular.primitives.objects.conditions import ALWAYS, Conditions
from lenticular.primitives.objects.creation import COPY, Creation, Made, Target
from lenticular.primitives.objects.datakeys import AS_BUCKET, Wanted
from lenticular.primitives.objects.errors import ConditionFailed
from lenticular.primitives.objects.objects import Found, Objects
from lenticular.primitives.objects.records import (
    AES256,
    Attributes,
    Bucket,
    Encryption,
    Lock,
    Version,
)
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


@dataclass(frozen=True, slots=True)
class _Order:
    """A copy that is to be made."""

    principal: Principal
    source: Source
    bucket: str
    key: str
    attributes: Attributes | None
    tags: Mapping[str, str] | None
    acl: Grants
    storage_class: str
    lock: Lock | None
    algorithm: str | None
    source_when: Conditions
    when: Conditions

    def attributes_from(self, original: Version) -> Attributes:
        """Return what is said of the copy of this version."""
        return msgspec.structs.replace(
            self.attributes or Attributes(original.headers, original.metadata),
            tags=original.tags if self.tags is None else self.tags,
            acl=self.acl,
            storage_class=self.storage_class,
            lock=self.lock,
        )


class Copies:
    """The copies of one cloud."""

    def __init__(self, store: KeyValueStore, contents: Contents, objects: Objects) -> None:
        self._store = store
        self._contents = contents
        self._objects = objects
        self._data_keys = objects.data_keys
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
        wanted: Wanted = AS_BUCKET,
        source_key: bytes = b"",
    ) -> tuple[Version, Version]:
        """Copy an object and return the new version and the one it was made of.

        `attributes` gives the headers and metadata
        anew and `tags` the tags (None: those of the source); `algorithm` names a checksum
        that the copy must carry. The copy is in one piece, whatever its source was, with the
        ETag and checksum of its bytes: where the source has not got these, it is read once.
        `wanted` is how the copy is to be sealed, `source_key` the customer's key of its source.
        Raises as `get` for the source and as `put` for the copy; `ConditionFailed` too where
        the source changed while it was read.
        """
        order = _Order(
            principal,
            source,
            bucket,
            key,
            attributes,
            tags,
            acl,
            storage_class,
            lock,
            algorithm,
            source_when,
            when,
        )

        def prepare(reader: Reader) -> tuple[Bucket, Wanted]:
            home = find_bucket(reader, bucket)
            return home, self._data_keys.resolve(reader, home, wanted)

        found = await self._objects.get(
            principal, source.bucket, source.key, source.version_id, customer_key=source_key
        )
        home, method = await self._store.read(prepare)
        if _can_share(found.version.encryption, method):
            return await self._share(order, found)
        return await self._seal_anew(order, found, home, method)

    async def _share(self, order: _Order, found: Found) -> tuple[Version, Version]:
        """Make a copy that shares the blobs of its source."""
        source, algorithm = order.source, order.algorithm
        digests: Mapping[str, bytes] = {}
        if names := _unknown(found.version, algorithm):
            content = readable_content(source.key, found.version)
            digests = await self._contents.digest(content, names, key=found.data_key)

        def commit(tx: Transaction) -> tuple[Version, Version]:
            original = self._source(tx, order)
            unknown = _unknown(original, algorithm)
            is_other = original.content != found.version.content
            if is_other and (unknown or not _seals_alike(original, found.version)):
                raise ConditionFailed("the source changed while it was read")
            given = order.attributes_from(original)
            target = self._creation.check(
                tx, order.principal, order.bucket, order.key, given, order.when
            )
            bytes_of_source = readable_content(source.key, original)
            content = self._contents.share(tx, bytes_of_source, keeps_parts=False)
            made = _made(original, content, algorithm, {name: digests[name] for name in unknown})
            encryption = self._data_keys.wrapped_again(tx, original.encryption)
            made = replace(made, encryption=encryption)
            return self._creation.make(tx, order.principal, target, made, given), original

        return await self._store.transact(commit)

    async def _seal_anew(
        self, order: _Order, found: Found, home: Bucket, method: Wanted
    ) -> tuple[Version, Version]:
        """Make a copy of the bytes of its source, sealed by another data key or by none."""
        principal, original = order.principal, found.version
        given = order.attributes_from(original)

        def check(reader: Reader) -> Target:
            return self._creation.check(
                reader, principal, order.bucket, order.key, given, order.when
            )

        def commit(tx: Transaction) -> Version:
            made = Made(
                self._contents.attach(tx, received),
                sealing.etag(received.digests["md5"]),
                COPY,
                {name: received.digests[name] for name in names},
                _WHOLE if names else "",
                encryption=self._data_keys.record(tx, sealing),
            )
            return self._creation.make(tx, principal, check(tx), made, given)

        await self._store.read(lambda reader: (self._source(reader, order), check(reader)))
        sealing = await self._data_keys.make(principal, home, order.key, method)
        names = _wanted(original, order.algorithm)
        received = await self._contents.receive(
            self._objects.read(found), {"md5", *names}, sealing.data_key
        )
        return await self._contents.keep(received, commit), original

    def _source(self, reader: Reader, order: _Order) -> Version:
        """Return the object that a copy is made of. Raises as `get`."""
        principal, source = order.principal, order.source
        home = find_bucket(reader, source.bucket)
        version = self._objects.readable(reader, principal, home, source.key, source.version_id)
        if version.tags:
            action = of_version("s3:GetObjectTagging", source.version_id)
            require_on_object(principal, home, source.key, version, action)
        order.source_when.check_source(version)
        return version


def _can_share(encryption: Encryption | None, method: Wanted) -> bool:
    """Tell whether what is sealed so can be shared by what is to be sealed by this method."""
    held = encryption.method if encryption is not None else ""
    return held == method.method and held in ("", AES256)


def _seals_alike(one: Version, other: Version) -> bool:
    methods = {each.encryption.method if each.encryption else "" for each in (one, other)}
    return len(methods) == 1


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
