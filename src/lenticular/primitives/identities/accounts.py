"""Accounts: made, found and described."""

import re
import secrets

from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.identities import spaces
from lenticular.primitives.identities.errors import (
    AccountNameInvalid,
    AccountNotFound,
    AccountTaken,
    EntityExists,
    EntityNotFound,
    InputInvalid,
)
from lenticular.primitives.identities.records import (
    Account,
    PasswordPolicy,
    decode,
    encode,
    present,
)
from lenticular.primitives.identities.store import IdentityStore

_LONGEST_LABEL = 63 - 8
"""Characters of a DNS label (RFC 1035), with room for a number that makes it unique."""

_ALIAS = re.compile(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*")


def find_account(reader: Reader, account_id: str) -> Account | None:
    """Return an account by its id."""
    raw = reader.get(spaces.ACCOUNT.pack(account_id))
    return None if raw is None else decode(raw, Account)


def account_at(reader: Reader, account_id: str) -> Account:
    """Return the account of an id that another record names."""
    return decode(present(reader.get(spaces.ACCOUNT.pack(account_id))), Account)


def account_labelled(reader: Reader, label: str) -> Account | None:
    """Return the account that a label, an alias or an account id stands for."""
    known = reader.get(spaces.ACCOUNT_LABELLED.pack(label.lower()))
    return find_account(reader, label if known is None else known.decode())


def create_account(tx: Transaction, name: str, email: str, now: int) -> Account:
    """Make an account. Raises `AccountTaken` or `AccountNameInvalid`."""
    if not 1 <= len(name) <= 128 or not name.isprintable() or name != name.strip():
        raise AccountNameInvalid(f"an account name has 1 to 128 printable characters, not {name!r}")
    if tx.get(spaces.ACCOUNT_NAMED.pack(name)) is not None:
        raise AccountTaken(name)
    if email and tx.get(spaces.ACCOUNT_MAILED.pack(email.lower())) is not None:
        raise AccountTaken(email, "reached by")
    account_id = f"{secrets.randbelow(10**12):012d}"
    while tx.get(spaces.ACCOUNT.pack(account_id)) is not None:
        account_id = f"{secrets.randbelow(10**12):012d}"
    account = Account(
        account_id=account_id,
        name=name,
        canonical_id=secrets.token_hex(32),
        email=email,
        created=now,
        label=_free_label(tx, name),
    )
    for key in (
        spaces.ACCOUNT_NAMED.pack(name),
        spaces.ACCOUNT_CANONICAL.pack(account.canonical_id),
        spaces.ACCOUNT_LABELLED.pack(account.label),
    ):
        tx.set(key, account_id.encode())
    if email:
        tx.set(spaces.ACCOUNT_MAILED.pack(email.lower()), account_id.encode())
    _put(tx, account)
    return account


def _free_label(reader: Reader, name: str) -> str:
    """Return a DNS label like an account's name, which no account has yet."""
    stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST_LABEL].strip("-")
    if not stem or stem.isdigit():  # digits alone could be the id of another account
        stem = f"account-{stem}".strip("-")
    label, number = stem, 1
    while reader.get(spaces.ACCOUNT_LABELLED.pack(label)) is not None:
        number += 1
        label = f"{stem}-{number}"
    return label


def _put(tx: Transaction, account: Account) -> None:
    tx.set(spaces.ACCOUNT.pack(account.account_id), encode(account))


class Accounts:
    """The accounts of one cloud."""

    def __init__(self, store: IdentityStore) -> None:
        self._store = store

    async def get(self, account_id: str) -> Account:
        """Return an account by its id. Raises `AccountNotFound`."""
        account = await self.find(account_id)
        if account is None:
            raise AccountNotFound(account_id)
        return account

    async def find(self, account_id: str) -> Account | None:
        """Return an account by its id."""
        return await self._store.read(lambda reader: find_account(reader, account_id))

    async def list(self) -> list[Account]:
        """Return every account, by its id."""
        return await self._store.read(
            lambda reader: [
                decode(raw, Account) for _, raw in reader.range(*spaces.ACCOUNT.range())
            ]
        )

    async def by_canonical(self, canonical_id: str) -> Account | None:
        """Return an account by the name it has in access control lists."""
        return await self._by(spaces.ACCOUNT_CANONICAL.pack(canonical_id))

    async def by_email(self, email: str) -> Account | None:
        """Return an account by its mail address, in any case."""
        return await self._by(spaces.ACCOUNT_MAILED.pack(email.lower()))

    async def _by(self, index_key: bytes) -> Account | None:
        def find(reader: Reader) -> Account | None:
            account_id = reader.get(index_key)
            return None if account_id is None else account_at(reader, account_id.decode())

        return await self._store.read(find)

    async def set_alias(self, account_id: str, alias: str) -> None:
        """Let an alias stand for an account, in the place of the one it had.

        Raises `EntityExists` when it is another account's label or alias, and `InputInvalid`
        for what is no DNS label, or digits alone, which would read as an account's id.
        """
        if alias.isdigit() or not _ALIAS.fullmatch(alias):
            raise InputInvalid(
                f"{alias} is no alias: expected 3 to 63 lower-case letters and digits, not digits "
                f"alone, with single hyphens between them"
            )

        def set_alias(tx: Transaction) -> None:
            account = account_at(tx, account_id)
            key = spaces.ACCOUNT_LABELLED.pack(alias)
            if tx.get(key) not in (None, account_id.encode()):
                raise EntityExists(f"The account alias {alias} already exists.")
            _drop_alias(tx, account)
            tx.set(key, account_id.encode())
            _put(tx, replace(account, alias=alias))

        await self._store.change(set_alias)

    async def delete_alias(self, account_id: str, alias: str) -> None:
        """Take an account's alias away. Raises `EntityNotFound`."""

        def delete_alias(tx: Transaction) -> None:
            account = account_at(tx, account_id)
            if not alias or account.alias != alias:
                raise EntityNotFound(f"The Account Alias {alias} cannot be found.")
            _drop_alias(tx, account)
            _put(tx, replace(account, alias=""))

        await self._store.change(delete_alias)

    async def set_password_policy(self, account_id: str, policy: PasswordPolicy | None) -> None:
        """Demand something else of passwords from now on; None: what is demanded by default."""

        def set_policy(tx: Transaction) -> None:
            _put(tx, replace(account_at(tx, account_id), password_policy=policy))

        await self._store.change(set_policy)


def _drop_alias(tx: Transaction, account: Account) -> None:
    if account.alias and account.alias != account.label:
        tx.delete(spaces.ACCOUNT_LABELLED.pack(account.alias))
