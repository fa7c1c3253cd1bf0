"""Access rules of guest collections: made, found, changed and taken away.

Transfer API, "Guest Collection Permission Management".
"""

import uuid
from typing import Final, Protocol

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from lenticular.engines.connectors.places import Permission
from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.collections import records
from lenticular.primitives.collections.assignments import Knows, owner_role, parsed_principal
from lenticular.primitives.collections.errors import (
    EntryExists,
    EntryNotFound,
    InputInvalid,
    LimitExceeded,
    NotSupported,
    PermissionDenied,
)
from lenticular.primitives.collections.paths import folder
from lenticular.primitives.collections.records import (
    EVERYBODY,
    GRANTED,
    RULE,
    AccessRule,
    Collection,
    PrincipalType,
    Role,
    encode,
)
from lenticular.primitives.collections.rights import MANAGERS, Person, Rights
from lenticular.primitives.notices import is_address

MOST: Final = 1000
"""Rules of one collection."""

_LONGEST_MESSAGE: Final = 2048

MAILED: Final = ("email", "link")
"""The kinds of rules that are for a mail address."""

LINK_LIFETIME: Final = 30 * 24 * 3600 * 1000
"""Milliseconds for which such a rule holds that does not say until when."""


class NewRule(Struct, frozen=True, kw_only=True):
    """A rule to make."""

    principal_type: PrincipalType
    principal: str = ""
    path: str
    permission: Permission
    expires: int = 0
    """Milliseconds since the epoch; 0: never."""
    notify_email: str | None = None
    notify_message: str = ""


class Inviter(Protocol):
    """Tells people of what was shared with them."""

    def invited(
        self, tx: Transaction, collection: Collection, rule: AccessRule, message: str
    ) -> None:
        """Note, with the rule itself, that its ``notify_email`` is to be told of it.

        Of a rule for an address (`MAILED`), that address.

        `message` is what whoever shares wants to say; empty: nothing.
        """


class AccessList(Struct, frozen=True):
    """Who has access to a guest collection."""

    collection: Collection
    rules: tuple[AccessRule, ...]
    roles: tuple[Role, ...]
    """Those that give access to everything in it, that of its owner first."""


