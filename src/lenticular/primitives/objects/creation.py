"""Creation: what makes a new version of bytes that came in, were copied or were joined.

Uploading, copying and completing all end here, within their transaction, so that what
holds for new objects (who owns them, which version they become) is said once.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.contents import Content, Contents
from lenticular.primitives.objects import retention
from lenticular.primitives.objects.buckets import find_bucket
from lenticular.primitives.objects.conditions import Conditions
from lenticular.primitives.objects.notifications import tell
from lenticular.primitives.objects.publicity import require_grants
from lenticular.primitives.objects.records import (
    ENABLED,
    Attributes,
    Bucket,
    Encryption,
    Version,
)
from lenticular.primitives.objects.rights import owner_of_new, require_to_put
from lenticular.primitives.objects.storage_classes import note_archived
from lenticular.primitives.objects.versions import Versions, new_sort
from lenticular.primitives.principals import Principal

PUT = "Put"
COPY = "Copy"
COMPLETE = "CompleteMultipartUpload"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a new version is to be: a bucket's key, and what is current there."""

    bucket: Bucket
    key: str
    current: Version | None

    @property
    def freed(self) -> int:
        """How many bytes the new version takes the place of."""
        current = self.current
        replaces = current is not None and current.is_null and self.bucket.versioning != ENABLED
        return current.size if current is not None and replaces else 0


@dataclass(frozen=True, slots=True)
class Made:
    """The bytes that a new version is to have, and how they came."""

    content: Content
    etag: str
    cause: str
    """`PUT`, `COPY` or `COMPLETE`."""
    checksums: Mapping[str, bytes] = field(default_factory=dict)
    checksum_type: str = ""
    upload_id: str = ""
    owner: str = ""
    """Canonical id of the owner; empty: as the bucket has it for what the principal writes."""
    encryption: Encryption | None = None


class Creation:
    """Makes versions. Its methods run inside the caller's read or transaction."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._versions = Versions(contents)

    def check(
        self,
        reader: Reader,
        principal: Principal,
        bucket: str,
        key: str,
        attributes: Attributes,
        when: Conditions,
    ) -> Target:
        """Return where the version would be, if the principal may make it there now.

        Raises `BucketNotFound`, `AccessDenied`, `ConditionFailed`, `ObjectNotFound`,
        `LockNotEnabled` and `RetentionPassed`.
        """
        home = find_bucket(reader, bucket)
        require_to_put(principal, home, key, attributes)
        retention.require_lockable(home, attributes.lock, retention.now())
        current = self._versions.current(reader, home, key)
        when.check_write(key, current)
        return Target(home, key, current)

    def make(
        self,
        tx: Transaction,
        principal: Principal,
        target: Target,
        made: Made,
        attributes: Attributes,
    ) -> Version:
        """Make the new version, which is current from now on, and return it.

        Raises `AccessDenied` for grants that were blocked since an upload was begun with them.
        """
        home = target.bucket
        require_grants(home, attributes.acl)
        version = Version(
            sort=new_sort(target.current),
            size=made.content.size,
            etag=made.etag,
            modified=int(time.time() * 1000),
            storage_class=attributes.storage_class,
            owner=made.owner or owner_of_new(principal, home, attributes.acl),
            is_marker=False,
            is_null=True,
            checksums=dict(made.checksums),
            checksum_type=made.checksum_type,
            content=made.content,
            headers=dict(attributes.headers),
            metadata=dict(attributes.metadata),
            tags=dict(attributes.tags),
            acl=attributes.acl,
            upload_id=made.upload_id,
            lock=retention.lock_of_new(home, attributes.lock, retention.now()),
            encryption=made.encryption,
        )
        placed = self._versions.place(tx, home, target.key, target.current, version)
        tell(tx, home, target.key, f"ObjectCreated:{made.cause}", placed, principal)
        note_archived(tx, self._contents, home, target.key, placed)
        return placed
