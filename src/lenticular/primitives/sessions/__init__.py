"""Sessions: temporary credentials of roles, of users, and of those whom users vouch for.

A session has an access key id (``ASIA``...), a secret, a session token and an end. What it may
do is found anew in the role or the user that it has its rights from, within the limits it was
begun with.
"""

from lenticular.primitives.sessions.credentials import PREFIX, Issued
from lenticular.primitives.sessions.errors import (
    IssuerUnreachable,
    NotForSessions,
    PackedPolicyTooLarge,
    Refused,
    RequestInvalid,
    SecondFactorWrong,
    SessionError,
    WebIdentityExpired,
    WebIdentityInvalid,
    WebIdentityRejected,
)
from lenticular.primitives.sessions.passed import NOTHING, Passed
from lenticular.primitives.sessions.records import Session
from lenticular.primitives.sessions.roles import RoleRequest
from lenticular.primitives.sessions.sessions import Sessions
from lenticular.primitives.sessions.webidentity import UnknownKey, WebIdentity, issuer_of, verify

__all__ = [
    "NOTHING",
    "PREFIX",
    "Issued",
    "IssuerUnreachable",
    "NotForSessions",
    "PackedPolicyTooLarge",
    "Passed",
    "Refused",
    "RequestInvalid",
    "RoleRequest",
    "SecondFactorWrong",
    "Session",
    "SessionError",
    "Sessions",
    "UnknownKey",
    "WebIdentity",
    "WebIdentityExpired",
    "WebIdentityInvalid",
    "WebIdentityRejected",
    "issuer_of",
    "verify",
]
