"""Who may do what with an index: roles, held by identities and groups."""

import time
import uuid
from collections.abc import Sequence

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.search import records
from lenticular.primitives.search.errors import (
    AccessDenied,
    IndexNotFound,
    IndexStatusWrong,
    LimitExceeded,
    RoleNotFound,
)
from lenticular.primitives.search.records import (
    HOLDER,
    ROLE,
    ROLES,
    Index,
    Role,
    RoleName,
    Status,
    encode,
)
from lenticular.primitives.search.viewers import Viewer, checked_urn

MOST_ROLES = 50
"""On one index (Globus Search Limits)."""


class Roles:
    """The roles on the indices of one cloud."""

    def __init__(self, store: KeyValueStore) -> None:
        self._store = store

    async def list(self, viewer: Viewer, index_id: str) -> Sequence[Role]:
        """Return the roles on an index, the oldest first.

        Raises `IndexNotFound`, `AccessDenied`.
        """

        def find(reader: Reader) -> Sequence[Role]:
            required(reader, index_id, viewer, "admin")
            return records.roles(reader, index_id)

        return await self._store.read(find)

    async def grant(
        self, viewer: Viewer, index_id: str, role_name: RoleName, principal: str
    ) -> Role:
        """Give a role; one that is held already stays as it is.

        Only owners make owners. Raises `IndexNotFound`, `AccessDenied`, `EntryInvalid` for
        what is no principal, and `LimitExceeded`.
        """
        urn = checked_urn(principal)
        least: RoleName = "owner" if role_name == "owner" else "admin"

        def write(tx: Transaction) -> Role:
            required(tx, index_id, viewer, least)
            there = records.roles(tx, index_id)
            for role in there:
                if (role.role_name, role.principal) == (role_name, urn):
                    return role
            if len(there) >= MOST_ROLES:
                raise LimitExceeded(f"An index has at most {MOST_ROLES} roles")
            return add(tx, index_id, role_name, urn)

        return await self._store.transact(write)

    async def revoke(self, viewer: Viewer, index_id: str, role_id: str) -> Role:
        """Take a role away, but not the last owner's; return what it was.

        Raises `IndexNotFound`, `AccessDenied`, `RoleNotFound`, `LimitExceeded`.
        """

        def write(tx: Transaction) -> Role:
            required(tx, index_id, viewer, "admin")
            there = records.roles(tx, index_id)
            role = next((one for one in there if one.role_id == role_id), None)
            if role is None:
                raise RoleNotFound(role_id)
            if [one for one in there if one.role_name == "owner"] == [role]:
                raise LimitExceeded("This is the last owner of the index: it cannot be removed")
            tx.delete(ROLE.pack(index_id, role_id))
            tx.delete(HOLDER.pack(role.principal, index_id, role_id))
            return role

        return await self._store.transact(write)


def add(tx: Transaction, index_id: str, role_name: RoleName, principal: str) -> Role:
    """Write down a role."""
    role = Role(str(uuid.uuid4()), index_id, role_name, principal, int(time.time() * 1000))
    tx.set(ROLE.pack(index_id, role.role_id), encode(role))
    tx.set(HOLDER.pack(principal, index_id, role.role_id), b"")
    return role


def held(reader: Reader, index_id: str, viewer: Viewer) -> list[RoleName]:
    """Return the roles that somebody has on an index, the highest first."""
    urns = viewer.urns
    names = {role.role_name for role in records.roles(reader, index_id) if role.principal in urns}
    return [name for name in ROLES if name in names]


def required(
    reader: Reader, index_id: str, viewer: Viewer, least: RoleName, *, status: Status | None = None
) -> Index:
    """Return an index on which somebody has a role, at least `least`.

    Raises `IndexNotFound`, `AccessDenied`, and `IndexStatusWrong` when its status is another.
    """
    index = found(reader, index_id)
    names = held(reader, index_id, viewer)
    if not names or ROLES.index(names[0]) > ROLES.index(least):
        raise AccessDenied(" or ".join(ROLES[: ROLES.index(least) + 1]))
    if status is not None and index.status != status:
        raise IndexStatusWrong(index.status, status)
    return index


def found(reader: Reader, index_id: str) -> Index:
    """Return an index. Raises `IndexNotFound`."""
    index = records.index(reader, index_id)
    if index is None:
        raise IndexNotFound(index_id)
    return index


def index_ids(reader: Reader, viewer: Viewer) -> list[str]:
    """Return the ids of the indices on which somebody has a role."""
    ids: dict[str, None] = {}
    for urn in sorted(viewer.urns):
        pairs = reader.range(*HOLDER.range(urn))
        ids |= dict.fromkeys(HOLDER.unpack(key)[1] for key, _ in pairs)
    return list(ids)
