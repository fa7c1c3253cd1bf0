"""Paths within a collection, as rules, bookmarks and guest collections name folders."""

from typing import Final

from lenticular.primitives.collections.errors import InputInvalid

_LONGEST: Final = 4096
"""Bytes, as most file systems have it."""


def folder(path: str, what: str) -> str:
    """Return the path of a folder in its one form: absolute, with ``/`` at its end.

    Raises `InputInvalid` for one with ``.`` or ``..`` in it, and for what cannot be a path.
    """
    if not path.startswith("/"):
        raise InputInvalid(f"{what} begins with '/', unlike {path[:100]!r}")
    names = [name for name in path.split("/") if name]
    if any(name in (".", "..") or "\0" in name for name in names):
        raise InputInvalid(f"{what} has no '.' or '..' in it, unlike {path[:100]!r}")
    joined = "/".join(("", *names, ""))
    try:
        size = len(joined.encode())
    except UnicodeEncodeError:
        raise InputInvalid(f"{what} is text that UTF-8 can tell") from None
    if size > _LONGEST:
        raise InputInvalid(f"{what} has at most {_LONGEST} bytes")
    return joined
