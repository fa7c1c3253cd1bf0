"""Letting people in for the first time: the first administrator, and whoever has a link."""

import re

from lenticular.engines.kv.contract import KeyValueStore, Reader
from lenticular.primitives.identities import (
    USERS,
    EntityExists,
    Identities,
    InputInvalid,
    User,
    spaces,
)
from lenticular.primitives.identities.passwords import check_password
from lenticular.primitives.signin.invitations import Invitation, Invitations
from lenticular.primitives.signin.sessions import BrowserSessions

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
"""The policy that the first administrator has."""

_USER_NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,64}")


class LinkSpent(Exception):
    """The link was used already, has expired, or never was."""

    def __init__(self) -> None:
        super().__init__("This link was used already, or is too old: ask for another one")


class Welcome:
    """Sets passwords for whoever holds a link."""

    def __init__(
        self,
        store: KeyValueStore,
        identities: Identities,
        invitations: Invitations,
        sessions: BrowserSessions,
    ) -> None:
        self._store = store
        self._identities = identities
        self._invitations = invitations
        self._sessions = sessions

    async def is_needed(self) -> bool:
        """Tell whether nobody has a password yet, so that nobody can sign in."""

        def is_empty(reader: Reader) -> bool:
            return not reader.range(*spaces.LOGIN.range(), limit=1)

        return await self._store.read(is_empty)

    async def invite_administrator(self) -> str:
        """Return the token of a link with which the first administrator comes in."""
        first = await self._identities.first_account()
        return await self._invitations.create("administrator", first.account_id)

    async def find(self, token: str) -> Invitation:
        """Return what a link is good for. Raises `LinkSpent`.

        The first administrator's is spent as soon as anybody else can sign in.
        """
        invitation = await self._invitations.find(token)
        if invitation is None:
            raise LinkSpent
        if invitation.purpose == "administrator" and not await self.is_needed():
            raise LinkSpent
        if invitation.identity_id and not await self._is_its_user(invitation):
            raise LinkSpent
        return invitation

    async def _is_its_user(self, invitation: Invitation) -> bool:
        """Tell whether the name in a link is still that of the user it was made for."""
        user = await self._identities.users.find(invitation.account_id, invitation.user_name)
        return user is not None and user.identity_id == invitation.identity_id

    async def accept(
        self, token: str, password: str, *, name: str = "", email: str = "", full_name: str = ""
    ) -> User:
        """Use a link: its user has `password` from now on, and is signed out everywhere.

        An administrator's user is made, by the name they choose. Raises `LinkSpent`,
        `PasswordRefused`, `InputInvalid` or `EntityExists` for the name, and `EntityNotFound`
        when the user has gone.
        """
        invitation = await self.find(token)
        account = await self._identities.accounts.get(invitation.account_id)
        check_password(password, account)
        is_new = invitation.purpose == "administrator"
        if is_new:
            await self._check_free(account.account_id, name)
        # Used before it takes effect: of two who hold the same link, one gets in.
        if await self._invitations.take(token) is None:
            raise LinkSpent
        if is_new:
            await self._identities.users.create(
                account.account_id, name, email=email, full_name=full_name
            )
            await self._identities.attachments.attach(
                USERS, account.account_id, name, ADMINISTRATOR
            )
        user = await self._identities.users.get(
            account.account_id, name if is_new else invitation.user_name
        )
        await self._identities.set_password(account.account_id, user.name, password)
        await self._sessions.end_all(user.identity_id)
        return user

    async def _check_free(self, account_id: str, name: str) -> None:
        if not _USER_NAME.fullmatch(name):
            raise InputInvalid(
                "A user name has 1 to 64 letters, digits and characters of +=,.@_- , no spaces"
            )
        if await self._identities.users.find(account_id, name) is not None:
            raise EntityExists(f"There is a user {name} already: choose another name")
