"""The authorization endpoint: a person signs in, sees what an app wants, and says yes or no.

The browser comes with a request, goes to sign in where it must, and comes back with the same
request. Nothing is kept of it meanwhile. That a sign-in was asked for, and when, comes back
signed in the query, so that ``prompt=login`` is met by a sign-in after the request only.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from authlib.common.urls import add_params_to_uri

from lenticular.apis.globus.auth.authorize_requests import (
    PATH,
    AuthorizationRequest,
    Destination,
    fields_of,
    find_destination,
    read_request,
)
from lenticular.apis.globus.auth.browsers import Browsers
from lenticular.apis.globus.auth.consent_pages import ConsentPages
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.payloads import pairs_of
from lenticular.apis.globus.wire.service import Call, Credential, operation
from lenticular.apis.http import Request, Response
from lenticular.pages import FormTokens
from lenticular.primitives.oauth import (
    AccessRefused,
    Authorization,
    AuthorizationServer,
    OAuthError,
)
from lenticular.primitives.oauth.admission import require_admission
from lenticular.primitives.people import Identity, People
from lenticular.primitives.signin import BrowserSession

ASKED = "asked"
"""The parameter in which a request says that, and when, it asked for a sign-in."""

_PATIENCE = 3600
"""Seconds within which a person who was sent to sign in has done so."""


class InteractionNeeded(OAuthError):
    """The client wants no page to be shown, but one would have to be (OpenID Connect Core,
    section 3.1.2.6)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Visit:
    """A browser with a request, at one of its comings."""

    request: Request
    raw_query: str
    session: BrowserSession | None


