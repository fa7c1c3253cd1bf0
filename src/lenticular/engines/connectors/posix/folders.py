"""Folders of which several files are wanted: each is opened once for all of them."""

import os
from contextlib import ExitStack
from typing import Final

from lenticular.engines.connectors.paths import split
from lenticular.engines.connectors.posix.locating import Located, Locating
from lenticular.engines.connectors.temporaries import is_temporary

_NONE: Final = -1


class Folders(Locating):
    """The way to many files. What is found is of use until the stack is closed."""

    def __init__(self, locating: Locating, stack: ExitStack) -> None:
        super().__init__(*locating.given)
        self._stack = stack
        self._open_folders: dict[tuple[str, ...], int] = {}
        self._lent: set[int] = set()
        self._kept: dict[tuple[int, int], int] = {}

    def find(self, path: str, *, follow: bool) -> Located:
        *way, name = split(path) or ("",)
        folder = self._folder(tuple(way)) if name and not is_temporary(name) else _NONE
        if folder == _NONE:
            return super().find(path, follow=follow)
        located = Located(folder, name.encode(), path, is_lent=True)
        return super().find(path, follow=True) if follow and located.is_link else located

    def keep(self, located: Located) -> int:
        """Return the descriptor of a folder in which something was found."""
        folder = located.keep_folder()
        if folder in self._lent:
            return folder
        status = os.fstat(folder)
        kept = self._kept.setdefault((status.st_dev, status.st_ino), folder)
        if kept == folder:
            self._stack.callback(os.close, folder)
        else:
            os.close(folder)
        return kept

    def _folder(self, way: tuple[str, ...]) -> int:
        """Return the descriptor of a folder, if no link leads to it."""
        known = self._open_folders.get(way)
        if known is not None:
            return known
        try:
            folder = self.open_folder(map(str.encode, way))
        except OSError:  # whoever finds the file itself tells why
            return _NONE
        self._stack.callback(os.close, folder)
        self._open_folders[way] = folder
        self._lent.add(folder)
        return folder
