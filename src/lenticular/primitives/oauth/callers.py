"""Who calls with an OAuth credential: a client for itself, or on behalf of a person.

However somebody comes, with an access key or with a token, their principal is the same: one
set of policies rules every interface.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lenticular.engines.kv.contract import KeyValueStore, Reader
from lenticular.primitives.circumstances import Circumstances
from lenticular.primitives.identities import Identities
from lenticular.primitives.oauth import tokens
from lenticular.primitives.oauth.consents import consent_at
from lenticular.primitives.oauth.credentials import Credentials
from lenticular.primitives.oauth.errors import ClientUnknown
from lenticular.primitives.oauth.lookup import find_client, find_scope
from lenticular.primitives.oauth.records import Client
from lenticular.primitives.people import CLIENT_DOMAIN, CLIENT_PROVIDER, Identity, People
from lenticular.primitives.policies.evaluation import Keys
from lenticular.primitives.principals import ANONYMOUS, Principal

KeysOf = Callable[[Reader, str], Keys]
"""Returns the condition keys that an identity has elsewhere in the cloud."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What a credential says: who, through which client, to do what.

    An access token gives all of it. A client that shows its own secret has no scopes: what
    it may do is asked of the client itself.
    """

    principal: Principal
    """As policies know it: the person's IAM user, or the client in the account that owns it."""
    identity_id: str = ""
    """The UUID of the identity that acts: a person's, or the client's own id; empty: nobody."""
    identity_ids: tuple[str, ...] = ()
    """The whole set of the person's linked identities, `identity_id` among them."""
    username: str = ""
    """Of the identity: ``ada@lab.example.org``, ``CLIENT@clients.auth.globus.org``."""
    client_id: str = ""
    """The client that shows the credential."""
    scopes: frozenset[str] = frozenset()
    """What the token is good for, as scope strings."""
    token: str = ""
    """The access token itself, for whom it has to be looked at again; never to be logged."""

    @property
    def is_anonymous(self) -> bool:
        return not self.identity_id

    @property
    def own_ids(self) -> tuple[str, ...]:
        """The whole set of their identities, the acting one first."""
        return tuple(dict.fromkeys((self.identity_id, *self.identity_ids)))

    @property
    def group_ids(self) -> tuple[str, ...]:
        """The groups that they are in, as policies know it."""
        groups = self.principal.keys.get("globus:groups", ())
        return (groups,) if isinstance(groups, str) else tuple(groups)

    def under(self, circumstances: Circumstances) -> "Caller":
        """Return this caller as it makes a request under these circumstances."""
        return replace(self, principal=self.principal.under(circumstances))


NOBODY = Caller(ANONYMOUS)


class Callers:
    """Knows whom a credential stands for."""

    def __init__(
        self,
        store: KeyValueStore,
        credentials: Credentials,
        identities: Identities,
        people: People,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._credentials = credentials
        self._identities = identities
        self._people = people
        self._clock = clock
        self._more_keys: list[KeysOf] = []

    def add_keys(self, keys_of: KeysOf) -> None:
        """Let every client that acts for itself have the condition keys that `keys_of` returns."""
        self._more_keys.append(keys_of)

    async def by_token(self, token: str, server: str) -> Caller | None:
        """Return who calls with an access token.

        None unless it is active and meant for the resource server that tokens call `server`:
        a token for another one is as good as none.
        """
        now = int(self._clock())

        def find(reader: Reader) -> Caller | None:
            record = tokens.find_access(reader, token, now)
            if record is None or record.server != server:
                return None
            identity = self._people.look(reader, record.identity_id)
            if identity is None:
                return None
            return Caller(
                principal=self._principal(reader, identity),
                identity_id=identity.identity_id,
                identity_ids=self._people.ids_with(reader, identity),
                username=identity.username,
                client_id=record.client_id,
                scopes=frozenset(record.scopes),
                token=token,
            )

        return await self._store.read(find)

    async def by_secret(self, client_id: str, secret: str) -> Caller | None:
        """Return the client whose secret this is; None when it is not."""

        def find(reader: Reader) -> Caller | None:
            try:
                client = self._credentials.check(reader, client_id, secret)
            except ClientUnknown:
                return None
            identity = client_identity(client)
            return Caller(
                principal=self._principal(reader, identity),
                identity_id=client.client_id,
                identity_ids=(client.client_id,),
                username=identity.username,
                client_id=client.client_id,
            )

        return await self._store.read(find)

    async def on_behalf(
        self, identity_id: str, client_id: str, path: Sequence[str]
    ) -> Caller | None:
        """Return whoever let a client act for them, also while they are away.

        `path` are the scopes, as strings: that of a service, then that of the one which it uses
        for them, and so on. None when the person is gone or does not consent to it any more. A
        client that acts for itself needs nobody's consent.
        """

        def find(reader: Reader) -> Caller | None:
            identity = self._people.look(reader, identity_id)
            if identity is None or find_client(reader, client_id) is None:
                return None
            if identity_id != client_id:
                found = (find_scope(reader, one) for one in path)
                ids = [scope.scope_id for scope in found if scope is not None]
                if len(ids) < len(path) or not consent_at(reader, identity_id, client_id, ids):
                    return None
            return Caller(
                principal=self._principal(reader, identity),
                identity_id=identity_id,
                identity_ids=self._people.ids_with(reader, identity),
                username=identity.username,
                client_id=client_id,
                scopes=frozenset(path[-1:]),
            )

        return await self._store.read(find)

    def _principal(self, reader: Reader, identity: Identity) -> Principal:
        """Return an identity as policies know it."""
        if identity.provider_id != CLIENT_PROVIDER and identity.user_name:
            return self._identities.user_principal(reader, identity.account_id, identity.user_name)
        keys: dict[str, str | tuple[str, ...]] = {}
        for keys_of in self._more_keys:
            keys |= keys_of(reader, identity.identity_id)
        # A client is in the account that owns it, with no policies of its own there: what it
        # may do, the policies of resources say. An instance of a template is in none.
        account = identity.account_id
        root = self._identities.root_principal(reader, account) if account else ANONYMOUS
        return Principal(
            account_id=account,
            arn=f"arn:aws:sts::{account}:federated-user/{identity.identity_id}",
            user_id=f"{account}:{identity.identity_id}",
            canonical_id=root.canonical_id,
            name=root.name,
            kind="federated",
            identity_id=identity.identity_id,
            keys=keys,
        )


def client_identity(client: Client) -> Identity:
    """Return the identity that a client is (Globus Auth, "Client Identities")."""
    return Identity(
        identity_id=client.client_id,
        username=f"{client.client_id}@{CLIENT_DOMAIN}",
        name=client.name,
        provider_id=CLIENT_PROVIDER,
        account_id=client.account_id,
    )


def find_client_identity(reader: Reader, client_id: str) -> Identity | None:
    """Return the identity that the client of an id is, or None."""
    client = find_client(reader, client_id)
    return None if client is None else client_identity(client)
