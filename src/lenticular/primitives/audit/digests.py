"""Digest files: signed lists of what was delivered, chained, so that a missing file is noticed.

AWS CloudTrail User Guide, "CloudTrail digest file structure" and "Custom implementations of
CloudTrail log file integrity validation": SHA-256 of the uncompressed files, and RSA with
PKCS #1 v1.5 and SHA-256 over the digest's end, place and hash, and its predecessor's signature.
"""

import asyncio
import hashlib
import time
from collections.abc import Sequence
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from msgspec import Struct

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.audit.events import iso
from lenticular.primitives.audit.trails import Delivered, Signed, Trail
from lenticular.primitives.vault import Vault

ALGORITHM = "SHA256withRSA"

_KEY = Subspace("audit", "key").pack("digest")  # -> DigestKey
_CONTEXT = "audit digest key"
_BITS = 2048
_VALID = 10 * 365 * 24 * 3600
"""Seconds for which a key is said to be valid."""


class DigestKey(Struct, array_like=True, frozen=True):
    """The key that digests are signed with."""

    created: int
    """Seconds since the epoch."""
    public: bytes
    """DER of its PKCS #1 form."""
    sealed: bytes
    """The private key's DER in PKCS #8, sealed by the vault."""

    @property
    def expires(self) -> int:
        """Until when it is said to be valid, in seconds since the epoch."""
        return self.created + _VALID

    @property
    def fingerprint(self) -> str:
        """What digests name it by: the MD5 of its public half, in hex."""
        return hashlib.md5(self.public, usedforsecurity=False).hexdigest()


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(DigestKey).decode


class DigestKeys:
    """The signing key of one cloud's digests, made when first needed."""

    def __init__(self, store: KeyValueStore, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    async def find(self) -> DigestKey | None:
        """Return the key if it has been made."""
        return await self._store.read(self._find)

    async def key(self) -> DigestKey:
        """Return the key, made now if there is none."""
        return await self.find() or await self._make()

    async def sign(self, key: DigestKey, statement: bytes) -> str:
        """Return a key's signature of a statement, in hex. Raises `VaultError`."""
        return await asyncio.to_thread(self._sign, key, statement)

    @staticmethod
    def _find(reader: Reader) -> DigestKey | None:
        data = reader.get(_KEY)
        return None if data is None else _decode(data)

    async def _make(self) -> DigestKey:
        made = await asyncio.to_thread(self._generate)

        def keep_first(tx: Transaction) -> DigestKey:
            known = self._find(tx)
            if known is None:
                tx.set(_KEY, _encode(made))
            return known or made

        return await self._store.transact(keep_first)

    def _generate(self) -> DigestKey:
        private = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
        secret = private.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        public = private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.PKCS1
        )
        return DigestKey(int(time.time()), public, self._vault.seal(secret, _CONTEXT))

    def _sign(self, key: DigestKey, statement: bytes) -> str:
        secret = self._vault.open(key.sealed, _CONTEXT)
        private = serialization.load_der_private_key(secret, None)
        assert isinstance(private, rsa.RSAPrivateKey)
        return private.sign(statement, padding.PKCS1v15(), hashes.SHA256()).hex()


def document(
    trail: Trail,
    key: str,
    begin: int,
    end: int,
    files: Sequence[Delivered],
    previous: Signed | None,
    fingerprint: str,
) -> bytes:
    """Return the contents of a digest file. Times are in seconds since the epoch."""
    found: dict[str, Any] = {
        "awsAccountId": trail.account_id,
        "digestStartTime": iso(begin),
        "digestEndTime": iso(end),
        "digestS3Bucket": trail.bucket,
        "digestS3Object": key,
        "digestPublicKeyFingerprint": fingerprint,
        "digestSignatureAlgorithm": ALGORITHM,
        "newestEventTime": max((file.newest for file in files), default=None),
        "oldestEventTime": min((file.oldest for file in files), default=None),
        "previousDigestS3Bucket": trail.bucket if previous else None,
        "previousDigestS3Object": previous.key if previous else None,
        "previousDigestHashValue": previous.digest.hex() if previous else None,
        "previousDigestHashAlgorithm": "SHA-256" if previous else None,
        "previousDigestSignature": previous.signature if previous else None,
        "logFiles": [
            {
                "s3Bucket": trail.bucket,
                "s3Object": file.key,
                "hashValue": file.digest.hex(),
                "hashAlgorithm": "SHA-256",
                "newestEventTime": file.newest,
                "oldestEventTime": file.oldest,
            }
            for file in files
        ],
    }
    return msgspec.json.encode(found)


def statement(trail: Trail, key: str, end: int, contents: bytes, previous: Signed | None) -> bytes:
    """Return what is signed of a digest file."""
    lines = (
        iso(end),
        f"{trail.bucket}/{key}",
        hashlib.sha256(contents).hexdigest(),
        previous.signature if previous else "null",
    )
    return "\n".join(lines).encode()
