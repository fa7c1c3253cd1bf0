"""Renewal: the next value of a secret of a kind that the cloud knows how to rotate.

A secret of the kind `RANDOM` gets a new random password, by the rules that go with its
rotation: the whole value, or the member ``password`` where the value is a JSON object. One
of the kind `ACCESS_KEY` gets a new access key of its user, a JSON object with ``UserName``,
``AccessKeyId`` and ``SecretAccessKey``; the key before it works until the next rotation, and
the one before that is deleted. Any other kind would need a function of its owner's.
"""

import json
import re
from collections.abc import Mapping

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.identities import Identities
from lenticular.primitives.identities.directory import USERS
from lenticular.primitives.identities.errors import IdentityError
from lenticular.primitives.secrets.errors import PasswordRulesInvalid, RotationImpossible
from lenticular.primitives.secrets.passwords import PasswordRules, random_password
from lenticular.primitives.secrets.records import ACCESS_KEY, RANDOM, Rotation, Secret, Value

KINDS = (RANDOM, ACCESS_KEY)

USER_NAME = "UserName"
"""The rule that names the user of an access key."""

_FLAGS = {
    "ExcludeLowercase": "lowercase",
    "ExcludeNumbers": "numbers",
    "ExcludePunctuation": "punctuation",
    "ExcludeUppercase": "uppercase",
}
_RULES = frozenset(
    {
        *_FLAGS,
        "ExcludeCharacters",
        "IncludeSpace",
        "PasswordLength",
        "RequireEachIncludedType",
    }
)
_RATE = re.compile(r"rate\(([0-9]{1,4}) (hours?|days?)\)")
_HOUR = 3600 * 1000
_DAY = 24 * _HOUR
_SHORTEST, _LONGEST = 4 * _HOUR, 1000 * _DAY


def interval(rotation: Rotation) -> int:
    """Return the milliseconds between two rotations; 0: there is no schedule.

    Raises `RotationImpossible` for a schedule that is not understood.
    """
    if rotation.days:
        return rotation.days * _DAY
    if not rotation.schedule:
        return 0
    match = _RATE.fullmatch(rotation.schedule)
    if match is None:
        raise RotationImpossible(
            f"the schedule {rotation.schedule} is not understood: expected a rate such as "
            f"rate(10 days), or AutomaticallyAfterDays"
        )
    found = int(match[1]) * (_HOUR if match[2].startswith("hour") else _DAY)
    if not _SHORTEST <= found <= _LONGEST:
        raise RotationImpossible("secrets are rotated every 4 hours to 1000 days")
    return found


def password_rules(given: Mapping[str, str]) -> PasswordRules:
    """Return the rules that go with a rotation. Raises `PasswordRulesInvalid`."""
    strangers = given.keys() - _RULES
    if strangers:
        raise PasswordRulesInvalid(
            f"{', '.join(sorted(strangers))} is no rule of passwords: there are "
            f"{', '.join(sorted(_RULES))}"
        )
    flags = {name: _is_true(given[rule]) is False for rule, name in _FLAGS.items() if rule in given}
    length = given.get("PasswordLength", "32")
    if not (length.isascii() and length.isdecimal() and len(length) <= 4):
        raise PasswordRulesInvalid(f"PasswordLength is a number of characters, not {length!r}")
    rules = PasswordRules(
        length=int(length),
        excluded=given.get("ExcludeCharacters", ""),
        space=_is_true(given.get("IncludeSpace", "false")),
        each_kind=_is_true(given.get("RequireEachIncludedType", "true")),
        **flags,
    )
    random_password(rules)  # raises for what none can follow
    return rules


def check(secret: Secret, rotation: Rotation) -> None:
    """Raise `RotationImpossible` or `PasswordRulesInvalid` unless a secret can be rotated so."""
    if secret.kind not in KINDS:
        raise RotationImpossible(
            "No Lambda rotation function ARN is associated with this secret. Functions are not "
            f"there yet; a secret of the Type {' or '.join(KINDS)} is rotated without one."
        )
    interval(rotation)
    if secret.kind == RANDOM:
        password_rules(rotation.rules)
    elif not rotation.rules.get(USER_NAME):
        raise RotationImpossible(
            "The user whose access key is to be rotated is not named: give it as UserName in "
            "ExternalSecretRotationMetadata."
        )


def holder(reader: Reader, secret: Secret, rotation: Rotation) -> str:
    """Return the unique id of the user whose access key a rotation renews; empty: nobody's.

    Raises `RotationImpossible` without the user: a later one of the name is another.
    """
    if secret.kind != ACCESS_KEY:
        return ""
    user_name = rotation.rules[USER_NAME]
    user = USERS.find(reader, secret.account_id, user_name)
    if user is None:
        raise RotationImpossible(f"There is no user {user_name} whose access key to rotate.")
    return user.id


def renewed(
    tx: Transaction,
    identities: Identities,
    secret: Secret,
    rotation: Rotation,
    current: Value | None,
    previous: Value | None,
) -> Value:
    """Return the next value of a secret. Raises `RotationImpossible`."""
    if secret.kind == ACCESS_KEY:
        return _renewed_key(tx, identities, secret.account_id, rotation, previous)
    password = random_password(password_rules(rotation.rules))
    document = _object(current)
    if document is None:
        return Value(text=password)
    return Value(text=json.dumps({**document, "password": password}))


def _renewed_key(
    tx: Transaction,
    identities: Identities,
    account_id: str,
    rotation: Rotation,
    previous: Value | None,
) -> Value:
    user_name = rotation.rules[USER_NAME]
    if rotation.holder:
        user = USERS.find(tx, account_id, user_name)
        if user is None or user.id != rotation.holder:
            raise RotationImpossible(
                f"The user {user_name} is not the one any more that this rotation was made for: "
                f"rotate the secret anew to name another."
            )
    old = str((_object(previous) or {}).get("AccessKeyId", ""))
    try:
        key, opened = identities.keys.renew(tx, account_id, user_name, removing=old)
    except IdentityError as error:
        raise RotationImpossible(f"The access key of {user_name}: {error}") from error
    made = {
        "UserName": user_name,
        "AccessKeyId": key.access_key_id,
        "SecretAccessKey": opened,
    }
    return Value(text=json.dumps(made))


def _object(value: Value | None) -> dict[str, object] | None:
    """Return the JSON object that a value is; None: it is none."""
    try:
        found = json.loads((value.text if value else None) or "")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _is_true(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise PasswordRulesInvalid(f"expected true or false, not {text!r}")
    return text.lower() == "true"
