"""Globs: the names that a deletion's path stands for, where its last part is a pattern.

Transfer API, "Delete specific fields": with ``interpret_globs`` the characters ``*``, ``?`` and
``[`` in the last part of a path are a shell's, unless a backslash is before them. As in a shell
a name that begins with a dot is meant only by a pattern that does, too, and a pattern with a
slash behind it means folders.
"""

import re
from fnmatch import translate
from typing import Final

from msgspec import Struct

from lenticular.engines.connectors.contract import Entry
from lenticular.engines.connectors.paths import join, split

_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_SPECIAL: Final = re.compile(r"(?<!\\)(?:\\\\)*[*?[]")


class Glob(Struct, frozen=True):
    """A pattern for names in a folder."""

    folder: str
    names: re.Pattern[str]
    hidden: bool
    """Whether it begins with a dot."""
    only_folders: bool

    def means(self, entry: Entry) -> bool:
        """Tell whether something in the folder is meant."""
        if entry.name.startswith(".") and not self.hidden:
            return False
        if self.only_folders and entry.kind != "dir":
            return False
        return self.names.match(entry.name) is not None


def interpreted(path: str) -> Glob | str:
    """Return the pattern that a path is, or else the path that is meant: without backslashes.

    Raises `Fault` as `split` does.
    """
    parts = split(path)
    if not parts or not _SPECIAL.search(parts[-1]):
        return join((*parts[:-1], *(_ESCAPED.sub(r"\1", last) for last in parts[-1:])))
    pattern = _ESCAPED.sub(_as_class, parts[-1])
    return Glob(
        folder=join(parts[:-1]),
        names=re.compile(translate(pattern)),
        hidden=parts[-1].startswith("."),
        only_folders=path.endswith("/"),
    )


def _as_class(escaped: re.Match[str]) -> str:
    """Return a character that was escaped as `fnmatch` has it, which knows no backslash."""
    character: str = escaped[1]
    return f"[{character}]" if character in "*?[" else character
