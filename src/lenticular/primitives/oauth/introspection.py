"""What a token is worth, told to those whom it concerns (RFC 7662), and its end (RFC 7009)."""

import time
from collections.abc import Callable

from msgspec import Struct

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.oauth import families, tokens
from lenticular.primitives.oauth.lookup import find_client
from lenticular.primitives.oauth.records import AccessToken, Client, Grant, RefreshToken
from lenticular.primitives.oauth.tokens import StaleToken
from lenticular.primitives.people import Identity, People


class Introspection(Struct, frozen=True):
    """An active token."""

    token: AccessToken
    """A `RefreshToken` where it is one."""
    identity: Identity
    """Whom it stands for."""
    identity_ids: tuple[str, ...]
    grant: Grant | None

    @property
    def is_refresh(self) -> bool:
        """Whether it is a refresh token."""
        return isinstance(self.token, RefreshToken)


class Tokens:
    """The tokens that are about."""

    def __init__(
        self,
        store: KeyValueStore,
        people: People,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._people = people
        self._clock = clock

    async def introspect(self, client: Client, token: str) -> Introspection | None:
        """Return what an active token is worth; None when there is nothing to tell.

        Only its resource server and the client that has it are told: to any other client it
        is as if the token were none.
        """
        now = int(self._clock())

        def look(reader: Reader) -> Introspection | None:
            record = _find(reader, token, now)
            if record is None:
                return None
            concerned = (
                (record.client_id,)
                if isinstance(record, RefreshToken)
                else (
                    record.client_id,
                    record.owner_id,
                )
            )
            identity = self._people.look(reader, record.identity_id)
            if client.client_id not in concerned or identity is None:
                return None
            return Introspection(
                record,
                identity,
                self._people.ids_with(reader, identity),
                families.find_grant(reader, record.grant_id),
            )

        return await self._store.read(look)

    async def inspect(self, token: str, server: str) -> Introspection | None:
        """Return what an access token for one of the cloud's own services is worth."""
        now = int(self._clock())

        def look(reader: Reader) -> Introspection | None:
            record = tokens.find_access(reader, token, now)
            if record is None or record.server != server:
                return None
            identity = self._people.look(reader, record.identity_id)
            if identity is None:
                return None
            return Introspection(
                record,
                identity,
                self._people.ids_with(reader, identity),
                families.find_grant(reader, record.grant_id),
            )

        return await self._store.read(look)

    async def revoke(self, token: str) -> None:
        """Make a token worth nothing. Whoever holds one may: it is what they lose."""
        now = int(self._clock())
        await self._store.transact(lambda tx: tokens.remove(tx, token, now))

    async def grants(self, identity_id: str) -> list[tuple[Grant, Client]]:
        """Return what a person has authorized, with the client that has it."""

        def collect(reader: Reader) -> list[tuple[Grant, Client]]:
            found = (
                (grant, find_client(reader, grant.client_id))
                for grant in families.grants_of(reader, identity_id)
            )
            return [(grant, client) for grant, client in found if client is not None]

        return await self._store.read(collect)

    async def revoke_all(self, identity_id: str, client_id: str | None = None) -> int:
        """End all that a person authorized, for any client or one; return how many grants."""

        def end(tx: Transaction) -> int:
            grants = families.grants_of(tx, identity_id, client_id)
            for grant in grants:
                families.revoke(tx, grant.grant_id)
            return len(grants)

        return await self._store.transact(end)


def _find(reader: Reader, token: str, now: int) -> AccessToken | None:
    found = tokens.find_access(reader, token, now)
    if found is not None:
        return found
    try:
        return tokens.find_refresh(reader, token, now)
    except StaleToken:
        return None
