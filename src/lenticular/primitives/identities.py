"""Identities: accounts, the root identity of each, and the access keys they sign with.

Secrets are sealed by the vault; nobody can read them from the store alone.
"""

import secrets
import time
from collections.abc import Callable
from functools import lru_cache

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.policies.authority import ROOT_AUTHORITY
from lenticular.primitives.principals import Principal
from lenticular.primitives.vault import Vault

_ACCOUNT = Subspace("identities", "account")  # (account id) -> Account
_BY_NAME = Subspace("identities", "name")  # (name) -> account id
_BY_CANONICAL = Subspace("identities", "canonical")  # (canonical id) -> account id
_BY_EMAIL = Subspace("identities", "email")  # (email) -> account id
_KEY = Subspace("identities", "key")  # (access key id) -> AccessKey
_KEYS_OF = Subspace("identities", "keys")  # (account id, access key id) -> nothing
_FIRST = Subspace("identities", "first").pack()  # -> account id

FIRST_ACCOUNT = "lab"
"""Name of the account that a new cloud starts with."""

REMEMBERED = 1.0
"""Seconds for which what a signature is checked with is remembered: a key that is withdrawn
in another process is refused after that at the latest."""

_MOST_REMEMBERED = 10_000

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class AccountTaken(Exception):
    """An account of this name exists."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is an account named {name!r} already: choose another name")
        self.name = name


class AccountNameInvalid(ValueError):
    """The name cannot be an account's."""


class Account(Struct, array_like=True, frozen=True):
    """Owns resources. Every account is a world of its own: it sees nothing of another."""

    account_id: str
    """Twelve digits."""
    name: str
    canonical_id: str
    """64 hex digits: its name in access control lists."""
    email: str
    created: int
    """Milliseconds since the epoch."""


class AccessKey(Struct, array_like=True, frozen=True):
    """A key that an identity signs requests with; its secret is sealed."""

    access_key_id: str
    account_id: str
    created: int
    sealed_secret: bytes


class RootCredentials(Struct, frozen=True):
    """An account with the access key of its root identity, secret included."""

    account_id: str
    canonical_id: str
    access_key_id: str
    secret_access_key: str


class Signer(Struct, frozen=True):
    """What is needed to check a signature, and who it stands for."""

    access_key_id: str
    secret_access_key: str
    principal: Principal


_NOT_REMEMBERED: tuple[float, Signer | None] = (0.0, None)

_encode = msgspec.msgpack.Encoder().encode
_decode_account = msgspec.msgpack.Decoder(Account).decode
_decode_key = msgspec.msgpack.Decoder(AccessKey).decode


