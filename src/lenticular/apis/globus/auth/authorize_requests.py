"""Authorization requests: what a client asks of a person by way of the browser.

OAuth 2 (RFC 6749, section 4.1.1) with PKCE (RFC 7636), OpenID Connect Core 1.0, section
3.1.2.1, and the ``session_`` parameters of Globus Auth. Until the client and the place to
send answers to are known to belong together, nothing is sent there: errors are shown to the
person (RFC 6749, section 4.1.2.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lenticular.apis.globus.wire.payloads import pairs_of, single
from lenticular.apis.http import Request
from lenticular.primitives.oauth import (
    AuthorizationServer,
    Client,
    ClientNotAllowed,
    GrantType,
    RedirectInvalid,
    RequestInvalid,
    Wanted,
)
from lenticular.primitives.oauth.builtin import AUTH_CODE_PAGE
from lenticular.primitives.oauth.codes import check_challenge
from lenticular.primitives.oauth.redirects import is_registered

PATH = "/v2/oauth2/authorize"
CODE_PATH = "/v2/web/auth-code"
"""The page that shows a code, for apps that no browser can reach."""

_PROMPTS = frozenset({"none", "login", "consent", "select_account"})
_LONGEST = 2000
"""Characters of a state or nonce, which are only handed through."""


class ResponseTypeUnsupported(RequestInvalid):
    """Something else than a code is asked for."""

    code = "unsupported_response_type"


class RequestObjectUnsupported(RequestInvalid):
    """The request is to be read from a signed object."""

    code = "request_not_supported"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the answer to a request goes: known to be the client's."""

    client: Client
    redirect_uri: str
    state: str


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A request that is well formed."""

    destination: Destination
    wanted: tuple[Wanted, ...]
    challenge: str
    nonce: str
    offline: bool
    prompts: frozenset[str]
    max_age: int | None
    """Seconds since the person proved who they are, at most."""
    label: str
    required_identities: frozenset[str]
    """Ids and usernames; the person must have signed in as one of them."""
    required_domains: frozenset[str]
    """Of which a username must be that the person has signed in with."""
    required_mfa: bool
    message: str
    """What the client has to say about this."""


def fields_of(raw_query: str) -> dict[str, str]:
    """Return the parameters of a request. Raises `GlobusError` (400)."""
    return single(pairs_of(raw_query))


async def find_destination(
    oauth: AuthorizationServer, request: Request, fields: Mapping[str, str]
) -> Destination:
    """Return where answers go. Raises `RequestInvalid` or `RedirectInvalid`: for the person."""
    client = await oauth.clients.find(fields.get("client_id", ""))
    if client is None:
        raise RequestInvalid("the application is not known here (client_id)")
    uri, state = fields.get("redirect_uri", ""), fields.get("state", "")
    if not uri:
        raise RequestInvalid("the application does not say where to go on (redirect_uri)")
    if not (
        is_registered(uri, client.redirect_uris, native=client.is_native)
        or (AUTH_CODE_PAGE in client.redirect_uris and uri == code_page(request))
    ):
        raise RedirectInvalid(
            "the application wants to go on to a place that it has not registered (redirect_uri)"
        )
    if len(state) > _LONGEST:
        raise RequestInvalid(f"state is longer than {_LONGEST} characters")
    return Destination(client, uri, state)


def code_page(request: Request) -> str:
    """Return the address of the page that shows a code, under the name that the browser used."""
    return f"{request.scheme}://{request.host}{CODE_PATH}"


async def read_request(
    oauth: AuthorizationServer, destination: Destination, fields: Mapping[str, str]
) -> AuthorizationRequest:
    """Return what is asked for. Raises `OAuthError`: for the client."""
    client = destination.client
    if "request" in fields or "request_uri" in fields:
        raise RequestObjectUnsupported("request objects are not supported")
    if fields.get("response_type") != "code":
        raise ResponseTypeUnsupported("response_type must be code")
    if fields.get("response_mode", "query") != "query":
        raise RequestInvalid("response_mode must be query")
    if GrantType.CODE not in client.grants:
        raise ClientNotAllowed(f"a client of the type {client.type} does not act for people")
    challenge = fields.get("code_challenge", "")
    check_challenge(client, challenge, fields.get("code_challenge_method", ""))
    access_type = fields.get("access_type", "online")
    if access_type not in ("online", "offline"):
        raise RequestInvalid("access_type must be online or offline")
    if len(fields.get("nonce", "")) > _LONGEST:
        raise RequestInvalid(f"nonce is longer than {_LONGEST} characters")
    if fields.get("session_required_policies"):
        raise RequestInvalid("there are no authentication policies here")
    return AuthorizationRequest(
        destination=destination,
        wanted=await oauth.scopes.resolve(fields.get("scope", "")),
        challenge=challenge,
        nonce=fields.get("nonce", ""),
        offline=access_type == "offline",
        prompts=_prompts(fields.get("prompt", "")),
        max_age=_seconds(fields.get("max_age")),
        label=fields.get("prefill_named_grant", "")[:200],
        required_identities=_listed(fields.get("session_required_identities", "")),
        required_domains=_listed(fields.get("session_required_single_domain", "")),
        required_mfa=fields.get("session_required_mfa", "").lower() == "true",
        message=fields.get("session_message", "")[:500],
    )


def _prompts(text: str) -> frozenset[str]:
    prompts = frozenset(text.split())
    if prompts - _PROMPTS or ("none" in prompts and len(prompts) > 1):
        raise RequestInvalid("prompt must be none alone, or any of login, consent, select_account")
    return prompts


def _seconds(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise RequestInvalid("max_age must be a number of seconds")
    return int(text)


def _listed(text: str) -> frozenset[str]:
    return frozenset(item.strip().lower() for item in text.split(",") if item.strip())
