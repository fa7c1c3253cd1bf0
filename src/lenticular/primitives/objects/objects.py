"""Objects: putting, getting, deleting, copying and changing them."""

import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.access import AccessDenied, Grants
from lenticular.primitives.contents import Check, Content, Contents, PartInfo
from lenticular.primitives.objects.buckets import find_bucket
from lenticular.primitives.objects.conditions import ALWAYS, Conditions
from lenticular.primitives.objects.errors import (
    ConditionFailed,
    ObjectNotFound,
    VersionIsMarker,
    VersionNotFound,
)
from lenticular.primitives.objects.observers import Observer
from lenticular.primitives.objects.records import (
    UNVERSIONED,
    Attributes,
    Bucket,
    Version,
)
from lenticular.primitives.objects.rights import (
    of_version,
    owner_of_new,
    require_on_bucket,
    require_on_object,
    require_to_miss,
    require_to_put,
)
from lenticular.primitives.objects.versions import Versions, new_sort
from lenticular.primitives.principals import Principal


@dataclass(frozen=True, slots=True)
class Found:
    """An object that may be read."""

    bucket: Bucket
    key: str
    version: Version
    data: bytes | None
    """The whole content when it is small and was asked for; else None: read it as a stream."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a copy is made of."""

    bucket: str
    key: str
    version_id: str | None = None


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion did."""

    key: str
    version_id: str | None
    """The version removed, or the delete marker made; None in a bucket without versions."""
    is_marker: bool
    """Whether that version is a delete marker."""


class Objects:
    """The objects of one cloud."""

    def __init__(self, store: KeyValueStore, contents: Contents) -> None:
        self._store = store
        self._contents = contents
        self._versions = Versions(contents)
        self.observer: Observer | None = None
        """Looks at what is uploaded, also in parts."""

    async def put(
        self,
        principal: Principal,
        bucket: str,
        key: str,
        source: AsyncIterable[bytes],
        attributes: Attributes,
        *,
        size: int | None = None,
        digests: Collection[str] = (),
        keep: Collection[str] = (),
        check: Check | None = None,
        when: Conditions = ALWAYS,
    ) -> Version:
        """Store an object and return its new version.

        `size` is how many bytes `source` will give, if that is known.

        `digests` are computed beside MD5 and shown to `check`, which raises where they are
        not what the client claimed; those of `keep` are stored as the object's checksums.
        Raises `BucketNotFound`, `AccessDenied`, `ConditionFailed`, and what `source` and
        `check` raise; then nothing has changed.
        """
        # A large object is refused before its bytes come in, and again when it is committed.
        if size is None or size > self._contents.small:
            await self._store.read(
                lambda reader: self._check_put(reader, principal, bucket, key, attributes, when)
            )
        observed = self.observer and self.observer(principal, bucket, key, source)
        received = await self._contents.receive(observed or source, {"md5", *digests, *keep})

        def commit(tx: Transaction) -> Version:
            home, current = self._check_put(tx, principal, bucket, key, attributes, when)
            version = Version(
                sort=new_sort(current),
                size=received.size,
                etag=received.digests["md5"].hex(),
                modified=int(time.time() * 1000),
                storage_class=attributes.storage_class,
                owner=owner_of_new(principal, home, attributes.acl),
                is_marker=False,
                is_null=True,
                checksums={name: received.digests[name] for name in keep},
                checksum_type="FULL_OBJECT" if keep else "",
                content=self._contents.attach(tx, received),
                headers=dict(attributes.headers),
                metadata=dict(attributes.metadata),
                tags=dict(attributes.tags),
                acl=attributes.acl,
            )
            return self._versions.place(tx, home, key, current, version)

        version = await self._contents.keep(received, commit, check)
        if observed:
            await observed.stored()
        return version

    def _check_put(
        self,
        reader: Reader,
        principal: Principal,
        bucket: str,
        key: str,
        attributes: Attributes,
        when: Conditions,
    ) -> tuple[Bucket, Version | None]:
        home = find_bucket(reader, bucket)
        require_to_put(principal, home, key, attributes)
        current = self._versions.current(reader, home, key)
        when.check_write(key, current)
        return home, current

    async def get(
        self,
        principal: Principal,
        bucket: str,
        key: str,
        version_id: str | None = None,
        *,
        when: Conditions = ALWAYS,
        load: bool = True,
        action: str = "s3:GetObject",
    ) -> Found:
        """Return an object; with `load`, its bytes too when it is small.

        `action` is what the principal must be allowed to do with it (where a version is
        named: the action of that name on versions).

        Raises `BucketNotFound`, `ObjectNotFound`, `VersionNotFound`, `VersionIsMarker`,
        `ConditionFailed` and `NotModified`; `AccessDenied` also where the object does not
        exist and the principal may not know that.
        """

        def find(reader: Reader) -> Found:
            home = find_bucket(reader, bucket)
            version = self._readable(reader, principal, home, key, version_id, action)
            when.check_read(version)
            data = None
            if load and version.content is not None:
                data = self._contents.load(reader, version.content)
            return Found(home, key, version, data)

        return await self._store.read(find)

    def _readable(
        self,
        reader: Reader,
        principal: Principal,
        home: Bucket,
        key: str,
        version_id: str | None,
        action: str = "s3:GetObject",
    ) -> Version:
        try:
            version = self._versions.find_object(reader, home, key, version_id)
        except (ObjectNotFound, VersionNotFound, VersionIsMarker):
            require_to_miss(principal, home, key, of_version(action, version_id))
            raise
        require_on_object(principal, home, key, version, of_version(action, version_id))
        return version

    def read(self, found: Found, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Iterate over a range of an object's bytes."""
        return self._contents.read(_content(found.version), start, length)

    async def parts(self, found: Found) -> list[PartInfo]:
        """Return the parts of an object that was uploaded in parts; empty for any other."""
        content = _content(found.version)
        return await self._store.read(lambda reader: self._contents.layout_parts(reader, content))

    async def delete(
        self,
        principal: Principal,
        bucket: str,
        key: str,
        version_id: str | None = None,
        *,
        when: Conditions = ALWAYS,
    ) -> Deleted:
        """Delete an object, or for good one of its versions.

        Without `version_id`, a bucket that has or had versioning gets a delete marker.
        What is not there counts as deleted. Raises `BucketNotFound`, `AccessDenied` and
        `ConditionFailed`.
        """
        return await self._store.transact(
            lambda tx: self._delete(tx, find_bucket(tx, bucket), principal, key, version_id, when)
        )

    async def delete_many(
        self,
        principal: Principal,
        bucket: str,
        keys: Sequence[tuple[str, str | None, Conditions]],
    ) -> list[Deleted | Exception]:
        """Delete keys (with version ids and conditions) in one transaction.

        One that fails its condition, or that the principal may not delete, is reported in its
        place and keeps no other from going. Raises `BucketNotFound`.
        """

        def commit(tx: Transaction) -> list[Deleted | Exception]:
            home = find_bucket(tx, bucket)
            results: list[Deleted | Exception] = []
            for key, version_id, when in keys:
                try:
                    results.append(self._delete(tx, home, principal, key, version_id, when))
                except (AccessDenied, ConditionFailed, ObjectNotFound) as error:
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
            self._versions.remove(tx, home, key, place)
            return Deleted(key, version_id, is_marker=place.version.is_marker)
        if home.versioning == UNVERSIONED:
            if place is not None:
                self._versions.remove(tx, home, key, place)
            return Deleted(key, None, is_marker=False)
        current = place.version if place is not None else None
        marker = Version(
            sort=new_sort(current),
            size=0,
            etag="",
            modified=int(time.time() * 1000),
            storage_class="",
            owner=owner_of_new(principal, home, ()),
            is_marker=True,
            is_null=True,
            checksums={},
            checksum_type="",
        )
        marker = self._versions.place(tx, home, key, current, marker)
        return Deleted(key, marker.version_id, is_marker=True)

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
            found = await self.get(
                principal, source.bucket, source.key, source.version_id, when=ALWAYS
            )
            if not _has_full_checksum(found.version, algorithm):
                extra = await self._contents.digest(_content(found.version), [algorithm])
            source = Source(source.bucket, source.key, found.version.version_id)

        def commit(tx: Transaction) -> tuple[Version, Version]:
            original = self._source(tx, principal, source, source_when)
            given = attributes or Attributes(original.headers, original.metadata)
            given = msgspec.structs.replace(
                given, tags=original.tags if tags is None else tags, acl=acl
            )
            home, current = self._check_put(tx, principal, bucket, key, given, when)
            if extra:
                checksums, checksum_type = extra, "FULL_OBJECT"
            else:
                checksums, checksum_type = original.checksums, original.checksum_type
            version = Version(
                sort=new_sort(current),
                size=original.size,
                etag=original.etag,
                modified=int(time.time() * 1000),
                storage_class=storage_class,
                owner=owner_of_new(principal, home, acl),
                is_marker=False,
                is_null=True,
                checksums=checksums,
                checksum_type=checksum_type,
                content=self._contents.share(tx, _content(original)),
                headers=dict(given.headers),
                metadata=dict(given.metadata),
                tags=dict(original.tags if tags is None else tags),
                acl=acl,
            )
            return self._versions.place(tx, home, key, current, version), original

        return await self._store.transact(commit)

    def _source(
        self, reader: Reader, principal: Principal, source: Source, when: Conditions
    ) -> Version:
        """Return the object that a copy is made of. Raises as `get`."""
        home = find_bucket(reader, source.bucket)
        version = self._readable(reader, principal, home, source.key, source.version_id)
        if version.tags:
            action = of_version("s3:GetObjectTagging", source.version_id)
            require_on_object(principal, home, source.key, version, action)
        when.check_source(version)
        return version

    async def change(
        self,
        principal: Principal,
        bucket: str,
        key: str,
        version_id: str | None,
        fn: Callable[[Version], Version],
        action: str,
    ) -> Version:
        """Replace an object's record by what `fn` makes of it (its tags, its grants).

        `action` is what the principal must be allowed to do with it. Raises as `get`.
        """

        def commit(tx: Transaction) -> Version:
            home = find_bucket(tx, bucket)
            self._readable(tx, principal, home, key, version_id, action)
            place = self._versions.find(tx, home, key, version_id)
            changed = fn(place.version)
            self._versions.replace(tx, place, changed)
            return changed

        return await self._store.transact(commit)


def _content(version: Version) -> Content:
    if version.content is None:
        raise VersionIsMarker("", version.version_id, version.modified)
    return version.content


def _has_full_checksum(version: Version, algorithm: str) -> bool:
    return version.checksum_type == "FULL_OBJECT" and algorithm in version.checksums
