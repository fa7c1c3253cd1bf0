"""Users: made, found, renamed and deleted."""

from collections.abc import Collection, Mapping
from uuid import uuid4

from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.identities import policies, spaces
from lenticular.primitives.identities.accounts import account_labelled
from lenticular.primitives.identities.attachments import set_boundary
from lenticular.primitives.identities.directory import USERS, Entities
from lenticular.primitives.identities.errors import EntityInUse
from lenticular.primitives.identities.records import User, unique_id
from lenticular.primitives.identities.store import IdentityStore


def find_user(reader: Reader, account_id: str, name: str) -> User | None:
    """Return the user of a name, in any case, or None."""
    return USERS.find(reader, account_id, name)


def user_by_identity(reader: Reader, identity_id: str) -> User | None:
    """Return the user whose person has this UUID, or None."""
    known = reader.get(spaces.USER_IDENTITY.pack(identity_id))
    return None if known is None else USERS.at(reader, *known.decode().split(" "))


def user_signing_in(reader: Reader, name: str, domains: Collection[str]) -> User | None:
    """Return whom a sign-in name stands for; see `Identities.find_user`."""
    stem, _, host = name.rpartition("@")
    label, _, domain = host.partition(".")
    if stem and domain.lower() in domains:
        account = account_labelled(reader, label)
        return None if account is None else USERS.find(reader, account.account_id, stem)
    first = reader.get(spaces.FIRST)
    user = None if first is None else USERS.find(reader, first.decode(), name)
    return user or _user_mailed(reader, name)


def _user_mailed(reader: Reader, email: str) -> User | None:
    """Return the one user with a mail address; None when several have it."""
    rows = reader.range(*spaces.USER_MAILED.range(email.lower()), limit=2)
    if len(rows) != 1:
        return None
    _, account_id, user_id = spaces.USER_MAILED.unpack(rows[0][0])
    return USERS.at(reader, account_id, user_id)


class Users(Entities[User]):
    """The users of every account."""

    def __init__(self, store: IdentityStore) -> None:
        super().__init__(store, USERS)

    async def create(
        self,
        account_id: str,
        name: str,
        *,
        path: str = "/",
        tags: Mapping[str, str] | None = None,
        boundary: str = "",
        email: str = "",
        full_name: str = "",
    ) -> User:
        """Make a user without credentials; `boundary` is the ARN of a policy, or empty.

        Raises `EntityExists`, `QuotaExceeded`, and `EntityNotFound` for the policy.
        """
        user = User(
            account_id,
            name,
            path,
            unique_id(USERS.prefix),
            self._store.now(),
            str(uuid4()),
            email,
            full_name,
            dict(tags or {}),
        )

        def create(tx: Transaction) -> None:
            _add(tx, user)
            set_boundary(tx, account_id, user.owner, boundary)

        await self._store.change(create)
        return user

    async def by_identity(self, identity_id: str) -> User | None:
        """Return the user whose person has this UUID, or None."""
        return await self._store.read(lambda reader: user_by_identity(reader, identity_id))

    async def rename(
        self, account_id: str, name: str, *, new_name: str = "", new_path: str = ""
    ) -> User:
        """Give a user another name or path (empty: the one it has); all else stays its own.

        Raises `EntityNotFound` and `EntityExists`.
        """

        def rename(tx: Transaction) -> User:
            old = USERS.get(tx, account_id, name)
            new = replace(old, name=new_name or old.name, path=new_path or old.path)
            USERS.rename(tx, old, new)
            return new

        return await self._store.change(rename)

    async def describe(
        self, account_id: str, name: str, *, email: str | None = None, full_name: str | None = None
    ) -> User:
        """Change how a person is reached and called; None: leave it. Raises `EntityNotFound`."""

        def describe(tx: Transaction) -> User:
            user = USERS.get(tx, account_id, name)
            _forget_email(tx, user)
            if email is not None:
                user = replace(user, email=email)
            if full_name is not None:
                user = replace(user, full_name=full_name)
            _note_email(tx, user)
            USERS.put(tx, user)
            return user

        return await self._store.change(describe)

    async def delete(self, account_id: str, name: str) -> None:
        """Delete a user that has nothing left. Raises `EntityNotFound` and `EntityInUse`."""

        def delete(tx: Transaction) -> None:
            user = USERS.get(tx, account_id, name)
            _check_unused(tx, user)
            _forget_email(tx, user)
            policies.forget_entity(tx, account_id, user.owner)
            tx.delete(spaces.USER_IDENTITY.pack(user.identity_id))
            USERS.remove(tx, user)

        await self._store.change(delete)


def _add(tx: Transaction, user: User) -> None:
    USERS.add(tx, user)
    where = f"{user.account_id} {user.id}"
    tx.set(spaces.USER_IDENTITY.pack(user.identity_id), where.encode())
    _note_email(tx, user)


def _note_email(tx: Transaction, user: User) -> None:
    if user.email:
        tx.set(spaces.USER_MAILED.pack(user.email.lower(), user.account_id, user.id), b"")


def _forget_email(tx: Transaction, user: User) -> None:
    if user.email:
        tx.delete(spaces.USER_MAILED.pack(user.email.lower(), user.account_id, user.id))


def _check_unused(reader: Reader, user: User) -> None:
    """Raise `EntityInUse` for what must go first (IAM User Guide, "Deleting an IAM user")."""

    def has(space: Subspace) -> bool:
        return bool(reader.range(*space.range(user.account_id, user.id), limit=1))

    if has(spaces.USER_KEY):
        raise EntityInUse("Cannot delete entity, must delete access keys first.")
    if reader.get(spaces.LOGIN.pack(user.account_id, user.id)) is not None:
        raise EntityInUse("Cannot delete entity, must delete login profile first.")
    if has(spaces.MEMBERSHIP):
        raise EntityInUse("Cannot delete entity, must remove users from group first.")
    if has(spaces.DEVICE_OF):
        raise EntityInUse("Cannot delete entity, must delete MFA device first.")
    if has(spaces.SSH_KEY):
        raise EntityInUse("Cannot delete entity, must delete SSH public keys first.")
    policies.check_bare(reader, user.account_id, user.owner)
