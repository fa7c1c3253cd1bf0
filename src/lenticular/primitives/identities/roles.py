"""Roles: identities that others assume."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.identities import policies, spaces
from lenticular.primitives.identities.attachments import set_boundary
from lenticular.primitives.identities.bindings import bind, shown
from lenticular.primitives.identities.directory import ROLES, Entities
from lenticular.primitives.identities.errors import EntityInUse
from lenticular.primitives.identities.records import Role, unique_id
from lenticular.primitives.identities.store import IdentityStore
from lenticular.primitives.identities.uses import Uses
from lenticular.primitives.policies.documents import Policy, parse


def find_role(reader: Reader, account_id: str, name: str) -> Role | None:
    """Return the role of a name, in any case, or None."""
    return ROLES.find(reader, account_id, name)


def as_shown(reader: Reader, role: Role) -> Role:
    """Return a role with its trust policy as it is to be shown (`bindings.shown`)."""
    return replace(role, trust=shown(reader, role.trust, role.bindings))


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
        """Make a role that `trust`, a policy document, lets others assume.

        `boundary` is the ARN of a policy, or empty. Raises `PolicyMalformed` for `trust`,
        `EntityExists`, `QuotaExceeded`, and `EntityNotFound` for the boundary.
        """
        policy = _parse(trust)
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

        def create(tx: Transaction) -> Role:
            # Before it is there: a new role cannot trust itself.
            bound = replace(role, bindings=bind(tx, policy))
            ROLES.add(tx, bound)
            set_boundary(tx, account_id, role.owner, boundary)
            return bound

        return await self._store.change(create)

    async def entrust(self, account_id: str, name: str, trust: str) -> None:
        """Replace the trust policy of a role. Raises `EntityNotFound` and `PolicyMalformed`."""
        policy = _parse(trust)

        def entrust(tx: Transaction) -> None:
            role = ROLES.get(tx, account_id, name)
            ROLES.put(tx, replace(role, trust=trust, bindings=bind(tx, policy)))

        await self._store.change(entrust)

    async def as_shown(self, roles: Iterable[Role]) -> list[Role]:
        """Return roles with their trust policies as they are to be shown."""
        return await self._store.read(lambda reader: [as_shown(reader, role) for role in roles])

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


def _parse(trust: str) -> Policy:
    return parse(trust, "the trust policy", "trust")
