"""Signatures and authentication codes, made and checked with keys by those who may.

AWS KMS API reference, "Sign", "Verify", "GenerateMac", "VerifyMac"; RFC 8017 (RSA), FIPS 186-5
(ECDSA, Ed25519), RFC 2104 (HMAC).
"""

import hmac
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.keys import sealing
from lenticular.primitives.keys.ciphers import check_algorithm
from lenticular.primitives.keys.errors import (
    InputInvalid,
    MacInvalid,
    OperationUnsupported,
    SignatureInvalid,
)
from lenticular.primitives.keys.keystore import KeyStore
from lenticular.primitives.keys.records import Key
from lenticular.primitives.keys.rights import KeyRequest, admit
from lenticular.primitives.keys.specs import (
    GENERATE_VERIFY_MAC,
    SIGN_VERIFY,
    public_bytes,
    spec_named,
)

_DIGESTS: Mapping[str, type[HashAlgorithm]] = {
    "SHA_256": SHA256,
    "SHA_384": SHA384,
    "SHA_512": SHA512,
}
"""By the end of an algorithm's name."""


class Signatures:
    """What is signed, and checked.

    All raise `AccessDenied`, `KeyNotFound`, `KeyNameInvalid`, `KeyDisabled`, `KeyStateInvalid`,
    `KeyUsageInvalid` and, where they take an algorithm, `AlgorithmInvalid`.
    """

    def __init__(self, store: KeyStore) -> None:
        self._store = store

    async def sign(
        self, asked: KeyRequest, algorithm: str, message: bytes, *, is_digest: bool = False
    ) -> tuple[Key, bytes]:
        """Return the key and its signature of a message, or of what is the digest of one.

        Raises `InputInvalid` for what is no digest.
        """
        key = await self._ready(asked, SIGN_VERIFY, algorithm)
        private = self._store.materials.private_key(key)
        if is_digest:
            _check_digest(algorithm, message)
        if isinstance(private, rsa.RSAPrivateKey):
            made = private.sign(message, _padding(algorithm), _hash(algorithm, is_digest))
        elif isinstance(private, ec.EllipticCurvePrivateKey):
            made = private.sign(message, ec.ECDSA(_hash(algorithm, is_digest)))
        else:
            made = private.sign(message)
        return key, made

    async def verify(
        self,
        asked: KeyRequest,
        algorithm: str,
        message: bytes,
        signature: bytes,
        *,
        is_digest: bool = False,
    ) -> Key:
        """Return the key if it made a signature. Raises `SignatureInvalid`, and as `sign`."""
        key = await self._ready(asked, SIGN_VERIFY, algorithm)
        public = self._store.materials.private_key(key).public_key()
        if is_digest:
            _check_digest(algorithm, message)
        try:
            if isinstance(public, rsa.RSAPublicKey):
                digest = _hash(algorithm, is_digest)
                public.verify(signature, message, _padding(algorithm), digest)
            elif isinstance(public, ec.EllipticCurvePublicKey):
                public.verify(signature, message, ec.ECDSA(_hash(algorithm, is_digest)))
            else:
                public.verify(signature, message)
        except InvalidSignature:
            raise SignatureInvalid from None
        return key

    async def public_key(self, asked: KeyRequest) -> tuple[Key, bytes]:
        """Return an asymmetric key and its public half. Raises `OperationUnsupported`."""

        def read(reader: Reader) -> Key:
            key = admit(reader, asked)
            sealing.check_enabled(key)
            if not spec_named(key.spec).is_asymmetric:
                raise OperationUnsupported(f"{key.arn} is {key.spec}: it has no public key")
            return key

        key = await self._store.read(read)
        return key, public_bytes(self._store.materials.private_key(key).public_key())

    async def mac(self, asked: KeyRequest, algorithm: str, message: bytes) -> tuple[Key, bytes]:
        """Return the key and its authentication code of a message."""
        key = await self._ready(asked, GENERATE_VERIFY_MAC, algorithm)
        digest = f"sha{algorithm.rpartition('_')[2]}"
        return key, hmac.digest(self._store.materials.open(key), message, digest)

    async def verify_mac(
        self, asked: KeyRequest, algorithm: str, message: bytes, mac: bytes
    ) -> Key:
        """Return the key if it made an authentication code. Raises `MacInvalid`, and as `mac`."""
        key, made = await self.mac(asked, algorithm, message)
        if not hmac.compare_digest(made, mac):
            raise MacInvalid
        return key

    async def _ready(self, asked: KeyRequest, usage: str, algorithm: str) -> Key:
        def read(reader: Reader) -> Key:
            key = admit(reader, asked)
            sealing.check_enabled(key)
            check_algorithm(key, usage, algorithm)
            return key

        return await self._store.read(read)


def _check_digest(algorithm: str, message: bytes) -> None:
    if algorithm.startswith("ED25519"):
        raise InputInvalid(f"{algorithm} signs a whole message: expected the MessageType RAW")
    if len(message) != _DIGESTS[algorithm[-7:]]().digest_size:
        raise InputInvalid(f"Digest is invalid length for algorithm {algorithm}.")


def _hash(algorithm: str, is_digest: bool) -> HashAlgorithm | Prehashed:
    digest = _DIGESTS[algorithm[-7:]]()
    return Prehashed(digest) if is_digest else digest


def _padding(algorithm: str) -> AsymmetricPadding:
    if algorithm.startswith("RSASSA_PKCS1"):
        return padding.PKCS1v15()
    digest = _DIGESTS[algorithm[-7:]]()
    return padding.PSS(padding.MGF1(digest), digest.digest_size)
