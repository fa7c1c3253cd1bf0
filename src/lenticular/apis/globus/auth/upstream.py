"""Signing in at an institution, and linking the identity that one has there.

What a browser was sent away for it keeps itself, sealed in a cookie, for `_LIFETIME`
seconds: an answer that belongs to another browser, provider or errand fits none.
"""

import base64
import hmac
import logging
import secrets
import time
from urllib.parse import parse_qs, urlsplit

import msgspec
from msgspec import Struct

from lenticular.apis.globus.auth.attribution import attribute
from lenticular.apis.globus.auth.browsers import Browsers, Header, local_path, origin
from lenticular.apis.globus.auth.openid import OpenIdClient, Proof, UpstreamFailed
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, Credential, operation
from lenticular.apis.http import Request, Response
from lenticular.pages import Pages
from lenticular.primitives.identities import EntityNotFound, Identities
from lenticular.primitives.people import (
    IdentityProvider,
    IdentityTaken,
    NotAdmitted,
    People,
    PersonNotFound,
    ProviderNotFound,
    UsernameInvalid,
)
from lenticular.primitives.signin import BrowserSessions
from lenticular.primitives.vault import Vault, VaultError

_COOKIE = "upstream"
_CONTEXT = "errand to an identity provider"
_LIFETIME = 600
FRESH = 900
"""Seconds after signing in during which identities can be linked."""

_log = logging.getLogger("lenticular.signin")


