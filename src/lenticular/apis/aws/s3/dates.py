"""Times as S3 writes them: HTTP dates in headers, ISO 8601 in documents, both to the second.

Listings show whole seconds (``.000Z``), as S3 does, so that they agree with the headers.
"""

import time
from datetime import UTC, datetime
from functools import lru_cache

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


@lru_cache(maxsize=4096)
def http_date(seconds: int) -> str:
    """Return an HTTP date (RFC 9110, section 5.6.7) of seconds since the epoch."""
    year, month, day, hour, minute, second, weekday, _, _ = time.gmtime(seconds)
    return (
        f"{_DAYS[weekday]}, {day:02} {_MONTHS[month - 1]} {year} {hour:02}:{minute:02}:{second:02}"
        " GMT"
    )


@lru_cache(maxsize=4096)
def iso_date(seconds: int) -> str:
    """Return an ISO 8601 time of seconds since the epoch."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))


def from_milliseconds(milliseconds: int) -> datetime:
    """Return the time of a record, to the second, as results carry it."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC)


def to_milliseconds(moment: datetime) -> int:
    """Return a parameter's time in milliseconds since the epoch."""
    return int(moment.timestamp() * 1000)
