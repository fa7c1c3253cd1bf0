"""What the store remembers of buckets, objects and uploads.

The records are MessagePack arrays: a field added at the end with a default reads old
records unchanged. Times are milliseconds since the epoch.
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from lenticular.primitives.access import Grants
from lenticular.primitives.contents import Content
from lenticular.primitives.policies.principal_element import Bindings

UNVERSIONED = ""
ENABLED = "Enabled"
SUSPENDED = "Suspended"

GOVERNANCE = "GOVERNANCE"
"""Retained against all but those who may bypass it."""
COMPLIANCE = "COMPLIANCE"
"""Retained against everybody."""

NULL_VERSION = "null"
"""The version id of what was written while versioning was not enabled."""


class Lock(Struct, array_like=True, frozen=True):
    """What protects a version from being removed (see ``retention``)."""

    mode: str = ""
    """`GOVERNANCE` or `COMPLIANCE`; empty: it is not retained."""
    until: int = 0
    """Up to when it is retained."""
    legal_hold: bool | None = None
    """Whether it is held, for as long as nobody says otherwise; None: nobody ever said."""


class DefaultRetention(Struct, array_like=True, frozen=True):
    """How long a bucket retains new versions. One of `days` and `years` is above zero."""

    mode: str
    days: int = 0
    years: int = 0


class BucketLock(Struct, array_like=True, frozen=True):
    """A bucket whose versions may be locked. Once it is, it stays so."""

    default: DefaultRetention | None = None


class Bucket(Struct, array_like=True, frozen=True):
    """A named collection of objects."""

    name: str
    uid: bytes
    """Eight random bytes: the key space of its objects. A new bucket of an old name is another."""
    account_id: str
    owner: str
    """The owner's canonical id."""
    region: str
    created: int
    versioning: str = UNVERSIONED
    """`UNVERSIONED`, `ENABLED` or `SUSPENDED`."""
    acl: Grants = ()
    tags: dict[str, str] | None = None
    """None: never set (which S3 tells apart from empty)."""
    ownership: str = ""
    """Who owns new objects (see ``rights``); empty: whoever writes them."""
    policy: str = ""
    """The bucket's policy, as it was given; empty: it has none."""
    bindings: Bindings = ()
    """Whom the policy names."""
    settings: tuple[str, ...] = ()
    """Names of the kinds of settings that lie beside this record (see ``settings``), sorted."""
    lock: BucketLock | None = None
    """None: its versions cannot be locked."""
    public_access: int | None = None
    """What its own block of public access blocks (``publicity.Block``); None: it has no block."""
    account_public_access: int = 0
    """The same of its account's block, which is written here when it changes."""
    requester_pays: bool = False
    """Whether those who ask pay for it, and not the owner."""
    quota: int = 0
    """Bytes that it may hold; 0: as many as its account may."""


class Encryption(Struct, array_like=True, frozen=True):
    """How an object's bytes are sealed, and how its data key is got back (see ``encryption``)."""

    method: str
    """`AES256`, `KMS` or `CUSTOMER`."""
    wrapped: bytes = b""
    """The data key, wrapped; for a customer's key the salt that it is derived with."""
    key_arn: str = ""
    """`KMS`: the key that wrapped it."""
    context: dict[str, str] = {}
    """`KMS`: what it was wrapped with, all of it."""
    bucket_key: bool = False
    """`KMS`: whether it was wrapped for the bucket, not for the object."""
    key_md5: str = ""
    """`CUSTOMER`: of the customer's key, in base64, to be shown."""
    verifier: bytes = b""
    """`CUSTOMER`: tells whether a key is the customer's."""


AES256 = "AES256"
"""The cloud keeps the keys."""
KMS = "aws:kms"
"""A key of the `keys` primitive wraps the data key, for those who may use it."""
CUSTOMER = "customer"
"""The customer brings the key with every request; the cloud does not keep it."""


class Restoration(Struct, array_like=True, frozen=True):
    """A copy of an archived object, to be read for a while (see ``restoration``)."""

    days: int
    """Lifecycle days that the copy is kept for, once it is there."""
    until: int = 0
    """When the copy goes; 0: it is still being made."""
    content: Content | None = None
    """The copy, where the archive is in a store of its own."""


