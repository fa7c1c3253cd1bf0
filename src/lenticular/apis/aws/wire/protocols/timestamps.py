"""Timestamps as the AWS protocols write them: ISO 8601, HTTP dates and epoch seconds.

Formats are those of Smithy 2.0, "Protocol traits", ``timestampFormat``; botocore calls
the HTTP date ``rfc822`` and the others ``iso8601`` and ``unixTimestamp``.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

Timestamp = datetime | float
"""In a result: an aware datetime, or seconds since the epoch."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = re.compile(r"-?[0-9]{1,16}(\.[0-9]*)?")
_ISO_8601 = re.compile(r"[0-9]{4}-|[0-9]{8}T")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def read_timestamp(value: str | float) -> datetime:
    """Read a timestamp in any of the formats, whichever the model asks for, as UTC.

    Raises ValueError when it is in none of them, or outside of the years 1 to 9999.
    """
    if isinstance(value, str):
        return _read_text(value.strip())
    try:
        return _EPOCH + timedelta(seconds=value)
    except (OverflowError, ValueError):
        raise ValueError(f"{value} is not a timestamp: it is out of range") from None


def _read_text(text: str) -> datetime:
    if _SECONDS.fullmatch(text):
        return read_timestamp(float(text))
    read = datetime.fromisoformat if _ISO_8601.match(text) else parsedate_to_datetime
    try:
        found = read(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        raise ValueError(f"{text[:64]!r} is not a timestamp") from None


def _utc(value: Timestamp) -> datetime:
    if not isinstance(value, datetime):
        return _EPOCH + timedelta(seconds=value)
    if value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError(f"the timestamp {value} has no time zone")
    return value.astimezone(UTC)


def iso8601(value: Timestamp) -> str:
    """Write ``2026-02-03T04:05:06.007Z``."""
    return _utc(value).isoformat(timespec="milliseconds")[:-6] + "Z"


def http_date(value: Timestamp) -> str:
    """Write ``Tue, 03 Feb 2026 04:05:06 GMT`` (RFC 9110, section 5.6.7)."""
    at = _utc(value)
    return (
        f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year:04} "
        f"{at.hour:02}:{at.minute:02}:{at.second:02} GMT"
    )


def epoch_seconds(value: Timestamp) -> int | float:
    """Return seconds since the epoch, rounded to milliseconds; whole ones as an int."""
    seconds = round((_utc(value) - _EPOCH).total_seconds(), 3)
    return int(seconds) if seconds.is_integer() else seconds


def _epoch_text(value: Timestamp) -> str:
    return str(epoch_seconds(value))


WRITERS: dict[str, Callable[[Timestamp], str]] = {
    "iso8601": iso8601,
    "rfc822": http_date,
    "unixTimestamp": _epoch_text,
}
"""The formats as text, by botocore's names."""
