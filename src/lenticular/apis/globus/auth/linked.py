"""The identities of whoever has signed in: the page on which they are linked and unlinked."""

import time

from lenticular.apis.globus.auth.attribution import attribute
from lenticular.apis.globus.auth.browsers import Browsers, origin
from lenticular.apis.globus.auth.upstream import FRESH
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, Credential, operation
from lenticular.apis.http import Response
from lenticular.pages import Pages
from lenticular.primitives.identities import Identities
from lenticular.primitives.people import Identity, IdentityNotFound, People
from lenticular.primitives.signin import BrowserSession, BrowserSessions

_PATH = "/sign-in/identities"
_NOTICES = {"linked": "The identity is linked.", "unlinked": "The identity is no longer linked."}


class LinkedPages:
    """A person's own identities."""

    def __init__(
        self,
        people: People,
        identities: Identities,
        sessions: BrowserSessions,
        pages: Pages,
        browsers: Browsers,
        *,
        portal_port: int,
    ) -> None:
        self._people = people
        self._identities = identities
        self._sessions = sessions
        self._pages = pages
        self._browsers = browsers
        self._portal_port = portal_port

    @operation("GET", _PATH, credential=Credential.NOTHING, recorded=False)
    async def show_identities(self, call: Call) -> Response:
        """Show the identities of whoever has signed in, and the providers of others."""
        session = await self._browsers.session(call.request)
        if session is None:
            return Response(303, [("Location", f"/sign-in?next={_PATH}")])
        own = await self._people.identity_set(session.identity_id)
        providers = await self._people.providers.list()
        token, headers = self._browsers.form_token(call.request, session)
        return self._pages.render(
            "identities.html",
            headers=headers,
            token=token,
            identities=own,
            providers=providers,
            titles={one.provider_id: one.title for one in providers},
            is_fresh=time.time() - session.auth_time <= FRESH,
            here=_PATH,
            portal=f"{origin(call.request, self._portal_port)}/",
            notice=_NOTICES.get(call.query.get("done", ""), ""),
        )

    @operation("POST", "/sign-in/identities/unlink", credential=Credential.NOTHING)
    async def unlink_identity(self, call: Call) -> Response:
        """Unlink an identity of whoever has signed in; sessions that began with it end."""
        session = await self._browsers.session(call.request)
        self._browsers.require_own_form(call.request, call.form, session)
        if session is None:
            raise GlobusError(403, "Sign in first")
        identity_id = call.form.get("identity_id", "")
        user = await self._people.person(session.identity_id)
        if user is not None:
            await attribute(call, self._identities, user)
        await self._require_another_way(session, identity_id)
        try:
            await self._people.unlink(session.identity_id, identity_id)
        except IdentityNotFound as error:
            raise GlobusError(404, str(error)) from None
        for other in await self._sessions.of(session.identity_id):
            if any(proof.identity_id == identity_id for proof in other.authentications):
                await self._sessions.end_session(other.session_id)
        return Response(303, [("Location", f"{_PATH}?done=unlinked")])

    async def _require_another_way(self, session: BrowserSession, identity_id: str) -> None:
        """Raise `GlobusError` (409) when a person could not sign in any more."""
        own = await self._people.identity_set(session.identity_id)
        rest = [one for one in own[1:] if one.identity_id != identity_id]
        if not rest and not await self._has_password(own[0]):
            raise GlobusError(
                409, "This is your only way to sign in: ask an administrator for a password first"
            )

    async def _has_password(self, own: Identity) -> bool:
        login = await self._identities.logins.find(own.account_id, own.user_name)
        return login is not None
