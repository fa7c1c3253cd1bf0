"""Signing in: browser sessions, throttled attempts, and links that can be used once."""

from lenticular.engines.kv.contract import KeyValueStore
from lenticular.primitives.signin.invitations import Invitation, InvitationPurpose, Invitations
from lenticular.primitives.signin.sessions import Authentication, BrowserSession, BrowserSessions
from lenticular.primitives.signin.throttle import Throttle, TooManyAttempts

__all__ = [
    "Authentication",
    "BrowserSession",
    "BrowserSessions",
    "Invitation",
    "InvitationPurpose",
    "Invitations",
    "SignIn",
    "Throttle",
    "TooManyAttempts",
]


class SignIn:
    """What signing in needs to remember, in one store."""

    def __init__(self, store: KeyValueStore) -> None:
        self.sessions = BrowserSessions(store)
        self.invitations = Invitations(store)
        self.throttle = Throttle()
