"""Names of files as people see them, and as forms and addresses carry them.

A name is anybody's text: it may have line ends, characters that cannot be seen, and marks that
turn the direction of what follows. Pages show the numbers of those. Forms change line ends on
the way, so a name or path travels in them percent-encoded, as ASCII.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote, unquote

_UNITS = ("kB", "MB", "GB", "TB", "PB", "EB")


def shown(name: str) -> str:
    """Return a name with its number, as Unicode has it, for each character that is not seen."""
    return "".join(one if one.isprintable() else f"[U+{ord(one):04X}]" for one in name)


def written(name: str) -> str:
    """Return a name or path as a form carries it."""
    return quote(name, safe="/", errors="surrogateescape")


def read(text: str) -> str:
    """Return what `written` made it of."""
    return unquote(text)


def size(count: int) -> str:
    """Return a number of bytes in words, to three digits: ``1.23 MB`` (SI prefixes)."""
    if count < 1000:
        return f"{count} B"
    value, units = count / 1000, iter(_UNITS)
    unit = next(units)
    while value >= 999.5 and (larger := next(units, "")):
        value, unit = value / 1000, larger
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f} {unit}"


def moment(text: str | None) -> datetime | None:
    """Return a time of a Transfer document; None where it has none."""
    if not text:
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


FILTERS: Mapping[str, Callable[..., object]] = {
    "shown": shown,
    "written": written,
    "size": size,
    "moment": moment,
}
"""What templates call them."""
