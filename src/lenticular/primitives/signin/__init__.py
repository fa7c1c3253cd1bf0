"""Signing in: browser sessions, throttled attempts, and links that can be used once."""

from lenticular.engines.kv.contract import KeyValueStore
from lenticular.primitives.identities import Identities
from lenticular.primitives.signin.invitations import Invitation, InvitationPurpose, Invitations
from lenticular.primitives.signin.sessions import Authentication, BrowserSession, BrowserSessions
from lenticular.primitives.signin.throttle import Throttle, TooManyAttempts
from lenticular.primitives.signin.welcome import LinkSpent, Welcome

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
        self.sessions = BrowserSessions(store)
        self.invitations = Invitations(store)
        self.throttle = Throttle()
        self.welcome = Welcome(store, identities, self.invitations, self.sessions)
