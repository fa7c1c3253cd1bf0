"""Users: made with a password or an access key, listed, and given another password."""

import re

from msgspec import Struct

from lenticular.primitives.identities import USERS, User
from lenticular.primitives.identities.errors import InputInvalid
from lenticular.server.administration.contract import Site

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
"""The policy that allows everything in the account."""

_MAIL_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")


class NewUser(Struct, frozen=True, forbid_unknown_fields=True):
    """The user to make."""

    name: str
    email: str = ""
    full_name: str = ""
    account_id: str = ""
    """Empty: the account that the cloud started with."""
    password: str | None = None
    admin: bool = False
    """It may do everything in the account."""
    access_key: bool = False
    """It gets an access key."""


class UserPassword(Struct, frozen=True, forbid_unknown_fields=True):
    """The password that a user is to have."""

    name: str
    password: str
    account_id: str = ""


class UsersOf(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose users to list."""

    account_id: str = ""


class DescribedUser(Struct, frozen=True, omit_defaults=True):
    """A user as commands print it."""

    name: str
    username: str
    """With which it signs in everywhere."""
    identity_id: str
    account_id: str
    arn: str
    email: str = ""
    access_key_id: str = ""
    secret_access_key: str = ""


async def create(site: Site, wanted: NewUser) -> DescribedUser:
    """Make a user, whole or not at all. Raises an `IdentityError`."""
    if wanted.email and not _MAIL_ADDRESS.fullmatch(wanted.email):
        raise InputInvalid(f"{wanted.email!r} is no mail address, such as ada@uni.example")
    identities = site.cloud.identities
    account_id = await _account_id(site, wanted.account_id)
    if wanted.password is not None:
        await identities.logins.check(account_id, wanted.password)
    user = await identities.users.create(
        account_id, wanted.name, email=wanted.email, full_name=wanted.full_name
    )
    if wanted.admin:
        await identities.attachments.attach(USERS, account_id, user.name, ADMINISTRATOR)
    if wanted.password is not None:
        await identities.set_password(account_id, user.name, wanted.password)
    if not wanted.access_key:
        return await _described(site, user)
    key, secret = await identities.keys.create(account_id, user.name)
    return await _described(site, user, key.access_key_id, secret)


async def set_password(site: Site, wanted: UserPassword) -> DescribedUser:
    """Let a user have a password. Raises `EntityNotFound` and `PasswordRefused`."""
    identities = site.cloud.identities
    account_id = await _account_id(site, wanted.account_id)
    await identities.set_password(account_id, wanted.name, wanted.password)
    return await _described(site, await identities.users.get(account_id, wanted.name))


async def list_users(site: Site, wanted: UsersOf) -> list[DescribedUser]:
    """Return the users of an account by name. Raises `AccountNotFound`."""
    account_id = await _account_id(site, wanted.account_id)
    users = await site.cloud.identities.users.list(account_id)
    return [await _described(site, user) for user in users]


async def _account_id(site: Site, account_id: str) -> str:
    identities = site.cloud.identities
    wanted = account_id or await identities.first_account_id()
    return (await identities.accounts.get(wanted)).account_id


async def _described(site: Site, user: User, key_id: str = "", secret: str = "") -> DescribedUser:
    return DescribedUser(
        user.name,
        await site.cloud.identities.sign_in_name(user),
        user.identity_id,
        user.account_id,
        user.arn,
        user.email,
        key_id,
        secret,
    )
