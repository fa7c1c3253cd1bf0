"""My sessions: where this person is signed in, and signing out of some or all of it."""

from lenticular.apis.http import Response
from lenticular.portal.clients import Refused
from lenticular.portal.room import Room
from lenticular.portal.visit import Visit

_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""What user agents name, the more particular first: each claims to be those below it."""

_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


async def show(visit: Visit) -> Response:
    """List the sessions, the newest first."""
    found = await visit.site.sessions.of(visit.person.identity_id)
    return visit.page(
        "sessions.html",
        sessions=[
            {
                "id": session.session_id.hex(),
                "is_this": session.session_id == visit.login.session.session_id,
                "is_portal": session.kind == visit.login.session.kind,
                "device": device(session.user_agent),
                "source_ip": session.source_ip,
                "created": session.created,
                "used": session.used,
            }
            for session in sorted(found, key=lambda each: -each.created)
        ],
    )


async def end(visit: Visit) -> Response:
    """End one of them."""
    try:
        session_id = bytes.fromhex(visit.arguments["session_id"])
    except ValueError:
        session_id = b""
    own = await visit.site.sessions.of(visit.person.identity_id)
    if session_id not in [session.session_id for session in own]:
        raise Refused("NoSuchSession", "This session is over already.", 404)
    await visit.site.sessions.end_session(session_id)
    return visit.go("/sessions", "ended")


async def end_everything(visit: Visit) -> Response:
    """Sign out everywhere: browsers, apps with tokens, and what the portal was lent."""
    visit.aws_clients.forget(visit.login.session.session_id)
    await visit.site.people.end_everything(visit.person)
    return visit.signing.forget("/")


def device(user_agent: str) -> str:
    """Return what a user agent says that it is, in short."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return " on ".join(filter(None, (browser, system))) or user_agent[:40] or "unknown"


ROOM = Room(
    "/sessions",
    "Sessions",
    "Yours",
    {
        "GET /sessions": show,
        "POST /sessions/{session_id}/end": end,
        "POST /sign-out-everywhere": end_everything,
    },
    done={"ended": "That browser is signed out."},
)