class Listed(Struct, array_like=True, frozen=True, gc=False):
    """What a listing shows of a version: its first fields, decoded without the rest.

    Left out of garbage collection (it can be in no cycle), which halves the time of a page.
    """

    sort: bytes
    """Position among the key's versions, newest first: inverted nanoseconds and random bytes."""
    size: int
    etag: str
    """Without quotes: hex MD5, or hex MD5 of the parts' MD5 with ``-<parts>``; what is sealed
    with somebody's key has others in place of MD5s (see ``encryption``)."""
    modified: int
    storage_class: str
    owner: str
    """The owner's canonical id."""
    is_marker: bool
    is_null: bool
    checksums: dict[str, bytes]
    """Raw digest by algorithm name (see `lenticular.engines.blobs.digests`)."""
    checksum_type: str
    """``FULL_OBJECT``, ``COMPOSITE`` or empty."""

    @property
    def version_id(self) -> str:
        """The id that clients see."""
        return NULL_VERSION if self.is_null else self.sort.hex()


class Version(Listed, frozen=True):
    """One version of an object, or a delete marker."""

    content: Content | None = None
    """None: a delete marker."""
    headers: dict[str, str] = {}
    """System headers as given, by lower-case name (content-type, cache-control ...)."""
    metadata: dict[str, str] = {}
    """User metadata, by lower-case name without its prefix."""
    tags: dict[str, str] = {}
    acl: Grants = ()
    upload_id: str = ""
    """The multipart upload that it was completed from, if any."""
    lock: Lock | None = None
    restoration: Restoration | None = None
    """The copy of an archived object that can be read, or is being made."""
    encryption: Encryption | None = None
    """None: the bytes are not sealed."""

    @property
    def part_count(self) -> int:
        """Parts of a completed multipart upload; 0 for an object written in one piece."""
        return self.content.parts if self.content is not None else 0


class Upload(Struct, array_like=True, frozen=True):
    """A multipart upload in progress."""

    id: str
    initiated: int
    owner: str
    """Canonical id of the object's owner-to-be."""
    storage_class: str
    headers: dict[str, str]
    metadata: dict[str, str]
    tags: dict[str, str]
    acl: Grants
    checksum_algorithm: str = ""
    """Algorithm that each part is to carry; empty: none was asked for."""
    checksum_type: str = ""
    """``FULL_OBJECT``, ``COMPOSITE`` or empty."""
    lock: Lock | None = None
    """What the object is to be locked by, if its maker said so."""
    encryption: Encryption | None = None
    """How every part is sealed, and the object will be; None: they are not."""


class Part(Struct, array_like=True, frozen=True):
    """One part of a multipart upload."""

    size: int
    etag: str
    modified: int
    checksums: dict[str, bytes]
    content: Content


class Attributes(Struct, frozen=True):
    """What a client says of an object beside its bytes."""

    headers: Mapping[str, str] = {}
    metadata: Mapping[str, str] = {}
    tags: Mapping[str, str] = {}
    acl: Grants = ()
    storage_class: str = "STANDARD"
    lock: Lock | None = None
    """What it is to be locked by; None: as its bucket has it."""


encode = msgspec.msgpack.Encoder().encode
decode_bucket = msgspec.msgpack.Decoder(Bucket).decode
decode_version = msgspec.msgpack.Decoder(Version).decode
decode_upload = msgspec.msgpack.Decoder(Upload).decode
decode_part = msgspec.msgpack.Decoder(Part).decode

_decode_listed = msgspec.msgpack.Decoder(list[Listed]).decode
_decode_versions = msgspec.msgpack.Decoder(list[Version]).decode


def decode_listing(values: list[bytes], *, whole: bool = False) -> Sequence[Listed]:
    """Decode the records of a whole page in one call: a listing's cost is mostly this.

    With `whole` each is a `Version`.
    """
    decode = _decode_versions if whole else _decode_listed
    return decode(b"\xdd" + len(values).to_bytes(4, "big") + b"".join(values))
