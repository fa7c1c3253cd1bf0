"""Roles on collections: given, found and taken away. Transfer API, "Roles"."""

import uuid
from collections.abc import Callable
from typing import Final, Literal

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.collections import records
from lenticular.primitives.collections.errors import (
    EntryExists,
    EntryNotFound,
    InputInvalid,
    LimitExceeded,
    PermissionDenied,
)
from lenticular.primitives.collections.records import (
    GRANTED,
    ROLE,
    Collection,
    Role,
    RoleName,
    encode,
)
from lenticular.primitives.collections.rights import Person, Rights

GIVEN: Final[tuple[RoleName, ...]] = (
    "administrator",
    "access_manager",
    "activity_manager",
    "activity_monitor",
)
"""Roles that can be given."""

_MOST: Final = 1000

Knows = Callable[[Reader, str], bool]


class RoleAssignments:
    """The roles that are given on all collections."""

    def __init__(
        self, store: KeyValueStore, rights: Rights, knows_identity: Knows, knows_group: Knows
    ) -> None:
        self._store = store
        self._rights = rights
        self._knows = {"identity": knows_identity, "group": knows_group}

    async def of(self, collection_id: str, person: Person) -> tuple[Role, ...]:
        """Return the roles on a collection, that of its owner first.

        Who administers it sees all, anybody else their own. Raises `CollectionNotFound` and
        `CollectionDeleted`.
        """

        def find(reader: Reader) -> tuple[Role, ...]:
            found = self._rights.visible(reader, collection_id, person)
            given = (*owner_role(found), *records.roles(reader, collection_id))
            if "administrator" in self._rights.roles(reader, found, person):
                return given
            own = (*person.identity_ids, *person.group_ids)
            return tuple(one for one in given if one.principal in own)

        return await self._store.read(find)

    async def get(self, collection_id: str, role_id: str, person: Person) -> Role:
        """Return a role that `of` returns. Raises `EntryNotFound` and as `of`."""
        for role in await self.of(collection_id, person):
            if role.role_id == role_id:
                return role
        raise EntryNotFound(f"There is no role {role_id[:100]!r} on this collection")

    async def give(
        self,
        collection_id: str,
        person: Person,
        principal_type: Literal["identity", "group"],
        principal: str,
        role: RoleName,
    ) -> Role:
        """Give somebody a role, as an administrator of the collection.

        Raises `EntryExists`, `PermissionDenied`, `InputInvalid`, `LimitExceeded` and as `of`.
        """
        if role not in GIVEN:
            raise InputInvalid(f"role is one of {', '.join(GIVEN)}, not {role[:100]!r}")
        principal_id = parsed_principal(principal_type, principal)

        def write(tx: Transaction) -> Role:
            found = self._administered(tx, collection_id, person)
            if not self._knows[principal_type](tx, principal_id):
                raise InputInvalid(f"There is no {principal_type} {principal_id}")
            others = records.roles(tx, collection_id)
            if len(others) >= _MOST:
                raise LimitExceeded(f"A collection has at most {_MOST} roles")
            for one in (*owner_role(found), *others):
                if (one.principal, one.role) == (principal_id, role):
                    raise EntryExists(f"The {principal_type} {principal_id} is {role} already")
            made = Role(
                str(uuid.uuid4()),
                collection_id,
                principal_type,
                principal_id,
                role,
                records.now(),
                person.acting,
            )
            tx.set(ROLE.pack(collection_id, made.role_id), encode(made))
            tx.set(GRANTED.pack(principal_id, collection_id, made.role_id), b"")
            return made

        return await self._store.transact(write)

    async def take(self, collection_id: str, role_id: str, person: Person) -> Role:
        """Take a role away, as an administrator of the collection.

        Raises `EntryNotFound`, `PermissionDenied` (also for the owner's, which stays) and as
        `of`.
        """

        def write(tx: Transaction) -> Role:
            found = self._administered(tx, collection_id, person)
            if any(one.role_id == role_id for one in owner_role(found)):
                raise PermissionDenied("The owner of a collection administers it always")
            role = records.role(tx, collection_id, role_id[:100])
            if role is None:
                raise EntryNotFound(f"There is no role {role_id[:100]!r} on this collection")
            drop(tx, role)
            return role

        return await self._store.transact(write)

    def _administered(self, reader: Reader, collection_id: str, person: Person) -> Collection:
        found = self._rights.visible(reader, collection_id, person)
        if "administrator" not in self._rights.roles(reader, found, person):
            raise PermissionDenied(
                f"To give or take roles on {found.display_name!r} needs the role administrator"
            )
        return found


def owner_role(collection: Collection) -> tuple[Role, ...]:
    """Return the role that the owner of a collection has by that; none, if it is nobody's own."""
    if collection.everybody:
        return ()
    role_id = str(uuid.uuid5(uuid.UUID(collection.collection_id), collection.owner_id))
    return (
        Role(
            role_id,
            collection.collection_id,
            "identity",
            collection.owner_id,
            "administrator",
            collection.created,
            collection.owner_id,
        ),
    )


def drop(tx: Transaction, role: Role) -> None:
    """Remove a role."""
    tx.delete(ROLE.pack(role.collection_id, role.role_id))
    tx.delete(GRANTED.pack(role.principal, role.collection_id, role.role_id))


def parsed_principal(principal_type: str, principal: str) -> str:
    """Return the id of an identity or group in its one form. Raises `InputInvalid`."""
    try:
        return str(uuid.UUID(principal))
    except ValueError:
        raise InputInvalid(
            f"principal is the UUID of an {principal_type}, not {principal[:100]!r}"
        ) from None
