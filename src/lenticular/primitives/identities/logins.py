"""Login profiles: the passwords of users."""

from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.identities import spaces
from lenticular.primitives.identities.accounts import account_at
from lenticular.primitives.identities.directory import USERS
from lenticular.primitives.identities.errors import (
    EntityExists,
    EntityNotFound,
    PasswordRefused,
    PasswordWrong,
)
from lenticular.primitives.identities.passwords import PasswordHashes, check_password
from lenticular.primitives.identities.records import Account, LoginProfile, User, decode, encode
from lenticular.primitives.identities.store import IdentityStore

_DAY = 24 * 3600 * 1000


def find_login(reader: Reader, user: User) -> LoginProfile | None:
    """Return a user's login profile, or None: it has no password."""
    raw = reader.get(spaces.LOGIN.pack(user.account_id, user.id))
    return None if raw is None else decode(raw, LoginProfile)


class Logins:
    """The passwords of every account's users."""

    def __init__(self, store: IdentityStore, hashes: PasswordHashes) -> None:
        self._store = store
        self._hashes = hashes

    async def find(self, account_id: str, user_name: str) -> LoginProfile | None:
        """Return a user's login profile; None without one, or without the user."""
        return (await self._read(account_id, user_name))[1]

    async def get(self, account_id: str, user_name: str) -> LoginProfile:
        """Return a user's login profile. Raises `EntityNotFound`."""
        return await self._store.read(lambda reader: _get(reader, account_id, user_name))

    async def check(self, account_id: str, password: str) -> None:
        """Raise `PasswordRefused` for what an account's password policy does not allow."""
        check_password(password, await self._account(account_id))

    async def create(
        self, account_id: str, user_name: str, password: str, *, reset_required: bool = False
    ) -> LoginProfile:
        """Give a user its first password.

        Raises `EntityNotFound`, `EntityExists` and `PasswordRefused`.
        """

        def vacant(reader: Reader) -> User:
            user = USERS.get(reader, account_id, user_name)
            if find_login(reader, user) is not None:
                raise EntityExists(f"Login Profile for user {user.name} already exists.")
            return user

        await self._store.read(vacant)
        await self.check(account_id, password)
        hashed = await self._hashes.make(password)

        def create(tx: Transaction) -> LoginProfile:
            now = self._store.now()
            profile = LoginProfile(now, hashed, now, reset_required)
            _put(tx, vacant(tx), profile)
            return profile

        return await self._store.change(create)

    async def update(
        self,
        account_id: str,
        user_name: str,
        *,
        password: str | None = None,
        reset_required: bool | None = None,
    ) -> None:
        """Change a user's password, or whether it must be changed; None: leave it.

        Raises `EntityNotFound` and `PasswordRefused`.
        """
        hashed = None
        if password is not None:
            profile = await self.get(account_id, user_name)
            account = await self._account(account_id)
            check_password(password, account)
            await self._check_reuse(account, profile, password)
            hashed = await self._hashes.make(password)

        def update(tx: Transaction) -> None:
            user = USERS.get(tx, account_id, user_name)
            profile = _get(tx, account_id, user_name)
            if hashed is not None:
                profile = self._changed(account_at(tx, account_id), profile, hashed)
            if reset_required is not None:
                profile = replace(profile, reset_required=reset_required)
            _put(tx, user, profile)

        await self._store.change(update)

    async def set_password(
        self, account_id: str, user_name: str, password: str, *, reset_required: bool = False
    ) -> None:
        """Let a user have a password, its first or another.

        Raises `EntityNotFound` and `PasswordRefused`.
        """
        if await self.find(account_id, user_name) is None:
            await self.create(account_id, user_name, password, reset_required=reset_required)
        else:
            await self.update(
                account_id, user_name, password=password, reset_required=reset_required
            )

    async def change_password(self, account_id: str, user_name: str, old: str, new: str) -> None:
        """Let a user that knows its password have another.

        Raises `EntityNotFound`, `PasswordWrong` and `PasswordRefused`.
        """
        profile = await self.get(account_id, user_name)
        if not await self._hashes.matches(old, profile.hash):
            raise PasswordWrong
        await self.update(account_id, user_name, password=new, reset_required=False)

    async def delete(self, account_id: str, user_name: str) -> None:
        """Take a user's password away. Raises `EntityNotFound`."""

        def delete(tx: Transaction) -> None:
            _get(tx, account_id, user_name)
            tx.delete(spaces.LOGIN.pack(account_id, USERS.get(tx, account_id, user_name).id))

        await self._store.change(delete)

    async def verify(self, account_id: str, user_name: str, password: str) -> bool:
        """Tell whether a password is a user's, and note when it is.

        It takes as long for users without a password, and for those that are not there.
        """
        user, profile = await self._read(account_id, user_name)
        if not await self._hashes.matches(password, profile.hash if profile else None):
            return False

        def note(tx: Transaction) -> bool:
            found = USERS.find(tx, account_id, user_name)
            if found is None or user is None or found.id != user.id:
                return False  # deleted in the meantime
            USERS.put(tx, replace(found, password_last_used=self._store.now()))
            return True

        return await self._store.write(note)

    def expired(self, account: Account, profile: LoginProfile) -> bool:
        """Tell whether a password is older than the account's password policy wants."""
        policy = account.password_policy
        if policy is None or not policy.max_age:
            return False
        return self._store.now() >= profile.changed + policy.max_age * _DAY

    async def _account(self, account_id: str) -> Account:
        return await self._store.read(lambda reader: account_at(reader, account_id))

    async def _read(
        self, account_id: str, user_name: str
    ) -> tuple[User | None, LoginProfile | None]:
        def read(reader: Reader) -> tuple[User | None, LoginProfile | None]:
            user = USERS.find(reader, account_id, user_name)
            return user, find_login(reader, user) if user else None

        return await self._store.read(read)

    async def _check_reuse(self, account: Account, profile: LoginProfile, password: str) -> None:
        policy = account.password_policy
        if policy is None:
            return
        for hashed in (profile.hash, *profile.former)[: policy.reuse_prevention]:
            if await self._hashes.matches(password, hashed):
                raise PasswordRefused(
                    "Policy constraint violation with password reuse prevention during "
                    "password change"
                )

    def _changed(self, account: Account, profile: LoginProfile, hashed: str) -> LoginProfile:
        policy = account.password_policy
        kept = max(0, policy.reuse_prevention - 1) if policy else 0
        return replace(
            profile,
            hash=hashed,
            changed=self._store.now(),
            former=(profile.hash, *profile.former)[:kept],
        )


def _put(tx: Transaction, user: User, profile: LoginProfile) -> None:
    tx.set(spaces.LOGIN.pack(user.account_id, user.id), encode(profile))


def _get(reader: Reader, account_id: str, user_name: str) -> LoginProfile:
    user = USERS.get(reader, account_id, user_name)
    profile = find_login(reader, user)
    if profile is None:
        raise EntityNotFound(f"Login Profile for User {user.name} cannot be found.")
    return profile
