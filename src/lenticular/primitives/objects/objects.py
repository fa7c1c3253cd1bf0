"""Objects: putting, getting, deleting, copying and changing them."""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Collection
from dataclasses import dataclass, field, replace

import msgspec

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.access import Grants
from lenticular.primitives.contents import Check, Content, Contents, PartInfo
from lenticular.primitives.objects.buckets import find_bucket
from lenticular.primitives.objects.conditions import ALWAYS, Conditions
from lenticular.primitives.objects.creation import PUT, Creation, Made
from lenticular.primitives.objects.datakeys import (
    AS_BUCKET,
    DataKeys,
    KeyUseNeeded,
    Sealing,
    Wanted,
)
from lenticular.primitives.objects.errors import (
    DigestMissing,
    ObjectNotFound,
    VersionIsMarker,
    VersionNotFound,
)
from lenticular.primitives.objects.holdings import require_room
from lenticular.primitives.objects.keys import BUCKET, CURRENT
from lenticular.primitives.objects.notifications import tell
from lenticular.primitives.objects.observers import Observer
from lenticular.primitives.objects.publicity import require_grants
from lenticular.primitives.objects.records import (
    KMS,
    Attributes,
    Bucket,
    Version,
)
from lenticular.primitives.objects.rights import (
    of_version,
    require_on_object,
    require_to_miss,
)
from lenticular.primitives.objects.storage_classes import readable_content
from lenticular.primitives.objects.versions import Versions
from lenticular.primitives.policies.evaluation import NO_KEYS, Keys
from lenticular.primitives.principals import ANONYMOUS, Principal

_MOST_UIDS = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """An object that may be read."""

    bucket: Bucket
    key: str
    version: Version
    data: bytes | None
    """The whole content when it is small and was asked for; else None: read it as a stream."""
    data_key: bytes | None = field(default=None, repr=False)
    """Of what is sealed, when its bytes were asked for."""
    principal: Principal = ANONYMOUS
    """Who may read it."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object that was stored."""

    bucket: Bucket
    """As it was then."""
    version: Version


