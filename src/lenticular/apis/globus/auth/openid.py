"""This cloud as a client of another's sign-in: OpenID Connect, code flow with PKCE.

OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3; Discovery 1.0; RFC 7636 (PKCE); RFC 9207
(the issuer in the answer, against mix-up). Everything is fetched without holding others up.
"""

import base64
import hashlib
import hmac
import re
import ssl
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct

from lenticular.primitives.people import Claims, IdentityProvider

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
"""Signatures with public keys only: none that our own secret, or no secret, could make."""

_REMEMBERED = 600.0
"""Seconds for which a provider's description and keys are used before they are asked again."""

_TIMEOUT = 10.0
_URL = re.compile(r"https?://[\x21-\x7e]+")
"""What may stand in a header, and leads nowhere but to a host."""

_LEEWAY = 120
"""Seconds that a provider's clock may be away from ours."""


T = TypeVar("T")


class UpstreamFailed(Exception):
    """Signing in at a provider did not come to an end; the message is for the person."""


class Proof(Struct, frozen=True):
    """What a provider says of whoever signed in there just now."""

    claims: Claims
    methods: tuple[str, ...]
    """How (RFC 8176), as far as it says."""


class Description(Struct, frozen=True):
    """What a provider says of itself (Discovery 1.0, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class _Tokens(Struct, frozen=True):
    id_token: str
    access_token: str = ""


class OpenIdClient:
    """Signs people in at identity providers."""

    def __init__(self) -> None:
        self._descriptions: dict[str, tuple[float, Description]] = {}
        self._keys: dict[str, tuple[float, KeySet]] = {}

    async def address(
        self,
        provider: IdentityProvider,
        *,
        redirect_uri: str,
        state: str,
        nonce: str,
        verifier: str,
        again: bool,
    ) -> str:
        """Return where to send a browser; `again`: they shall show anew who they are.

        Raises `UpstreamFailed`.
        """
        description = await self._describe(provider)
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(provider.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        if again:
            query["prompt"] = "login"
        joint = "&" if urlsplit(description.authorization_endpoint).query else "?"
        return f"{description.authorization_endpoint}{joint}{urlencode(query)}"

    async def finish(
        self,
        provider: IdentityProvider,
        secret: str | None,
        answer: Mapping[str, str],
        *,
        redirect_uri: str,
        nonce: str,
        verifier: str,
    ) -> Proof:
        """Exchange the code in a provider's answer and verify who it was.

        The caller has compared the answer's state. Raises `UpstreamFailed`.
        """
        description = await self._describe(provider)
        _check_issuer(description, answer)
        if "error" in answer:
            raise UpstreamFailed(f"{provider.title} did not sign you in ({answer['error'][:100]})")
        form = {
            "grant_type": "authorization_code",
            "code": answer.get("code", ""),
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        tokens = await self._exchange(provider, description, secret, form)
        said = await self._verified(provider, description, tokens.id_token, nonce)
        if provider.username_claim not in said and description.userinfo_endpoint:
            more = await self._userinfo(provider, description, tokens.access_token)
            if more.get("sub") != said["sub"]:  # Core, section 5.3.2
                raise UpstreamFailed(f"What {provider.title} says of you does not fit together")
            said = more | said
        return Proof(_claims(provider, said), _texts(said.get("amr")))

    async def _exchange(
        self,
        provider: IdentityProvider,
        description: Description,
        secret: str | None,
        form: dict[str, str],
    ) -> _Tokens:
        auth = None
        if secret is None:
            form |= {"client_id": provider.client_id}
        elif "client_secret_basic" in description.token_endpoint_auth_methods_supported:
            auth = (provider.client_id, secret)
        else:
            form |= {"client_id": provider.client_id, "client_secret": secret}
        body = await _fetch(provider, "POST", description.token_endpoint, data=form, auth=auth)
        return _read(provider, body, _Tokens)

    async def _verified(
        self, provider: IdentityProvider, description: Description, id_token: str, nonce: str
    ) -> dict[str, Any]:
        """Return the claims of an ID token (Core, section 3.1.3.7). Raises `UpstreamFailed`."""
        required = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": provider.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )
        try:
            claims = await self._decoded(provider, description, id_token)
            required.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise UpstreamFailed(f"What {provider.title} says of you cannot be verified") from error
        others = claims.get("aud") not in (provider.client_id, [provider.client_id])
        if claims.get("azp", None if others else provider.client_id) != provider.client_id:
            raise UpstreamFailed(f"What {provider.title} says of you is meant for somebody else")
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise UpstreamFailed("This sign-in was meant for another browser")
        return claims

    async def _decoded(
        self, provider: IdentityProvider, description: Description, id_token: str
    ) -> dict[str, Any]:
        fresh = provider.issuer not in self._keys
        keys = await self._key_set(provider, description)
        try:
            return jwt.decode(id_token, keys, algorithms=_ALGORITHMS).claims
        except (JoseError, ValueError):
            if fresh:
                raise
        # It may be signed with a key that is newer than those remembered.
        self._keys.pop(provider.issuer, None)
        keys = await self._key_set(provider, description)
        return jwt.decode(id_token, keys, algorithms=_ALGORITHMS).claims

    async def _userinfo(
        self, provider: IdentityProvider, description: Description, access_token: str
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {access_token}"}
        body = await _fetch(provider, "GET", description.userinfo_endpoint, headers=headers)
        return _read(provider, body, dict[str, Any])

    async def _describe(self, provider: IdentityProvider) -> Description:
        until, known = self._descriptions.get(provider.issuer, (0.0, None))
        if known is not None and time.monotonic() < until:
            return known
        url = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
        description = _read(provider, await _fetch(provider, "GET", url), Description)
        if description.issuer != provider.issuer:
            raise UpstreamFailed(f"{provider.title} calls itself by another name than expected")
        if not _URL.fullmatch(description.authorization_endpoint):
            raise UpstreamFailed(f"{provider.title} signs people in at no address")
        self._descriptions[provider.issuer] = time.monotonic() + _REMEMBERED, description
        return description

    async def _key_set(self, provider: IdentityProvider, description: Description) -> KeySet:
        until, known = self._keys.get(provider.issuer, (0.0, None))
        if known is not None and time.monotonic() < until:
            return known
        body = await _fetch(provider, "GET", description.jwks_uri)
        document: Any = _read(provider, body, dict[str, Any])
        try:
            keys = KeySet.import_key_set(document)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise UpstreamFailed(f"The keys of {provider.title} cannot be read") from error
        self._keys[provider.issuer] = time.monotonic() + _REMEMBERED, keys
        return keys


def _check_issuer(description: Description, answer: Mapping[str, str]) -> None:
    """Raise `UpstreamFailed` for an answer by somebody else (RFC 9207, section 2.4)."""
    wanted = description.authorization_response_iss_parameter_supported
    if answer.get("iss", "" if wanted else description.issuer) != description.issuer:
        raise UpstreamFailed("The answer comes from another provider than was asked")


def _claims(provider: IdentityProvider, said: Mapping[str, Any]) -> Claims:
    def text(name: str) -> str:
        value = said.get(name)
        return value if isinstance(value, str) else ""

    # An address that the provider did not check is what anybody could have typed in there.
    email = text(provider.email_claim) if said.get("email_verified") is not False else ""
    username = text(provider.username_claim)
    if provider.username_claim == provider.email_claim:
        username = email
    return Claims(
        subject=text("sub"),
        username=username or text("sub"),
        name=text("name"),
        email=email,
        organization=text("organization"),
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


async def _fetch(provider: IdentityProvider, method: str, url: str, **options: Any) -> bytes:
    """Return what a provider answers. Raises `UpstreamFailed`."""
    if urlsplit(url).scheme != "https" and urlsplit(provider.issuer).scheme == "https":
        raise UpstreamFailed(f"{provider.title} names an address that is not https")
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT, verify=_trust()) as client:
            response = await client.request(method, url, **options)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UpstreamFailed(f"{provider.title} does not answer: try again later") from error
    if response.status_code != httpx.codes.OK:
        raise UpstreamFailed(f"{provider.title} refused: it answered {response.status_code}")
    return response.content


def _read(provider: IdentityProvider, body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UpstreamFailed(f"The answer of {provider.title} cannot be read") from error


@cache
def _trust() -> ssl.SSLContext:
    """Return the certificates that the system trusts; reading them takes a while."""
    return ssl.create_default_context()
