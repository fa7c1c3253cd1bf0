"""Access keys: made, switched off and on, and deleted. Their secrets are sealed."""

import secrets

from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.identities import spaces
from lenticular.primitives.identities.directory import USERS
from lenticular.primitives.identities.errors import EntityNotFound, QuotaExceeded
from lenticular.primitives.identities.quotas import ACCESS_KEYS_PER_USER
from lenticular.primitives.identities.records import (
    AccessKey,
    User,
    decode,
    encode,
    present,
    unique_id,
)
from lenticular.primitives.identities.store import IdentityStore
from lenticular.primitives.identities.uses import Uses
from lenticular.primitives.vault import Vault

LASTING = "AKIA"
"""Begins the ids of access keys that last until they are deleted."""


def find_key(reader: Reader, access_key_id: str) -> AccessKey | None:
    """Return an access key, or None."""
    raw = reader.get(spaces.KEY.pack(access_key_id))
    return None if raw is None else decode(raw, AccessKey)


def keys_of(reader: Reader, account_id: str, user: User | None) -> list[AccessKey]:
    """Return the access keys of a user, or of the root identity (None), by their ids."""
    space = spaces.ROOT_KEY if user is None else spaces.USER_KEY
    rows = reader.range(*space.range(*_owner(account_id, user)))
    return [
        decode(present(reader.get(spaces.KEY.pack(space.unpack(key)[-1]))), AccessKey)
        for key, _ in rows
    ]


def open_secret(vault: Vault, key: AccessKey) -> str:
    """Return a key's secret. Raises `VaultError`."""
    return vault.open(key.sealed_secret, _context(key.access_key_id)).decode()


def add_key(
    tx: Transaction, store: IdentityStore, account_id: str, user: User | None
) -> tuple[AccessKey, str]:
    """Make a further key of a user, or of the root identity (None); return it and its secret."""
    key_id = unique_id(LASTING, 16)
    secret = secrets.token_urlsafe(30)  # 40 characters, 240 random bits
    key = AccessKey(
        access_key_id=key_id,
        account_id=account_id,
        created=store.now(),
        sealed_secret=store.vault.seal(secret.encode(), _context(key_id)),
        user_id="" if user is None else user.id,
    )
    tx.set(spaces.KEY.pack(key_id), encode(key))
    tx.set(_index(key), b"")
    return key, secret


def _owner(account_id: str, user: User | None) -> tuple[str, ...]:
    return (account_id,) if user is None else (account_id, user.id)


def _index(key: AccessKey) -> bytes:
    if not key.user_id:
        return spaces.ROOT_KEY.pack(key.account_id, key.access_key_id)
    return spaces.USER_KEY.pack(key.account_id, key.user_id, key.access_key_id)


def _context(access_key_id: str) -> str:
    return f"access key {access_key_id}"


class Keys:
    """The access keys of every account's identities. A user name of ``""`` is the root's."""

    def __init__(self, store: IdentityStore, uses: Uses) -> None:
        self._store = store
        self._uses = uses

    async def create(self, account_id: str, user_name: str = "") -> tuple[AccessKey, str]:
        """Make a key; return it and its secret, which nobody is told again.

        Raises `EntityNotFound` and `QuotaExceeded`.
        """

        def create(tx: Transaction) -> tuple[AccessKey, str]:
            user = _user(tx, account_id, user_name)
            if len(keys_of(tx, account_id, user)) >= ACCESS_KEYS_PER_USER:
                raise QuotaExceeded("AccessKeysPerUser", ACCESS_KEYS_PER_USER)
            return add_key(tx, self._store, account_id, user)

        return await self._store.change(create)

    def renew(
        self, tx: Transaction, account_id: str, user_name: str, *, removing: str
    ) -> tuple[AccessKey, str]:
        """Make a key within a transaction of `Identities.change`, and delete the one `removing`.

        Nothing is removed if the user has no such key. Raises as `create`.
        """
        user = _user(tx, account_id, user_name)
        kept = 0
        for key in keys_of(tx, account_id, user):
            if key.access_key_id == removing:
                self._delete(tx, key)
            else:
                kept += 1
        if kept >= ACCESS_KEYS_PER_USER:
            raise QuotaExceeded("AccessKeysPerUser", ACCESS_KEYS_PER_USER)
        return add_key(tx, self._store, account_id, user)

    async def list(self, account_id: str, user_name: str = "") -> list[AccessKey]:
        """Return the keys of an identity. Raises `EntityNotFound`."""
        return await self._store.read(
            lambda reader: keys_of(reader, account_id, _user(reader, account_id, user_name))
        )

    async def find(self, access_key_id: str) -> tuple[AccessKey, User | None] | None:
        """Return a key of any account, and the user that has it (None: a root identity)."""

        def find(reader: Reader) -> tuple[AccessKey, User | None] | None:
            key = find_key(reader, access_key_id)
            if key is None:
                return None
            return key, USERS.at(reader, key.account_id, key.user_id) if key.user_id else None

        return await self._store.read(find)

    async def set_active(
        self, account_id: str, user_name: str, access_key_id: str, active: bool
    ) -> None:
        """Let a key sign requests, or not. Raises `EntityNotFound`."""

        def set_active(tx: Transaction) -> None:
            key = _key(tx, account_id, user_name, access_key_id)
            tx.set(spaces.KEY.pack(access_key_id), encode(replace(key, active=active)))

        await self._store.change(set_active)

    async def delete(self, account_id: str, user_name: str, access_key_id: str) -> None:
        """Delete a key for good. Raises `EntityNotFound`."""

        def delete(tx: Transaction) -> None:
            self._delete(tx, _key(tx, account_id, user_name, access_key_id))

        await self._store.change(delete)

    def _delete(self, tx: Transaction, key: AccessKey) -> None:
        tx.delete(spaces.KEY.pack(key.access_key_id))
        tx.delete(_index(key))
        self._uses.forget(tx, key.access_key_id)


def _user(reader: Reader, account_id: str, name: str) -> User | None:
    return USERS.get(reader, account_id, name) if name else None


def _key(reader: Reader, account_id: str, user_name: str, access_key_id: str) -> AccessKey:
    """Return a key of an identity. Raises `EntityNotFound` for any other's, too."""
    user = _user(reader, account_id, user_name)
    key = find_key(reader, access_key_id)
    if key is None or (key.account_id, key.user_id) != (account_id, user.id if user else ""):
        raise EntityNotFound(f"The Access Key with id {access_key_id} cannot be found.")
    return key
