"""Multipart uploads: parts come in any order and become one object at the end."""

import os
import time
from collections.abc import AsyncIterable, Collection, Sequence

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import after
from lenticular.primitives.contents import Check, Content, Contents, PartInfo, Received
from lenticular.primitives.objects import retention
from lenticular.primitives.objects.buckets import allowed_bucket, find_bucket
from lenticular.primitives.objects.completion import (
    CompletedPart,
    attributes_of,
    choose,
    joined_etag,
    require_ascending,
    require_sizes,
    whole_checksums,
)
from lenticular.primitives.objects.conditions import ALWAYS, Conditions
from lenticular.primitives.objects.copies import Source
from lenticular.primitives.objects.creation import COMPLETE, Creation, Made, Target
from lenticular.primitives.objects.datakeys import (
    AS_BUCKET,
    Wanted,
    require_key_of_upload,
)
from lenticular.primitives.objects.errors import ConditionFailed, UploadNotFound
from lenticular.primitives.objects.holdings import grow
from lenticular.primitives.objects.keys import PART, UPLOAD
from lenticular.primitives.objects.objects import Objects
from lenticular.primitives.objects.parts import (
    PartPage,
    drop_upload,
    require_room_for,
    stored_parts,
)
from lenticular.primitives.objects.records import (
    Attributes,
    Bucket,
    Part,
    Upload,
    Version,
    decode_part,
    decode_upload,
    encode,
)
from lenticular.primitives.objects.rights import (
    of_version,
    owner_of_new,
    require_on_object,
    require_to_put,
)
from lenticular.primitives.objects.storage_classes import readable_content
from lenticular.primitives.objects.upload_listings import UploadPage, list_uploads
from lenticular.primitives.objects.versions import Versions
from lenticular.primitives.principals import Principal