class Objects:
    """The objects of one cloud."""

    def __init__(self, store: KeyValueStore, contents: Contents, data_keys: DataKeys) -> None:
        self._store = store
        self._contents = contents
        self.data_keys = data_keys
        self._versions = Versions(contents)
        self._creation = Creation(contents)
        self._uids: dict[str, bytes] = {}
        """The last that was seen of buckets, by name: what is read with them is a guess."""
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
        waits: bool = False,
        digests: Collection[str] = (),
        keep: Collection[str] = (),
        check: Check | None = None,
        when: Conditions = ALWAYS,
        wanted: Wanted = AS_BUCKET,
    ) -> Stored:
        """Store an object and return its new version.

        `size` is how many bytes `source` will give, if that is known, `waits` whether whoever
        sends them waits to be told to; `wanted` is how they are to be sealed.

        `digests` are computed beside MD5 and shown to `check`, which raises where they are
        not what the client claimed; those of `keep` are stored as the object's checksums.
        Raises `BucketNotFound`, `AccessDenied`, `ConditionFailed`, `LockNotEnabled`,
        `RetentionPassed`, `DigestMissing` (what will be locked must be held against a digest),
        and what `source`, `check` and `DataKeys.make` raise; then nothing has changed.
        """

        # A small object is sealed in the transaction that stores it: that spares a look before.
        # But with whoever else's key, for which the transaction would have to wait.
        is_small = size is not None and size <= self._contents.small and not waits
        sealing = None
        if not is_small or wanted.method == KMS:
            sealing = await self._prepare(principal, bucket, key, attributes, size, when, wanted)
        observed = self.observer and self.observer(principal, bucket, key, source)
        received = await self._contents.receive(
            observed or source,
            {"md5", *digests, *keep},
            None if sealing is None else sealing.data_key,
        )

        def commit(tx: Transaction) -> Stored:
            target = self._creation.check(tx, principal, bucket, key, attributes, when)
            content, used = received, sealing
            if used is None:
                used = self.data_keys.make_within(tx, target.bucket, wanted)
                if used.data_key is not None:
                    content = self._contents.sealed(received, used.data_key)
            made = Made(
                self._contents.attach(tx, content),
                used.etag(received.digests["md5"]),
                PUT,
                checksums={name: received.digests[name] for name in keep},
                checksum_type="FULL_OBJECT" if keep else "",
                encryption=self.data_keys.record(tx, used),
            )
            version = self._creation.make(tx, principal, target, made, attributes)
            if version.lock is not None and not digests:
                raise DigestMissing
            return Stored(target.bucket, version)

        try:
            stored = await self._contents.keep(received, commit, check, self._likely(bucket, key))
        except KeyUseNeeded as needed:
            sealing = await self.data_keys.make(principal, needed.home, key, needed.wanted)
            assert sealing.data_key is not None
            received = self._contents.sealed(received, sealing.data_key)
            stored = await self._contents.keep(received, commit)
        self._note(stored.bucket)
        if observed:
            await observed.stored()
        return stored

    def _likely(self, bucket: str, key: str) -> tuple[bytes, ...]:
        """Return the keys that will be read to store an object; the guess may be wrong."""
        uid = self._uids.get(bucket)
        home = BUCKET.pack(bucket)
        return (home,) if uid is None else (home, CURRENT.pack(uid, key))

    def _note(self, home: Bucket) -> None:
        if len(self._uids) >= _MOST_UIDS:
            self._uids.clear()
        self._uids[home.name] = home.uid

    async def _prepare(
        self,
        principal: Principal,
        bucket: str,
        key: str,
        attributes: Attributes,
        size: int | None,
        when: Conditions,
        wanted: Wanted,
    ) -> Sealing:
        """Return what a large object is to be sealed with.

        It is refused before its bytes come in, and before another's key is used for it; and
        again when it is committed.
        """

        def prepare(reader: Reader) -> tuple[Bucket, Wanted]:
            target = self._creation.check(reader, principal, bucket, key, attributes, when)
            require_room(reader, target.bucket, (size or 0) - target.freed)
            return target.bucket, self.data_keys.resolve(reader, target.bucket, wanted)

        home, method = await self._store.read(prepare)
        return await self.data_keys.make(principal, home, key, method)

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
        customer_key: bytes = b"",
    ) -> Found:
        """Return an object; with `load`, its bytes too when it is small.

        `action` is what the principal must be allowed to do with it (where a version is
        named: the action of that name on versions). `customer_key` is what its writer sealed it
        with, if so: it is asked for with `load` only.

        Raises `BucketNotFound`, `ObjectNotFound`, `VersionNotFound`, `VersionIsMarker`,
        `ConditionFailed` and `NotModified`; `AccessDenied` also where the object does not
        exist and the principal may not know that; with `load`, `ObjectArchived`, and what
        `DataKeys.open` raises.
        """

        def find(reader: Reader) -> Found:
            home = find_bucket(reader, bucket)
            version = self.readable(reader, principal, home, key, version_id, action)
            when.check_read(version)
            data = data_key = None
            if load:
                data = self._contents.load(reader, readable_content(key, version))
                data_key = self.data_keys.find(reader, version.encryption, customer_key)
            return Found(home, key, version, data, data_key, principal)

        found = await self._store.read(find)
        if not load or found.version.encryption is None:
            return found
        return await self._opened(found)

    async def _opened(self, found: Found) -> Found:
        """Return a sealed object with its data key, and with its bytes open."""
        key, data = found.data_key, found.data
        if key is None:
            key = await self.data_keys.open(found.principal, found.version.encryption)
        if data is not None:
            content = readable_content(found.key, found.version)
            data = self._contents.opened(content, data, key)
        return replace(found, data=data, data_key=key)

    def readable(
        self,
        reader: Reader,
        principal: Principal,
        home: Bucket,
        key: str,
        version_id: str | None,
        action: str = "s3:GetObject",
        keys: Keys = NO_KEYS,
    ) -> Version:
        """Return a version that the principal may do `action` with, within a read.

        `keys` are condition keys of the action. Raises as `get`.
        """
        try:
            version = self._versions.find_object(reader, home, key, version_id)
        except (ObjectNotFound, VersionNotFound, VersionIsMarker):
            require_to_miss(principal, home, key, of_version(action, version_id))
            raise
        require_on_object(principal, home, key, version, of_version(action, version_id), keys)
        return version

    def read(self, found: Found, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Iterate over a range of an object's bytes. Raises `ObjectArchived`.

        One that is sealed with a customer's key must have been got with `load`.
        """
        if found.version.encryption is not None and found.data_key is None:
            return self._open_and_read(found, start, length)
        content = readable_content(found.key, found.version)
        return self._contents.read(content, start, length, found.data_key)

    async def _open_and_read(
        self, found: Found, start: int, length: int | None
    ) -> AsyncIterator[bytes]:
        opened = await self._opened(replace(found, data=None))
        async for chunk in self.read(opened, start, length):
            yield chunk

    async def parts(self, found: Found) -> list[PartInfo]:
        """Return the parts of an object that was uploaded in parts; empty for any other."""
        content = content_of(found.version)
        return await self._store.read(lambda reader: self._contents.layout_parts(reader, content))

    async def set_acl(
        self, principal: Principal, bucket: str, key: str, version_id: str | None, acl: Grants
    ) -> Version:
        """Replace an object's access control list. Raises as `get`."""

        def commit(tx: Transaction) -> Version:
            home = find_bucket(tx, bucket)
            self.readable(tx, principal, home, key, version_id, "s3:PutObjectAcl")
            require_grants(home, acl)
            place = self._versions.find(tx, home, key, version_id)
            changed = msgspec.structs.replace(place.version, acl=acl)
            self._versions.replace(tx, place, changed)
            tell(tx, home, key, "ObjectAcl:Put", changed, principal)
            return changed

        return await self._store.transact(commit)

    async def change(
        self,
        principal: Principal,
        bucket: str,
        key: str,
        version_id: str | None,
        fn: Callable[[Version], Version],
        action: str,
        event: str,
    ) -> Version:
        """Replace an object's record by what `fn` makes of it (its tags).

        `action` is what the principal must be allowed to do with it, and `event` what is told
        of it. Raises as `get`.
        """

        def commit(tx: Transaction) -> Version:
            home = find_bucket(tx, bucket)
            self.readable(tx, principal, home, key, version_id, action)
            place = self._versions.find(tx, home, key, version_id)
            changed = fn(place.version)
            self._versions.replace(tx, place, changed)
            tell(tx, home, key, event, changed, principal)
            return changed

        return await self._store.transact(commit)


def content_of(version: Version) -> Content:
    """Return a version's content. Raises `VersionIsMarker` for a delete marker."""
    if version.content is None:
        raise VersionIsMarker("", version.version_id, version.modified)
    return version.content
