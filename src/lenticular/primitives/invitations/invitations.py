"""Invitations: what a link is good for, and what becomes of it."""

import uuid
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.collections import MAILED, AccessRule, Collection, Collections
from lenticular.primitives.identities import Identities, User
from lenticular.primitives.invitations.guests import Guests
from lenticular.primitives.invitations.tokens import Tokens
from lenticular.primitives.notices import Letters, Shared
from lenticular.primitives.people import People
from lenticular.primitives.vault import Vault


class InvitationSpent(Exception):
    """The link was used, withdrawn or has expired, or is none of ours."""

    def __init__(self) -> None:
        super().__init__("This link was used already, or is good no more: ask for another one")


class AddressTaken(Exception):
    """Somebody here has the address that was invited."""

    def __init__(self, email: str) -> None:
        super().__init__(f"There is a user with the address {email}: sign in to accept")


class Invitation(Struct, frozen=True):
    """What a link is good for."""

    collection: Collection
    rule: AccessRule
    sharer: str
    """The name of whoever shared it; empty: they are gone."""
    address: str
    """Where its files are."""

    @property
    def is_for_anybody(self) -> bool:
        """Whether whoever has the link may read, without being anybody."""
        return self.rule.principal_type == "link"


class Invitations:
    """The invitations of one cloud."""

    def __init__(
        self,
        store: KeyValueStore,
        vault: Vault,
        identities: Identities,
        people: People,
        collections: Collections,
        letters: Letters,
        *,
        pages: str,
    ) -> None:
        """`pages` is where the page is that links lead to, without a slash at the end."""
        self._store = store
        self._identities = identities
        self._people = people
        self._collections = collections
        self._letters = letters
        self._guests = Guests(identities)
        self._tokens = Tokens(vault)
        self._pages = pages

    def link(self, rule: AccessRule) -> str:
        """Return the link of a rule for an address, or for whoever has the link."""
        return f"{self._pages}/invitation?token={self._token(rule)}"

    def _token(self, rule: AccessRule) -> str:
        return self._tokens.make(rule.collection_id, rule.rule_id)

    def invited(
        self, tx: Transaction, collection: Collection, rule: AccessRule, message: str
    ) -> None:
        """Write to whom a new rule is for: the `Inviter` of collections."""
        shared = Shared(
            collection_id=collection.collection_id,
            collection=collection.display_name,
            path=rule.path,
            permission=rule.permission,
            sharer_id=rule.created_by,
            message=message,
            expires=rule.expires,
        )
        if rule.principal_type in MAILED:
            sign_in = rule.principal_type == "email"
            self._letters.invited(tx, rule.principal, shared, self.link(rule), sign_in=sign_in)
        elif rule.notify_email:
            self._letters.shared(tx, rule.notify_email, shared)

    async def find(self, token: str) -> Invitation:
        """Return what a link is good for. Raises `InvitationSpent`."""
        return await self._store.read(lambda reader: self._look(reader, token))

    async def accept(self, token: str, identity_id: str) -> Invitation:
        """Give what a link is good for to whoever has an identity; the link is spent then.

        Where they have the same already, that stays. Raises `InvitationSpent`.
        """

        def write(tx: Transaction) -> Invitation:
            invitation = self._look(tx, token)
            if invitation.is_for_anybody:
                return invitation
            accepted = replace(
                invitation.rule,
                rule_id=str(uuid.uuid4()),
                principal_type="identity",
                principal=identity_id,
            )
            self._collections.rules.exchange(tx, invitation.rule, accepted)
            return replace(invitation, rule=accepted)

        return await self._store.transact(write)

    async def make_guest(self, token: str, full_name: str) -> User:
        """Make a user for the person at the address of an invitation, without a password.

        One that was made before and has no password yet is returned again. Raises
        `InvitationSpent`, `AddressTaken` and `InputInvalid`.
        """
        invitation = await self.find(token)
        email = invitation.rule.principal
        if invitation.is_for_anybody:
            raise InvitationSpent
        known = await self._identities.find_user(email)
        if known is None:
            return await self._guests.create(email, full_name)
        is_guest = known.account_id == await self._guests.account_id()
        login = await self._identities.logins.find(known.account_id, known.name)
        if is_guest and login is None:
            return known
        raise AddressTaken(email)

    def _look(self, reader: Reader, token: str) -> Invitation:
        named = self._tokens.read(token)
        collection = self._collections.find(reader, named.collection_id) if named else None
        if named is None or collection is None:
            raise InvitationSpent
        rule = self._collections.rules.living(reader, named.collection_id, named.rule_id)
        if rule is None or rule.principal_type not in MAILED:
            raise InvitationSpent
        sharer = self._people.look(reader, rule.created_by)
        address = self._collections.https_server(collection.collection_id) + quote(rule.path)
        if rule.principal_type == "link":
            address += f"?link={token}"
        return Invitation(collection, rule, sharer.username if sharer else "", address)
