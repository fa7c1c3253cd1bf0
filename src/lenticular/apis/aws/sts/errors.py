"""STS's errors: those this service raises itself, and the primitives' own translated, once.

Codes and statuses are those of the AWS STS API Reference.
"""

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.explanations import MessageInvalid
from lenticular.primitives.policies.documents import PolicyMalformed
from lenticular.primitives.sessions import errors as sessions

_CODES: dict[type[Exception], tuple[str, int]] = {
    sessions.Refused: ("AccessDenied", 403),
    sessions.NotForSessions: ("AccessDenied", 403),
    sessions.SecondFactorWrong: ("AccessDenied", 403),
    sessions.RequestInvalid: ("ValidationError", 400),
    sessions.PackedPolicyTooLarge: ("PackedPolicyTooLarge", 400),
    sessions.WebIdentityExpired: ("ExpiredTokenException", 400),
    sessions.WebIdentityRejected: ("IDPRejectedClaim", 403),
    sessions.WebIdentityInvalid: ("InvalidIdentityToken", 400),
    sessions.IssuerUnreachable: ("IDPCommunicationError", 400),
    PolicyMalformed: ("MalformedPolicyDocument", 400),
    MessageInvalid: ("InvalidAuthorizationMessageException", 400),
}


def unauthenticated() -> AwsError:
    """Return the error of an operation that must be signed and is not."""
    return AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)


def invalid(message: str) -> AwsError:
    """Return the error of a parameter that cannot be."""
    return AwsError("ValidationError", message)


def translate(error: Exception) -> AwsError | None:
    """Return STS's error for one of the primitive's, or None."""
    for kind, (code, status) in _CODES.items():
        if isinstance(error, kind):
            return AwsError(code, str(error), status)
    return None
