"""SSH public keys of users: kept for whatever lets them in by SSH."""

from hashlib import md5

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from msgspec import Struct
from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.identities import spaces
from lenticular.primitives.identities.directory import USERS
from lenticular.primitives.identities.errors import (
    EntityExists,
    EntityNotFound,
    InputInvalid,
    QuotaExceeded,
)
from lenticular.primitives.identities.quotas import SSH_KEYS_PER_USER
from lenticular.primitives.identities.records import User, decode, encode, unique_id
from lenticular.primitives.identities.store import IdentityStore

_SMALLEST = 2048
"""Bits of a key that is safe."""


class SshKey(Struct, array_like=True, frozen=True):
    """A public key by which a user is known over SSH."""

    key_id: str
    """``APKA`` and 17 characters."""
    uploaded: int
    openssh: str
    """In the form of RFC 4253 (``ssh-rsa AAAA...``)."""
    active: bool = True

    @property
    def status(self) -> str:
        return "Active" if self.active else "Inactive"

    @property
    def fingerprint(self) -> str:
        """The MD5 of the key in PEM's DER form, as IAM shows it (RFC 4716, section 4)."""
        der = _public_key(self.openssh).public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        digest = md5(der, usedforsecurity=False).hexdigest()
        return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))

    @property
    def pem(self) -> str:
        """The key in PEM's form."""
        return (
            _public_key(self.openssh)
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            .decode()
        )


def _public_key(text: str) -> RSAPublicKey:
    """Return the RSA key in either form. Raises `InputInvalid`."""
    load = (
        serialization.load_pem_public_key
        if text.lstrip().startswith("-----")
        else serialization.load_ssh_public_key
    )
    try:
        key = load(text.strip().encode())
    except (ValueError, UnsupportedAlgorithm):
        raise InputInvalid("Invalid SSH public key: expected ssh-rsa or PEM") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < _SMALLEST:
        raise InputInvalid(f"Invalid SSH public key: expected RSA of {_SMALLEST} bits or more")
    return key


class SshKeys:
    """The SSH public keys of every account's users."""

    def __init__(self, store: IdentityStore) -> None:
        self._store = store

    async def upload(self, account_id: str, user_name: str, text: str) -> SshKey:
        """Keep a user's key.

        Raises `InputInvalid`, `EntityNotFound`, `EntityExists` and `QuotaExceeded`.
        """
        openssh = _public_key(text).public_bytes(
            serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
        )
        key = SshKey(unique_id("APKA"), self._store.now(), openssh.decode())

        def upload(tx: Transaction) -> SshKey:
            user = USERS.get(tx, account_id, user_name)
            had = ssh_keys_of(tx, user)
            if any(other.openssh == key.openssh for other in had):
                raise EntityExists("The SSH public key is associated with the user already.")
            if len(had) >= SSH_KEYS_PER_USER:
                raise QuotaExceeded("SSHPublicKeysPerUser", SSH_KEYS_PER_USER)
            tx.set(spaces.SSH_KEY.pack(account_id, user.id, key.key_id), encode(key))
            return key

        return await self._store.change(upload)

    async def get(self, account_id: str, user_name: str, key_id: str) -> SshKey:
        """Return a user's key. Raises `EntityNotFound`."""
        return await self._store.read(lambda reader: _get(reader, account_id, user_name, key_id)[1])

    async def set_active(self, account_id: str, user_name: str, key_id: str, active: bool) -> None:
        """Let a key count, or not. Raises `EntityNotFound`."""

        def set_active(tx: Transaction) -> None:
            at, key = _get(tx, account_id, user_name, key_id)
            tx.set(at, encode(replace(key, active=active)))

        await self._store.change(set_active)

    async def delete(self, account_id: str, user_name: str, key_id: str) -> None:
        """Forget a key. Raises `EntityNotFound`."""
        await self._store.change(lambda tx: tx.delete(_get(tx, account_id, user_name, key_id)[0]))

    async def list(self, account_id: str, user_name: str) -> list[SshKey]:
        """Return the keys of a user by their ids. Raises `EntityNotFound`."""
        return await self._store.read(
            lambda reader: ssh_keys_of(reader, USERS.get(reader, account_id, user_name))
        )


def ssh_keys_of(reader: Reader, user: User) -> list[SshKey]:
    """Return the keys of a user by their ids."""
    rows = reader.range(*spaces.SSH_KEY.range(user.account_id, user.id))
    return [decode(raw, SshKey) for _, raw in rows]


def _get(reader: Reader, account_id: str, user_name: str, key_id: str) -> tuple[bytes, SshKey]:
    user = USERS.get(reader, account_id, user_name)
    at = spaces.SSH_KEY.pack(account_id, user.id, key_id)
    raw = reader.get(at)
    if raw is None:
        raise EntityNotFound(f"The Public Key with id {key_id} cannot be found.")
    return at, decode(raw, SshKey)