class Errand(Struct, array_like=True, frozen=True):
    """What a browser was sent to a provider for."""

    provider_id: str
    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    after: str
    ends: float
    person_id: str = ""
    """Whom to link the identity to; empty: it is to sign in with."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Errand).decode


class UpstreamPages:
    """The way to identity providers and back."""

    def __init__(
        self,
        people: People,
        identities: Identities,
        sessions: BrowserSessions,
        pages: Pages,
        browsers: Browsers,
        vault: Vault,
        *,
        portal_port: int,
    ) -> None:
        self._people = people
        self._identities = identities
        self._sessions = sessions
        self._pages = pages
        self._browsers = browsers
        self._vault = vault
        self._portal_port = portal_port
        self._client = OpenIdClient()

    @operation("GET", "/sign-in/upstream/{provider}", credential=Credential.NOTHING, recorded=False)
    async def begin_upstream_sign_in(self, call: Call) -> Response:
        """Send a browser to a provider, to sign in with what it says."""
        provider = await self._provider(call)
        after = local_path(call.query.get("next", ""))
        address, kept = await self._begin(call.request, provider, after)
        return Response(303, [("Location", address), kept])

    @operation("POST", "/sign-in/upstream/{provider}/link", credential=Credential.NOTHING)
    async def begin_linking(self, call: Call) -> Response:
        """Send a browser to a provider, to link what it says to the person signed in."""
        session = await self._browsers.session(call.request)
        self._browsers.require_own_form(call.request, call.form, session)
        if session is None or time.time() - session.auth_time > FRESH:
            raise GlobusError(403, "Sign in again before you link an identity")
        provider, after = await self._provider(call), "/sign-in/identities"
        address, kept = await self._begin(call.request, provider, after, session.identity_id)
        # A form's answer may not redirect to another site unless the form's page named it.
        return self._pages.render(
            "onward.html",
            headers=[("Refresh", f"0; url={address}"), kept],
            address=address,
            title=provider.title,
        )

    @operation("GET", "/sign-in/upstream/{provider}/callback", credential=Credential.NOTHING)
    async def end_upstream_sign_in(self, call: Call) -> Response:
        """Take a provider's answer."""
        provider = await self._provider(call)
        errand = self._errand(call.request, provider, call.query.get("state", ""))
        try:
            proof = await self._client.finish(
                provider,
                self._people.providers.client_secret(provider),
                call.query,
                redirect_uri=errand.redirect_uri,
                nonce=errand.nonce,
                verifier=errand.verifier,
            )
            response = await (
                self._link(call, provider, proof, errand)
                if errand.person_id
                else self._sign_in(call, provider, proof, errand)
            )
        except (UpstreamFailed, NotAdmitted, IdentityTaken, PersonNotFound, UsernameInvalid) as e:
            _log.info("sign-in at %s failed: %s", provider.name, e.__cause__ or e)
            raise GlobusError(403, f"{e}.") from e
        except EntityNotFound as error:
            _log.error("sign-in at %s makes no user: %s", provider.name, error)
            raise GlobusError(403, "New users cannot be made: ask an administrator") from error
        response.headers.append(self._browsers.forget(call.request, _COOKIE))
        return response

    async def _begin(
        self, request: Request, provider: IdentityProvider, after: str, person_id: str = ""
    ) -> tuple[str, Header]:
        """Return where to send a browser, and the header that lets it keep its errand."""
        here = f"{request.scheme}://{request.host}"
        errand = Errand(
            provider_id=provider.provider_id,
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(32),
            redirect_uri=f"{here}/sign-in/upstream/{provider.name}/callback",
            after=after,
            ends=time.time() + _LIFETIME,
            person_id=person_id,
        )
        try:
            address = await self._client.address(
                provider,
                redirect_uri=errand.redirect_uri,
                state=errand.state,
                nonce=errand.nonce,
                verifier=errand.verifier,
                again=bool(person_id) or _asks_again(after),
            )
        except UpstreamFailed as error:
            _log.warning("%s cannot be reached: %s", provider.name, error.__cause__ or error)
            raise GlobusError(502, str(error)) from error
        sealed = base64.urlsafe_b64encode(self._vault.seal(_encode(errand), _CONTEXT)).decode()
        return address, self._browsers.keep(request, _COOKIE, sealed, max_age=_LIFETIME)

    async def _provider(self, call: Call) -> IdentityProvider:
        try:
            return await self._people.providers.get(call.arguments["provider"])
        except ProviderNotFound as error:
            raise GlobusError(404, str(error)) from None

    def _errand(self, request: Request, provider: IdentityProvider, state: str) -> Errand:
        """Return what this browser was sent there for. Raises `GlobusError` (403)."""
        kept = self._browsers.value(request, _COOKIE) or ""
        try:
            errand = _decode(self._vault.open(base64.urlsafe_b64decode(kept), _CONTEXT))
        except (VaultError, ValueError, msgspec.DecodeError):
            errand = None
        if (
            errand is None
            or errand.provider_id != provider.provider_id
            or time.time() >= errand.ends
            or not hmac.compare_digest(errand.state.encode(), state.encode())
        ):
            raise GlobusError(
                403, "This browser was not sent there for this, or too long ago: sign in again"
            )
        return errand

    async def _sign_in(
        self, call: Call, provider: IdentityProvider, proof: Proof, errand: Errand
    ) -> Response:
        request = call.request
        identity = await self._people.admit(provider, proof.claims)
        await self._attribute(call, identity.person_id)
        token = await self._sessions.create(
            identity.person_id,
            proof.methods,
            provider_id=provider.provider_id,
            proven_id=identity.identity_id,
            replaces=self._browsers.session_token(request),
            source_ip=request.client,
            user_agent=request.headers.get("user-agent", ""),
        )
        location = errand.after or f"{origin(request, self._portal_port)}/sign-in"
        return Response(303, [("Location", location), self._browsers.begin(request, token)])

    async def _link(
        self, call: Call, provider: IdentityProvider, proof: Proof, errand: Errand
    ) -> Response:
        session = await self._browsers.session(call.request)
        if session is None or session.identity_id != errand.person_id:
            raise GlobusError(403, "Somebody else has signed in since: link the identity again")
        await self._attribute(call, session.identity_id)
        await self._people.link(errand.person_id, provider, proof.claims)
        return Response(303, [("Location", f"{errand.after}?done=linked")])

    async def _attribute(self, call: Call, person_id: str) -> None:
        user = await self._people.person(person_id)
        if user is not None:
            await attribute(call, self._identities, user)


def _asks_again(after: str) -> bool:
    """Tell whether the authorisation that goes on wants them to show anew who they are."""
    return "login" in parse_qs(urlsplit(after).query).get("prompt", [])
