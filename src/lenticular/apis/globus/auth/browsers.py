"""Browsers: which session a request belongs to, and whether a form is one of ours.

Cookies know no ports (RFC 6265, section 8.5), so their names have the port in them: clouds
on one machine do not take each other's. Over TLS the names say ``__Host-``, and no
neighbouring host can set them.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.http import Request
from lenticular.pages import (
    FIELD,
    FormTokens,
    cookie,
    is_same_origin,
    read_cookies,
    remove_cookie,
    target,
)
from lenticular.primitives.signin import BrowserSession, BrowserSessions

_AUTHORIZE = "/v2/oauth2/authorize"
_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
"""A path on this host: one slash, then visible ASCII without a backslash, which browsers read
as a slash."""

Header = tuple[str, str]


class Browsers:
    """The browsers of the people of one cloud, as its sign-in pages see them."""

    def __init__(self, sessions: BrowserSessions, forms: FormTokens, *, port: int) -> None:
        """Know the browsers of `sessions`; `port` is the one that these pages are served on."""
        self._sessions = sessions
        self._forms = forms
        self._port = port

    async def session(self, request: Request) -> BrowserSession | None:
        """Return the session of whoever has signed in with this browser."""
        token = self.session_token(request)
        return await self._sessions.find(token) if token else None

    def session_token(self, request: Request) -> str | None:
        """Return the token of the browser's session, which may be over."""
        return self.value(request, "session")

    def begin(self, request: Request, token: str) -> Header:
        """Return the header that makes the browser keep a session."""
        return self.keep(request, "session", token)

    def end(self, request: Request) -> Header:
        """Return the header that makes the browser forget its session."""
        return self.forget(request, "session")

    def form_token(
        self, request: Request, session: BrowserSession | None
    ) -> tuple[str, list[Header]]:
        """Return the token for the forms of a page, and headers to send the page with."""
        secret, headers = self._secret(request, session), []
        if not secret:
            secret = self._forms.new_visit()
            headers = [self.keep(request, "visit", secret)]
        return self._forms.token(secret), headers

    def is_own_form(
        self, request: Request, form: Mapping[str, str], session: BrowserSession | None
    ) -> bool:
        """Tell whether a posted form is from a page that this browser was given."""
        token = form.get(FIELD, "")
        return is_same_origin(request) and self._forms.check(self._secret(request, session), token)

    def require_own_form(
        self, request: Request, form: Mapping[str, str], session: BrowserSession | None
    ) -> None:
        """Raise `GlobusError` (403) unless `is_own_form`."""
        if not self.is_own_form(request, form, session):
            raise GlobusError(
                403, "This form was not made by this browser's page, or is too old: try again"
            )

    def sign(self, request: Request, session: BrowserSession | None, statement: str) -> str:
        """Return what lets this browser, and no other, come back with a statement."""
        return self._forms.token(f"{self._secret(request, session)} {statement}")

    def is_signed(
        self, request: Request, session: BrowserSession | None, statement: str, signature: str
    ) -> bool:
        """Tell whether `sign` was asked about this statement for this browser."""
        return self._forms.check(f"{self._secret(request, session)} {statement}", signature)

    def _secret(self, request: Request, session: BrowserSession | None) -> str:
        """Return what the forms of this browser are bound to; empty: it came here never before."""
        if session is not None:
            return session.csrf_secret
        visit = self.value(request, "visit")
        return visit if visit is not None and self._forms.is_visit(visit) else ""

    def value(self, request: Request, name: str) -> str | None:
        """Return the value of one of our cookies."""
        return read_cookies(request.headers.get("cookie")).get(self._name(request, name))

    def keep(
        self, request: Request, name: str, value: str, *, max_age: int | None = None
    ) -> Header:
        """Return the header that sets one of our cookies; see `cookie`."""
        full_name = self._name(request, name)
        return cookie(full_name, value, secure=request.scheme == "https", max_age=max_age)

    def forget(self, request: Request, name: str) -> Header:
        """Return the header that removes one of our cookies."""
        return remove_cookie(self._name(request, name), secure=request.scheme == "https")

    def _name(self, request: Request, name: str) -> str:
        prefix = "__Host-" if request.scheme == "https" else ""
        return f"{prefix}lenticular_{name}_{self._port}"


def local_path(wanted: str) -> str:
    """Return where to go on, if it is a path on this host; else nothing (no open redirect)."""
    return wanted if _PATH.fullmatch(wanted) else ""


def targets_of(path: str) -> list[str]:
    """Return the places that a form leads to whose answer goes on to `path`.

    An authorisation whose consent was given before goes straight on to the client.
    """
    parts = urlsplit(path)
    if parts.path != _AUTHORIZE:
        return []
    try:
        return [target(uri) for uri in parse_qs(parts.query).get("redirect_uri", [])[:1]]
    except ValueError:
        return []


def origin(request: Request, port: int) -> str:
    """Return the origin of another port of this cloud, under the name that the browser used."""
    host = urlsplit(f"//{request.host}").hostname or "127.0.0.1"
    name = f"[{host}]" if ":" in host else host
    return f"{request.scheme}://{name}:{port}"