class AccessRules:
    """The access rules of all collections."""

    def __init__(
        self, store: KeyValueStore, rights: Rights, knows_identity: Knows, knows_group: Knows
    ) -> None:
        self._store = store
        self._rights = rights
        self._knows = {"identity": knows_identity, "group": knows_group}
        self._inviter: Inviter | None = None

    def tell(self, inviter: Inviter) -> None:
        """Let `inviter` know of rules that somebody is to be told of."""
        self._inviter = inviter

    async def of(self, collection_id: str, person: Person) -> AccessList:
        """Return the rules of a collection. Raises `PermissionDenied` and as `create`."""

        return await self._store.read(
            lambda reader: self.listed(reader, self._managed(reader, collection_id, person))
        )

    def listed(self, reader: Reader, collection: Collection) -> AccessList:
        """Return the rules of a collection, for whoever may know them."""
        given = (*owner_role(collection), *records.roles(reader, collection.collection_id))
        return AccessList(
            collection,
            tuple(self._living(reader, collection.collection_id)),
            tuple(one for one in given if one.role in MANAGERS),
        )

    async def get(self, collection_id: str, rule_id: str, person: Person) -> AccessRule:
        """Return a rule. Raises `EntryNotFound` and as `of`."""

        def find(reader: Reader) -> AccessRule:
            self._managed(reader, collection_id, person)
            return self._existing(reader, collection_id, rule_id)

        return await self._store.read(find)

    async def create(self, collection_id: str, new: NewRule, person: Person) -> AccessRule:
        """Make a rule.

        Raises `EntryExists` when there is one for the same principal and path,
        `CollectionNotFound`, `CollectionDeleted`, `NotSupported` for a mapped collection,
        `PermissionDenied`, `InputInvalid` and `LimitExceeded`.
        """
        path = folder(new.path, "path")
        moment = self._rights.now()
        if new.expires and new.expires <= moment:
            raise InputInvalid("expiration_date is in the future")
        if new.principal_type in MAILED and not new.expires:
            new = replace(new, expires=moment + LINK_LIFETIME)
        if len(new.notify_message) > _LONGEST_MESSAGE:
            raise InputInvalid(f"notify_message has at most {_LONGEST_MESSAGE} characters")

        def write(tx: Transaction) -> AccessRule:
            collection = self._managed(tx, collection_id, person, changes=True)
            principal = self._principal(tx, new)
            rule = AccessRule(
                str(uuid.uuid4()),
                collection_id,
                new.principal_type,
                principal,
                path,
                new.permission,
                moment,
                person.acting,
                new.expires,
                new.notify_email,
            )
            self._check_new(tx, rule)
            self._save(tx, rule)
            if (rule.notify_email or rule.principal_type in MAILED) and self._inviter is not None:
                self._inviter.invited(tx, collection, rule, new.notify_message)
            return rule

        return await self._store.transact(write)

    async def change(
        self,
        collection_id: str,
        rule_id: str,
        person: Person,
        *,
        permission: Permission | None = None,
        expires: int | UnsetType = UNSET,
    ) -> AccessRule:
        """Change what a rule lets do, or until when. Raises as `create` and `EntryNotFound`."""
        if expires is not UNSET and expires and expires <= self._rights.now():
            raise InputInvalid("expiration_date is in the future")

        def write(tx: Transaction) -> AccessRule:
            self._managed(tx, collection_id, person, changes=True)
            rule = self._existing(tx, collection_id, rule_id)
            _check_permission(rule.principal_type, permission or rule.permission)
            changed = replace(
                rule,
                permission=permission or rule.permission,
                expires=rule.expires if expires is UNSET else expires,
            )
            self._save(tx, changed)
            return changed

        return await self._store.transact(write)

    async def delete(self, collection_id: str, rule_id: str, person: Person) -> AccessRule:
        """Take a rule away. Raises as `get`."""

        def write(tx: Transaction) -> AccessRule:
            self._managed(tx, collection_id, person)
            rule = self._existing(tx, collection_id, rule_id)
            drop(tx, rule)
            return rule

        return await self._store.transact(write)

    def living(self, reader: Reader, collection_id: str, rule_id: str) -> AccessRule | None:
        """Return a rule that has not expired."""
        found = records.rule(reader, collection_id, rule_id)
        return None if found is None or self._rights.is_expired(found) else found

    def exchange(self, tx: Transaction, old: AccessRule, new: AccessRule) -> None:
        """Put a rule into the place of another, unless its principal may do as much already."""
        drop(tx, old)
        for one in self._living(tx, new.collection_id):
            if (one.principal_type, one.principal, one.path) == (
                new.principal_type,
                new.principal,
                new.path,
            ):
                if one.permission == "rw" or new.permission == "r":
                    return
                drop(tx, one)
        self._save(tx, new)

    def _managed(
        self, reader: Reader, collection_id: str, person: Person, *, changes: bool = False
    ) -> Collection:
        """Return a guest collection whose access somebody manages.

        `changes`: and gives more of it, which the restricted administrator does not.
        """
        found = self._rights.visible(reader, collection_id, person)
        roles = set(self._rights.roles(reader, found, person))
        allowed = MANAGERS if changes else MANAGERS | {"restricted_administrator"}
        if roles.isdisjoint(allowed):
            raise PermissionDenied(
                f"To manage who has access to {found.display_name!r} needs the role "
                f"administrator or access_manager on it"
            )
        if found.entity != "guest":
            raise NotSupported(
                f"{found.display_name!r} is a mapped collection: share a folder of it as a "
                f"guest collection, and give access to that"
            )
        return found

    def _living(self, reader: Reader, collection_id: str) -> list[AccessRule]:
        rules = records.rules(reader, collection_id)
        return [rule for rule in rules if not self._rights.is_expired(rule)]

    def _existing(self, reader: Reader, collection_id: str, rule_id: str) -> AccessRule:
        found = self.living(reader, collection_id, rule_id[:100])
        if found is None:
            raise EntryNotFound(f"There is no rule {rule_id[:100]!r} on this collection")
        return found

    def _principal(self, reader: Reader, new: NewRule) -> str:
        """Return whom a rule is for in its one form. Raises `InputInvalid`."""
        if new.principal_type in MAILED:
            if not is_address(new.principal):
                raise InputInvalid(f"principal is a mail address, not {new.principal[:100]!r}")
            return new.principal.lower()
        if new.principal_type not in self._knows:
            return ""
        found = parsed_principal(new.principal_type, new.principal)
        if not self._knows[new.principal_type](reader, found):
            raise InputInvalid(f"There is no {new.principal_type} {new.principal[:100]!r}")
        return found

    def _check_new(self, reader: Reader, rule: AccessRule) -> None:
        _check_permission(rule.principal_type, rule.permission)
        others = self._living(reader, rule.collection_id)
        if len(others) >= MOST:
            raise LimitExceeded(f"A collection has at most {MOST} rules")
        same = (rule.principal_type, rule.principal, rule.path)
        for one in others:
            if (one.principal_type, one.principal, one.path) == same:
                raise EntryExists(
                    f"There is a rule for this principal and path already: {one.rule_id} "
                    f"gives {one.permission!r}"
                )

    def _save(self, tx: Transaction, rule: AccessRule) -> None:
        for old in records.rules(tx, rule.collection_id):
            if self._rights.is_expired(old) and old.rule_id != rule.rule_id:
                drop(tx, old)
        tx.set(RULE.pack(rule.collection_id, rule.rule_id), encode(rule))
        principal = rule.principal or EVERYBODY
        tx.set(GRANTED.pack(principal, rule.collection_id, rule.rule_id), b"")


def drop(tx: Transaction, rule: AccessRule) -> None:
    """Remove a rule."""
    tx.delete(RULE.pack(rule.collection_id, rule.rule_id))
    principal = rule.principal or EVERYBODY
    tx.delete(GRANTED.pack(principal, rule.collection_id, rule.rule_id))


def _check_permission(principal_type: PrincipalType, permission: Permission) -> None:
    if principal_type in ("anonymous", "link") and permission != "r":
        raise InputInvalid("Who has not signed in may only read here: permissions is 'r'")
