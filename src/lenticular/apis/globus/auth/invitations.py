"""The page that the link of an invitation leads to: what is shared, and how to come to it."""

from urllib.parse import urlencode

from lenticular.apis.globus.auth.attribution import attribute
from lenticular.apis.globus.auth.browsers import Browsers, origin
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, Credential, operation
from lenticular.apis.http import Response
from lenticular.pages import Pages
from lenticular.primitives.identities import Identities, InputInvalid
from lenticular.primitives.invitations import (
    AddressTaken,
    Invitation,
    Invitations,
    InvitationSpent,
)
from lenticular.primitives.people import People
from lenticular.primitives.signin import BrowserSession, SignIn

_PATH = "/invitation"


class InvitationPages:
    """The pages of invitations to folders."""

    def __init__(
        self,
        invitations: Invitations,
        people: People,
        identities: Identities,
        signin: SignIn,
        pages: Pages,
        browsers: Browsers,
        *,
        portal_port: int,
    ) -> None:
        self._invitations = invitations
        self._people = people
        self._identities = identities
        self._signin = signin
        self._pages = pages
        self._browsers = browsers
        self._portal_port = portal_port

    @operation("GET", _PATH, credential=Credential.NOTHING, recorded=False)
    async def show_invitation(self, call: Call) -> Response:
        """Show what the link in ``token`` is good for."""
        token = call.query.get("token", "")
        invitation = await self._invitations.find(token)
        session = await self._browsers.session(call.request)
        return await self._page(call, session, invitation, token)

    @operation("POST", _PATH, credential=Credential.NOTHING)
    async def accept_invitation(self, call: Call) -> Response:
        """Give what is shared to whoever has signed in with this browser."""
        request, token = call.request, call.form.get("token", "")
        invitation = await self._invitations.find(token)
        session = await self._browsers.session(request)
        self._browsers.require_own_form(request, call.form, session)
        person = await self._people.person(session.identity_id) if session is not None else None
        if session is None or person is None or invitation.is_for_anybody:
            return Response(303, [("Location", _address(token))])
        accepted = await self._invitations.accept(token, session.identity_id)
        await attribute(call, self._identities, person)
        return await self._page(call, session, accepted, token, is_accepted=True)

    @operation("POST", f"{_PATH}/person", credential=Credential.NOTHING)
    async def accept_as_guest(self, call: Call) -> Response:
        """Make a user for whoever was invited, who then chooses a password and comes back."""
        request, token = call.request, call.form.get("token", "")
        invitation = await self._invitations.find(token)
        session = await self._browsers.session(request)
        self._browsers.require_own_form(request, call.form, session)
        try:
            guest = await self._invitations.make_guest(
                token, call.form.get("full_name", "").strip()
            )
        except (AddressTaken, InputInvalid) as error:
            call.refusal = GlobusError(400, str(error))
            return await self._page(call, session, invitation, token, 400, problem=f"{error}.")
        await attribute(call, self._identities, guest)
        link = await self._signin.invitations.create("password", guest.account_id, guest.name)
        onward = urlencode({"token": link, "next": _address(token)})
        return Response(303, [("Location", f"/welcome?{onward}")])

    async def _page(
        self,
        call: Call,
        session: BrowserSession | None,
        invitation: Invitation,
        token: str,
        status: int = 200,
        *,
        is_accepted: bool = False,
        problem: str = "",
    ) -> Response:
        form_token, headers = self._browsers.form_token(call.request, session)
        identity = await self._people.identity(session.identity_id) if session is not None else None
        return self._pages.render(
            "invitation.html",
            status,
            headers=headers,
            form_token=form_token,
            token=token,
            here=_address(token),
            invitation=invitation,
            rule=invitation.rule,
            collection=invitation.collection,
            signed_in=identity,
            is_accepted=is_accepted,
            portal=origin(call.request, self._portal_port),
            problem=problem,
        )


def _address(token: str) -> str:
    return f"{_PATH}?{urlencode({'token': token})}"


def translate(error: Exception) -> GlobusError | None:
    """Return what a link that is good no more is to the browser."""
    return GlobusError(410, str(error)) if isinstance(error, InvitationSpent) else None
