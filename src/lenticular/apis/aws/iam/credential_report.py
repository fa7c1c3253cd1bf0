"""The credential report: every user of an account and the state of its credentials, as CSV.

IAM User Guide, "Generate credential reports for your AWS account".
"""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.identities import (
    USERS,
    AccessKey,
    Account,
    Identities,
    LoginProfile,
    Use,
    User,
)
from lenticular.primitives.identities.accounts import account_at
from lenticular.primitives.identities.devices import devices_of
from lenticular.primitives.identities.keys import keys_of
from lenticular.primitives.identities.logins import find_login

_KEY = ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
COLUMNS = (
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    *(f"access_key_{number}_{column}" for number in (1, 2) for column in _KEY),
    *(f"cert_{number}_{column}" for number in (1, 2) for column in ("active", "last_rotated")),
)

_NONE = "N/A"
_NO_KEY = ("false", *[_NONE] * 4)
_NO_CERTIFICATES = ("false", _NONE) * 2
_DAY = 24 * 3600 * 1000


def make(reader: Reader, identities: Identities, account_id: str) -> bytes:
    """Return the report of an account."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows(reader, identities, account_at(reader, account_id)))
    return lines.getvalue().encode()


def _rows(reader: Reader, identities: Identities, account: Account) -> Iterator[tuple[str, ...]]:
    def keys(user: User | None) -> tuple[str, ...]:
        had = sorted(keys_of(reader, account.account_id, user), key=lambda key: key.created)[:2]
        columns = [_key(key, identities.uses.find(reader, key.access_key_id)) for key in had]
        return tuple(sum([*columns, *[_NO_KEY] * (2 - len(had))], ()))

    def mfa(owner_id: str) -> str:
        return _yes(bool(devices_of(reader, account.account_id, owner_id)))

    yield (
        "<root_account>",
        account.root_arn,
        _time(account.created),
        *("not_supported", _NONE, "not_supported", "not_supported"),
        mfa(account.account_id),
        *keys(None),
        *_NO_CERTIFICATES,
    )
    for user in USERS.listed(reader, account.account_id):
        yield (
            user.name,
            user.arn,
            _time(user.created),
            *_password(account, user, find_login(reader, user)),
            mfa(user.id),
            *keys(user),
            *_NO_CERTIFICATES,
        )


def _password(account: Account, user: User, profile: LoginProfile | None) -> tuple[str, ...]:
    if profile is None:
        return ("false", _NONE, _NONE, _NONE)
    policy = account.password_policy
    ends = profile.changed + policy.max_age * _DAY if policy and policy.max_age else 0
    used = user.password_last_used
    return ("true", _time(used) if used else "no_information", _time(profile.changed), _time(ends))


def _key(key: AccessKey, use: Use | None) -> tuple[str, ...]:
    used = (_time(use.time), use.region, use.service) if use else (_NONE,) * 3
    return (_yes(key.active), _time(key.created), *used)


def _yes(value: bool) -> str:
    return "true" if value else "false"


def _time(milliseconds: int) -> str:
    if not milliseconds:
        return _NONE
    return datetime.fromtimestamp(milliseconds // 1000, UTC).isoformat()
