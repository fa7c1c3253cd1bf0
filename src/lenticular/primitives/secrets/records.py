"""What the store remembers of secrets. Their values are kept apart, sealed by the vault.

The records are MessagePack arrays: a field added at the end with a default reads old records
unchanged. Times are milliseconds since the epoch; 0: never.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.policies.principal_element import Bindings
from lenticular.primitives.secrets.errors import (
    SecretDeleted,
    SecretNotFound,
    VersionNotFound,
)

CURRENT = "AWSCURRENT"
"""The stage of the version that is in use."""
PREVIOUS = "AWSPREVIOUS"
"""The stage of the version that was in use before."""
PENDING = "AWSPENDING"
"""The stage of a version that is being made by a rotation."""

RANDOM = "RandomPassword"
"""The kind of secret that is a password, or an object with one: a rotation draws another."""
ACCESS_KEY = "AccessKey"
"""The kind of secret that is an access key of a user: a rotation makes another."""

NAMED = Subspace("secrets", "name")  # (account id, region, name) -> secret id
SECRET = Subspace("secrets", "secret")  # (secret id) -> Secret
VALUE = Subspace("secrets", "value")  # (secret id, version id) -> the sealed value
DELETED = Subspace("secrets", "deleted")  # (purge, secret id) -> nothing
DUE = Subspace("secrets", "due")  # (next rotation, secret id) -> nothing


class SecretName(NamedTuple):
    """Where a secret is found."""

    account_id: str
    region: str
    name: str


class Value(NamedTuple):
    """What is kept secret: a text or bytes."""

    text: str | None = None
    data: bytes | None = None

    def pack(self) -> bytes:
        """Return the bytes to be sealed."""
        return b"t" + self.text.encode() if self.text is not None else b"b" + (self.data or b"")

    @classmethod
    def unpack(cls, packed: bytes) -> "Value":
        """Return the value that `pack` made the bytes of."""
        if packed[:1] == b"t":
            return cls(text=packed[1:].decode())
        return cls(data=packed[1:])


class Version(Struct, array_like=True, frozen=True):
    """One value that a secret has or had."""

    id: str
    created: int
    stages: tuple[str, ...] = ()
    accessed: int = 0
    """The day on which it was last read."""


class Rotation(Struct, array_like=True, frozen=True):
    """When a secret gets a new value by itself, and how that is made."""

    enabled: bool
    days: int = 0
    """Between two rotations; 0: the schedule says."""
    schedule: str = ""
    """``rate(10 days)``."""
    duration: str = ""
    """The length of the window in which a rotation may be: told only, for each is at once."""
    rules: Mapping[str, str] = {}
    """How the new value is made; see `lenticular.primitives.secrets.renewal`."""
    last: int = 0
    next: int = 0
    holder: str = ""
    """The unique id of the user whose access key is renewed; empty: any of that name."""


class Secret(Struct, array_like=True, frozen=True):
    """One secret, without its values."""

    id: str
    account_id: str
    region: str
    name: str
    suffix: str
    """Six random characters that end its ARN: a new secret of an old name is another."""
    created: int
    changed: int
    description: str = ""
    kind: str = ""
    """`RANDOM`, `ACCESS_KEY` or nothing."""
    key_id: str = ""
    """The key that it says it is sealed with, as it was given."""
    tags: Mapping[str, str] = {}
    policy: str = ""
    """Its resource policy, as it was given; empty: it has none."""
    versions: tuple[Version, ...] = ()
    accessed: int = 0
    """The day on which a value of it was last read."""
    deleted: int = 0
    """When it was marked for deletion."""
    purge: int = 0
    """When it will be deleted for good."""
    rotation: Rotation | None = None
    bindings: Bindings = ()
    """Whom the policy names."""

    @property
    def arn(self) -> str:
        """Its name in every account and region."""
        where = f"{self.region}:{self.account_id}"
        return f"arn:aws:secretsmanager:{where}:secret:{self.name}-{self.suffix}"

    def version(self, version_id: str) -> Version:
        """Return a version by its id. Raises `VersionNotFound`."""
        for version in self.versions:
            if version.id == version_id:
                return version
        raise VersionNotFound(f"VersionId: {version_id}")

    def staged(self, stage: str) -> Version | None:
        """Return the version that bears a stage."""
        for version in self.versions:
            if stage in version.stages:
                return version
        return None


encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Secret).decode


def find_secret(reader: Reader, name: SecretName) -> Secret:
    """Return a secret, marked for deletion or not. Raises `SecretNotFound`."""
    secret_id = reader.get(NAMED.pack(*name))
    if secret_id is None:
        raise SecretNotFound(name.name)
    return secret_at(reader, secret_id.decode())


def secret_at(reader: Reader, secret_id: str) -> Secret:
    """Return a secret by its id. Raises `SecretNotFound`."""
    data = reader.get(SECRET.pack(secret_id))
    if data is None:
        raise SecretNotFound(secret_id)
    return _decode(data)


def usable(reader: Reader, secret_id: str) -> Secret:
    """Return a secret that is not marked. Raises `SecretNotFound` or `SecretDeleted`."""
    found = secret_at(reader, secret_id)
    if found.deleted:
        raise SecretDeleted
    return found


def save(tx: Transaction, secret: Secret) -> None:
    """Write a secret's record, and when something is to be done to it."""
    _forget_times(tx, secret.id)
    tx.set(SECRET.pack(secret.id), encode(secret))
    if secret.purge:
        tx.set(DELETED.pack(secret.purge, secret.id), b"")
    elif secret.rotation is not None and secret.rotation.next:
        tx.set(DUE.pack(secret.rotation.next, secret.id), b"")


def purge(tx: Transaction, secret: Secret) -> None:
    """Remove a secret with its values for good."""
    _forget_times(tx, secret.id)
    tx.delete(NAMED.pack(secret.account_id, secret.region, secret.name))
    tx.delete(SECRET.pack(secret.id))
    tx.delete_range(*VALUE.range(secret.id))


def _forget_times(tx: Transaction, secret_id: str) -> None:
    data = tx.get(SECRET.pack(secret_id))
    if data is not None:
        before = _decode(data)
        tx.delete(DELETED.pack(before.purge, secret_id))
        if before.rotation is not None:
            tx.delete(DUE.pack(before.rotation.next, secret_id))


def due(reader: Reader, space: Subspace, now: int) -> list[str]:
    """Return the ids of the secrets whose time in `DELETED` or `DUE` has come."""
    start, _ = space.range()
    return [space.unpack(key)[1] for key, _ in reader.range(start, space.pack(now + 1))]


def secrets_of(reader: Reader, account_id: str, region: str) -> list[Secret]:
    """Return all secrets of an account in a region, by name."""
    pairs = reader.range(*NAMED.range(account_id, region))
    return [secret_at(reader, secret_id.decode()) for _, secret_id in pairs]
