"""Columns of an inventory: what is told of each object.

Amazon S3 User Guide, "Amazon S3 Inventory list". Values are text as CSV has them; a column that
an object has nothing for is empty.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from lenticular.primitives.access import GROUPS, Grant, Permission
from lenticular.primitives.objects.inventories.settings import Inventory
from lenticular.primitives.objects.records import AES256, CUSTOMER, KMS, Bucket, Version

TEXT, NUMBER, FLAG, TIME = "VARCHAR", "BIGINT", "BOOLEAN", "TIMESTAMP"
"""Types of columns where a format has types, as SQL names them."""


class Row(NamedTuple):
    """One version as it is listed."""

    bucket: Bucket
    key: str
    version: Version
    is_latest: bool


class Column(NamedTuple):
    """A column of an inventory."""

    name: str
    """In formats that have typed columns."""
    type: str
    value: Callable[[Row], str]


def _time(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z" if milliseconds else ""


def _flag(value: bool) -> str:
    return "true" if value else "false"


_METHODS = {"": "NOT-SSE", AES256: "SSE-S3", KMS: "SSE-KMS", CUSTOMER: "SSE-C"}


def _encryption(row: Row) -> str:
    encryption = row.version.encryption
    return _METHODS[encryption.method if encryption is not None else ""]


def _bucket_key(row: Row) -> str:
    encryption = row.version.encryption
    if encryption is None or encryption.method != KMS:
        return ""
    return "ENABLED" if encryption.bucket_key else "DISABLED"


def _lock_mode(row: Row) -> str:
    return row.version.lock.mode if row.version.lock is not None else ""


def _locked_until(row: Row) -> str:
    return _time(row.version.lock.until) if row.version.lock is not None else ""


def _legal_hold(row: Row) -> str:
    lock = row.version.lock
    return "" if lock is None or lock.legal_hold is None else ("ON" if lock.legal_hold else "OFF")


def _grants(row: Row) -> str:
    """Return who may use an object, as the inventory's own document in base64."""
    version = row.version
    grants = version.acl or (Grant(version.owner, Permission.FULL_CONTROL),)
    document = {
        "version": "2022-11-10",
        "status": "AVAILABLE",
        "grants": [
            {
                "type": "Group" if each.grantee in GROUPS else "CanonicalUser",
                "group" if each.grantee in GROUPS else "canonicalId": each.grantee,
                "permission": Permission(each.permission).name,
            }
            for each in grants
        ],
    }
    return b64encode(json.dumps(document).encode()).decode()


_ALWAYS = (
    ("Bucket", Column("bucket", TEXT, lambda row: row.bucket.name)),
    ("Key", Column("key", TEXT, lambda row: row.key)),
)
_OF_VERSIONS = (
    ("VersionId", Column("version_id", TEXT, lambda row: row.version.version_id)),
    ("IsLatest", Column("is_latest", FLAG, lambda row: _flag(row.is_latest))),
    ("IsDeleteMarker", Column("is_delete_marker", FLAG, lambda row: _flag(row.version.is_marker))),
)


def _of_object(value: Callable[[Row], str]) -> Callable[[Row], str]:
    """Return what tells a value of objects, and nothing of delete markers."""
    return lambda row: "" if row.version.is_marker else value(row)


def _multipart(row: Row) -> str:
    return _flag(bool(row.version.upload_id))


OPTIONAL: Mapping[str, Column] = {
    "Size": Column("size", NUMBER, _of_object(lambda row: str(row.version.size))),
    "LastModifiedDate": Column("last_modified_date", TIME, lambda row: _time(row.version.modified)),
    "StorageClass": Column(
        "storage_class", TEXT, _of_object(lambda row: row.version.storage_class)
    ),
    "ETag": Column("e_tag", TEXT, _of_object(lambda row: row.version.etag)),
    "IsMultipartUploaded": Column("is_multipart_uploaded", FLAG, _of_object(_multipart)),
    "ReplicationStatus": Column("replication_status", TEXT, lambda row: ""),
    "EncryptionStatus": Column("encryption_status", TEXT, _of_object(_encryption)),
    "ObjectLockRetainUntilDate": Column("object_lock_retain_until_date", TIME, _locked_until),
    "ObjectLockMode": Column("object_lock_mode", TEXT, _lock_mode),
    "ObjectLockLegalHoldStatus": Column("object_lock_legal_hold_status", TEXT, _legal_hold),
    "IntelligentTieringAccessTier": Column("intelligent_tiering_access_tier", TEXT, lambda row: ""),
    "BucketKeyStatus": Column("bucket_key_status", TEXT, _bucket_key),
    "ChecksumAlgorithm": Column(
        "checksum_algorithm",
        TEXT,
        lambda row: ",".join(sorted(name.upper() for name in row.version.checksums)),
    ),
    "ObjectAccessControlList": Column("object_access_control_list", TEXT, _of_object(_grants)),
    "ObjectOwner": Column("object_owner", TEXT, lambda row: row.version.owner),
}
"""Those that a setting may ask for, by the API's names."""


def columns_of(inventory: Inventory) -> Sequence[tuple[str, Column]]:
    """Return the columns of an inventory, by the API's names, in their order."""
    versions = _OF_VERSIONS if inventory.all_versions else ()
    return (*_ALWAYS, *versions, *((name, OPTIONAL[name]) for name in inventory.fields))
