"""Object Lock: how requests name locks, and how answers tell of them.

Amazon S3 User Guide, "Locking objects with Object Lock"; the messages are S3's own.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lenticular.apis.aws.s3.dates import iso_date, to_milliseconds
from lenticular.apis.aws.s3.errors import invalid_argument, malformed_xml, not_implemented
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Params
from lenticular.primitives.objects import COMPLIANCE, GOVERNANCE, DefaultRetention, Lock

MAX_DAYS = 36_500
MAX_YEARS = 100
"""Longest retention that a bucket may have by default."""

_MODES = (GOVERNANCE, COMPLIANCE)
_HOLDS = {"ON": True, "OFF": False}
_STATUS = {held: status for status, held in _HOLDS.items()}

_MODE = "x-amz-object-lock-mode"
_UNTIL = "x-amz-object-lock-retain-until-date"
_HOLD = "x-amz-object-lock-legal-hold"


def asked_lock(params: Params) -> Lock | None:
    """Return the lock that a request's headers name for a new object; None: they name none.

    Raises InvalidArgument for what is no lock.
    """
    mode, until = params.get("ObjectLockMode"), params.get("ObjectLockRetainUntilDate")
    hold = params.get("ObjectLockLegalHoldStatus")
    if mode is until is hold is None:
        return None
    if (mode is None) is not (until is None):
        raise invalid_argument(
            f"{_UNTIL} and {_MODE} must both be supplied", _MODE if mode is None else _UNTIL, ""
        )
    if mode is not None and mode not in _MODES:
        raise invalid_argument("Unknown wormMode directive.", _MODE, mode)
    if hold is not None and hold not in _HOLDS:
        raise invalid_argument("Legal Hold must be either of 'ON' or 'OFF'", _HOLD, hold)
    held = _HOLDS[hold] if hold is not None else None
    return Lock(mode or "", _to_the_second(until) if until is not None else 0, held)


def lock_headers(lock: Lock | None) -> list[tuple[str, str]]:
    """Return the headers that tell of an object's lock."""
    if lock is None:
        return []
    headers = []
    if lock.mode:
        headers += [(_MODE, lock.mode), (_UNTIL, iso_date(lock.until // 1000))]
    if lock.legal_hold is not None:
        headers.append((_HOLD, _STATUS[lock.legal_hold]))
    return headers


def hold_status(lock: Lock) -> str | None:
    """Return ON or OFF; None: nobody ever said."""
    return _STATUS[lock.legal_hold] if lock.legal_hold is not None else None


def document_hold(document: Mapping[str, Any]) -> bool:
    """Return whether a LegalHold document holds. Raises MalformedXML."""
    status = document.get("Status")
    if status not in _HOLDS:
        raise malformed_xml()
    return _HOLDS[status]


def document_retention(document: Mapping[str, Any]) -> Lock:
    """Return what a Retention document retains; an empty one nothing. Raises MalformedXML."""
    for member in ("EventHold", "EventHoldDuration"):
        if member in document:
            raise not_implemented(f"Retention/{member}")
    mode, until = document.get("Mode"), document.get("RetainUntilDate")
    if mode is until is None:
        return Lock()
    if mode not in _MODES or until is None:
        raise malformed_xml()
    return Lock(str(mode), _to_the_second(until))


def document_default(document: Mapping[str, Any]) -> DefaultRetention | None:
    """Return the default retention of an ObjectLockConfiguration, if it has a rule.

    Raises MalformedXML, and InvalidRetentionPeriod for a period that cannot be.
    """
    if document.get("ObjectLockEnabled") != "Enabled":
        raise malformed_xml()
    if "Rule" not in document:
        return None
    rule = (document["Rule"] or {}).get("DefaultRetention") or {}
    if "DefaultEventHold" in rule:
        raise not_implemented("DefaultRetention/DefaultEventHold")
    mode, days, years = rule.get("Mode"), rule.get("Days"), rule.get("Years")
    if mode not in _MODES or (days is None) is (years is None):
        raise malformed_xml()
    if any(period is not None and period <= 0 for period in (days, years)):
        raise _invalid_period("Default retention period must be a positive integer value.")
    if (days or 0) > MAX_DAYS or (years or 0) > MAX_YEARS:
        raise _invalid_period(
            f"Default retention period must be at most {MAX_DAYS} days or {MAX_YEARS} years."
        )
    return DefaultRetention(mode, days or 0, years or 0)


def default_document(default: DefaultRetention | None) -> dict[str, Any]:
    """Return an ObjectLockConfiguration document."""
    document: dict[str, Any] = {"ObjectLockEnabled": "Enabled"}
    if default is not None:
        period = {"Days": default.days} if default.days else {"Years": default.years}
        document["Rule"] = {"DefaultRetention": {"Mode": default.mode, **period}}
    return document


def _to_the_second(moment: datetime) -> int:
    """Return a time in milliseconds without fractions of a second: so it is kept and told."""
    return to_milliseconds(moment) // 1000 * 1000


def _invalid_period(message: str) -> AwsError:
    return AwsError("InvalidRetentionPeriod", message)
