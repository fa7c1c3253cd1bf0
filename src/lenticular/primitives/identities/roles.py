"""Roles: identities that others assume."""

from collections.abc import Mapping

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.identities import policies, spaces
from lenticular.primitives.identities.attachments import set_boundary
from lenticular.primitives.identities.directory import ROLES, Entities
from lenticular.primitives.identities.errors import EntityInUse
from lenticular.primitives.identities.records import Role, unique_id
from lenticular.primitives.identities.store import IdentityStore
from lenticular.primitives.identities.uses import Uses


def find_role(reader: Reader, account_id: str, name: str) -> Role | None:
    """Return the role of a name, in any case, or None."""
    return ROLES.find(reader, account_id, name)


class Roles(Entities[Role]):
    """The roles of every account."""

    def __init__(self, store: IdentityStore, uses: Uses) -> None:
        super().__init__(store, ROLES)
        self._uses = uses

    async def create(
        self,
        account_id: str,
        name: str,
        trust: str,
        *,
        path: str = "/",
        description: str = "",
        max_session_duration: int = 3600,
        tags: Mapping[str, str] | None = None,
        boundary: str = "",
        service: str = "",
    ) -> Role:
        """Make a role that `trust`, a checked trust policy, lets others assume.

        `boundary` is the ARN of a policy, or empty. Raises `EntityExists`, `QuotaExceeded`,
        and `EntityNotFound` for the policy.
        """
        role = Role(
            account_id,
            name,
            path,
            unique_id(ROLES.prefix),
            self._store.now(),
            trust,
            description,
            max_session_duration,
            dict(tags or {}),
            service,
        )

        def create(tx: Transaction) -> None:
            ROLES.add(tx, role)
            set_boundary(tx, account_id, role.owner, boundary)

        await self._store.change(create)
        return role

    async def delete(self, account_id: str, name: str) -> None:
        """Delete a role that has nothing left. Raises `EntityNotFound` and `EntityInUse`."""

        def delete(tx: Transaction) -> None:
            role = ROLES.get(tx, account_id, name)
            if tx.range(*spaces.PROFILE_OF_ROLE.range(account_id, role.id), limit=1):
                raise EntityInUse(
                    "Cannot delete entity, must remove roles from instance profile first."
                )
            policies.check_bare(tx, account_id, role.owner)
            policies.forget_entity(tx, account_id, role.owner)
            self._uses.forget(tx, role.id)
            ROLES.remove(tx, role)

        await self._store.change(delete)
