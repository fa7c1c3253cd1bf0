"""Signing in to the portal and out of it: the errand to the authorisation server, the session.

Two cookies make a session: the session's token, and the access tokens that the sign-in gave,
sealed for this session. A third one, sealed too, keeps an errand while it lasts.

For the files of a collection there is a token of its own. It is fetched on the way to the
collection's first page; where there is none to be had, the page does without.
"""

import asyncio
import base64
import contextlib
import secrets
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import msgspec
from msgspec import Struct

from lenticular.apis.http import Response
from lenticular.pages import Pages, cookie, remove_cookie
from lenticular.portal.authorization import (
    AUTH,
    SERVERS,
    AuthorizationServer,
    Errand,
    SignInFailed,
)
from lenticular.portal.contract import Login, Session, Site

KIND = "portal"
"""Of the portal's sessions."""

_MOST_COLLECTIONS = 12
"""Of which tokens are kept: a cookie holds no more than 4 KiB."""

_ERRAND_SECONDS = 600
_ERRAND = "portal errand"


class _Given(Struct, frozen=True):
    """What a sign-in gave, as the browser keeps it, sealed."""

    token: str
    mfa_time: int
    tokens: dict[str, str] = {}
    """For other resource servers than Auth, the collections last."""


_encode = msgspec.json.Encoder().encode
_decode_errand = msgspec.json.Decoder(Errand).decode
_decode_given = msgspec.json.Decoder(_Given).decode