class Authorize:
    """The authorization endpoint."""

    def __init__(
        self,
        oauth: AuthorizationServer,
        people: People,
        browsers: Browsers,
        consents: ConsentPages,
        marks: FormTokens,
        *,
        issuer: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`marks` signs that a sign-in was asked for; `issuer` names this server to clients."""
        self._oauth = oauth
        self._people = people
        self._browsers = browsers
        self._consents = consents
        self._marks = marks
        self._issuer = issuer
        self._clock = clock

    @operation("GET", PATH, credential=Credential.NOTHING)
    async def authorize(self, call: Call) -> Response:
        """Take a request: ask the person, or go on if nothing is to be asked."""
        return await self._take(call, call.request.raw_query, decision=None)

    @operation("POST", PATH, credential=Credential.NOTHING)
    async def decide(self, call: Call) -> Response:
        """Take what the person decided, on the page that `authorize` showed."""
        session = await self._browsers.session(call.request)
        self._browsers.require_own_form(call.request, call.form, session)
        decision = "allow" if "allow" in call.form and "deny" not in call.form else "deny"
        return await self._take(call, call.form.get("request", ""), decision=decision)

    async def _take(self, call: Call, raw_query: str, decision: str | None) -> Response:
        fields = fields_of(raw_query)
        try:
            destination = await find_destination(self._oauth, call.request, fields)
        except OAuthError as error:
            raise GlobusError(400, f"This request cannot be taken: {error}") from error
        session = await self._browsers.session(call.request)
        visit = _Visit(call.request, raw_query, session)
        try:
            wanted = await read_request(self._oauth, destination, fields)
            return await self._proceed(visit, wanted, fields.get(ASKED, ""), decision)
        except OAuthError as error:
            return self._answer(destination, {"error": error.code, "error_description": str(error)})

    async def _proceed(
        self, visit: _Visit, wanted: AuthorizationRequest, asked: str, decision: str | None
    ) -> Response:
        session = visit.session
        if session is None or not self._is_fresh(visit, session, wanted, asked):
            if "none" in wanted.prompts:
                raise InteractionNeeded("login_required", "the person has to sign in")
            return self._to_sign_in(visit)
        identity_set = await self._people.identity_set(session.identity_id)
        if not identity_set or not identity_set[0].person_id:
            return self._to_sign_in(visit)
        unmet = _unmet(wanted, session, identity_set)
        if unmet:
            # Who has just signed in, and not as is required, is not sent round in circles.
            if asked or "none" in wanted.prompts:
                raise AccessRefused(unmet)
            return self._to_sign_in(visit)
        require_admission(wanted.destination.client, wanted.wanted, identity_set)
        allowed = _allowed(wanted, session)
        if decision == "deny":
            raise AccessRefused("the person said no")
        if decision is None and await self._must_ask(wanted, allowed):
            if "none" in wanted.prompts:
                raise InteractionNeeded("consent_required", "the person has to consent")
            return await self._consents.show(
                visit.request, session, wanted, identity_set[0], visit.raw_query
            )
        code = await self._oauth.allow(allowed)
        return self._answer(wanted.destination, {"code": code})

    async def _must_ask(self, wanted: AuthorizationRequest, allowed: Authorization) -> bool:
        client = wanted.destination.client
        if client.trusted:
            return False
        # An app on a machine cannot prove that it is the one that was consented to before
        # (RFC 8252, section 8.6).
        if client.is_native or "consent" in wanted.prompts:
            return True
        return await self._oauth.is_new(allowed)

    def _is_fresh(
        self, visit: _Visit, session: BrowserSession, wanted: AuthorizationRequest, asked: str
    ) -> bool:
        """Tell whether the person signed in as lately as the client wants."""
        age = self._clock() - session.auth_time
        is_old = wanted.max_age is not None and age > wanted.max_age
        if not is_old and not wanted.prompts & {"login", "select_account"}:
            return True
        when, _, rest = asked.partition(".")
        before, _, signature = rest.partition(".")
        statement = _statement(_unmarked(visit.raw_query), when, before)
        return (
            self._marks.check(statement, signature)
            and int(when) <= session.auth_time <= int(when) + _PATIENCE
            and before != _name(session)
        )

    def _to_sign_in(self, visit: _Visit) -> Response:
        query = _unmarked(visit.raw_query)
        when, before = str(int(self._clock())), _name(visit.session)
        signature = self._marks.token(_statement(query, when, before))
        marked = f"{query}&{urlencode({ASKED: f'{when}.{before}.{signature}'})}"
        location = f"/sign-in?{urlencode({'next': f'{PATH}?{marked}'})}"
        return Response(303, [("Location", location)])

    def _answer(self, destination: Destination, answer: dict[str, str]) -> Response:
        """Send the browser back to the client; `iss` says from whom (RFC 9207)."""
        answer["iss"] = self._issuer
        if destination.state:
            answer["state"] = destination.state
        location = add_params_to_uri(destination.redirect_uri, list(answer.items()))
        return Response(303, [("Location", location), ("Referrer-Policy", "no-referrer")])


def _allowed(wanted: AuthorizationRequest, session: BrowserSession) -> Authorization:
    destination = wanted.destination
    return Authorization(
        client_id=destination.client.client_id,
        identity_id=session.identity_id,
        wanted=wanted.wanted,
        redirect_uri=destination.redirect_uri,
        challenge=wanted.challenge,
        nonce=wanted.nonce,
        state=destination.state,
        offline=wanted.offline,
        authentications=session.authentications,
        label=wanted.label,
    )


def _unmet(
    wanted: AuthorizationRequest, session: BrowserSession, identity_set: list[Identity]
) -> str:
    """Return what the session lacks that the client requires; empty: nothing."""
    proven_ids = {proof.identity_id for proof in session.authentications}
    proven = [one for one in identity_set if one.identity_id in proven_ids]
    names = {one.identity_id for one in proven} | {one.username.lower() for one in proven}
    if wanted.required_identities and not names & wanted.required_identities:
        return "the person has to sign in with another identity"
    domains = {one.username.rpartition("@")[2].lower() for one in proven}
    if wanted.required_domains and not domains & wanted.required_domains:
        return "the person has to sign in with an identity of another domain"
    if wanted.required_mfa and not any("mfa" in proof.methods for proof in session.authentications):
        return "the person has to sign in with a second factor"
    return ""


def _unmarked(raw_query: str) -> str:
    """Return a request without its mark, as it is signed."""
    return urlencode([(name, value) for name, value in pairs_of(raw_query) if name != ASKED])


def _name(session: BrowserSession | None) -> str:
    """Return what tells a session from any other, and nothing else of it."""
    return "" if session is None else hashlib.sha256(session.session_id).hexdigest()[:32]


def _statement(query: str, when: str, before: str) -> str:
    return f"asked to sign in at {when or 0} in place of {before or 'nobody'} for {query}"
