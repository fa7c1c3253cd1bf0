"""The authorization server: its parts on one store."""

import time
from collections.abc import Callable

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.identities import Identities
from lenticular.primitives.oauth import clients, codes, families
from lenticular.primitives.oauth.callers import Caller, Callers, find_client_identity
from lenticular.primitives.oauth.clients import Clients
from lenticular.primitives.oauth.codes import Authorization
from lenticular.primitives.oauth.consents import Consents, missing
from lenticular.primitives.oauth.devices import Devices
from lenticular.primitives.oauth.exchanges import Exchanges
from lenticular.primitives.oauth.introspection import Tokens
from lenticular.primitives.oauth.lookup import get_client
from lenticular.primitives.oauth.projects import Projects
from lenticular.primitives.oauth.scopes import Scopes
from lenticular.primitives.oauth.signingkeys import SigningKeys
from lenticular.primitives.people import People
from lenticular.primitives.vault import Vault

_SWEPT = 500
"""Expired tokens that one transaction removes."""


class AuthorizationServer:
    """Who may have tokens, for what, and what they are worth."""

    def __init__(
        self,
        store: KeyValueStore,
        vault: Vault,
        identities: Identities,
        people: People,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Keep all in `store`; `clock` tells the time in seconds since the epoch."""
        self._store = store
        self._clock = clock
        people.add_clients(find_client_identity)
        self.clients = Clients(store, vault, clock=clock)
        self.projects = Projects(store, clock=clock)
        self.scopes = Scopes(store)
        self.consents = Consents(store)
        self.devices = Devices(store, clock=clock)
        self.exchanges = Exchanges(store, people.look, clock=clock)
        self.tokens = Tokens(store, people, clock=clock)
        self.keys = SigningKeys(store, vault, clock=clock)
        self.callers = Callers(store, self.clients.credentials, identities, people, clock=clock)

    async def token_caller(self, token: str, server: str) -> Caller | None:
        """Return who calls with an access token for the resource server that tokens call so."""
        return await self.callers.by_token(token, server)

    async def client_caller(self, client_id: str, secret: str) -> Caller | None:
        """Return the client whose secret this is; None when it is not."""
        return await self.callers.by_secret(client_id, secret)

    async def is_new(self, allowed: Authorization) -> bool:
        """Tell whether a person has not consented to all of it before."""

        def look(reader: Reader) -> bool:
            client = get_client(reader, allowed.client_id)
            wanted, refresh = allowed.wanted, allowed.offline
            return missing(reader, allowed.identity_id, client, wanted, refresh=refresh)

        return await self._store.read(look)

    async def allow(self, allowed: Authorization) -> str:
        """Write down what a person allowed and return the authorization code for it."""
        now = int(self._clock())
        return await self._store.transact(lambda tx: codes.create(tx, allowed, now))

    async def maintain(self) -> None:
        """Do what is left to do now and then: remove what has expired, replace an old key."""
        now = int(self._clock())

        def sweep(tx: Transaction) -> int:
            return families.sweep(tx, now, _SWEPT) + clients.sweep_unused(tx, now, _SWEPT)

        while await self._store.transact(sweep) >= _SWEPT:
            pass
        await self.keys.maintain()
