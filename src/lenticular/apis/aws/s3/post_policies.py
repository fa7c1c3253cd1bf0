"""Post policies: what a form's signer lets a browser upload, and until when.

Amazon S3 API Reference, "POST Policy". The signature is verified before; here the policy is
read, and the form's fields are held against it.
"""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lenticular.apis.aws.s3.errors import MAX_PUT_SIZE, access_denied
from lenticular.apis.aws.wire.errors import AwsError

_NEVER_COVERED = frozenset({"awsaccesskeyid", "policy", "signature", "x-amz-signature"})
"""Fields that a policy says nothing of."""

_IGNORED = "x-ignore-"
_CHECKSUM = "x-amz-checksum-"
"""What the names of fields begin with that no condition need cover: those that are ignored, and
checksums, by which an upload can only be refused."""

_LENGTH = "content-length-range"


@dataclass(frozen=True, slots=True)
class _Condition:
    """What one field's value must be."""

    field: str
    """By lower-case name."""
    holds: Callable[[str], bool]
    written: str
    """As the policy has it, for the error."""


@dataclass(frozen=True, slots=True)
class PostPolicy:
    """A policy that can be read."""

    expires: float
    """Seconds since the epoch."""
    conditions: tuple[_Condition, ...]
    smallest: int = 0
    """Bytes that the file must have at least."""
    largest: int = MAX_PUT_SIZE
    """Bytes that it may have at most."""

    def check(self, fields: Mapping[str, str], now: float) -> None:
        """Hold the fields of a form, by lower-case name, against the policy.

        They are those as they will be used, with the bucket among them. Raises AccessDenied.
        """
        if now >= self.expires:
            raise _refused("Policy expired.")
        for condition in self.conditions:
            # A field that is not there is as good as an empty one.
            if not condition.holds(fields.get(condition.field, "")):
                raise _refused(f"Policy Condition failed: {condition.written}")
        covered = {condition.field for condition in self.conditions}
        for name in fields.keys() - covered - _NEVER_COVERED:
            if not name.startswith((_IGNORED, _CHECKSUM)):
                raise _refused(f"Extra input fields: {name}")


def read_policy(encoded: str) -> PostPolicy:
    """Return the policy of a form's field. Raises InvalidPolicyDocument."""
    try:
        document = json.loads(b64decode("".join(encoded.split()), validate=True))
    except (ValueError, RecursionError):
        raise _invalid("Invalid JSON.") from None
    if not isinstance(document, dict):
        raise _invalid("Invalid JSON.")
    for name in ("expiration", "conditions"):
        if name not in document:
            raise _invalid(f"Policy missing {name}.")
    for name in document.keys() - {"expiration", "conditions"}:
        raise _invalid(f"Unexpected: '{name}'.")
    given = document["conditions"]
    if not isinstance(given, list):
        raise _invalid("Invalid 'conditions' value.")
    conditions: list[_Condition] = []
    smallest, largest = 0, MAX_PUT_SIZE
    for item in given:
        if isinstance(item, list) and item and _lower(item[0]) == _LENGTH:
            lowest, highest = _length_range(item)
            smallest, largest = max(smallest, lowest), min(largest, highest)
        else:
            conditions.append(_condition(item))
    return PostPolicy(_expiration(document["expiration"]), tuple(conditions), smallest, largest)


def _expiration(text: Any) -> float:
    """Return a time of ISO 8601 in UTC, with or without fractions of a second."""
    if isinstance(text, str) and text.endswith("Z"):
        for form in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ"):
            try:
                return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
            except ValueError:
                continue
    raise _invalid(f"Invalid 'expiration' value: '{text}'")


def _length_range(item: list[Any]) -> tuple[int, int]:
    bounds = [_whole(value) for value in item[1:]]
    if len(bounds) != 2 or bounds[0] > bounds[1]:
        raise _invalid_condition(item)
    return bounds[0], bounds[1]


def _whole(value: Any) -> int:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdecimal()) or len(text) > 18:
        raise _invalid("Invalid content-length-range value.")
    return int(text)


def _condition(item: Any) -> _Condition:
    match item:
        case dict() if len(item) == 1:
            name, value = next(iter(item.items()))
            if not isinstance(value, str):
                raise _invalid_condition(item)
            written = json.dumps(["eq", f"${name}", value], ensure_ascii=False)
            return _Condition(name.lower(), value.__eq__, written)
        case [str() as operator, str() as name, str() as value] if name.startswith("$"):
            field = name[1:].lower()
            written = json.dumps(item, ensure_ascii=False)
            match operator.lower():
                case "eq":
                    return _Condition(field, value.__eq__, written)
                case "starts-with":
                    return _Condition(field, _beginning(field, value), written)
    raise _invalid_condition(item)


def _beginning(field: str, prefix: str) -> Callable[[str], bool]:
    """Return whether a value begins so; of a Content-Type, whether every one of a list does."""
    if field != "content-type":
        return lambda value: value.startswith(prefix)
    return lambda value: all(each.strip().startswith(prefix) for each in value.split(","))


def _lower(value: Any) -> str:
    return value.lower() if isinstance(value, str) else ""


def _refused(reason: str) -> AwsError:
    return access_denied(f"Invalid according to Policy: {reason}")


def _invalid(reason: str) -> AwsError:
    return AwsError("InvalidPolicyDocument", f"Invalid Policy: {reason}")


def _invalid_condition(item: Any) -> AwsError:
    return _invalid(f"Invalid Condition: {json.dumps(item, ensure_ascii=False)}")
