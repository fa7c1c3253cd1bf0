"""The token endpoint's business: what each grant gives for what a client shows.

RFC 6749, sections 4.1.3, 4.4 and 6; the dependent token grant of Globus Auth; RFC 8628.
Each is one transaction. A refusal that must leave its traces (a code that is used twice
revokes what it gave) is returned by it and raised afterwards.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.oauth import codes, consents, devices, families, scopestrings, tokens
from lenticular.primitives.oauth.admission import require_domains
from lenticular.primitives.oauth.errors import (
    ClientNotAllowed,
    GrantInvalid,
    OAuthError,
    ScopeInvalid,
)
from lenticular.primitives.oauth.records import (
    Client,
    Consent,
    Grant,
    GrantType,
    RefreshToken,
)
from lenticular.primitives.oauth.scopes import resolve
from lenticular.primitives.oauth.tokens import IssuedToken, StaleToken
from lenticular.primitives.people import Identity
from lenticular.primitives.signin.tokens import digest

T = TypeVar("T")

FindIdentity = Callable[[Reader, str], Identity | None]
"""Returns an identity by its id."""


class Exchange(Struct, frozen=True):
    """What a client gets."""

    tokens: list[IssuedToken]
    grant: Grant
    """What they came of: for whom, and when they proved who they are."""
    nonce: str = ""
    state: str = ""


class Exchanges:
    """Exchanges what clients show for tokens. The caller has authenticated the client."""

    def __init__(
        self,
        store: KeyValueStore,
        find_identity: FindIdentity,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._find_identity = find_identity
        self._clock = clock

    async def code(self, client: Client, code: str, redirect_uri: str, verifier: str) -> Exchange:
        """Exchange an authorization code. Raises `GrantInvalid` or `ClientNotAllowed`."""
        _require(client, GrantType.CODE)
        now = int(self._clock())

        def exchange(tx: Transaction) -> Exchange | GrantInvalid:
            record = codes.take(tx, client, code, redirect_uri, verifier, now)
            if isinstance(record, GrantInvalid):
                return record
            grant = self._live(tx, record.grant_id)
            roots = _roots(tx, grant, record.scopes)
            issued = tokens.issue(
                tx,
                client.client_id,
                grant.identity_id,
                grant.grant_id,
                roots,
                offline=record.offline,
                now=now,
            )
            return Exchange(issued, grant, record.nonce, record.state)

        return await self._transact(exchange)

    async def refresh(self, client: Client, token: str, scope: str = "") -> Exchange:
        """Exchange a refresh token; `scope` asks for fewer scopes than it is good for.

        A public client gets another refresh token each time, and one that is used again
        revokes its whole family. A confidential client keeps the one it has, which is worth
        nothing without its secret (RFC 9700, section 4.14.2). Raises `GrantInvalid`,
        `ScopeInvalid` for a scope that was not granted, or `ClientNotAllowed`.
        """
        _require(client, GrantType.REFRESH)
        now = int(self._clock())

        def exchange(tx: Transaction) -> Exchange | GrantInvalid:
            try:
                record = tokens.find_refresh(tx, token, now)
            except StaleToken as stale:
                if stale.record.client_id == client.client_id:
                    families.revoke(tx, stale.record.grant_id)
                    return GrantInvalid("the refresh token was used before: all are revoked")
                record = None
            if record is None or record.client_id != client.client_id:
                raise GrantInvalid("the refresh token is unknown, revoked or another client's")
            grant = self._live(tx, record.grant_id)
            again = tokens.use_refresh(tx, token, record, now, rotate=client.is_public)
            consents.note_use(tx, record.consents, now)
            issued = tokens.issue_access(tx, _narrowed(record, scope), now, again)
            return Exchange([issued], grant)

        return await self._transact(exchange)

    async def client_credentials(self, client: Client, scope: str) -> Exchange:
        """Give a client tokens for itself: it is its own person.

        Raises `ScopeInvalid`, and `AccessRefused` for scopes that are for others only.
        """
        _require(client, GrantType.CLIENT)
        now = int(self._clock())
        requested = scopestrings.parse(scope)

        def exchange(tx: Transaction) -> Exchange:
            wanted = resolve(tx, requested)
            client_id = client.client_id
            itself = self._find_identity(tx, client_id)
            require_domains(wanted, [itself] if itself else [])
            roots = consents.grant(
                tx, client_id, client_id, wanted, refresh=False, now=now, automatic=True
            )
            grant = families.new_grant(tx, client_id, client_id, now)
            issued = tokens.issue(
                tx, client_id, client_id, grant.grant_id, roots, offline=False, now=now
            )
            return Exchange(issued, grant)

        return await self._transact(exchange)

    async def dependent(
        self, client: Client, token: str, *, offline: bool, scope: str = ""
    ) -> Exchange:
        """Give a resource server tokens for the services that it needs in turn.

        `token` is one that somebody called it with: only one that is for this server will
        do. The tokens are for what the person consented to below the token's own scopes;
        `scope` asks for some of it only. Raises `GrantInvalid`, `ScopeInvalid`.
        """
        _require(client, GrantType.DEPENDENT)
        now = int(self._clock())
        only = {one.string for one in scopestrings.parse(scope)}

        def exchange(tx: Transaction) -> Exchange:
            record = tokens.find_access(tx, token, now)
            if record is None or record.owner_id != client.client_id:
                raise GrantInvalid("the token is not active, or not for this resource server")
            grant = self._live(tx, record.grant_id)
            found = _below(tx, record.consents)
            if only - {one.scope for one in found}:
                raise ScopeInvalid("the person has not consented to all of these scopes here")
            wanted = [one for one in found if not only or one.scope in only]
            issued = tokens.issue(
                tx,
                client.client_id,
                record.identity_id,
                grant.grant_id,
                wanted,
                offline=offline,
                now=now,
            )
            consents.note_use(tx, (one.number for one in wanted), now)
            return Exchange(issued, grant)

        return await self._transact(exchange)

    async def device(self, client: Client, device_code: str) -> Exchange:
        """Exchange a device's code once the person has decided.

        Raises `AuthorizationPending`, `SlowDown`, `AccessRefused`, `DeviceCodeExpired` or
        `GrantInvalid`.
        """
        _require(client, GrantType.DEVICE)
        now = int(self._clock())

        def exchange(tx: Transaction) -> Exchange | OAuthError:
            record = devices.take(tx, client, device_code, now)
            if isinstance(record, OAuthError):
                return record
            grant = self._live(tx, record.grant_id)
            issued = tokens.issue(
                tx,
                client.client_id,
                grant.identity_id,
                grant.grant_id,
                _roots(tx, grant, record.scopes),
                offline=record.offline,
                now=now,
            )
            families.drop(tx, "device", digest(device_code))
            return Exchange(issued, grant)

        return await self._transact(exchange)

    def _live(self, reader: Reader, grant_id: bytes) -> Grant:
        """Return a grant whose person is still there. Raises `GrantInvalid`."""
        grant = families.find_grant(reader, grant_id)
        if grant is None or self._find_identity(reader, grant.identity_id) is None:
            raise GrantInvalid("what this stands for has been revoked")
        return grant

    async def _transact(self, fn: Callable[[Transaction], Exchange | OAuthError]) -> Exchange:
        result = await self._store.transact(fn)
        if isinstance(result, OAuthError):
            raise result
        return result


def _require(client: Client, grant_type: GrantType) -> None:
    if grant_type not in client.grants:
        raise ClientNotAllowed(f"a client of the type {client.type} does not use {grant_type}")


def _roots(reader: Reader, grant: Grant, scopes: tuple[str, ...]) -> list[Consent]:
    """Return the consents to some scopes. Raises `GrantInvalid` when one is withdrawn."""
    given = {
        one.scope: one
        for one in consents.consents_of(reader, grant.identity_id, grant.client_id)
        if len(one.path) == 1
    }
    if not set(scopes) <= given.keys():
        raise GrantInvalid("the person has withdrawn the consent")
    return [given[scope] for scope in scopes]


def _below(reader: Reader, numbers: tuple[int, ...]) -> list[Consent]:
    """Return the consents right below some others."""
    above = (consents.find_consent(reader, number) for number in numbers)
    return [one for parent in above if parent for one in consents.below(reader, parent)]


def _narrowed(record: RefreshToken, scope: str) -> RefreshToken:
    """Return a token's record with only the scopes that are asked for. Raises `ScopeInvalid`."""
    wanted = [one.string for one in scopestrings.parse(scope)]
    if not wanted:
        return record
    numbers = dict(zip(record.scopes, record.consents, strict=True))
    if not numbers.keys() >= set(wanted):
        raise ScopeInvalid("a refresh token gives no more scopes than it was granted")
    return replace(record, scopes=tuple(wanted), consents=tuple(numbers[one] for one in wanted))
