"""How long sessions last, and what no policy gives to some of them.

AWS STS API Reference, "AssumeRole", "GetSessionToken", "GetFederationToken"; IAM User Guide,
"Compare AWS STS credentials".
"""

from functools import cache

from lenticular.primitives.policies.documents import Policy, parse
from lenticular.primitives.sessions.errors import RequestInvalid
from lenticular.primitives.sessions.records import Limits

SHORTEST = 900
"""Seconds that any session lasts at least."""

HOUR = 3600
"""Seconds that a root identity's sessions, and those of a role in another role, last at most;
and for which a role is assumed when nothing else is asked for."""

LONGEST_TOKEN = 36 * HOUR
"""Seconds that a user's session, and that of somebody it vouches for, last at most."""

DEFAULT_TOKEN = 12 * HOUR

_EVERYTHING = '{"Effect": "Allow", "Action": "*", "Resource": "*"}'
_NO_CREDENTIALS = (
    '{"Effect": "Deny", "Resource": "*", "Action": ["sts:GetFederationToken", '
    '"sts:DecodeAuthorizationMessage", "sts:GetAccessKeyInfo"]}'
)
_NO_IDENTITIES = '{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}'
_NO_TOKENS = '{"Effect": "Deny", "Action": "sts:*", "Resource": "*"}'

_STATEMENTS: dict[tuple[Limits, bool], tuple[str, ...]] = {
    ("token", False): (_EVERYTHING, _NO_CREDENTIALS, _NO_IDENTITIES),
    ("token", True): (_EVERYTHING, _NO_CREDENTIALS),
    ("federation", False): (_NO_TOKENS, _NO_IDENTITIES),
    ("federation", True): (_NO_TOKENS, _NO_IDENTITIES),
}
"""By the kind of limits, and whether a second factor was given."""

_NAMES = {
    "token": "the limits of sessions from GetSessionToken",
    "federation": "the limits of sessions from GetFederationToken",
}


@cache
def limiting_policy(limits: Limits, with_mfa: bool) -> Policy:
    """Return what such a session may do at most, as a session policy.

    So the evaluator knows of one kind of limits only, and can name this one, too.
    """
    statements = ", ".join(_STATEMENTS[limits, with_mfa])
    document = f'{{"Version": "2012-10-17", "Statement": [{statements}]}}'
    return parse(document, _NAMES[limits], "session")


def role_seconds(wanted: int | None, longest: int, *, chained: bool = False) -> int:
    """Return how long a session of a role lasts. Raises `RequestInvalid`.

    `longest` is what the role says; a session of a role that begins another (`chained`)
    cannot make it outlast an hour.
    """
    if wanted is None:
        return min(HOUR, longest)
    if wanted < SHORTEST:
        raise _too_short(wanted)
    if chained and wanted > HOUR:
        raise RequestInvalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining."
        )
    if wanted > longest:
        raise RequestInvalid(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    return wanted


def token_seconds(wanted: int | None, *, root: bool) -> int:
    """Return how long a session of a user lasts. Raises `RequestInvalid`."""
    if wanted is None:
        wanted = DEFAULT_TOKEN
    if wanted < SHORTEST:
        raise _too_short(wanted)
    if wanted > LONGEST_TOKEN:
        raise RequestInvalid(
            f"The requested DurationSeconds {wanted} exceeds the {LONGEST_TOKEN} seconds that a "
            f"session lasts at most."
        )
    return min(wanted, HOUR) if root else wanted


def _too_short(wanted: int) -> RequestInvalid:
    return RequestInvalid(
        f"The requested DurationSeconds {wanted} is less than {SHORTEST}, the shortest session."
    )
