"""Instance profiles: each hands one role to machines."""

from collections.abc import Mapping

from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.identities import spaces
from lenticular.primitives.identities.directory import PROFILES, ROLES, Entities
from lenticular.primitives.identities.errors import EntityInUse, EntityNotFound, QuotaExceeded
from lenticular.primitives.identities.records import InstanceProfile, Role, unique_id
from lenticular.primitives.identities.roles import as_shown
from lenticular.primitives.identities.store import IdentityStore


def role_in(reader: Reader, profile: InstanceProfile) -> Role | None:
    """Return the role that a profile hands out, as it is to be shown, or None."""
    if not profile.role_id:
        return None
    return as_shown(reader, ROLES.at(reader, profile.account_id, profile.role_id))


def profiles_of(reader: Reader, role: Role) -> list[InstanceProfile]:
    """Return the profiles that hand out a role, by their unique ids."""
    rows = reader.range(*spaces.PROFILE_OF_ROLE.range(role.account_id, role.id))
    return [
        PROFILES.at(reader, role.account_id, spaces.PROFILE_OF_ROLE.unpack(key)[-1])
        for key, _ in rows
    ]


class InstanceProfiles(Entities[InstanceProfile]):
    """The instance profiles of every account."""

    def __init__(self, store: IdentityStore) -> None:
        super().__init__(store, PROFILES)

    async def create(
        self, account_id: str, name: str, *, path: str = "/", tags: Mapping[str, str] | None = None
    ) -> InstanceProfile:
        """Make a profile without a role. Raises `EntityExists` and `QuotaExceeded`."""
        profile = InstanceProfile(
            account_id,
            name,
            path,
            unique_id(PROFILES.prefix),
            self._store.now(),
            tags=dict(tags or {}),
        )
        await self._store.change(lambda tx: PROFILES.add(tx, profile))
        return profile

    async def delete(self, account_id: str, name: str) -> None:
        """Delete a profile without a role. Raises `EntityNotFound` and `EntityInUse`."""

        def delete(tx: Transaction) -> None:
            profile = PROFILES.get(tx, account_id, name)
            if profile.role_id:
                raise EntityInUse(
                    "Cannot delete entity, must remove roles from instance profile first."
                )
            PROFILES.remove(tx, profile)

        await self._store.change(delete)

    async def add_role(self, account_id: str, name: str, role_name: str) -> None:
        """Let a profile hand out a role. Raises `EntityNotFound`; `QuotaExceeded`: it has one."""

        def add_role(tx: Transaction) -> None:
            profile = PROFILES.get(tx, account_id, name)
            role = ROLES.get(tx, account_id, role_name)
            if profile.role_id:
                raise QuotaExceeded("InstanceSessionsPerInstanceProfile", 1)
            PROFILES.put(tx, replace(profile, role_id=role.id))
            tx.set(spaces.PROFILE_OF_ROLE.pack(account_id, role.id, profile.id), b"")

        await self._store.change(add_role)

    async def remove_role(self, account_id: str, name: str, role_name: str) -> None:
        """Let a profile hand out nothing. Raises `EntityNotFound` when the role is not in it."""

        def remove_role(tx: Transaction) -> None:
            profile = PROFILES.get(tx, account_id, name)
            role = ROLES.get(tx, account_id, role_name)
            if profile.role_id != role.id:
                raise EntityNotFound(
                    f"The role with name {role.name} cannot be found in the instance profile "
                    f"{profile.name}."
                )
            PROFILES.put(tx, replace(profile, role_id=""))
            tx.delete(spaces.PROFILE_OF_ROLE.pack(account_id, role.id, profile.id))

        await self._store.change(remove_role)

    async def of_role(self, account_id: str, role_name: str) -> list[InstanceProfile]:
        """Return the profiles that hand out a role by name. Raises `EntityNotFound`."""
        found = await self._store.read(
            lambda reader: profiles_of(reader, ROLES.get(reader, account_id, role_name))
        )
        return sorted(found, key=lambda profile: profile.name.lower())

    async def role_in(self, profile: InstanceProfile) -> Role | None:
        """Return the role that a profile hands out, as it is to be shown, or None."""
        return await self._store.read(lambda reader: role_in(reader, profile))
