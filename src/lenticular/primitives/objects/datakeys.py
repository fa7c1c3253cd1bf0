"""Data keys: each object's own, made when it is written and got back for who may read it.

How depends on the method. `AES256`: the cloud wraps the data key (`primitives.encryption`); `KMS`:
a key of the `keys` primitive does, which the writer and every reader must be allowed to use;
`CUSTOMER`: it is derived from a key that comes with each request. Amazon S3 User Guide,
"Protecting data with server-side encryption".
"""

import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.access import AccessDenied
from lenticular.primitives.encryption import Keyring, WrappedKeys
from lenticular.primitives.keys import Keys
from lenticular.primitives.objects import customerkeys
from lenticular.primitives.objects.errors import (
    CustomerKeyMissing,
    CustomerKeyUnwanted,
    CustomerKeyWrong,
    MethodUnavailable,
    UploadKeyMissing,
    UploadKeyWrong,
)
from lenticular.primitives.objects.keys import CURRENT, OLDER, UPLOAD
from lenticular.primitives.objects.records import (
    AES256,
    CUSTOMER,
    KMS,
    Bucket,
    Encryption,
    Upload,
    Version,
    decode_upload,
    decode_version,
    encode,
)
from lenticular.primitives.objects.rights import bucket_arn
from lenticular.primitives.objects.settings import Kind
from lenticular.primitives.principals import Principal

_SIZE = 32
_ETAG = b"lenticular etag"
_ARN = "aws:s3:arn"


class BucketEncryption(Struct, array_like=True, frozen=True):
    """How objects of a bucket are sealed whose writers name nothing."""

    method: str
    """`AES256` or `KMS`."""
    key: str = ""
    """`KMS`: id, alias or ARN of the key; empty: the one of the writer's account for objects."""
    bucket_key: bool = False
    blocks_customer_keys: bool = False
    """Whether nobody may write with a key of their own."""


BUCKET_ENCRYPTION = Kind("encryption", BucketEncryption)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How whoever writes an object wants it sealed."""

    method: str = ""
    """`AES256`, `KMS` or `CUSTOMER`; empty: as its bucket has it."""
    key: str = ""
    context: Mapping[str, str] = field(default_factory=dict)
    """`KMS`: what the data key is bound to besides the object's name."""
    bucket_key: bool | None = None
    customer_key: bytes = field(default=b"", repr=False)


AS_BUCKET = Wanted()


@dataclass(frozen=True, slots=True)
class Sealing:
    """What a new object is sealed with."""

    data_key: bytes | None = field(default=None, repr=False)
    """None: it is not."""
    encryption: Encryption | None = None
    """What is remembered of it; the cloud wraps its data key when that is written."""

    def etag(self, md5: bytes) -> str:
        """Return the ETag of bytes with this MD5.

        That of bytes sealed with somebody's key is no MD5 (API reference, "Object"): it would
        tell of them to who may list but not read.
        """
        if self.data_key is None or self.encryption is None or self.encryption.method == AES256:
            return md5.hex()
        return hmac.digest(self.data_key, _ETAG + md5, "sha256")[:16].hex()


_CLEAR = Sealing()


class KeyUseNeeded(Exception):
    """Somebody's key must be used for an object, for which its transaction cannot wait."""

    def __init__(self, home: Bucket, wanted: Wanted) -> None:
        super().__init__(f"objects in {home.name} are sealed with {wanted.method}")
        self.home = home
        self.wanted = wanted


