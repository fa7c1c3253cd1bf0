"""The portal as an OAuth 2 client of the cloud's authorisation server.

Authorization code with PKCE (RFC 7636), ID token verified (OpenID Connect Core 1.0, section
3.1.3.7). The portal is a confidential client like any other: what it learns of a person, it
learns with the token that the person's sign-in gave it.
"""

import base64
import hashlib
import secrets
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct

from lenticular.portal.clients import Refused, http_client
from lenticular.portal.contract import Site

AUTH = "auth.globus.org"
TRANSFER = "transfer.api.globus.org"
GROUPS = "groups.api.globus.org"
SEARCH = "search.api.globus.org"
SERVERS = (AUTH, TRANSFER, GROUPS, SEARCH)
"""The resource servers of which everybody who has signed in has a token."""

_NAMES = {
    AUTH: ("view_identity_set", "view_clients_and_scopes", "view_consents", "manage_consents"),
    TRANSFER: ("all",),
    GROUPS: ("view_my_groups_and_memberships",),
    SEARCH: ("search",),
}
SCOPES = (
    "openid",
    "profile",
    "email",
    *(f"urn:globus:auth:scope:{server}:{name}" for server in SERVERS for name in _NAMES[server]),
)
"""What the portal asks for."""

_ALGORITHMS = ["RS256", "RS512"]
_QUIET = 120.0
"""Seconds for which a stream of events may be silent."""


class SignInFailed(Exception):
    """Signing in did not come to an end; the message is for the person."""


class Errand(Struct, frozen=True):
    """What a browser was sent to the authorisation server for; it keeps it, sealed."""

    state: str
    nonce: str
    verifier: str
    to: str
    """The path where the person wanted to go."""
    collection_id: str = ""
    """The collection whose files are to be reached; empty: the person signs in."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who came back."""

    identity_id: str
    tokens: Mapping[str, str]
    """The access tokens, by resource server: one for each of `SERVERS`."""
    methods: tuple[str, ...]
    """How they proved who they are (RFC 8176)."""
    time: int
    """When they did, in seconds since the epoch."""


class AuthorizationServer:
    """The authorisation server as the portal's client sees it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._issuer = ""

    @cached_property
    def _http(self) -> httpx.AsyncClient:
        """The client of its port; what it needs is loaded with the first one that is made."""
        return http_client(self._site.globus_url, self._site.ca_file)

    def begin(self, to: str, collection_id: str = "") -> Errand:
        """Return a new errand."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return Errand(state, nonce, verifier, to, collection_id)

    def address(self, errand: Errand, host: str) -> str:
        """Return where to send the browser that came to `host`."""
        digest = hashlib.sha256(errand.verifier.encode()).digest()
        query = {
            "client_id": self._site.client_id,
            "response_type": "code",
            "redirect_uri": self._callback(host),
            "scope": files_scope(errand.collection_id)
            if errand.collection_id
            else " ".join(SCOPES),
            "state": errand.state,
            "nonce": errand.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        if errand.collection_id:  # nobody is asked anything: it is done without, if need be
            query["prompt"] = "none"
        origin = self._site.origin(host, self._site.globus_port)
        return f"{origin}/v2/oauth2/authorize?{urlencode(query)}"

    async def finish(self, errand: Errand, code: str, issuer: str, host: str) -> SignedIn:
        """Exchange a code for tokens and learn who it was.

        `issuer` is whose answer it is said to be (RFC 9207). Raises `SignInFailed`.
        """
        tokens, id_token = await self.exchange(errand, code, issuer, host)
        claims = await self._verified(id_token)
        if not secrets.compare_digest(str(claims.get("nonce", "")), errand.nonce):
            raise SignInFailed("This sign-in was meant for another browser.")
        methods = tuple(claims.get("amr", ()))
        return SignedIn(claims["sub"], tokens, methods, int(claims.get("auth_time", 0)))

    async def exchange(
        self, errand: Errand, code: str, issuer: str, host: str
    ) -> tuple[dict[str, str], str]:
        """Exchange a code for tokens, by resource server, and the ID token, if there is one.

        Raises `SignInFailed`.
        """
        if issuer != await self._find_issuer():
            raise SignInFailed("This answer is from another server.")
        answer = await self._http.post(
            "/v2/oauth2/token",
            auth=(self._site.client_id, self._site.client_secret),
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._callback(host),
                "code_verifier": errand.verifier,
            },
        )
        if answer.is_error:
            raise SignInFailed("This sign-in has been used already, or has taken too long.")
        document = answer.json()
        issued = [document, *document["other_tokens"]]
        tokens = {one["resource_server"]: one["access_token"] for one in issued}
        return tokens, document.get("id_token", "")

    async def _verified(self, id_token: str) -> dict[str, Any]:
        """Return the claims of an ID token. Raises `SignInFailed`."""
        # Asked for each time: signing keys are replaced, and signing in is rare.
        keys = KeySet.import_key_set((await self._http.get("/jwk.json")).json())
        required = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": await self._find_issuer()},
            aud={"essential": True, "value": self._site.client_id},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            claims = jwt.decode(id_token, keys, algorithms=_ALGORITHMS).claims
            required.validate(claims)
        except JoseError as error:
            raise SignInFailed("The sign-in page's answer cannot be verified.") from error
        return claims

    async def _find_issuer(self) -> str:
        if not self._issuer:
            answer = await self._http.get("/.well-known/openid-configuration")
            self._issuer = answer.json()["issuer"]
        return self._issuer

    async def ask(self, token: str, method: str, path: str, **options: Any) -> Any:
        """Ask a resource as the person whose token it is. Raises `Refused`."""
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self._http.request(method, path, headers=headers, **options)
        if answer.is_error:
            raise _refused(answer)
        return answer.json() if answer.content else None

    async def follow(self, token: str, path: str, last_event_id: str) -> AsyncGenerator[bytes]:
        """Give what a stream of server-sent events sends. Raises `Refused`.

        `last_event_id` is the last one that the reader has had; empty: none.
        """
        headers = {"Authorization": f"Bearer {token}"}
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        request = self._http.build_request("GET", path, headers=headers, timeout=_QUIET)
        answer = await self._http.send(request, stream=True)
        try:
            if answer.is_error:
                await answer.aread()
                raise _refused(answer)
            async for chunk in answer.aiter_raw():
                yield chunk
        finally:
            await answer.aclose()

    async def revoke(self, token: str) -> None:
        """Withdraw an access token (RFC 7009). Not an error when it has ended already."""
        await self._http.post(
            "/v2/oauth2/token/revoke",
            auth=(self._site.client_id, self._site.client_secret),
            data={"token": token},
        )

    async def close(self) -> None:
        """Close the connections, if there have been any."""
        if "_http" in vars(self):
            await self._http.aclose()

    def _callback(self, host: str) -> str:
        return f"{self._site.origin(host, self._site.port)}/callback"


def files_scope(collection_id: str) -> str:
    """Return the scope with which the files of a collection are reached over HTTPS."""
    return f"https://auth.globus.org/scopes/{collection_id}/https"


def _refused(answer: httpx.Response) -> Refused:
    """Read the errors of Auth, and those of the other services, which have a form of their own."""
    try:
        document = answer.json()
        if "errors" in document:
            error = document["errors"][0]
            return Refused(error["code"], error["detail"], answer.status_code)
        return Refused(document["code"], document["message"], answer.status_code)
    except (ValueError, LookupError, TypeError):
        return Refused("Unknown", f"The answer was {answer.status_code}.", answer.status_code)
