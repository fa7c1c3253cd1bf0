"""The errors of IAM: how to raise them, and what the identities' own are in its words.

Codes are those of the API reference, which also tells their statuses; texts are what the
service is known to answer.
"""

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives import identities
from lenticular.primitives.policies.documents import PolicyMalformed


def validation(message: str) -> AwsError:
    """Return the error of a request that cannot be served as it is."""
    return AwsError("ValidationError", message)


def no_such_entity(message: str) -> AwsError:
    """Return the error of what the account does not have."""
    return AwsError("NoSuchEntity", message)


def protected(role_name: str) -> AwsError:
    """Return the error of changing a role that belongs to a service."""
    message = (
        f"Cannot perform the operation on the protected role '{role_name}' - this role is only "
        f"modifiable by AWS"
    )
    return AwsError("UnmodifiableEntity", message)


_CODES: tuple[tuple[type[Exception], str], ...] = (
    (identities.EntityNotFound, "NoSuchEntity"),
    (identities.EntityExists, "EntityAlreadyExists"),
    (identities.EntityInUse, "DeleteConflict"),
    (identities.QuotaExceeded, "LimitExceeded"),
    (identities.InputInvalid, "InvalidInput"),
    (identities.PasswordRefused, "PasswordPolicyViolation"),
    (identities.PasswordWrong, "AccessDenied"),
    (identities.CodeWrong, "InvalidAuthenticationCode"),
    (PolicyMalformed, "MalformedPolicyDocument"),
)


def translate(error: Exception) -> AwsError | None:
    """Return what an error of the identities is in IAM; None: it is none of theirs."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            return AwsError(code, str(error), 403 if code == "AccessDenied" else None)
    return None
