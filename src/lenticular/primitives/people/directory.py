"""Where identities are found: users of this cloud, linked identities, and OAuth clients."""

from collections.abc import Callable, Collection

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.identities.accounts import account_at, account_labelled
from lenticular.primitives.identities.records import User
from lenticular.primitives.identities.users import user_by_identity, user_signing_in
from lenticular.primitives.people import records
from lenticular.primitives.people.records import (
    CLIENT_DOMAIN,
    LOCAL_PROVIDER,
    OF,
    USERNAME,
    Identity,
    LinkedIdentity,
)

FindIdentity = Callable[[Reader, str], Identity | None]
"""Returns the identity of an id, or None."""


class Directory:
    """Finds identities within a transaction."""

    def __init__(self, domains: Collection[str]) -> None:
        """`domains` are this cloud's; the first of them stands in the usernames it gives."""
        self._domain = next(iter(domains), "localhost")
        self._domains = frozenset(domain.lower() for domain in domains) or {"localhost"}
        self._clients: FindIdentity = lambda reader, identity_id: None

    def add_clients(self, find: FindIdentity) -> None:
        """Let `find` answer for the identities that OAuth clients are."""
        self._clients = find

    def identity(self, reader: Reader, identity_id: str) -> Identity | None:
        """Return an identity by its id: a user's own, a linked one, or a client's."""
        user = user_by_identity(reader, identity_id)
        if user is not None:
            return self.of_user(reader, user)
        linked = records.linked(reader, identity_id)
        if linked is not None:
            return self.of_linked(reader, linked)
        return self._clients(reader, identity_id)

    def by_username(self, reader: Reader, username: str) -> Identity | None:
        """Return the identity of exactly this username, in any case."""
        stem, _, host = username.rpartition("@")
        if host.lower() == CLIENT_DOMAIN:
            return self._clients(reader, stem)
        _, _, domain = host.partition(".")
        if domain.lower() in self._domains:
            user = user_signing_in(reader, username, self._domains) if stem else None
            return None if user is None else self.of_user(reader, user)
        linked = records.linked_by(reader, USERNAME.pack(username.lower()))
        return None if linked is None else self.of_linked(reader, linked)

    def is_own(self, reader: Reader, domain: str) -> bool:
        """Tell whether usernames in a domain are those of an account here."""
        label, _, rest = domain.partition(".")
        return rest.lower() in self._domains and account_labelled(reader, label) is not None

    def identity_ids(self, reader: Reader, identity_id: str) -> tuple[str, ...]:
        """Return the ids of all identities of the person who has this one, the user's own first.

        Only the one itself, when it belongs to nobody.
        """
        found = self.identity(reader, identity_id)
        return (identity_id,) if found is None else self.ids_with(reader, found)

    def ids_with(self, reader: Reader, identity: Identity) -> tuple[str, ...]:
        """Return what `identity_ids` returns, for an identity that was found already."""
        if not identity.person_id:
            return (identity.identity_id,)
        rows = reader.range(*OF.range(identity.person_id))
        return (identity.person_id, *(OF.unpack(key)[1] for key, _ in rows))

    def of_user(self, reader: Reader, user: User) -> Identity:
        """Return a user's own identity."""
        account = account_at(reader, user.account_id)
        return Identity(
            identity_id=user.identity_id,
            username=f"{user.name}@{account.domain_label}.{self._domain}",
            name=user.full_name or user.name,
            email=user.email,
            organization=account.name,
            provider_id=LOCAL_PROVIDER,
            person_id=user.identity_id,
            account_id=user.account_id,
            user_name=user.name,
        )

    def of_linked(self, reader: Reader, linked: LinkedIdentity) -> Identity:
        """Return an identity that a provider vouches for; the link counts while the user exists."""
        user = user_by_identity(reader, linked.person_id) if linked.person_id else None
        return Identity(
            identity_id=linked.identity_id,
            username=linked.username,
            name=linked.name,
            email=linked.email,
            organization=linked.organization,
            provider_id=linked.provider_id,
            status="used" if linked.subject else "unused",
            person_id=user.identity_id if user else "",
            account_id=user.account_id if user else "",
            user_name=user.name if user else "",
        )
