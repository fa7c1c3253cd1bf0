"""Pages around an authorization: the code to copy, a device to connect, and signing out."""

from urllib.parse import urlencode, urlsplit

from lenticular.apis.globus.auth.authorize_requests import CODE_PATH
from lenticular.apis.globus.auth.browsers import Browsers
from lenticular.apis.globus.auth.consent_pages import ConsentPages
from lenticular.apis.globus.auth.token_endpoints import DEVICE_PATH
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, Credential, operation
from lenticular.apis.http import Response
from lenticular.pages import Pages
from lenticular.primitives.oauth import Authorization, AuthorizationServer, Client
from lenticular.primitives.oauth.admission import require_admission
from lenticular.primitives.people import People
from lenticular.primitives.signin import (
    BrowserSession,
    BrowserSessions,
    TooManyAttempts,
)

_LONGEST_CODE = 200
_WRONG = "No device shows this code now. Look again, or let the device ask for a new one."


class CodePages:
    """Pages that show a code or take one."""

    def __init__(
        self,
        oauth: AuthorizationServer,
        people: People,
        sessions: BrowserSessions,
        pages: Pages,
        browsers: Browsers,
        consents: ConsentPages,
    ) -> None:
        self._oauth = oauth
        self._people = people
        self._sessions = sessions
        self._pages = pages
        self._browsers = browsers
        self._consents = consents
        self._throttle = people.throttle("codes of devices")

    @operation("GET", CODE_PATH, credential=Credential.NOTHING, recorded=False)
    async def show_code(self, call: Call) -> Response:
        """Show the code that an authorization ended with, for an app that cannot take it."""
        code = call.query.get("code", "")
        problem = call.query.get("error_description") or "There is no code in this address."
        is_code = len(code) <= _LONGEST_CODE and code.replace("-", "").replace("_", "").isalnum()
        return self._pages.render(
            "auth_code.html",
            code=code if is_code else "",
            problem=problem[:500],
        )

    @operation("GET", "/v2/web/logout", credential=Credential.NOTHING)
    async def logout(self, call: Call) -> Response:
        """End the browser's session, and show the way back to the client.

        ``redirect_uri`` is a link on the page if it is at one of the client's own places;
        nobody is sent there unasked.
        """
        token = self._browsers.session_token(call.request)
        if token:
            await self._sessions.end(token)
        client_id = call.query.get("client") or call.query.get("client_id", "")
        client = await self._oauth.clients.find(client_id)
        uri = call.query.get("redirect_uri") or call.query.get("post_logout_redirect_uri", "")
        is_own = client is not None and _is_at_home(uri, client)
        name = call.query.get("redirect_name") or (client.name if client else "")
        return self._pages.render(
            "signed_out.html",
            headers=[self._browsers.end(call.request)],
            back=uri if is_own else "",
            name=name[:100] or uri,
        )

    @operation("GET", DEVICE_PATH, credential=Credential.NOTHING, recorded=False)
    async def show_device(self, call: Call) -> Response:
        """Ask for the code that a device shows."""
        session = await self._browsers.session(call.request)
        if session is None:
            return self._to_sign_in(call)
        return self._form(call, session, call.query.get("user_code", ""))

    @operation("POST", DEVICE_PATH, credential=Credential.NOTHING)
    async def enter_device(self, call: Call) -> Response:
        """Take the code, show what the device wants; then take what the person decided."""
        form = call.form
        session = await self._browsers.session(call.request)
        if session is None:
            return self._to_sign_in(call)
        self._browsers.require_own_form(call.request, form, session)
        user_code = form.get("user_code", "")
        try:
            await self._throttle.attempt(session.identity_id, call.request.client)
        except TooManyAttempts as error:
            wait = {"Retry-After": str(error.retry_after)}
            raise GlobusError(429, f"Try again in {error.retry_after} s", headers=wait) from None
        device = await self._oauth.devices.find(user_code)
        client = await self._oauth.clients.find(device.client_id) if device else None
        identity = await self._people.identity(session.identity_id)
        if device is None or client is None or identity is None:
            return self._form(call, session, user_code, problem=_WRONG)
        await self._throttle.succeeded(session.identity_id, call.request.client)
        if "deny" in form:
            await self._oauth.devices.deny(user_code)
            return self._form(call, session, notice="The device got nothing.")
        wanted = await self._oauth.scopes.resolve(device.scope)
        identity_set = await self._people.identity_set(session.identity_id)
        require_admission(client, wanted, identity_set)
        if "allow" not in form:
            return await self._consents.show_device(
                call.request,
                session,
                client,
                wanted,
                identity,
                offline=device.offline,
                action=DEVICE_PATH,
                user_code=device.user_code,
            )
        allowed = Authorization(
            client_id=client.client_id,
            identity_id=session.identity_id,
            wanted=wanted,
            offline=device.offline,
            authentications=session.authentications,
        )
        if not await self._oauth.devices.allow(user_code, allowed):
            return self._form(call, session, user_code, problem=_WRONG)
        return self._form(call, session, notice="Done: the device goes on by itself.")

    def _form(
        self,
        call: Call,
        session: BrowserSession,
        user_code: str = "",
        *,
        problem: str = "",
        notice: str = "",
    ) -> Response:
        token, headers = self._browsers.form_token(call.request, session)
        return self._pages.render(
            "device.html",
            400 if problem else 200,
            headers=headers,
            token=token,
            user_code=user_code[:50],
            problem=problem,
            notice=notice,
        )

    def _to_sign_in(self, call: Call) -> Response:
        query = {"user_code": call.query.get("user_code") or call.form.get("user_code", "")}
        after = f"{DEVICE_PATH}?{urlencode(query)}"
        return Response(303, [("Location", f"/sign-in?{urlencode({'next': after})}")])


def _is_at_home(uri: str, client: Client) -> bool:
    """Tell whether a URI is at one of the places that a client has registered."""
    try:
        place = urlsplit(uri)
        homes = {urlsplit(one)[:2] for one in client.redirect_uris}
    except ValueError:
        return False
    is_plain = uri.isascii() and uri.isprintable() and "\\" not in uri
    return is_plain and place.scheme in ("http", "https") and place[:2] in homes
