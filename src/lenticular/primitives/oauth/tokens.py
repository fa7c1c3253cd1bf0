"""Access and refresh tokens: made, found and removed, within a transaction.

Both are random and kept by digest only. An access token is good for one resource server. A
refresh token names its family and holds a secret, of which only the newest is good: an older
one can only be a stolen one, or the one that a thief has used before.
"""

import base64
import hmac
import os
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.oauth import builtin, families
from lenticular.primitives.oauth.lookup import find_client, find_scope, get_client
from lenticular.primitives.oauth.records import AccessToken, Consent, RefreshToken, decode
from lenticular.primitives.oauth.spaces import ACCESS, REFRESH
from lenticular.primitives.signin.tokens import digest, new_token

ACCESS_LIFETIME = 48 * 3600
"""Seconds that an access token is good for, as at globus.org."""

REFRESH_LIFETIME = 180 * 24 * 3600
"""Seconds without use after which a refresh token is good no more."""

_FAMILY = 16
_SECRET = 32


class IssuedToken(Struct, frozen=True):
    """A token as it goes out to the client, this once."""

    access_token: str
    scopes: tuple[str, ...]
    server: str
    expires_in: int
    refresh_token: str | None = None


class StaleToken(Exception):
    """A refresh token that another has taken the place of: somebody has a copy."""

    def __init__(self, record: RefreshToken) -> None:
        super().__init__("a refresh token was used again")
        self.record = record


def issue(
    tx: Transaction,
    client_id: str,
    identity_id: str,
    grant_id: bytes,
    consents: Iterable[Consent],
    *,
    offline: bool,
    now: int,
) -> list[IssuedToken]:
    """Make tokens for what is consented to: one for each resource server, that of Auth first."""
    by_owner: dict[str, list[Consent]] = {}
    lasting: dict[str, bool] = {}
    for consent in consents:
        scope = find_scope(tx, consent.scope)
        if scope is not None:
            by_owner.setdefault(scope.client_id, []).append(consent)
            lasts = lasting.get(scope.client_id, True)
            lasting[scope.client_id] = (
                lasts and scope.allows_refresh_token and consent.allows_refresh
            )
    issued = []
    for owner_id in sorted(by_owner, key=lambda one: one != builtin.AUTH):
        own = by_owner[owner_id]
        record = AccessToken(
            client_id,
            identity_id,
            owner_id,
            get_client(tx, owner_id).server,
            tuple(one.scope for one in own),
            tuple(one.number for one in own),
            grant_id,
            now,
            now + ACCESS_LIFETIME,
        )
        refresh = _new_family(tx, record, now) if offline and lasting[owner_id] else None
        issued.append(issue_access(tx, record, now, refresh))
    return issued


def issue_access(
    tx: Transaction, record: AccessToken, now: int, refresh_token: str | None = None
) -> IssuedToken:
    """Make an access token like `record`, from now on."""
    token = new_token()
    fresh = AccessToken(
        record.client_id,
        record.identity_id,
        record.owner_id,
        record.server,
        record.scopes,
        record.consents,
        record.grant_id,
        now,
        now + ACCESS_LIFETIME,
    )
    families.put(tx, "access", digest(token), fresh)
    return IssuedToken(token, record.scopes, record.server, ACCESS_LIFETIME, refresh_token)


def _new_family(tx: Transaction, record: AccessToken, now: int) -> str:
    family, secret = os.urandom(_FAMILY), os.urandom(_SECRET)
    kept = RefreshToken(
        record.client_id,
        record.identity_id,
        record.owner_id,
        record.server,
        record.scopes,
        record.consents,
        record.grant_id,
        now,
        now + REFRESH_LIFETIME,
        digest=_digest(secret),
    )
    families.put(tx, "refresh", family, kept)
    return _text(family + secret)


def find_access(reader: Reader, token: str, now: int) -> AccessToken | None:
    """Return an access token that is good now, or None."""
    data = reader.get(ACCESS.pack(digest(token)))
    record = None if data is None else decode(data, AccessToken)
    return record if record is not None and is_good(reader, record, now) else None


def find_refresh(reader: Reader, token: str, now: int) -> RefreshToken | None:
    """Return a refresh token that is good now, or None.

    Raises `StaleToken` for one that another has taken the place of.
    """
    raw = _bytes(token)
    data = reader.get(REFRESH.pack(raw[:_FAMILY])) if len(raw) == _FAMILY + _SECRET else None
    if data is None:
        return None
    record = decode(data, RefreshToken)
    if not hmac.compare_digest(record.digest, _digest(raw[_FAMILY:])):
        raise StaleToken(record)
    return record if is_good(reader, record, now) else None


def use_refresh(
    tx: Transaction, token: str, record: RefreshToken, now: int, *, rotate: bool
) -> str:
    """Note that a refresh token is used; return the one to use next: with `rotate` a new one."""
    family = _bytes(token)[:_FAMILY]
    kept = replace(record, expires=now + REFRESH_LIFETIME)
    if rotate:
        secret = os.urandom(_SECRET)
        kept = replace(kept, digest=_digest(secret))
        token = _text(family + secret)
    families.put(tx, "refresh", family, kept)
    return token


def remove(tx: Transaction, token: str, now: int) -> None:
    """Make a token worth nothing: an access token alone, a refresh token with its family.

    RFC 7009, section 2.1. A token that is none is worth nothing already.
    """
    families.drop(tx, "access", digest(token))
    try:
        record = find_refresh(tx, token, now)
    except StaleToken as stale:
        record = stale.record
    if record is not None:
        families.drop(tx, "refresh", _bytes(token)[:_FAMILY])
        for key in families.of(tx, record.grant_id, "access"):
            data = tx.get(ACCESS.pack(key))
            if data is not None and _is_from(decode(data, AccessToken), record):
                families.drop(tx, "access", key)


def is_good(reader: Reader, record: AccessToken, now: int) -> bool:
    """Tell whether a token has not expired, and its client is still there."""
    if now >= record.expires:
        return False
    client = find_client(reader, record.client_id)
    # A client that was made later under the same id is another one.
    return client is not None and client.created <= record.issued


def _is_from(access: AccessToken, refresh: RefreshToken) -> bool:
    """Tell whether an access token of the same grant came of a refresh token."""
    return (access.client_id, access.server) == (refresh.client_id, refresh.server)


def _digest(secret: bytes) -> bytes:
    return digest(_text(secret))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""
