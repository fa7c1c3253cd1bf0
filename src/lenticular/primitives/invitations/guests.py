"""Guests: users made by people whom somebody invited, in an account of their own.

That account owns nothing and its users have no policies, so whoever accepts an invitation
gets what was shared with them, and nothing that is for everybody in the account of the
person who invited them.
"""

import re
import time

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.identities import (
    EntityExists,
    Identities,
    InputInvalid,
    User,
    spaces,
)
from lenticular.primitives.identities.accounts import create_account

_ACCOUNT = Subspace("invitations", "guests")  # () -> account id
_NAME = "Guests"
_LONGEST_NAME = 56
_LONGEST_FULL_NAME = 128


class Guests:
    """Makes users for people who have none."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities

    async def account_id(self) -> str:
        """Return the account of guests, which is made when first asked for."""
        known = await self._identities.read(lambda reader: reader.get(_ACCOUNT.pack()))
        return known.decode() if known is not None else await self._identities.change(_found)

    async def create(self, email: str, full_name: str) -> User:
        """Make a user without a password for the person at an address.

        Raises `InputInvalid` for a name that cannot be taken.
        """
        account_id = await self.account_id()
        if len(full_name) > _LONGEST_FULL_NAME or not full_name.isprintable():
            raise InputInvalid(f"A name has at most {_LONGEST_FULL_NAME} printable characters")
        stem, number = re.sub(r"[^A-Za-z0-9+=,._-]", "-", email.partition("@")[0]), 1
        while True:
            name = f"{stem[:_LONGEST_NAME]}{f'-{number}' if number > 1 else ''}"
            try:
                return await self._identities.users.create(
                    account_id, name, email=email, full_name=full_name
                )
            except EntityExists:
                number += 1


def is_guests(reader: Reader, account_id: str) -> bool:
    """Tell whether an account is that of guests: of people whom somebody invited, and no more."""
    return reader.get(_ACCOUNT.pack()) == account_id.encode()


def _found(tx: Transaction) -> str:
    known = tx.get(_ACCOUNT.pack())
    if known is not None:
        return known.decode()
    name, number = _NAME, 1
    while tx.get(spaces.ACCOUNT_NAMED.pack(name)) is not None:
        number += 1
        name = f"{_NAME} {number}"
    account = create_account(tx, name, "", int(time.time() * 1000))
    tx.set(_ACCOUNT.pack(), account.account_id.encode())
    return account.account_id
