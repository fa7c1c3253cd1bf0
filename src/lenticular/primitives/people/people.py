"""People: users of this cloud with the identities that they have elsewhere.

A person is a user. Identities that institutions vouch for are linked to it: whoever signs
in with one of them is that person, in every interface. Nobody is linked by a mail address
or a name alone, for those are only what an institution says: by the person, signed in as
both, or by an administrator.
"""

import re
import time
import uuid
from collections.abc import Collection

from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.identities import Identities, User
from lenticular.primitives.identities.errors import EntityExists
from lenticular.primitives.identities.users import user_by_identity
from lenticular.primitives.people import records
from lenticular.primitives.people.directory import Directory, FindIdentity
from lenticular.primitives.people.errors import (
    IdentityNotFound,
    IdentityTaken,
    NotAdmitted,
    PersonNotFound,
    ProviderNotFound,
    UsernameInvalid,
)
from lenticular.primitives.people.providers import (
    IdentityProviders,
    provider_of_domain,
    qualified,
)
from lenticular.primitives.people.records import (
    IDENTITY,
    OF,
    SUBJECT,
    USERNAME,
    Claims,
    Identity,
    IdentityProvider,
    LinkedIdentity,
    encode,
)
from lenticular.primitives.throttle import Throttle

_LONGEST_USER_NAME = 64


class People:
    """The people of one cloud."""

    def __init__(
        self, identities: Identities, providers: IdentityProviders, domains: Collection[str]
    ) -> None:
        self.providers = providers
        self._identities = identities
        self._directory = Directory(domains)

    def add_clients(self, find: FindIdentity) -> None:
        """Let `find` answer for the identities that OAuth clients are."""
        self._directory.add_clients(find)

    def look(self, reader: Reader, identity_id: str) -> Identity | None:
        """Return what `identity` returns, as a transaction sees it."""
        return self._directory.identity(reader, identity_id)

    def knows(self, reader: Reader, identity_id: str) -> bool:
        """Tell whether there is an identity of this id."""
        return self._directory.identity(reader, identity_id) is not None

    def identity_ids(self, reader: Reader, identity_id: str) -> tuple[str, ...]:
        """Return the ids of all identities of the person who has this one, the user's own first."""
        return self._directory.identity_ids(reader, identity_id)

    def ids_with(self, reader: Reader, identity: Identity) -> tuple[str, ...]:
        """Return what `identity_ids` returns, for an identity that was found already."""
        return self._directory.ids_with(reader, identity)

    def throttle(self, kind: str) -> Throttle:
        """Return what counts attempts of one kind that fail."""
        return self._identities.throttle(kind)

    async def identity(self, identity_id: str) -> Identity | None:
        """Return an identity by its id: a user's own, a linked one, or a client's."""
        return await self._identities.read(
            lambda reader: self._directory.identity(reader, identity_id)
        )

    async def identity_set(self, identity_id: str) -> list[Identity]:
        """Return all identities of the person who has this one, the user's own first."""

        def collect(reader: Reader) -> list[Identity]:
            ids = self._directory.identity_ids(reader, identity_id)
            found = (self._directory.identity(reader, one) for one in ids)
            return [identity for identity in found if identity is not None]

        return await self._identities.read(collect)

    async def by_username(self, username: str) -> Identity | None:
        """Return the identity of exactly this username, in any case."""
        return await self._identities.read(
            lambda reader: self._directory.by_username(reader, username)
        )

    async def usernames(self, identity_ids: Collection[str]) -> dict[str, str]:
        """Return by id the usernames of those identities that there are."""

        def find(reader: Reader) -> dict[str, str]:
            found = (self._directory.identity(reader, one) for one in identity_ids)
            return {one.identity_id: one.username for one in found if one is not None}

        return await self._identities.read(find)

    async def is_own_domain(self, domain: str) -> bool:
        """Tell whether usernames in a domain are those of an account here."""
        return await self._identities.read(lambda reader: self._directory.is_own(reader, domain))

    async def person(self, identity_id: str) -> User | None:
        """Return the user that an identity is, or is linked to."""

        def find(reader: Reader) -> User | None:
            found = self._directory.identity(reader, identity_id)
            return user_by_identity(reader, found.person_id) if found is not None else None

        return await self._identities.read(find)

    async def sign_in(self, name: str, password: str) -> User | None:
        """Return whom a sign-in name stands for, if this is their password.

        It costs the same work when there is nobody of this name.
        """
        user = await self._identities.find_user(name)
        if user is None:
            first = await self._identities.first_account()
            await self._identities.logins.verify(first.account_id, "", password)
            return None
        right = await self._identities.logins.verify(user.account_id, user.name, password)
        return user if right else None

    async def admit(self, provider: IdentityProvider, claims: Claims) -> Identity:
        """Return the identity of somebody who signed in at a provider, with their person.

        Raises `NotAdmitted` when they are nobody here, `UsernameInvalid`, and
        `EntityNotFound` when the group that new users are put into is not there.
        """
        identity = await self._identities.change(lambda tx: self._admitted(tx, provider, claims))
        if identity.person_id:
            return identity
        user = await self._new_user(provider, identity)
        return await self.link(user.identity_id, provider, claims)

    def _admitted(self, tx: Transaction, provider: IdentityProvider, claims: Claims) -> Identity:
        identity = self._directory.of_linked(tx, _note(tx, provider, claims))
        if not identity.person_id and provider.admission != "create":
            raise NotAdmitted(identity.username)  # and nothing of them is remembered
        return identity

    async def _new_user(self, provider: IdentityProvider, identity: Identity) -> User:
        stem = re.sub(r"[^A-Za-z0-9+=,.@_-]", "-", identity.username)[: _LONGEST_USER_NAME - 4]
        name, number = stem, 1
        while True:
            try:
                user = await self._identities.users.create(
                    provider.account_id, name, email=identity.email, full_name=identity.name
                )
                break
            except EntityExists:
                number += 1
                name = f"{stem}-{number}"
        if provider.group_name:
            await self._identities.groups.add_user(
                provider.account_id, provider.group_name, user.name
            )
        return user

    async def link(self, person_id: str, provider: IdentityProvider, claims: Claims) -> Identity:
        """Link the identity of somebody who signed in at a provider to a person.

        Raises `IdentityTaken` when it is another person's, `PersonNotFound`,
        `UsernameInvalid`.
        """

        def write(tx: Transaction) -> Identity:
            return self._link(tx, person_id, _note(tx, provider, claims))

        return await self._identities.change(write)

    async def link_username(self, person_id: str, username: str) -> Identity:
        """Link the identity that a provider calls `username` to a person, as an administrator.

        Nobody needs to have signed in with it yet. Raises as `link`, and `ProviderNotFound`
        when no provider vouches for such a name.
        """

        def write(tx: Transaction) -> Identity:
            return self._link(tx, person_id, _provisioned(tx, username))

        return await self._identities.change(write)

    def _link(self, tx: Transaction, person_id: str, linked: LinkedIdentity) -> Identity:
        if user_by_identity(tx, person_id) is None:
            raise PersonNotFound(f"there is no user with the identity {person_id}")
        owner = self._directory.of_linked(tx, linked).person_id
        if owner and owner != person_id:
            raise IdentityTaken(linked.username)
        if linked.person_id:
            tx.delete(OF.pack(linked.person_id, linked.identity_id))
        made = replace(linked, person_id=person_id)
        tx.set(IDENTITY.pack(made.identity_id), encode(made))
        tx.set(OF.pack(person_id, made.identity_id), b"")
        return self._directory.of_linked(tx, made)

    async def unlink(self, person_id: str, identity_id: str) -> Identity:
        """Take a linked identity from a person. Raises `IdentityNotFound`."""

        def write(tx: Transaction) -> Identity:
            linked = records.linked(tx, identity_id)
            if linked is None or linked.person_id != person_id:
                raise IdentityNotFound(identity_id)
            freed = replace(linked, person_id="")
            tx.set(IDENTITY.pack(identity_id), encode(freed))
            tx.delete(OF.pack(person_id, identity_id))
            return self._directory.of_linked(tx, freed)

        return await self._identities.change(write)

    async def provision(self, username: str) -> Identity:
        """Return the identity of a username, made now if nobody has signed in with it yet.

        Raises `ProviderNotFound` when no provider vouches for such a name.
        """

        def write(tx: Transaction) -> Identity:
            return self._directory.of_linked(tx, _provisioned(tx, username))

        found = await self.by_username(username)
        return found if found is not None else await self._identities.change(write)


