"""What is said of a person: id_tokens, userinfo and introspection share their claims.

OpenID Connect Core 1.0, sections 2 and 5.1; Globus Auth API, "Userinfo" for the rest.
"""

from collections.abc import Collection, Sequence
from typing import Any

from authlib.oidc.core.util import create_half_hash

from lenticular.primitives.oauth.builtin import EMAIL, PROFILE, VIEW_IDENTITY_SET
from lenticular.primitives.oauth.exchanges import Exchange
from lenticular.primitives.oauth.records import Grant
from lenticular.primitives.oauth.signingkeys import ALGORITHM
from lenticular.primitives.people import Identity

LIFETIME = 48 * 3600
"""Seconds that an id_token is good for, as at globus.org."""


def person_claims(
    scopes: Collection[str],
    identity: Identity,
    identity_set: Sequence[Identity],
    provider_name: str,
    grant: Grant | None,
) -> dict[str, Any]:
    """Return what a client with these scopes may know of a person."""
    last = max((one.time for one in grant.authentications), default=None) if grant else None
    claims: dict[str, Any] = {"sub": identity.identity_id}
    if PROFILE in scopes:
        claims |= {
            "preferred_username": identity.username,
            "name": identity.name,
            "organization": identity.organization or None,
            "identity_provider": identity.provider_id,
            "identity_provider_display_name": provider_name,
        }
    if EMAIL in scopes:
        claims["email"] = identity.email or None
    if last is not None:
        claims["last_authentication"] = last
    if VIEW_IDENTITY_SET in scopes:
        claims["identity_set"] = [member_claims(one, grant) for one in identity_set or (identity,)]
    return claims


def member_claims(identity: Identity, grant: Grant | None) -> dict[str, Any]:
    """Return what is told of one identity of a set."""
    times = [
        one.time
        for one in (grant.authentications if grant else ())
        if one.identity_id == identity.identity_id
    ]
    return {
        "sub": identity.identity_id,
        "username": identity.username,
        "name": identity.name,
        "email": identity.email or None,
        "organization": identity.organization or None,
        "identity_provider": identity.provider_id,
        "last_authentication": max(times, default=None),
    }


def id_token_claims(
    issuer: str, exchange: Exchange, person: dict[str, Any], now: int
) -> dict[str, Any]:
    """Return the claims of the id_token that goes out with an exchange."""
    grant = exchange.grant
    claims = {
        "iss": issuer,
        "aud": grant.client_id,
        "exp": now + LIFETIME,
        "iat": now,
        "at_hash": create_half_hash(exchange.tokens[0].access_token, ALGORITHM).decode(),
        **person,
    }
    if exchange.nonce:
        claims["nonce"] = exchange.nonce
    if grant.authentications:
        newest = max(grant.authentications, key=lambda one: one.time)
        claims |= {"auth_time": newest.time, "amr": list(newest.methods)}
    return claims