class Uploads:
    """The multipart uploads of one cloud."""

    def __init__(self, store: KeyValueStore, contents: Contents, objects: Objects) -> None:
        self._store = store
        self._contents = contents
        self._objects = objects
        self._data_keys = objects.data_keys
        self._versions = Versions(contents)
        self._creation = Creation(contents)

    async def create(
        self,
        principal: Principal,
        bucket: str,
        key: str,
        attributes: Attributes,
        *,
        algorithm: str = "",
        checksum_type: str = "",
        wanted: Wanted = AS_BUCKET,
    ) -> Upload:
        """Start an upload, whose parts are all to be sealed as `wanted`, with one data key.

        Raises `BucketNotFound`, `AccessDenied`, `LockNotEnabled`, `RetentionPassed`, and what
        `DataKeys.make` raises.
        """

        def find_home(reader: Reader) -> Bucket:
            home = find_bucket(reader, bucket)
            require_to_put(principal, home, key, attributes)
            retention.require_lockable(home, attributes.lock, retention.now())
            return home

        def prepare(reader: Reader) -> tuple[Bucket, Wanted]:
            home = find_home(reader)
            return home, self._data_keys.resolve(reader, home, wanted)

        home, method = await self._store.read(prepare)
        sealing = await self._data_keys.make(principal, home, key, method)

        def commit(tx: Transaction) -> Upload:
            home = find_home(tx)
            upload = Upload(
                # Ids that grow with time list the uploads of a key in their order.
                id=time.time_ns().to_bytes(8, "big").hex() + os.urandom(12).hex(),
                initiated=int(time.time() * 1000),
                owner=owner_of_new(principal, home, attributes.acl),
                storage_class=attributes.storage_class,
                headers=dict(attributes.headers),
                metadata=dict(attributes.metadata),
                tags=dict(attributes.tags),
                acl=attributes.acl,
                checksum_algorithm=algorithm,
                checksum_type=checksum_type,
                lock=attributes.lock,
                encryption=self._data_keys.record(tx, sealing),
            )
            tx.set(UPLOAD.pack(home.uid, key, upload.id), encode(upload))
            return upload

        return await self._store.transact(commit)

    async def get(
        self,
        principal: Principal,
        bucket: str,
        key: str,
        upload_id: str,
        action: str = "s3:PutObject",
    ) -> Upload:
        """Return an upload. Raises `BucketNotFound`, `UploadNotFound` or `AccessDenied`."""
        return await self._store.read(
            lambda reader: self._upload(reader, principal, bucket, key, upload_id, action)[1]
        )

    async def put_part(
        self,
        principal: Principal,
        bucket: str,
        key: str,
        upload_id: str,
        number: int,
        source: AsyncIterable[bytes],
        *,
        size: int = 0,
        digests: Collection[str] = (),
        keep: Collection[str] = (),
        check: Check | None = None,
        customer_key: bytes = b"",
    ) -> Part:
        """Store a part, in place of an earlier one of its number.

        Arguments as `Objects.put`; `customer_key` is the one that the upload was begun with.
        Raises as `get`, and what `DataKeys.of_upload` raises.
        """

        def begin(reader: Reader) -> Upload:
            home, upload = self._upload(reader, principal, bucket, key, upload_id)
            require_room_for(reader, home, upload_id, number, size)
            return upload

        upload = await self._store.read(begin)
        sealing = await self._data_keys.of_upload(principal, upload, customer_key)
        observer = self._objects.observer
        observed = observer and observer(principal, bucket, key, source)
        received = await self._contents.receive(
            observed or source, {"md5", *digests, *keep}, sealing.data_key
        )

        def commit(tx: Transaction) -> Part:
            home, _ = self._upload(tx, principal, bucket, key, upload_id)
            checksums = {name: received.digests[name] for name in keep}
            content = self._contents.attach(tx, received)
            etag = sealing.etag(received.digests["md5"])
            return self._set_part(tx, home, upload_id, number, content, etag, checksums)

        part = await self._contents.keep(received, commit, check)
        if observed:
            await observed.stored()
        return part

    async def copy_part(
        self,
        principal: Principal,
        source: Source,
        bucket: str,
        key: str,
        upload_id: str,
        number: int,
        *,
        start: int = 0,
        length: int | None = None,
        source_when: Conditions = ALWAYS,
        customer_key: bytes = b"",
        source_key: bytes = b"",
    ) -> tuple[Part, Version]:
        """Make a part of (a range of) an object; return it and the version it came from.

        The range must lie within the object: raises ValueError otherwise. The bytes are
        read once for their digests, and shared, not copied, unless they are or will be sealed.
        `customer_key` is the one that the upload was begun with, `source_key` the source's.
        """
        upload = await self.get(principal, bucket, key, upload_id)
        sealing = await self._data_keys.of_upload(principal, upload, customer_key)
        found = await self._objects.get(
            principal, source.bucket, source.key, source.version_id, customer_key=source_key
        )
        source_when.check_source(found.version)
        content = readable_content(source.key, found.version)
        length = content.size - start if length is None else length
        if not 0 <= start <= start + length <= content.size:
            raise ValueError(
                f"bytes {start} to {start + length - 1} do not lie within the source's "
                f"{content.size}"
            )
        names = {"md5", upload.checksum_algorithm} - {""}
        received: Received | None = None
        if found.version.encryption is None and upload.encryption is None:
            digests = await self._contents.digest(content, names, start, length)
        else:
            opened = self._objects.read(found, start, length)
            received = await self._contents.receive(opened, names, sealing.data_key)
            digests = dict(received.digests)
        version_id = found.version.version_id

        def commit(tx: Transaction) -> tuple[Part, Version]:
            home, _ = self._upload(tx, principal, bucket, key, upload_id)
            origin = find_bucket(tx, source.bucket)
            version = self._versions.find_object(tx, origin, source.key, version_id)
            action = of_version("s3:GetObject", source.version_id)
            require_on_object(principal, origin, source.key, version, action)
            if readable_content(source.key, version) != content:
                raise ConditionFailed("the source changed while it was copied")
            if received is not None:
                made = self._contents.attach(tx, received)
            else:
                made = self._contents.share(tx, content, start, length)
            checksums = {name: digests[name] for name in names - {"md5"}}
            etag = sealing.etag(digests["md5"])
            part = self._set_part(tx, home, upload_id, number, made, etag, checksums)
            return part, version

        if received is not None:
            return await self._contents.keep(received, commit)
        return await self._store.transact(commit)

    def _set_part(
        self,
        tx: Transaction,
        home: Bucket,
        upload_id: str,
        number: int,
        content: Content,
        etag: str,
        checksums: dict[str, bytes],
    ) -> Part:
        key = PART.pack(upload_id, number)
        data = tx.get(key)
        before = decode_part(data) if data is not None else None
        if before is not None:
            self._contents.release(tx, before.content)
        grow(tx, home, content.size - (before.size if before is not None else 0))
        part = Part(content.size, etag, int(time.time() * 1000), checksums, content)
        tx.set(key, encode(part))
        return part

    async def list_parts(
        self,
        principal: Principal,
        bucket: str,
        key: str,
        upload_id: str,
        *,
        after_number: int = 0,
        limit: int = 1000,
    ) -> PartPage:
        """Return the parts with numbers above `after_number`. Raises as `get`."""

        def collect(reader: Reader) -> PartPage:
            action = "s3:ListMultipartUploadParts"
            upload = self._upload(reader, principal, bucket, key, upload_id, action)[1]
            _, stop = PART.range(upload_id)
            start = after(PART.pack(upload_id, after_number))
            rows = reader.range(start, stop, limit=limit + 1)
            parts = [(PART.unpack(row)[1], decode_part(data)) for row, data in rows[:limit]]
            return PartPage(upload, parts, truncated=len(rows) > limit)

        return await self._store.read(collect)

    async def complete(
        self,
        principal: Principal,
        bucket: str,
        key: str,
        upload_id: str,
        parts: Sequence[CompletedPart],
        *,
        when: Conditions = ALWAYS,
        check: Check | None = None,
        size: int | None = None,
        customer_key: bytes = b"",
    ) -> Version:
        """Join parts into the object and return it; parts not named are dropped.

        `check` is shown the whole object's checksums and raises where they are not those
        claimed; `size` is what the bytes must come to. To complete an upload again that is
        complete gives its version again. Raises `UploadNotFound`, `PartOrderInvalid`,
        `PartInvalid`, `PartTooSmall`, `ConditionFailed`, `BucketNotFound`, `AccessDenied`.
        """
        require_ascending(parts)

        def commit(tx: Transaction) -> Version:
            home = allowed_bucket(tx, principal, bucket, "s3:PutObject", key)
            current = self._versions.current(tx, home, key)
            if current is not None and current.upload_id == upload_id:
                return current
            upload = self._upload(tx, principal, bucket, key, upload_id)[1]
            require_key_of_upload(upload, customer_key)
            when.check_write(key, current)
            stored = stored_parts(tx, upload_id)
            chosen = {part.number: choose(stored, part) for part in parts}
            require_sizes(chosen, size)
            checksums, checksum_type = whole_checksums(upload, list(chosen.values()))
            if check is not None:
                check(checksums)
            for number, part in stored.items():
                if number not in chosen:
                    self._contents.release(tx, part.content)
                tx.delete(PART.pack(upload_id, number))
            grow(tx, home, -sum(part.size for part in stored.values()))
            content = self._contents.join(
                tx,
                [part.content for part in chosen.values()],
                [PartInfo(number, part.size, part.checksums) for number, part in chosen.items()],
            )
            made = Made(
                content,
                joined_etag(chosen.values()),
                COMPLETE,
                checksums,
                checksum_type,
                upload_id,
                upload.owner,
                upload.encryption,
            )
            tx.delete(UPLOAD.pack(home.uid, key, upload_id))
            target = Target(home, key, current)
            return self._creation.make(tx, principal, target, made, attributes_of(upload))

        return await self._store.transact(commit)

    async def abort(self, principal: Principal, bucket: str, key: str, upload_id: str) -> None:
        """Drop an upload with its parts. Raises as `get`."""

        def commit(tx: Transaction) -> None:
            action = "s3:AbortMultipartUpload"
            home, upload = self._upload(tx, principal, bucket, key, upload_id, action)
            drop_upload(tx, self._contents, home, key, upload.id)

        await self._store.transact(commit)

    async def list(
        self,
        principal: Principal,
        bucket: str,
        *,
        prefix: str = "",
        delimiter: str = "",
        behind: tuple[str, str] | None = None,
        limit: int = 1000,
    ) -> UploadPage:
        """Return the uploads behind the key and upload id of `behind`.

        With an empty upload id every upload of that key is passed over. Raises
        `BucketNotFound` or `AccessDenied`.
        """

        def collect(reader: Reader) -> UploadPage:
            home = allowed_bucket(reader, principal, bucket, "s3:ListBucketMultipartUploads")
            return list_uploads(reader, home, prefix, delimiter, behind, limit)

        return await self._store.read(collect)

    def _upload(
        self,
        reader: Reader,
        principal: Principal,
        bucket: str,
        key: str,
        upload_id: str,
        action: str = "s3:PutObject",
    ) -> tuple[Bucket, Upload]:
        home = allowed_bucket(reader, principal, bucket, action, key)
        data = reader.get(UPLOAD.pack(home.uid, key, upload_id))
        if data is None:
            raise UploadNotFound(upload_id)
        return home, decode_upload(data)
