"""What the store remembers of keys: each key with its materials, sealed, in one record.

The records are MessagePack arrays: a field added at the end with a default reads old records
unchanged. Times are milliseconds since the epoch; 0: never.
"""

from collections.abc import Mapping
from functools import lru_cache

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.keys.errors import KeyNotFound
from lenticular.primitives.policies.principal_element import Bindings

ENABLED = "Enabled"
DISABLED = "Disabled"
PENDING_DELETION = "PendingDeletion"

KEY = Subspace("keys", "key")  # (key id) -> Key
OWNED = Subspace("keys", "owned")  # (account id, region, key id) -> nothing
ALIAS = Subspace("keys", "alias")  # (account id, region, alias name) -> Alias
DELETED = Subspace("keys", "deleted")  # (when it is to be deleted, key id) -> nothing
DUE = Subspace("keys", "due")  # (when it is to be rotated, key id) -> nothing
GRANT = Subspace("keys", "grant")  # (key id, grant id) -> Grant
GRANTEE = Subspace("keys", "grantee")  # (key id, who, grant id) -> nothing
RETIRING = Subspace("keys", "retiring")  # (who, grant id) -> key id


class Material(Struct, array_like=True, frozen=True):
    """The bytes that make a key one: it gets further ones by rotation, and the last one counts."""

    number: int
    """From 1."""
    id: str
    """64 hex digits."""
    created: int
    sealed: bytes
    """By the vault, for its key and number; see `lenticular.primitives.keys.materials`."""
    rotation: str = ""
    """``AUTOMATIC`` or ``ON_DEMAND``; empty for the first."""


class Key(Struct, array_like=True, frozen=True):
    """One key."""

    id: str
    """A UUID, of which there is one in the whole cloud."""
    account_id: str
    region: str
    created: int
    spec: str
    """What it is: ``SYMMETRIC_DEFAULT``, ``RSA_2048`` ..."""
    usage: str
    """What it is for: ``ENCRYPT_DECRYPT``, ``SIGN_VERIFY``, ``GENERATE_VERIFY_MAC``."""
    materials: tuple[Material, ...]
    policy: str
    description: str = ""
    state: str = ENABLED
    deletion: int = 0
    """When it will be deleted for good."""
    managed: bool = False
    """Made by the cloud itself for a service: its account can use it through that only."""
    bindings: Bindings = ()
    """Whom the policy names."""
    tags: Mapping[str, str] = {}
    aliases: tuple[str, ...] = ()
    rotation_days: int = 0
    """Between two rotations; 0: it is not rotated by itself."""
    next_rotation: int = 0

    @property
    def arn(self) -> str:
        """Its name in every account and region."""
        return f"arn:aws:kms:{self.region}:{self.account_id}:key/{self.id}"

    @property
    def material(self) -> Material:
        """The material that encrypts."""
        return self.materials[-1]


class Alias(Struct, array_like=True, frozen=True):
    """Another name of a key, in one account and region."""

    key_id: str
    created: int
    changed: int


class Grant(Struct, array_like=True, frozen=True):
    """What a key's owner gives somebody to do with it, beside policies."""

    id: str
    """64 hex digits."""
    key_id: str
    created: int
    issuer: str
    """The account that made it."""
    grantee: str
    """The ARN of who may use the key."""
    operations: tuple[str, ...]
    """``Decrypt``, ``GenerateDataKey`` ..."""
    grantee_id: str = ""
    """How a grantee is found: the unique id of a user or role, an account's id, or the ARN."""
    retiring: str = ""
    """The ARN of who else may retire it."""
    retiring_id: str = ""
    name: str = ""
    context_equals: Mapping[str, str] | None = None
    """The encryption context that a request must have."""
    context_subset: Mapping[str, str] | None = None
    """What a request's encryption context must have among others."""


encode = msgspec.msgpack.Encoder().encode
decode_alias = msgspec.msgpack.Decoder(Alias).decode
decode_grant = msgspec.msgpack.Decoder(Grant).decode
_decode = lru_cache(maxsize=4096)(msgspec.msgpack.Decoder(Key).decode)


def find_key(reader: Reader, key_id: str) -> Key | None:
    """Return a key by its id; None: there is none. What was decoded before costs a look-up."""
    data = reader.get(KEY.pack(key_id))
    return None if data is None else _decode(data)


def key_at(reader: Reader, key_id: str) -> Key:
    """Return a key by its id. Raises `KeyNotFound`."""
    key = find_key(reader, key_id)
    if key is None:
        raise KeyNotFound(key_id)
    return key


def save(tx: Transaction, key: Key) -> None:
    """Write a key's record, and when something is to be done to it."""
    _forget_times(tx, key.id)
    tx.set(KEY.pack(key.id), encode(key))
    tx.set(OWNED.pack(key.account_id, key.region, key.id), b"")
    if key.deletion:
        tx.set(DELETED.pack(key.deletion, key.id), b"")
    elif key.next_rotation and key.state == ENABLED:
        tx.set(DUE.pack(key.next_rotation, key.id), b"")


def forget(tx: Transaction, key: Key) -> None:
    """Remove a key for good, with its materials, aliases and grants."""
    _forget_times(tx, key.id)
    for alias in key.aliases:
        tx.delete(ALIAS.pack(key.account_id, key.region, alias))
    for _, data in tx.range(*GRANT.range(key.id)):
        forget_grant(tx, decode_grant(data))
    tx.delete(OWNED.pack(key.account_id, key.region, key.id))
    tx.delete(KEY.pack(key.id))


def forget_grant(tx: Transaction, grant: Grant) -> None:
    """Remove a grant."""
    tx.delete(GRANT.pack(grant.key_id, grant.id))
    tx.delete(GRANTEE.pack(grant.key_id, grant.grantee_id, grant.id))
    if grant.retiring_id:
        tx.delete(RETIRING.pack(grant.retiring_id, grant.id))


def _forget_times(tx: Transaction, key_id: str) -> None:
    before = find_key(tx, key_id)
    if before is not None:
        tx.delete(DELETED.pack(before.deletion, key_id))
        tx.delete(DUE.pack(before.next_rotation, key_id))


def due(reader: Reader, space: Subspace, now: int) -> list[str]:
    """Return the ids of the keys whose time in `DELETED` or `DUE` has come."""
    start, _ = space.range()
    return [space.unpack(key)[1] for key, _ in reader.range(start, space.pack(now + 1))]
