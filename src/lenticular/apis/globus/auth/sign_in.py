"""Signing in with a password, and out again.

Whether a name exists is not told: not by the answer, not by the work that it costs.
"""

import time
from urllib.parse import urlencode

from lenticular.apis.globus.auth.attribution import attribute, attribute_failure
from lenticular.apis.globus.auth.browsers import Browsers, local_path, origin, targets_of
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, Credential, operation
from lenticular.apis.http import Response
from lenticular.pages import Pages
from lenticular.primitives.identities import Identities, User
from lenticular.primitives.people import LOCAL_PROVIDER, People
from lenticular.primitives.signin import BrowserSession, SignIn, TooManyAttempts

_REFUSED = "The user name and password do not belong together."
_CODE_REFUSED = "This is not the code that your device shows now."
_EXPIRED = "Your password has expired. Ask an administrator for a new one."
_STALE = "That page was too old, or not meant for this browser. Sign in here."
_STEP_LIFETIME = 300
"""Seconds between the password and the code of a device."""
_RENEWAL_LIFETIME = 600
"""Seconds to choose a new password in."""


class SignInPages:
    """The pages on which people sign in and out."""

    def __init__(
        self,
        people: People,
        identities: Identities,
        signin: SignIn,
        pages: Pages,
        browsers: Browsers,
        *,
        portal_port: int,
    ) -> None:
        """Whoever wanted to go nowhere else goes on to the portal, at `portal_port`."""
        self._people = people
        self._identities = identities
        self._signin = signin
        self._pages = pages
        self._browsers = browsers
        self._portal_port = portal_port

    @operation("GET", "/sign-in", credential=Credential.NOTHING, recorded=False)
    async def show_sign_in(self, call: Call) -> Response:
        """Show the form. ``next`` is the path to go on to."""
        notice = "You are signed out." if "out" in call.query else ""
        return await self._page(call, call.query.get("next", ""), notice=notice)

    @operation("POST", "/sign-in", credential=Credential.NOTHING)
    async def sign_in(self, call: Call) -> Response:
        """Take a user name and a password."""
        request, form = call.request, call.form
        after, name = form.get("next", ""), form.get("username", "").strip()
        session = await self._browsers.session(request)
        if not self._browsers.is_own_form(request, form, session):
            return await self._page(call, after, 403, name=name, problem=_STALE)
        try:
            await self._signin.throttle.attempt(name, request.client)
        except TooManyAttempts as error:
            return await self._throttled(call, after, name, error)
        user = await self._people.sign_in(name, form.get("password", ""))
        if user is None:
            await attribute_failure(call, self._identities, name, 401, _REFUSED)
            return await self._page(call, after, 401, name=name, problem=_REFUSED)
        await self._signin.throttle.succeeded(name, request.client)
        if await self._devices(user):
            return self._ask_code(call, session, after, user.identity_id)
        return await self._begin(call, after, user, ("pwd",))

    @operation("POST", "/sign-in/code", credential=Credential.NOTHING)
    async def sign_in_with_code(self, call: Call) -> Response:
        """Take the code of a device, after the password."""
        request, form = call.request, call.form
        after, identity_id = form.get("next", ""), form.get("identity", "")
        session = await self._browsers.session(request)
        user = await self._after_password(call, session)
        if user is None:
            return await self._page(call, after, 403, problem=_STALE)
        counted = f"code of {identity_id}"
        try:
            await self._signin.throttle.attempt(counted, request.client)
        except TooManyAttempts as error:
            return await self._throttled(call, after, "", error)
        code = form.get("code", "").replace(" ", "")
        for serial_number in await self._devices(user):
            if await self._identities.devices.verify(
                user.account_id, user.name, serial_number, code
            ):
                await self._signin.throttle.succeeded(counted, request.client)
                return await self._begin(call, after, user, ("pwd", "otp", "mfa"))
        await attribute_failure(
            call, self._identities, await self._identities.sign_in_name(user), 401, _CODE_REFUSED
        )
        return self._ask_code(call, session, after, identity_id, problem=_CODE_REFUSED)

    @operation("POST", "/sign-out", credential=Credential.NOTHING)
    async def sign_out(self, call: Call) -> Response:
        """End the browser's session."""
        session = await self._browsers.session(call.request)
        token = self._browsers.session_token(call.request)
        if session is not None and token is not None:
            self._browsers.require_own_form(call.request, call.form, session)
            await self._signin.sessions.end(token)
            user = await self._people.person(session.identity_id)
            if user is not None:
                await attribute(call, self._identities, user)
        after = local_path(call.form.get("next", "")) or "/sign-in?out"
        return Response(303, [("Location", after), self._browsers.end(call.request)])

    async def _begin(
        self, call: Call, after: str, user: User, methods: tuple[str, ...]
    ) -> Response:
        """Let a user in who proved who they are, unless their password is no longer good."""
        request = call.request
        await attribute(call, self._identities, user)
        profile = await self._identities.logins.find(user.account_id, user.name)
        account = await self._identities.accounts.get(user.account_id)
        expired = profile is not None and self._identities.logins.expired(account, profile)
        if expired and account.password_policy is not None and account.password_policy.hard_expiry:
            call.refusal = GlobusError(403, _EXPIRED, "FailedAuthentication")
            return await self._page(call, after, 403, problem=_EXPIRED)
        if expired or (profile is not None and profile.reset_required):
            token = await self._signin.invitations.create(
                "password", user.account_id, user.name, lifetime=_RENEWAL_LIFETIME
            )
            query = urlencode({"token": token, "next": local_path(after)})
            return Response(303, [("Location", f"/welcome?{query}")])
        token = await self._signin.sessions.create(
            user.identity_id,
            methods,
            provider_id=LOCAL_PROVIDER,
            replaces=self._browsers.session_token(request),
            source_ip=request.client,
            user_agent=request.headers.get("user-agent", ""),
        )
        location = local_path(after) or f"{origin(request, self._portal_port)}/sign-in"
        return Response(303, [("Location", location), self._browsers.begin(request, token)])

    async def _devices(self, user: User) -> list[str]:
        found = await self._identities.devices.of_user(user.account_id, user.name)
        return [device.serial_number for device in found if device.enabled]

    async def _after_password(self, call: Call, session: BrowserSession | None) -> User | None:
        """Return whose password this browser has just shown; None: nobody's, or too long ago."""
        request, form = call.request, call.form
        identity_id, until = form.get("identity", ""), form.get("until", "")
        signed = self._browsers.is_own_form(request, form, session) and self._browsers.is_signed(
            request, session, _statement(identity_id, until), form.get("step", "")
        )
        if not signed or time.time() >= int(until):
            return None
        return await self._people.person(identity_id)

    def _ask_code(
        self,
        call: Call,
        session: BrowserSession | None,
        after: str,
        identity_id: str,
        problem: str = "",
    ) -> Response:
        until = str(int(time.time()) + _STEP_LIFETIME)
        token, headers = self._browsers.form_token(call.request, session)
        step = self._browsers.sign(call.request, session, _statement(identity_id, until))
        return self._pages.render(
            "code.html",
            401 if problem else 200,
            form_targets=self._targets(call, after),
            headers=headers,
            token=token,
            fields={
                "next": local_path(after),
                "identity": identity_id,
                "until": until,
                "step": step,
            },
            problem=problem,
        )

    async def _page(
        self,
        call: Call,
        after: str,
        status: int = 200,
        *,
        name: str = "",
        problem: str = "",
        notice: str = "",
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Response:
        session = await self._browsers.session(call.request)
        identity = await self._people.identity(session.identity_id) if session else None
        token, cookies = self._browsers.form_token(call.request, session)
        return self._pages.render(
            "sign_in.html",
            status,
            form_targets=self._targets(call, after),
            headers=[*cookies, *headers],
            token=token,
            after=local_path(after),
            username=name or (identity.username if identity else ""),
            signed_in=identity,
            problem=problem,
            notice=notice,
            providers=await self._people.providers.list(),
        )

    async def _throttled(
        self, call: Call, after: str, name: str, error: TooManyAttempts
    ) -> Response:
        wait = str(error.retry_after)
        problem = f"Too many attempts have failed. Try again in {wait} seconds."
        await attribute_failure(call, self._identities, name, 429, problem)
        retry = (("Retry-After", wait),)
        return await self._page(call, after, 429, name=name, problem=problem, headers=retry)

    def _targets(self, call: Call, after: str) -> list[str]:
        path = local_path(after)
        return targets_of(path) if path else [origin(call.request, self._portal_port)]


def _statement(identity_id: str, until: str) -> str:
    return f"the password of {identity_id} was right, until {until}"
