"""The named things of an account: users, groups, roles and instance profiles are kept alike."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.engines.kv.keys import after as key_after
from lenticular.primitives.identities import spaces
from lenticular.primitives.identities.errors import EntityExists, EntityNotFound, InputInvalid
from lenticular.primitives.identities.quotas import count
from lenticular.primitives.identities.records import (
    Entity,
    Group,
    InstanceProfile,
    Role,
    User,
    decode,
    encode,
    present,
)
from lenticular.primitives.identities.store import IdentityStore

EntityType = TypeVar("EntityType", bound=Entity)

_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
_PATH = re.compile(r"/|/[!-~]+/")

_STEP = 256
"""Names that a listing reads at once."""


@dataclass(frozen=True, slots=True)
class Directory(Generic[EntityType]):
    """Where the entities of one kind are, by unique id and by name."""

    record: type[EntityType]
    space: Subspace
    names: Subspace
    prefix: str
    """Of the unique ids (IAM User Guide, "Understanding unique ID prefixes")."""
    quota: str
    title: str
    """How messages call the kind of one that exists (``User``)."""
    missing: str
    """What is said of a name that nothing has."""

    def find(self, reader: Reader, account_id: str, name: str) -> EntityType | None:
        """Return the entity of a name, in any case, or None."""
        known = reader.get(self.names.pack(account_id, name.lower()))
        return None if known is None else self.at(reader, account_id, known.decode())

    def get(self, reader: Reader, account_id: str, name: str) -> EntityType:
        """Return the entity of a name, in any case. Raises `EntityNotFound`."""
        found = self.find(reader, account_id, name)
        if found is None:
            raise EntityNotFound(self.missing.format(name))
        return found

    def at(self, reader: Reader, account_id: str, unique_id: str) -> EntityType:
        """Return the entity of an id that another record names."""
        return decode(present(reader.get(self.space.pack(account_id, unique_id))), self.record)

    def listed(self, reader: Reader, account_id: str, after: str = "") -> Iterator[EntityType]:
        """Go through an account's entities by name, behind the name `after`."""
        start, stop = self.names.range(account_id)
        if after:
            start = key_after(self.names.pack(account_id, after.lower()))
        while rows := reader.range(start, stop, limit=_STEP):
            for _, unique_id in rows:
                yield self.at(reader, account_id, unique_id.decode())
            start = key_after(rows[-1][0])

    def add(self, tx: Transaction, entity: EntityType) -> None:
        """Keep a new entity. Raises `EntityExists`, `InputInvalid`, `QuotaExceeded`."""
        self._claim(tx, entity)
        count(tx, entity.account_id, self.quota, 1)
        self.put(tx, entity)

    def put(self, tx: Transaction, entity: EntityType) -> None:
        """Keep a changed entity of the same name."""
        tx.set(self.space.pack(entity.account_id, entity.id), encode(entity))

    def rename(self, tx: Transaction, old: EntityType, new: EntityType) -> None:
        """Keep a changed entity under its new name. Raises `EntityExists`."""
        if new.name.lower() != old.name.lower():
            self._claim(tx, new)
            tx.delete(self.names.pack(old.account_id, old.name.lower()))
        self.put(tx, new)

    def remove(self, tx: Transaction, entity: EntityType) -> None:
        """Forget an entity."""
        tx.delete(self.names.pack(entity.account_id, entity.name.lower()))
        tx.delete(self.space.pack(entity.account_id, entity.id))
        count(tx, entity.account_id, self.quota, -1)

    def _claim(self, tx: Transaction, entity: EntityType) -> None:
        if not _NAME.fullmatch(entity.name) or not _PATH.fullmatch(entity.path):
            raise InputInvalid(
                f"{entity.path}{entity.name} is no path and name: expected letters, digits and "
                f"_+=,.@- in the name, and a path such as / or /team/"
            )
        key = self.names.pack(entity.account_id, entity.name.lower())
        if tx.get(key) is not None:
            raise EntityExists(f"{self.title} with name {entity.name} already exists.")
        tx.set(key, entity.id.encode())


USERS = Directory(
    User,
    spaces.USER,
    spaces.USER_NAMED,
    "AIDA",
    "UsersPerAccount",
    "User",
    "The user with name {} cannot be found.",
)
GROUPS = Directory(
    Group,
    spaces.GROUP,
    spaces.GROUP_NAMED,
    "AGPA",
    "GroupsPerAccount",
    "Group",
    "The group with name {} cannot be found.",
)
ROLES = Directory(
    Role,
    spaces.ROLE,
    spaces.ROLE_NAMED,
    "AROA",
    "RolesPerAccount",
    "Role",
    "The role with name {} cannot be found.",
)
PROFILES = Directory(
    InstanceProfile,
    spaces.PROFILE,
    spaces.PROFILE_NAMED,
    "AIPA",
    "InstanceProfilesPerAccount",
    "Instance Profile",
    "Instance Profile {} cannot be found.",
)


class Entities(Generic[EntityType]):
    """What can be asked of, and done to, the entities of every kind."""

    def __init__(self, store: IdentityStore, directory: Directory[EntityType]) -> None:
        self._store = store
        self._directory = directory

    async def find(self, account_id: str, name: str) -> EntityType | None:
        """Return the entity of a name, in any case, or None."""
        return await self._store.read(lambda reader: self._directory.find(reader, account_id, name))

    async def get(self, account_id: str, name: str) -> EntityType:
        """Return the entity of a name, in any case. Raises `EntityNotFound`."""
        return await self._store.read(lambda reader: self._directory.get(reader, account_id, name))

    async def list(
        self, account_id: str, *, path_prefix: str = "/", after: str = "", limit: int | None = None
    ) -> list[EntityType]:
        """Return the entities below a path by name: at most `limit`, behind the name `after`."""

        def below(reader: Reader) -> list[EntityType]:
            listed = self._directory.listed(reader, account_id, after)
            found = (entity for entity in listed if entity.path.startswith(path_prefix))
            return list(islice(found, limit))

        return await self._store.read(below)

    async def alter(
        self, account_id: str, name: str, change: Callable[[EntityType], EntityType]
    ) -> EntityType:
        """Change what an entity has, other than its name. Raises `EntityNotFound`."""

        def alter(tx: Transaction) -> EntityType:
            changed = change(self._directory.get(tx, account_id, name))
            self._directory.put(tx, changed)
            return changed

        return await self._store.change(alter)