class Signing:
    """How people come in and leave."""

    def __init__(self, site: Site, pages: Pages, server: AuthorizationServer) -> None:
        self._site = site
        self._pages = pages
        self._server = server
        # With the port: browsers send a cookie to every cloud on this host.
        prefix = "__Host-lenticular" if site.secure else "lenticular"
        self._session_cookie = f"{prefix}-portal-{site.port}"
        self._token_cookie = f"{prefix}-token-{site.port}"
        self._errand_cookie = f"{prefix}-errand-{site.port}"

    async def login(self, cookies: Mapping[str, str]) -> Login | None:
        """Return who has signed in with a browser; None: nobody."""
        token = cookies.get(self._session_cookie)
        session = await self._site.sessions.find(token, KIND) if token else None
        if session is None:
            return None
        kept = self._opened(cookies.get(self._token_cookie, ""), _context(session))
        person = await self._site.people.find(session.identity_id)
        if kept is None or person is None:
            return None
        given = _decode_given(kept)
        tokens = {AUTH: given.token, **given.tokens}
        if not tokens.keys() >= set(SERVERS):
            return None  # signed in with an earlier version, which asked for less
        return Login(person, session, tokens, given.mfa_time)

    def begin(self, host: str, to: str) -> Response:
        """Send a browser to sign in; afterwards it goes to the path `to`."""
        return self._send_away(self._server.begin(to if is_path(to) else "/"), host)

    def admit(self, host: str, to: str, collection_id: str) -> Response:
        """Fetch a token for the files of a collection by way of the browser, which goes on `to`."""
        return self._send_away(self._server.begin(to, collection_id), host)

    def _send_away(self, errand: Errand, host: str) -> Response:
        kept = self._sealed(_encode(errand), _ERRAND)
        return self._redirect(
            self._server.address(errand, host),
            cookie(self._errand_cookie, kept, secure=self._site.secure, max_age=_ERRAND_SECONDS),
        )

    async def finish(
        self,
        query: Mapping[str, str],
        cookies: Mapping[str, str],
        host: str,
        *,
        source_ip: str,
        user_agent: str,
    ) -> Response:
        """Take a browser back from signing in."""
        try:
            errand = self._errand(query, cookies)
            if errand.collection_id:
                return await self._admitted(errand, query, cookies, host)
            _check_allowed(query)
            signed_in = await self._server.finish(
                errand, query.get("code", ""), query.get("iss", ""), host
            )
            if await self._site.people.find(signed_in.identity_id) is None:
                raise SignInFailed("This identity belongs to nobody in this cloud.")
        except SignInFailed as failure:
            return self._pages.error(400, "Not signed in", str(failure), action="/sign-in")
        sessions = self._site.sessions
        token = await sessions.create(
            signed_in.identity_id,
            signed_in.methods or ("pwd",),
            kind=KIND,
            replaces=cookies.get(self._session_cookie),
            source_ip=source_ip,
            user_agent=user_agent,
        )
        session = await sessions.find(token, KIND)
        if session is None:
            raise LookupError("the session that was just made is over")
        mfa_time = signed_in.time if "mfa" in signed_in.methods else 0
        secure = self._site.secure
        return self._redirect(
            errand.to,
            cookie(self._session_cookie, token, secure=secure),
            self._kept(session, signed_in.tokens, mfa_time),
            remove_cookie(self._errand_cookie, secure=secure),
        )

    async def _admitted(
        self, errand: Errand, query: Mapping[str, str], cookies: Mapping[str, str], host: str
    ) -> Response:
        """Take a browser back from fetching a token for a collection's files.

        Without one, which is noted, it goes on all the same. Raises `SignInFailed`.
        """
        login = await self.login(cookies)
        if login is None:
            raise SignInFailed("You were signed out meanwhile.")
        token, issuer = "", query.get("iss", "")
        if "code" in query:
            with contextlib.suppress(SignInFailed):
                tokens, _ = await self._server.exchange(errand, query["code"], issuer, host)
                token = tokens.get(errand.collection_id, "")
        others = {name: one for name, one in login.tokens.items() if name != errand.collection_id}
        return self._redirect(
            errand.to,
            self._kept(login.session, others | {errand.collection_id: token}, login.mfa_time),
            remove_cookie(self._errand_cookie, secure=self._site.secure),
        )

    def _kept(self, session: Session, tokens: Mapping[str, str], mfa_time: int) -> tuple[str, str]:
        """Return the header that has a browser keep the tokens of a session."""
        collections = [name for name in tokens if name not in SERVERS]
        forgotten = {AUTH, *collections[:-_MOST_COLLECTIONS]}
        others = {name: token for name, token in tokens.items() if name not in forgotten}
        given = _Given(tokens[AUTH], mfa_time, others)
        kept = self._sealed(_encode(given), _context(session))
        return cookie(self._token_cookie, kept, secure=self._site.secure)

    async def leave(self, cookies: Mapping[str, str], login: Login, host: str) -> Response:
        """Sign a browser out, here and at the sign-in pages."""
        await self._site.sessions.end(cookies.get(self._session_cookie, ""))
        await asyncio.gather(
            *(self._server.revoke(token) for token in login.tokens.values() if token)
        )
        query = {
            "client_id": self._site.client_id,
            "redirect_uri": f"{self._site.origin(host, self._site.port)}/",
            "redirect_name": "Back to the portal",
        }
        origin = self._site.origin(host, self._site.globus_port)
        return self.forget(f"{origin}/v2/web/logout?{urlencode(query)}")

    def forget(self, location: str) -> Response:
        """Send a browser to `location` without its cookies."""
        names = self._session_cookie, self._token_cookie
        return self._redirect(
            location, *(remove_cookie(name, secure=self._site.secure) for name in names)
        )

    def _errand(self, query: Mapping[str, str], cookies: Mapping[str, str]) -> Errand:
        """Return the errand that a browser comes back from. Raises `SignInFailed`."""
        kept = self._opened(cookies.get(self._errand_cookie, ""), _ERRAND)
        if kept is None:
            raise SignInFailed("This browser has not begun to sign in here, or too long ago.")
        errand = _decode_errand(kept)
        if not secrets.compare_digest(query.get("state", "").encode(), errand.state.encode()):
            raise SignInFailed("This answer belongs to another sign-in.")
        return errand

    def _sealed(self, secret: bytes, context: str) -> str:
        return base64.urlsafe_b64encode(self._site.sealer.seal(secret, context)).decode()

    def _opened(self, text: str, context: str) -> bytes | None:
        try:
            return self._site.sealer.open(base64.urlsafe_b64decode(text), context)
        except (ValueError, RuntimeError):
            return None

    def _redirect(self, location: str, *cookies: tuple[str, str]) -> Response:
        return Response(303, [("Location", location), ("Cache-Control", "no-store"), *cookies])


def is_path(text: str) -> bool:
    """Tell whether `text` is a path on this origin, and not a way to another one."""
    parts = urlsplit(text)
    plain = text.isascii() and text.isprintable() and "\\" not in text
    return plain and text[:1] == "/" and text[:2] != "//" and not (parts.scheme or parts.netloc)


def _check_allowed(query: Mapping[str, str]) -> None:
    """Raise `SignInFailed` with the reason if the sign-in pages sent a refusal."""
    if "error" in query:
        denied = query["error"] == "access_denied"
        reason = "You did not allow it." if denied else query.get("error_description", "")
        raise SignInFailed(reason or "The sign-in pages refused it.")


def _context(session: Session) -> str:
    return f"portal token {session.session_id.hex()}"
