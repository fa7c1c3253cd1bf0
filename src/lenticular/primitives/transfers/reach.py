"""The reach of a task: where in its two collections it has something to do.

Who moves files between two machines is let in at the other one as whose task it is. A machine
may be anybody's: it is let at what the task is about, and not at all that its owner may use.
"""

from typing import Final

from lenticular.engines.connectors.paths import join, split

EVERYWHERE: Final = ("/",)

_MOST: Final = 64
_MOST_BYTES: Final = 8192
"""Of a task's record, which is written again and again."""

Names = tuple[str, ...]


class Reach:
    """Paths as they come in: of many, the folders that have them all in them."""

    def __init__(self) -> None:
        self._paths: dict[Names, int] = {}
        """With the bytes that each takes."""
        self._deep: int | None = None
        """Names that are told apart; None: all."""

    def add(self, path: str) -> None:
        """Add a path with all that is in it."""
        known = len(self._paths)
        self._add(split(path))
        if len(self._paths) > known:
            self._shorten()

    def _shorten(self) -> None:
        while len(self._paths) > _MOST or sum(self._paths.values()) > _MOST_BYTES:
            self._deep = max(map(len, self._paths)) - 1
            paths, self._paths = self._paths, {}
            for names in paths:
                self._add(names)

    def _add(self, names: Names) -> None:
        short = names[: self._deep]
        self._paths[short] = len(join(short).encode())

    def paths(self) -> tuple[str, ...]:
        """Return them."""
        return tuple(map(join, self._paths))