class DataKeys:
    """The data keys of one cloud's objects."""

    def __init__(
        self,
        store: KeyValueStore,
        keyring: Keyring | None = None,
        keys: Keys | None = None,
        default: str = "",
    ) -> None:
        """`default` is the method for buckets that have none; empty: objects are not sealed.

        Without `keyring` and `keys` their methods are unavailable.
        """
        self._store = store
        self._keyring = keyring
        self._keys = keys
        self.default = default

    # For what is written.

    def resolve(self, reader: Reader, home: Bucket, wanted: Wanted) -> Wanted:
        """Return what is wanted with what the bucket has for those who name nothing.

        Raises `AccessDenied` for a method that the bucket does not take.
        """
        setting = BUCKET_ENCRYPTION.find(reader, home)
        if setting is None:
            return wanted if wanted.method else Wanted(self.default)
        if wanted.method == CUSTOMER and setting.blocks_customer_keys:
            raise AccessDenied("the bucket takes no objects sealed with customers' keys")
        bucket_key = setting.bucket_key if wanted.bucket_key is None else wanted.bucket_key
        if wanted.method:
            return Wanted(
                wanted.method, wanted.key, wanted.context, bucket_key, wanted.customer_key
            )
        return Wanted(setting.method, setting.key, bucket_key=bucket_key)

    def make_within(self, reader: Reader, home: Bucket, wanted: Wanted) -> Sealing:
        """Return what a new object is sealed with, where that asks no other's key.

        Raises `KeyUseNeeded` where it does, and as `resolve`.
        """
        method = self.resolve(reader, home, wanted)
        if method.method == KMS:
            raise KeyUseNeeded(home, method)
        return _sealing_without_kms(method)

    async def make(self, principal: Principal, home: Bucket, key: str, wanted: Wanted) -> Sealing:
        """Return what a new object is sealed with, as `resolve` gave it.

        Raises `MethodUnavailable`, and for `KMS` as `Keys.generate_data_key`.
        """
        if wanted.method != KMS:
            return _sealing_without_kms(wanted)
        arn = bucket_arn(home.name)
        context = {**wanted.context, _ARN: arn if wanted.bucket_key else f"{arn}/{key}"}
        made = await self._kms().generate_data_key(
            principal, wanted.key, context, via=_service(home.region)
        )
        encryption = Encryption(
            KMS, made.wrapped, made.key_arn, context, bucket_key=bool(wanted.bucket_key)
        )
        return Sealing(made.plaintext, encryption)

    def record(self, tx: Transaction, sealing: Sealing) -> Encryption | None:
        """Return what is to be remembered of a new object's sealing. Raises `MethodUnavailable`."""
        encryption = sealing.encryption
        if encryption is None or sealing.data_key is None or encryption.method != AES256:
            return encryption
        wrapped = self._ring().wrap(tx, sealing.data_key)
        return msgspec.structs.replace(encryption, wrapped=wrapped)

    def wrapped_again(self, tx: Transaction, encryption: Encryption | None) -> Encryption | None:
        """Return what a copy remembers that shares the data key of its source.

        The cloud wraps it by its current key; raises as `find`.
        """
        data_key = self.find(tx, encryption)
        return self.record(tx, Sealing(data_key, encryption))

    # For what is read.

    def find(
        self, reader: Reader, encryption: Encryption | None, customer_key: bytes = b""
    ) -> bytes | None:
        """Return an object's data key; None: it is not sealed, or `open` must be asked.

        Raises `CustomerKeyMissing`, `CustomerKeyWrong`, `CustomerKeyUnwanted` and
        `MethodUnavailable`.
        """
        if encryption is not None and encryption.method == CUSTOMER:
            return customerkeys.data_key_of(encryption, customer_key)
        if customer_key:
            raise CustomerKeyUnwanted
        if encryption is None or encryption.method != AES256:
            return None
        return self._ring().unwrap(reader, encryption.wrapped)

    async def open(
        self, principal: Principal, encryption: Encryption | None, customer_key: bytes = b""
    ) -> bytes | None:
        """Return an object's data key; None: it is not sealed.

        Raises as `find`, and for `KMS` as `Keys.open_data_key`.
        """
        if encryption is None or encryption.method != KMS:
            return await self._store.read(
                lambda reader: self.find(reader, encryption, customer_key)
            )
        if customer_key:
            raise CustomerKeyUnwanted
        via = _service(encryption.key_arn.split(":")[3])
        return await self._kms().open_data_key(
            principal, encryption.wrapped, encryption.context, via=via
        )

    async def require_use(self, principal: Principal, encryption: Encryption | None) -> None:
        """Raise as `open` does unless the principal may open what a key of KMS has sealed.

        For who is told of its bytes without them: a checksum confirms what somebody guesses.
        """
        if encryption is not None and encryption.method == KMS:
            await self.open(principal, encryption)

    async def of_upload(self, principal: Principal, upload: Upload, customer_key: bytes) -> Sealing:
        """Return what the parts of an upload are sealed with.

        Raises `UploadKeyMissing`, `UploadKeyWrong`, and for `KMS` as `Keys.open_data_key`.
        """
        require_key_of_upload(upload, customer_key)
        data_key = await self.open(principal, upload.encryption, customer_key)
        return Sealing(data_key, upload.encryption)

    def _ring(self) -> Keyring:
        if self._keyring is None:
            raise MethodUnavailable(AES256)
        return self._keyring

    def _kms(self) -> Keys:
        if self._keys is None:
            raise MethodUnavailable(KMS)
        return self._keys


def _sealing_without_kms(wanted: Wanted) -> Sealing:
    if wanted.method == AES256:
        return Sealing(os.urandom(_SIZE), Encryption(AES256))
    if wanted.method == CUSTOMER:
        return Sealing(*customerkeys.encryption_with(wanted.customer_key))
    return _CLEAR


def require_key_of_upload(upload: Upload, customer_key: bytes) -> None:
    """Raise `UploadKeyMissing` or `UploadKeyWrong` unless the upload was begun with the key."""
    try:
        customerkeys.require_key(upload.encryption, customer_key)
    except CustomerKeyMissing:
        raise UploadKeyMissing from None
    except (CustomerKeyWrong, CustomerKeyUnwanted):
        raise UploadKeyWrong from None


def _service(region: str) -> str:
    """Return what policies of keys call the service that objects are reached by."""
    return f"s3.{region}.amazonaws.com"


# Where the keyring finds the data keys that it has wrapped.


def _wrapped(record: Version | Upload) -> bytes:
    encryption = record.encryption
    return encryption.wrapped if encryption is not None and encryption.method == AES256 else b""


def _rewrapped(record: Version | Upload, wrapped: bytes) -> bytes:
    assert record.encryption is not None
    encryption = msgspec.structs.replace(record.encryption, wrapped=wrapped)
    return encode(msgspec.structs.replace(record, encryption=encryption))


def _of_versions(space: Subspace) -> WrappedKeys:
    return WrappedKeys(
        space.range(),
        lambda data: _wrapped(decode_version(data)),
        lambda data, wrapped: _rewrapped(decode_version(data), wrapped),
    )


WRAPPED_KEYS = (
    WrappedKeys(
        UPLOAD.range(),
        lambda data: _wrapped(decode_upload(data)),
        lambda data, wrapped: _rewrapped(decode_upload(data), wrapped),
    ),
    _of_versions(CURRENT),
    _of_versions(OLDER),
)
