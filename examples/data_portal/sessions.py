"""Sessions of browsers. A cookie has a random name; what it stands for stays on the server."""

import hmac
import secrets
from dataclasses import dataclass, field

from staging import Person
from starlette.requests import Request
from starlette.responses import Response

COOKIE = "climate-data-portal"
MOST = 10_000
"""Sessions that are kept; then the oldest ends."""


@dataclass
class Session:
    """What the portal knows of one browser."""

    id: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    form_token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    """That the forms of our own pages have in them, and no other site's."""
    state: str = ""
    """That the answer to a sign-in must have in it."""
    person: Person | None = None
    graphs_token: str = ""
    """For the Graph service, in the person's name."""
    tokens: list[str] = field(default_factory=list)
    """All that the person has given us, to be revoked in the end."""
    basket: dict[str, None] = field(default_factory=dict)
    """Paths of datasets, in the order in which they were chosen."""


class Sessions:
    """The sessions of one process."""

    def __init__(self, *, secure: bool) -> None:
        self._sessions: dict[str, Session] = {}
        self._secure = secure

    def of(self, request: Request) -> Session:
        """Return the session of a browser; a fresh one, if it has none."""
        return self._sessions.get(request.cookies.get(COOKIE, "")) or Session()

    def keep(self, response: Response, session: Session) -> Response:
        """Let a browser keep a session."""
        self._sessions[session.id] = session
        while len(self._sessions) > MOST:
            del self._sessions[next(iter(self._sessions))]
        response.set_cookie(COOKIE, session.id, httponly=True, samesite="lax", secure=self._secure)
        return response

    def begin(self, old: Session) -> Session:
        """Return a session of another name with the same basket, for who has signed in."""
        self.end(old)
        return Session(basket=old.basket)

    def end(self, session: Session) -> None:
        """Forget a session."""
        self._sessions.pop(session.id, None)


def is_own_form(session: Session, token: object) -> bool:
    """Tell whether a form was on one of our pages, in this browser."""
    return isinstance(token, str) and hmac.compare_digest(token, session.form_token)
