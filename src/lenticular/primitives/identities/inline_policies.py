"""Inline policies: each is part of one user, group or role, and goes with it."""

from typing import TypeVar

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.identities.directory import Directory
from lenticular.primitives.identities.errors import EntityNotFound, QuotaExceeded
from lenticular.primitives.identities.managed_policies import size
from lenticular.primitives.identities.policy_records import INLINE
from lenticular.primitives.identities.records import Entity
from lenticular.primitives.identities.store import IdentityStore
from lenticular.primitives.policies import documents

EntityType = TypeVar("EntityType", bound=Entity)

SIZES = {"user": 2_048, "role": 10_240, "group": 5_120}
"""Characters of all inline policies of one entity, white space not counted."""


class InlineSizeExceeded(QuotaExceeded):
    """An entity's inline policies are longer together than they may be."""

    def __init__(self, entity: Entity) -> None:
        limit = SIZES[entity.kind]
        super().__init__("InlinePolicySize", limit)
        self.args = (
            f"Maximum policy size of {limit} bytes exceeded for {entity.kind} {entity.name}",
        )


def inline_documents(reader: Reader, account_id: str, owner: str) -> list[tuple[str, str]]:
    """Return the names and documents of the inline policies of an entity, by name."""
    rows = reader.range(*INLINE.range(account_id, owner))
    return [(INLINE.unpack(key)[-1], document.decode()) for key, document in rows]


class InlinePolicies:
    """The inline policies of the users, groups and roles of every account."""

    def __init__(self, store: IdentityStore) -> None:
        self._store = store

    async def put(
        self,
        directory: Directory[EntityType],
        account_id: str,
        entity_name: str,
        name: str,
        document: str,
    ) -> None:
        """Give an entity a policy, in the place of the one of this name.

        Raises `PolicyMalformed`, `EntityNotFound` and `InlineSizeExceeded`.
        """
        documents.parse(document, name, "identity")

        def put(tx: Transaction) -> None:
            entity = directory.get(tx, account_id, entity_name)
            tx.set(INLINE.pack(account_id, entity.owner, name), document.encode())
            all_of_it = inline_documents(tx, account_id, entity.owner)
            if sum(size(each) for _, each in all_of_it) > SIZES[entity.kind]:
                raise InlineSizeExceeded(entity)

        await self._store.change(put)

    async def get(
        self, directory: Directory[EntityType], account_id: str, entity_name: str, name: str
    ) -> str:
        """Return the document of a policy. Raises `EntityNotFound`."""

        def get(reader: Reader) -> str:
            return _document(reader, directory.get(reader, account_id, entity_name), name)

        return await self._store.read(get)

    async def delete(
        self, directory: Directory[EntityType], account_id: str, entity_name: str, name: str
    ) -> None:
        """Take a policy away. Raises `EntityNotFound`."""

        def delete(tx: Transaction) -> None:
            entity = directory.get(tx, account_id, entity_name)
            _document(tx, entity, name)
            tx.delete(INLINE.pack(account_id, entity.owner, name))

        await self._store.change(delete)

    async def names(
        self, directory: Directory[EntityType], account_id: str, entity_name: str
    ) -> list[str]:
        """Return the names of the policies of an entity. Raises `EntityNotFound`."""

        def names(reader: Reader) -> list[str]:
            owner = directory.get(reader, account_id, entity_name).owner
            return [name for name, _ in inline_documents(reader, account_id, owner)]

        return await self._store.read(names)


def _document(reader: Reader, entity: Entity, name: str) -> str:
    raw = reader.get(INLINE.pack(entity.account_id, entity.owner, name))
    if raw is None:
        raise EntityNotFound(f"The {entity.kind} policy with name {name} cannot be found.")
    return raw.decode()
