"""Signing in: browser sessions, throttled attempts, and links that can be used once."""

from lenticular.engines.kv.contract import KeyValueStore, Reader
from lenticular.primitives.identities import Identities
from lenticular.primitives.identities.logins import find_login
from lenticular.primitives.identities.users import user_by_identity
from lenticular.primitives.signin.invitations import Invitation, InvitationPurpose, Invitations
from lenticular.primitives.signin.sessions import Authentication, BrowserSession, BrowserSessions
from lenticular.primitives.signin.welcome import LinkSpent, Welcome
from lenticular.primitives.throttle import Throttle, TooManyAttempts

__all__ = [
    "Authentication",
    "BrowserSession",
    "BrowserSessions",
    "Invitation",
    "InvitationPurpose",
    "Invitations",
    "LinkSpent",
    "SignIn",
    "Throttle",
    "TooManyAttempts",
    "Welcome",
]


class SignIn:
    """What signing in needs to remember, in one store."""

    def __init__(self, store: KeyValueStore, identities: Identities) -> None:
        self.sessions = BrowserSessions(store, _is_good)
        self.invitations = Invitations(store)
        self.throttle = Throttle(store, "signing in")
        self.welcome = Welcome(store, identities, self.invitations, self.sessions)


def _is_good(reader: Reader, session: BrowserSession) -> bool:
    """Tell whether a session's person is still there, with the password of that time.

    Sessions count seconds: a password of the same second is taken for the older one.
    """
    user = user_by_identity(reader, session.identity_id)
    if user is None:
        return False
    login = find_login(reader, user)
    return login is None or login.changed < (session.created + 1) * 1000