class Identities:
    """The accounts and access keys of one cloud."""

    def __init__(
        self,
        store: KeyValueStore,
        vault: Vault,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._remembered: dict[str, tuple[float, Signer]] = {}
        # Opening a secret costs more than reading it. Keyed by the records' own bytes: a
        # changed record is another key.
        self._signer = lru_cache(maxsize=10_000)(self._make_signer)

    async def create_account(self, name: str, email: str = "") -> RootCredentials:
        """Create an account with a root identity and its access key.

        Raises `AccountTaken` or `AccountNameInvalid`.
        """
        if not 1 <= len(name) <= 128 or not name.isprintable() or name != name.strip():
            raise AccountNameInvalid(
                f"an account name has 1 to 128 printable characters, not {name!r}"
            )
        return await self._store.transact(lambda tx: self._create_account(tx, name, email))

    def _create_account(self, tx: Transaction, name: str, email: str) -> RootCredentials:
        if tx.get(_BY_NAME.pack(name)) is not None:
            raise AccountTaken(name)
        account_id = f"{secrets.randbelow(10**12):012d}"
        while tx.get(_ACCOUNT.pack(account_id)) is not None:
            account_id = f"{secrets.randbelow(10**12):012d}"
        account = Account(
            account_id=account_id,
            name=name,
            canonical_id=secrets.token_hex(32),
            email=email,
            created=int(time.time() * 1000),
        )
        tx.set(_ACCOUNT.pack(account_id), _encode(account))
        tx.set(_BY_NAME.pack(name), account_id.encode())
        tx.set(_BY_CANONICAL.pack(account.canonical_id), account_id.encode())
        if email:
            tx.set(_BY_EMAIL.pack(email.lower()), account_id.encode())
        key_id, secret = self._create_key(tx, account_id)
        return RootCredentials(account_id, account.canonical_id, key_id, secret)

    def _create_key(self, tx: Transaction, account_id: str) -> tuple[str, str]:
        key_id = "AKIA" + "".join(secrets.choice(_BASE32) for _ in range(16))
        secret = secrets.token_urlsafe(30)  # 40 characters, 240 random bits
        key = AccessKey(
            access_key_id=key_id,
            account_id=account_id,
            created=int(time.time() * 1000),
            sealed_secret=self._vault.seal(secret.encode(), _context(key_id)),
        )
        tx.set(_KEY.pack(key_id), _encode(key))
        tx.set(_KEYS_OF.pack(account_id, key_id), b"")
        return key_id, secret

    async def first_account(self) -> RootCredentials:
        """Return the account that the cloud started with, creating it on first use.

        Raises `VaultError` when its secret does not open.
        """
        known = await self._store.read(lambda reader: reader.get(_FIRST))
        if known is None:
            return await self._store.transact(self._create_first)
        return await self._store.read(lambda reader: self._root_credentials(reader, known))

    def _create_first(self, tx: Transaction) -> RootCredentials:
        known = tx.get(_FIRST)
        if known is not None:
            return self._root_credentials(tx, known)
        credentials = self._create_account(tx, FIRST_ACCOUNT, "")
        tx.set(_FIRST, credentials.account_id.encode())
        return credentials

    def _root_credentials(self, reader: Reader, account_id: bytes) -> RootCredentials:
        account = self._account(reader, account_id)
        start, stop = _KEYS_OF.range(account.account_id)
        [(raw_key, _)] = reader.range(start, stop, limit=1)
        key_id = _KEYS_OF.unpack(raw_key)[1]
        key = _decode_key(_present(reader.get(_KEY.pack(key_id))))
        secret = self._vault.open(key.sealed_secret, _context(key_id)).decode()
        return RootCredentials(account.account_id, account.canonical_id, key_id, secret)

    async def signer(self, access_key_id: str) -> Signer | None:
        """Return what a signature by this key is checked with, or None for an unknown key.

        Every request asks this, so it is remembered for `REMEMBERED` seconds.
        """
        until, remembered = self._remembered.get(access_key_id, _NOT_REMEMBERED)
        now = self._clock()
        if now < until:
            return remembered
        signer = await self._find_signer(access_key_id)
        if signer is not None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[access_key_id] = (now + REMEMBERED, signer)
        return signer

    async def _find_signer(self, access_key_id: str) -> Signer | None:
        def find(reader: Reader) -> Signer | None:
            key = reader.get(_KEY.pack(access_key_id))
            if key is None:
                return None
            account = _present(reader.get(_ACCOUNT.pack(_decode_key(key).account_id)))
            return self._signer(key, account)

        return await self._store.read(find)

    def _make_signer(self, key_record: bytes, account_record: bytes) -> Signer:
        key, account = _decode_key(key_record), _decode_account(account_record)
        secret = self._vault.open(key.sealed_secret, _context(key.access_key_id)).decode()
        principal = Principal(
            account_id=account.account_id,
            arn=f"arn:aws:iam::{account.account_id}:root",
            user_id=account.account_id,
            canonical_id=account.canonical_id,
            name=account.name,
            access_key_id=key.access_key_id,
            authority=ROOT_AUTHORITY,
        )
        return Signer(key.access_key_id, secret, principal)

    async def account(self, account_id: str) -> Account | None:
        """Return an account by its id."""
        data = await self._store.read(lambda reader: reader.get(_ACCOUNT.pack(account_id)))
        return None if data is None else _decode_account(data)

    async def account_by_canonical(self, canonical_id: str) -> Account | None:
        """Return an account by the name it has in access control lists."""
        return await self._by(_BY_CANONICAL.pack(canonical_id))

    async def account_by_email(self, email: str) -> Account | None:
        """Return an account by its mail address, in any case."""
        return await self._by(_BY_EMAIL.pack(email.lower()))

    async def _by(self, index_key: bytes) -> Account | None:
        def find(reader: Reader) -> Account | None:
            account_id = reader.get(index_key)
            return None if account_id is None else self._account(reader, account_id)

        return await self._store.read(find)

    def _account(self, reader: Reader, account_id: bytes) -> Account:
        return _decode_account(_present(reader.get(_ACCOUNT.pack(account_id.decode()))))


def _context(access_key_id: str) -> str:
    return f"access key {access_key_id}"


def _present(value: bytes | None) -> bytes:
    """Return a value that another record promises. Raises LookupError when it is missing."""
    if value is None:
        raise LookupError("the identities are damaged: a record points at one that is not there")
    return value
