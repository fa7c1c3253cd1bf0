"""Attachments: which managed policies an entity has, and which one bounds it."""

from typing import Any, TypeVar

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.identities.directory import GROUPS, ROLES, USERS, Directory
from lenticular.primitives.identities.errors import EntityNotFound, QuotaExceeded
from lenticular.primitives.identities.managed_policies import managed_policy
from lenticular.primitives.identities.policy_records import (
    ATTACHED,
    ATTACHED_TO,
    BOUNDARY,
    BOUNDARY_OF,
    ManagedPolicy,
)
from lenticular.primitives.identities.records import Entity
from lenticular.primitives.identities.store import IdentityStore

EntityType = TypeVar("EntityType", bound=Entity)

ATTACHED_PER_ENTITY = 10

_DIRECTORIES: dict[str, Directory[Any]] = {"user": USERS, "group": GROUPS, "role": ROLES}


def entity_at(reader: Reader, account_id: str, owner: str) -> Entity:
    """Return the user, group or role that policies are kept for under `owner`."""
    kind, _, unique_id = owner.partition("/")
    entity: Entity = _DIRECTORIES[kind].at(reader, account_id, unique_id)
    return entity


def attached_arns(reader: Reader, account_id: str, owner: str) -> list[str]:
    """Return the ARNs of the policies that are attached to an entity."""
    rows = reader.range(*ATTACHED.range(account_id, owner))
    return [ATTACHED.unpack(key)[-1] for key, _ in rows]


def boundary_arn(reader: Reader, account_id: str, owner: str) -> str:
    """Return the ARN of the permissions boundary of an entity; empty: it has none."""
    return (reader.get(BOUNDARY.pack(account_id, owner)) or b"").decode()


def set_boundary(tx: Transaction, account_id: str, owner: str, arn: str) -> None:
    """Let a managed policy bound an entity; none does for an empty ARN.

    Raises `EntityNotFound` when there is no such policy.
    """
    before = boundary_arn(tx, account_id, owner)
    if before:
        tx.delete(BOUNDARY.pack(account_id, owner))
        tx.delete(BOUNDARY_OF.pack(account_id, before, owner))
    if arn:
        attachable(tx, account_id, arn)
        tx.set(BOUNDARY.pack(account_id, owner), arn.encode())
        tx.set(BOUNDARY_OF.pack(account_id, arn, owner), b"")


def attach(tx: Transaction, account_id: str, entity: Entity, arn: str) -> None:
    """Attach a policy; it may be attached already. Raises `EntityNotFound`, `QuotaExceeded`."""
    attachable(tx, account_id, arn)
    tx.set(ATTACHED.pack(account_id, entity.owner, arn), b"")
    tx.set(ATTACHED_TO.pack(account_id, arn, entity.owner), b"")
    if len(attached_arns(tx, account_id, entity.owner)) > ATTACHED_PER_ENTITY:
        raise QuotaExceeded(f"PoliciesPer{entity.kind.title()}", ATTACHED_PER_ENTITY)


def detach(tx: Transaction, account_id: str, owner: str, arn: str) -> None:
    """Detach a policy. Raises `EntityNotFound` when it is not attached."""
    key = ATTACHED.pack(account_id, owner, arn)
    if tx.get(key) is None:
        raise EntityNotFound(f"Policy {arn} was not found.")
    tx.delete(key)
    tx.delete(ATTACHED_TO.pack(account_id, arn, owner))


def attachable(reader: Reader, account_id: str, arn: str) -> ManagedPolicy:
    """Return a policy. Raises `EntityNotFound` in the words of those who attach."""
    try:
        return managed_policy(reader, account_id, arn)
    except EntityNotFound:
        raise EntityNotFound(f"Policy {arn} does not exist or is not attachable.") from None


class Attachments:
    """Attaches policies to the users, groups and roles of every account."""

    def __init__(self, store: IdentityStore) -> None:
        self._store = store

    async def attach(
        self, directory: Directory[EntityType], account_id: str, name: str, arn: str
    ) -> None:
        """Attach a policy. Raises `EntityNotFound` and `QuotaExceeded`."""
        await self._store.change(
            lambda tx: attach(tx, account_id, directory.get(tx, account_id, name), arn)
        )

    async def detach(
        self, directory: Directory[EntityType], account_id: str, name: str, arn: str
    ) -> None:
        """Detach a policy. Raises `EntityNotFound`."""
        await self._store.change(
            lambda tx: detach(tx, account_id, directory.get(tx, account_id, name).owner, arn)
        )

    async def of(
        self, directory: Directory[EntityType], account_id: str, name: str
    ) -> list[ManagedPolicy]:
        """Return the policies attached to an entity, by name. Raises `EntityNotFound`."""

        def of(reader: Reader) -> list[ManagedPolicy]:
            owner = directory.get(reader, account_id, name).owner
            arns = attached_arns(reader, account_id, owner)
            return [managed_policy(reader, account_id, arn) for arn in arns]

        return sorted(await self._store.read(of), key=lambda policy: policy.name.lower())

    async def bound(
        self, directory: Directory[EntityType], account_id: str, name: str, arn: str
    ) -> None:
        """Give an entity a permissions boundary, or none. Raises `EntityNotFound`."""
        await self._store.change(
            lambda tx: set_boundary(tx, account_id, directory.get(tx, account_id, name).owner, arn)
        )

    async def entities_with(self, account_id: str, arn: str) -> tuple[list[Entity], list[Entity]]:
        """Return the entities that a policy is attached to, and those that it bounds.

        Raises `EntityNotFound` when there is no such policy.
        """

        def through(reader: Reader, index: Subspace) -> list[Entity]:
            owners = (
                index.unpack(key)[-1] for key, _ in reader.range(*index.range(account_id, arn))
            )
            return [entity_at(reader, account_id, owner) for owner in owners]

        def entities_with(reader: Reader) -> tuple[list[Entity], list[Entity]]:
            managed_policy(reader, account_id, arn)
            return through(reader, ATTACHED_TO), through(reader, BOUNDARY_OF)

        return await self._store.read(entities_with)
