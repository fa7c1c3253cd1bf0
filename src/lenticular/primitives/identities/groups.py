"""Groups, and who is in them."""

from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.identities import policies, spaces
from lenticular.primitives.identities.directory import GROUPS, USERS, Entities
from lenticular.primitives.identities.errors import EntityInUse, EntityNotFound, QuotaExceeded
from lenticular.primitives.identities.quotas import GROUPS_PER_USER
from lenticular.primitives.identities.records import Group, User, unique_id
from lenticular.primitives.identities.store import IdentityStore


def groups_of(reader: Reader, user: User) -> list[Group]:
    """Return the groups that a user is in, by their unique ids."""
    rows = reader.range(*spaces.MEMBERSHIP.range(user.account_id, user.id))
    return [
        GROUPS.at(reader, user.account_id, spaces.MEMBERSHIP.unpack(key)[-1]) for key, _ in rows
    ]


def members_of(reader: Reader, group: Group) -> list[User]:
    """Return the users that are in a group, by name."""
    rows = reader.range(*spaces.MEMBER.range(group.account_id, group.id))
    found = [USERS.at(reader, group.account_id, spaces.MEMBER.unpack(key)[-1]) for key, _ in rows]
    return sorted(found, key=lambda user: user.name.lower())


class Groups(Entities[Group]):
    """The groups of every account."""

    def __init__(self, store: IdentityStore) -> None:
        super().__init__(store, GROUPS)

    async def create(self, account_id: str, name: str, *, path: str = "/") -> Group:
        """Make an empty group. Raises `EntityExists` and `QuotaExceeded`."""
        group = Group(account_id, name, path, unique_id(GROUPS.prefix), self._store.now())
        await self._store.change(lambda tx: GROUPS.add(tx, group))
        return group

    async def rename(
        self, account_id: str, name: str, *, new_name: str = "", new_path: str = ""
    ) -> Group:
        """Give a group another name or path (empty: the one it has).

        Raises `EntityNotFound` and `EntityExists`.
        """

        def rename(tx: Transaction) -> Group:
            old = GROUPS.get(tx, account_id, name)
            new = replace(old, name=new_name or old.name, path=new_path or old.path)
            GROUPS.rename(tx, old, new)
            return new

        return await self._store.change(rename)

    async def delete(self, account_id: str, name: str) -> None:
        """Delete a group that has nothing left. Raises `EntityNotFound` and `EntityInUse`."""

        def delete(tx: Transaction) -> None:
            group = GROUPS.get(tx, account_id, name)
            if tx.range(*spaces.MEMBER.range(account_id, group.id), limit=1):
                raise EntityInUse("Cannot delete entity, must remove users from group first.")
            policies.check_bare(tx, account_id, group.owner)
            policies.forget_entity(tx, account_id, group.owner)
            GROUPS.remove(tx, group)

        await self._store.change(delete)

    async def add_user(self, account_id: str, name: str, user_name: str) -> None:
        """Put a user into a group; it may be there already.

        Raises `EntityNotFound` and `QuotaExceeded`.
        """

        def add_user(tx: Transaction) -> None:
            group, user = GROUPS.get(tx, account_id, name), USERS.get(tx, account_id, user_name)
            tx.set(spaces.MEMBER.pack(account_id, group.id, user.id), b"")
            tx.set(spaces.MEMBERSHIP.pack(account_id, user.id, group.id), b"")
            if len(groups_of(tx, user)) > GROUPS_PER_USER:
                raise QuotaExceeded("GroupsPerUser", GROUPS_PER_USER)

        await self._store.change(add_user)

    async def remove_user(self, account_id: str, name: str, user_name: str) -> None:
        """Take a user out of a group. Raises `EntityNotFound` when one is not, or not in it."""

        def remove_user(tx: Transaction) -> None:
            group, user = GROUPS.get(tx, account_id, name), USERS.get(tx, account_id, user_name)
            key = spaces.MEMBER.pack(account_id, group.id, user.id)
            if tx.get(key) is None:
                raise EntityNotFound(
                    f"The user with name {user.name} cannot be found in the group {group.name}."
                )
            tx.delete(key)
            tx.delete(spaces.MEMBERSHIP.pack(account_id, user.id, group.id))

        await self._store.change(remove_user)

    async def members(self, account_id: str, name: str) -> list[User]:
        """Return the users in a group by name. Raises `EntityNotFound`."""
        return await self._store.read(
            lambda reader: members_of(reader, GROUPS.get(reader, account_id, name))
        )

    async def of_user(self, account_id: str, user_name: str) -> list[Group]:
        """Return the groups that a user is in by name. Raises `EntityNotFound`."""
        found = await self._store.read(
            lambda reader: groups_of(reader, USERS.get(reader, account_id, user_name))
        )
        return sorted(found, key=lambda group: group.name.lower())
