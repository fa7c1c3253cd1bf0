"""Links that can be used once: to set a first password, or a new one, without knowing one.

A link is good for `LIFETIME` seconds. A person has one at a time: a newer link replaces the
older one.
"""

import time
from collections.abc import Callable
from typing import Literal

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.identities import USERS
from lenticular.primitives.signin.tokens import digest, new_token

LIFETIME = 24 * 3600
"""Seconds for which a link can be used."""

InvitationPurpose = Literal["administrator", "password"]
"""``administrator``: choose a name and password and become the account's first administrator;
``password``: set the password of the user that is named."""

_INVITATION = Subspace("signin", "invitation")  # (digest of the token) -> Invitation
_CURRENT = Subspace("signin", "invited")  # (account id, user name) -> digest of the token


class Invitation(Struct, array_like=True, frozen=True):
    """What a link is good for."""

    purpose: InvitationPurpose
    account_id: str
    user_name: str
    """Empty for an administrator, who chooses it."""
    expires: int
    """Seconds since the epoch."""
    identity_id: str = ""
    """Of the user: a name may be given to somebody else meanwhile. Empty where it was nobody's."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Invitation).decode


class Invitations:
    """The links of one cloud that have not been used."""

    def __init__(self, store: KeyValueStore, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    async def create(
        self,
        purpose: InvitationPurpose,
        account_id: str,
        user_name: str = "",
        *,
        lifetime: int = LIFETIME,
    ) -> str:
        """Make a link for a user and return its token; an older one of theirs ends."""
        token, expires = new_token(), int(self._clock()) + lifetime

        def write(tx: Transaction) -> None:
            withdraw(tx, account_id, user_name)
            user = USERS.find(tx, account_id, user_name) if user_name else None
            identity_id = user.identity_id if user is not None else ""
            made = Invitation(purpose, account_id, user_name, expires, identity_id)
            tx.set(_INVITATION.pack(digest(token)), _encode(made))
            tx.set(_CURRENT.pack(account_id, user_name), digest(token))

        await self._store.transact(write)
        return token

    async def end(self, account_id: str, user_name: str) -> None:
        """End the link that a user has, if any."""
        await self._store.transact(lambda tx: withdraw(tx, account_id, user_name))

    async def find(self, token: str) -> Invitation | None:
        """Return what a token is good for; None: it is unknown, used or expired."""
        return await self._store.read(lambda reader: self.look(reader, token))

    def look(self, reader: Reader, token: str) -> Invitation | None:
        """Return what `find` returns, as a transaction sees it."""
        data = reader.get(_INVITATION.pack(digest(token)))
        if data is None:
            return None
        invitation = _decode(data)
        return invitation if self._clock() < invitation.expires else None

    async def take(self, token: str) -> Invitation | None:
        """Use a token up and return what it was good for; of two at once, one gets None."""

        def use(tx: Transaction) -> Invitation | None:
            invitation = self.look(tx, token)
            if invitation is not None:
                withdraw(tx, invitation.account_id, invitation.user_name)
            return invitation

        return await self._store.transact(use)


def withdraw(tx: Transaction, account_id: str, user_name: str) -> None:
    """End the link that a user has, if any."""
    current = tx.get(_CURRENT.pack(account_id, user_name))
    if current is not None:
        tx.delete(_INVITATION.pack(current))
        tx.delete(_CURRENT.pack(account_id, user_name))
