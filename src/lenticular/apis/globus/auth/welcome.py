"""The page that a link for one use leads to: the first administrator, and new passwords."""

from urllib.parse import urlencode

from lenticular.apis.globus.auth.attribution import attribute
from lenticular.apis.globus.auth.browsers import Browsers, local_path, origin, targets_of
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, Credential, operation
from lenticular.apis.http import Response
from lenticular.pages import Pages
from lenticular.primitives.identities import (
    EntityExists,
    EntityNotFound,
    Identities,
    InputInvalid,
    PasswordRefused,
)
from lenticular.primitives.people import LOCAL_PROVIDER
from lenticular.primitives.signin import Invitation, LinkSpent, SignIn

_STALE = "That page was too old, or not meant for this browser. Try again."


class WelcomePages:
    """The page on which a password is chosen."""

    def __init__(
        self,
        identities: Identities,
        signin: SignIn,
        pages: Pages,
        browsers: Browsers,
        *,
        portal_port: int,
    ) -> None:
        """Whoever has chosen goes on to the portal, at `portal_port`."""
        self._identities = identities
        self._signin = signin
        self._pages = pages
        self._browsers = browsers
        self._portal_port = portal_port

    @operation("GET", "/welcome", credential=Credential.NOTHING, recorded=False)
    async def show_welcome(self, call: Call) -> Response:
        """Show what the link in ``token`` is good for."""
        token, after = call.query.get("token", ""), call.query.get("next", "")
        return await self._page(call, await self._find(token), token, after)

    @operation("POST", "/welcome", credential=Credential.NOTHING)
    async def accept_welcome(self, call: Call) -> Response:
        """Take the password that was chosen, and let its owner in, or to the code of a device."""
        request, form = call.request, call.form
        token, after = form.get("token", ""), form.get("next", "")
        invitation = await self._find(token)
        session = await self._browsers.session(request)
        if not self._browsers.is_own_form(request, form, session):
            return await self._page(call, invitation, token, after, 403, problem=_STALE)
        try:
            user = await self._signin.welcome.accept(
                token,
                form.get("password", ""),
                name=form.get("username", "").strip(),
                email=form.get("email", "").strip(),
                full_name=form.get("full_name", "").strip(),
            )
        except (PasswordRefused, InputInvalid, EntityExists) as error:
            problem = f"{error}."
            call.refusal = GlobusError(400, problem)
            return await self._page(call, invitation, token, after, 400, problem=problem)
        except (LinkSpent, EntityNotFound):
            raise _spent() from None
        await attribute(call, self._identities, user)
        devices = await self._identities.devices.of_user(user.account_id, user.name)
        if any(device.enabled for device in devices):
            # The link stands for the password, and not for what has to be shown beside it.
            onward = urlencode({"next": local_path(after)})
            return Response(303, [("Location", f"/sign-in?{onward}")])
        begun = await self._signin.sessions.create(
            user.identity_id,
            "pwd",
            provider_id=LOCAL_PROVIDER,
            replaces=self._browsers.session_token(request),
            source_ip=request.client,
            user_agent=request.headers.get("user-agent", ""),
        )
        location = local_path(after) or f"{origin(request, self._portal_port)}/sign-in"
        return Response(303, [("Location", location), self._browsers.begin(request, begun)])

    async def _find(self, token: str) -> Invitation:
        try:
            return await self._signin.welcome.find(token)
        except LinkSpent:
            raise _spent() from None

    async def _page(
        self,
        call: Call,
        invitation: Invitation,
        token: str,
        after: str,
        status: int = 200,
        *,
        problem: str = "",
    ) -> Response:
        session = await self._browsers.session(call.request)
        form_token, headers = self._browsers.form_token(call.request, session)
        path = local_path(after)
        return self._pages.render(
            "welcome.html",
            status,
            form_targets=targets_of(path) if path else [origin(call.request, self._portal_port)],
            headers=headers,
            form_token=form_token,
            token=token,
            after=path,
            invitation=invitation,
            given=call.form,
            problem=problem,
        )


def _spent() -> GlobusError:
    return GlobusError(410, str(LinkSpent()))
