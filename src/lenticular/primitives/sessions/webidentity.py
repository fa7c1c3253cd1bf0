"""Web identities: what the signed token of an OpenID Connect issuer says of somebody.

OpenID Connect Core 1.0, "ID Token Validation"; IAM User Guide, "Available keys for AWS OIDC
federation" and "Pass session tags in AWS STS", "AssumeRoleWithWebIdentity".
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeGuard

import msgspec
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from lenticular.primitives.sessions.errors import (
    WebIdentityExpired,
    WebIdentityInvalid,
    WebIdentityRejected,
)

ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
"""Of signatures that are accepted: none that whoever knows the public key could make."""

LEEWAY = 300
"""Seconds that the issuer's clock may be ahead of ours."""

_TAGS = "https://aws.amazon.com/tags"
_SOURCE_IDENTITY = "https://aws.amazon.com/source_identity"


class UnknownKey(WebIdentityInvalid):
    """The token is signed with a key that is not among the issuer's, as far as they are known."""


class WebIdentity(NamedTuple):
    """Somebody whom an issuer vouches for."""

    issuer: str
    """With its scheme."""
    subject: str
    audience: str
    """The one that the token was accepted for."""
    methods: tuple[str, ...] = ()
    """How they signed in (RFC 8176)."""
    source_identity: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    transitive: tuple[str, ...] = ()

    def keys(self, name: str) -> dict[str, str | tuple[str, ...]]:
        """Return the condition keys of it, under the name (host and path) of the issuer."""
        keys: dict[str, str | tuple[str, ...]] = {
            f"{name}:sub".lower(): self.subject,
            f"{name}:aud".lower(): self.audience,
        }
        if self.methods:
            keys[f"{name}:amr".lower()] = self.methods
        return keys


def issuer_of(token: str) -> str:
    """Return who a token says that it is from: nothing is verified yet.

    Raises `WebIdentityInvalid`.
    """
    try:
        _, payload, _ = token.split(".")
        claims = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        issuer = claims["iss"]
    except (ValueError, binascii.Error, msgspec.DecodeError, LookupError, TypeError) as error:
        raise WebIdentityInvalid("The ID Token provided is not a valid JWT.") from error
    if not isinstance(issuer, str) or not issuer:
        raise WebIdentityInvalid("The ID Token provided names no issuer.")
    return issuer


def verify(
    token: str, issuer: str, keys: Mapping[str, Any], audiences: tuple[str, ...], now: float
) -> WebIdentity:
    """Return whom a token vouches for, if `issuer` signed it for one of `audiences` in time.

    `keys` is the issuer's key set (RFC 7517); `now` is in seconds since the epoch. Raises
    `UnknownKey`, `WebIdentityInvalid`, `WebIdentityExpired` or `WebIdentityRejected`.
    """
    try:
        key_set = KeySet.import_key_set({"keys": list(keys["keys"])})
        claims = jwt.decode(token, key_set, algorithms=ALGORITHMS).claims
    except InvalidKeyIdError as error:
        raise UnknownKey("The ID Token is signed with a key that its issuer has not.") from error
    except (JoseError, ValueError, TypeError, LookupError) as error:
        raise WebIdentityInvalid("The ID Token provided is not a valid JWT.") from error
    if claims.get("iss") != issuer:
        raise WebIdentityInvalid("The ID Token is not from the issuer that signed it.")
    _check_times(claims, now)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise WebIdentityRejected("The ID Token names no subject.")
    tags, transitive = _tags(claims)
    return WebIdentity(
        issuer,
        subject,
        _audience(claims, audiences),
        _texts(claims, "amr"),
        _source_identity(claims),
        tags,
        transitive,
    )


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    expires, issued = claims.get("exp"), claims.get("iat")
    if not _is_time(expires) or not _is_time(issued):
        raise WebIdentityInvalid("Missing a required claim: exp and iat must be times.")
    if now >= expires:
        raise WebIdentityExpired(
            f"Token expired: current date/time {int(now)} must be before the expiration "
            f"date/time {int(expires)}"
        )
    begins = claims.get("nbf", issued)
    if not _is_time(begins) or max(begins, issued) > now + LEEWAY:
        raise WebIdentityInvalid("The ID Token is not valid yet.")


def _audience(claims: Mapping[str, Any], audiences: tuple[str, ...]) -> str:
    for audience in _texts(claims, "aud"):
        if audience in audiences:
            return audience
    raise WebIdentityInvalid("Incorrect token audience")


def _tags(claims: Mapping[str, Any]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    passed = claims.get(_TAGS, {})
    if not isinstance(passed, dict) or not isinstance(passed.get("principal_tags", {}), dict):
        raise WebIdentityRejected(f"The claim {_TAGS} must be an object with principal_tags.")
    tags = []
    for name in passed.get("principal_tags", {}):
        values = _texts(passed["principal_tags"], name)
        if len(values) != 1:
            raise WebIdentityRejected(f"The session tag {name} must have one value.")
        tags.append((name, values[0]))
    return tuple(tags), _texts(passed, "transitive_tag_keys")


def _source_identity(claims: Mapping[str, Any]) -> str:
    source_identity = claims.get(_SOURCE_IDENTITY, "")
    if not isinstance(source_identity, str):
        raise WebIdentityRejected(f"The claim {_SOURCE_IDENTITY} must be text.")
    return source_identity


def _texts(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return a claim that is text or a list of texts. Raises `WebIdentityRejected`."""
    value = claims.get(name, ())
    values = (value,) if isinstance(value, str) else tuple(value) if _is_list(value) else None
    if values is None or not all(isinstance(each, str) for each in values):
        raise WebIdentityRejected(f"The claim {name} must be text or a list of texts.")
    return values


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def _is_time(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
