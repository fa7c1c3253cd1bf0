"""What can go wrong when a session is to begin. Messages are those of STS where it has them."""

from lenticular.primitives.policies.evaluation import Decision


class SessionError(Exception):
    """A session does not begin."""


class Refused(SessionError):
    """The caller may not begin this session; says nothing of what exists."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.message)
        self.decision = decision


class NotForSessions(SessionError):
    """Temporary credentials cannot make further ones of this kind."""


class SecondFactorWrong(SessionError):
    """The code is not what the device shows, or the device is not the caller's."""

    def __init__(self) -> None:
        super().__init__("MultiFactorAuthentication failed with invalid MFA one time pass code.")


class RequestInvalid(SessionError, ValueError):
    """What was passed cannot be: a duration, a name, a tag."""


class PackedPolicyTooLarge(SessionError):
    """The session policies and tags together take more than a session can carry."""

    def __init__(self, percent: int) -> None:
        super().__init__(f"Packed size of session tags consumes {percent}% of allotted space.")
        self.percent = percent


class WebIdentityInvalid(SessionError):
    """A web identity's token cannot be used: malformed, altered, of an unknown issuer."""


class WebIdentityExpired(SessionError):
    """A web identity's token is too old."""


class WebIdentityRejected(SessionError):
    """The claims of a web identity's token contradict what was asked for."""


class IssuerUnreachable(SessionError):
    """The issuer's keys could not be had."""
