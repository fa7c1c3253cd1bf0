"""Paths as people submit them, and as agents are given them."""

from typing import Final

from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.paths import split
from lenticular.primitives.transfers.errors import PathInvalid

_LONGEST: Final = 4096


def submitted(path: str, what: str) -> str:
    """Return a path of a submission; ``~/data`` and ``data`` are ``/~/data``.

    Raises `PathInvalid` for what no path is. A slash at the end stays.
    """
    if not path or len(path) > _LONGEST:
        raise PathInvalid(f"{what} has 1 to {_LONGEST} characters, not {len(path)}")
    if not path.startswith("/"):
        path = f"/{path}" if path == "~" or path.startswith("~/") else f"/~/{path}"
    try:
        split(path)
    except Fault as fault:
        raise PathInvalid(f"{what}: {fault.description}") from None
    return path


def within(path: str, home: str) -> str:
    """Return a submitted path with what ``/~/`` is in its place."""
    if path != "/~" and not path.startswith("/~/"):
        return path
    return f"{home.rstrip('/')}/{path[3:]}"