def _note(tx: Transaction, provider: IdentityProvider, claims: Claims) -> LinkedIdentity:
    """Remember what a provider says of somebody, under the id that they have here."""
    username = qualified(provider, claims.username)
    named = records.linked_by(tx, USERNAME.pack(username.lower()))
    known = records.linked_by(tx, SUBJECT.pack(provider.provider_id, claims.subject))
    if known is None and named is not None and _is_awaited(named, provider):
        known = named
    fresh = LinkedIdentity(
        str(uuid.uuid4()),
        provider.provider_id,
        claims.subject,
        username,
        int(time.time() * 1000),
    )
    noted = replace(
        known or fresh,
        subject=claims.subject,
        username=username,
        name=claims.name,
        email=claims.email,
        organization=claims.organization or provider.title,
    )
    if known is not None and known.username.lower() != username.lower():
        _drop_username(tx, known)
    tx.set(IDENTITY.pack(noted.identity_id), encode(noted))
    tx.set(SUBJECT.pack(provider.provider_id, claims.subject), noted.identity_id.encode())
    # A provider may give a name to somebody else: whoever came with it last has it.
    tx.set(USERNAME.pack(username.lower()), noted.identity_id.encode())
    return noted


def _is_awaited(named: LinkedIdentity, provider: IdentityProvider) -> bool:
    """Tell whether somebody named an identity of this provider that nobody signed in with yet."""
    return not named.subject and named.provider_id == provider.provider_id


def _drop_username(tx: Transaction, linked: LinkedIdentity) -> None:
    key = USERNAME.pack(linked.username.lower())
    if tx.get(key) == linked.identity_id.encode():
        tx.delete(key)


def _provisioned(tx: Transaction, username: str) -> LinkedIdentity:
    known = records.linked_by(tx, USERNAME.pack(username.lower()))
    if known is not None:
        return known
    provider = provider_of_domain(tx, username.rpartition("@")[2])
    if provider is None:
        raise ProviderNotFound(username.rpartition("@")[2])
    try:
        if qualified(provider, username) != username:
            raise ProviderNotFound(username)
    except UsernameInvalid:
        raise ProviderNotFound(username) from None
    made = LinkedIdentity(
        str(uuid.uuid4()), provider.provider_id, "", username, int(time.time() * 1000)
    )
    tx.set(IDENTITY.pack(made.identity_id), encode(made))
    tx.set(USERNAME.pack(username.lower()), made.identity_id.encode())
    return made
