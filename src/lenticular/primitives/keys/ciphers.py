"""Ciphers: what whoever may use a key can encrypt with it, decrypt, and have data keys of."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_private_key
from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.keys import ciphertexts, sealing
from lenticular.primitives.keys.errors import (
    AlgorithmInvalid,
    CiphertextInvalid,
    InputInvalid,
)
from lenticular.primitives.keys.keystore import KeyStore
from lenticular.primitives.keys.records import Key
from lenticular.primitives.keys.rights import KeyRequest, admit
from lenticular.primitives.keys.sealing import DATA_KEY_SIZE, DataKey
from lenticular.primitives.keys.specs import (
    ENCRYPT_DECRYPT,
    SIGN_VERIFY,
    SYMMETRIC_DEFAULT,
    check_usage,
    public_bytes,
    spec_named,
)

_OAEP: Mapping[str, type[HashAlgorithm]] = {
    "RSAES_OAEP_SHA_1": SHA1,
    "RSAES_OAEP_SHA_256": SHA256,
}


class DataKeyPair(NamedTuple):
    """An asymmetric data key: its halves, and the private one sealed by the key that it is of."""

    key_arn: str
    private: bytes
    """PKCS #8, DER."""
    public: bytes
    """SubjectPublicKeyInfo, DER."""
    wrapped: bytes


class Ciphers:
    """What is encrypted and decrypted.

    All raise `AccessDenied`, `KeyNotFound`, `KeyNameInvalid`, `KeyDisabled`, `KeyStateInvalid`
    and `KeyUsageInvalid`; what takes an algorithm raises `AlgorithmInvalid` too.
    """

    def __init__(self, store: KeyStore) -> None:
        self._store = store

    async def encrypt(
        self, asked: KeyRequest, plaintext: bytes, algorithm: str = SYMMETRIC_DEFAULT
    ) -> tuple[Key, bytes]:
        """Return the key and what it makes of a plaintext. Raises `InputInvalid` too."""
        return await self._store.read(
            lambda reader: self._encrypt(reader, asked, plaintext, algorithm)
        )

    async def decrypt(
        self, asked: KeyRequest, data: bytes, algorithm: str = SYMMETRIC_DEFAULT
    ) -> tuple[Key, bytes]:
        """Return the key that a ciphertext is of, and its plaintext.

        Without a key in `asked` it is the one that the ciphertext names. Raises
        `CiphertextInvalid` and `KeyDiffers` too.
        """
        return await self._store.read(lambda reader: self._decrypt(reader, asked, data, algorithm))

    async def re_encrypt(
        self, source: KeyRequest, target: KeyRequest, data: bytes, algorithms: tuple[str, str]
    ) -> tuple[Key, Key, bytes]:
        """Decrypt with one key and encrypt with another, the plaintext staying here.

        `algorithms` are those of both. Returns both keys too. Raises as `decrypt` and `encrypt`.
        """

        def read(reader: Reader) -> tuple[Key, Key, bytes]:
            same = {"kms:reencryptonsamekey": _is_same(reader, source, target, data)}
            one = replace(source, keys={**source.keys, **same})
            other = replace(target, keys={**target.keys, **same})
            before, plaintext = self._decrypt(reader, one, data, algorithms[0])
            after, encrypted = self._encrypt(reader, other, plaintext, algorithms[1])
            return before, after, encrypted

        return await self._store.read(read)

    async def data_key(self, asked: KeyRequest, size: int = DATA_KEY_SIZE) -> DataKey:
        """Make a data key of so many bytes."""
        return await self._store.read(
            lambda reader: sealing.data_key(reader, self._store.materials, asked, size)
        )

    async def data_key_pair(self, asked: KeyRequest, spec: str) -> DataKeyPair:
        """Make an asymmetric data key. Raises `SpecUnsupported` too."""
        check_usage(spec, SIGN_VERIFY)
        await self._store.read(lambda reader: sealing.ready(reader, asked))
        # To find large primes takes a second or more: others are served meanwhile.
        private = await asyncio.to_thread(spec_named(spec).draw)

        def read(reader: Reader) -> DataKeyPair:
            key = sealing.ready(reader, asked)
            wrapped = sealing.seal_with(self._store.materials, key, private, asked)
            return DataKeyPair(key.arn, private, _public_half(private), wrapped)

        return await self._store.read(read)

    def _encrypt(
        self, reader: Reader, asked: KeyRequest, plaintext: bytes, algorithm: str
    ) -> tuple[Key, bytes]:
        key = admit(reader, asked)
        sealing.check_enabled(key)
        check_algorithm(key, ENCRYPT_DECRYPT, algorithm)
        if algorithm == SYMMETRIC_DEFAULT:
            return key, sealing.seal_with(self._store.materials, key, plaintext, asked)
        _check_no_context(asked)
        try:
            return key, self._rsa(key).public_key().encrypt(plaintext, _oaep(algorithm))
        except ValueError:
            raise InputInvalid(
                f"The plaintext has {len(plaintext)} bytes: {algorithm} with {key.spec} takes fewer"
            ) from None

    def _decrypt(
        self, reader: Reader, asked: KeyRequest, data: bytes, algorithm: str
    ) -> tuple[Key, bytes]:
        if algorithm == SYMMETRIC_DEFAULT:
            return sealing.open_sealed(reader, self._store.materials, asked, data)
        if not asked.key:
            raise InputInvalid("KeyId is required to decrypt with an asymmetric key")
        key = admit(reader, asked)
        sealing.check_enabled(key)
        check_algorithm(key, ENCRYPT_DECRYPT, algorithm)
        _check_no_context(asked)
        try:
            return key, self._rsa(key).decrypt(data, _oaep(algorithm))
        except ValueError:
            raise CiphertextInvalid from None

    def _rsa(self, key: Key) -> rsa.RSAPrivateKey:
        private = self._store.materials.private_key(key)
        if not isinstance(private, rsa.RSAPrivateKey):
            raise TypeError(f"{key.arn} is {key.spec}, and is no RSA key")
        return private


def check_algorithm(key: Key, usage: str, algorithm: str) -> None:
    """Raise `KeyUsageInvalid` or `AlgorithmInvalid` for what cannot be done with a key."""
    sealing.check_usage(key, usage)
    known = spec_named(key.spec).algorithms[usage]
    if algorithm not in known:
        raise AlgorithmInvalid(
            f"Algorithm {algorithm} is incompatible with key spec {key.spec}: expected "
            f"{' or '.join(known)}"
        )


def _is_same(reader: Reader, source: KeyRequest, target: KeyRequest, data: bytes) -> str:
    """Tell, as a condition key does, whether both ask for one key."""
    after = target.name().find(reader)
    if source.key:
        before = source.name().find(reader)
        before_id = "" if before is None else before.id
    else:
        before_id = ciphertexts.parse(data).key_id
    return "true" if after is not None and after.id == before_id else "false"


def _check_no_context(asked: KeyRequest) -> None:
    if asked.context:
        raise InputInvalid("An EncryptionContext is only for symmetric keys")


def _oaep(algorithm: str) -> padding.OAEP:
    digest = _OAEP[algorithm]()
    return padding.OAEP(padding.MGF1(digest), digest, None)


def _public_half(private: bytes) -> bytes:
    loaded = load_der_private_key(private, None, unsafe_skip_rsa_key_validation=True)
    return public_bytes(loaded.public_key())
