"""Times as Transfer writes and reads them: ISO 8601, in UTC where nothing else is said."""

from datetime import UTC, datetime

from lenticular.apis.globus.wire.errors import GlobusError


def moment(milliseconds: int) -> str | None:
    """Return a time as documents have it; None where there is none."""
    if not milliseconds:
        return None
    return datetime.fromtimestamp(milliseconds // 1000, UTC).isoformat()


def parsed_moment(text: str, what: str) -> int:
    """Return the milliseconds since the epoch of a time. Raises `GlobusError` (400)."""
    try:
        parsed = datetime.fromisoformat(text.strip())
        aware = parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)
        return max(int(aware.timestamp() * 1000), 1)
    except (ValueError, OverflowError):
        raise GlobusError(
            400, f"{what} is a time such as 2030-10-12T12:33:54+00:00, and not {text[:100]!r}"
        ) from None
