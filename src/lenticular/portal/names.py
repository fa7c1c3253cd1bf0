"""Names of files as people see them, and as forms and addresses carry them.

A name is anybody's text: it may have line ends, characters that cannot be seen, and marks that
turn the direction of what follows. Pages show those as symbols. Forms change line ends on the
way, so a name or path travels in them percent-encoded, as ASCII.
"""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote, unquote

_UNITS = ("kB", "MB", "GB", "TB", "PB", "EB")


def shown(name: str) -> str:
    """Return a name with a symbol for each character that is not one to be seen."""
    if name.isprintable():
        return name
    return "".join(one if one.isprintable() else _symbol(one) for one in name)


def _symbol(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)  # the pictures of control characters
    if unicodedata.category(character) == "Zs":
        return "\N{OPEN BOX}"
    return f"\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}U+{code:04X}\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"


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
    value, unit = float(count), ""
    for unit in _UNITS:
        value /= 1000
        if value < 999.5:
            break
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
