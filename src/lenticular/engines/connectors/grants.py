"""What may be done with which path: the rules of a place, and the folders of an agent.

Rules add up: what one of them allows is allowed. Of the folders that an agent announces the
innermost counts, so that one in another can be more, or less, than that. Paths are in their
one form (`paths.clean`), and names are compared letter by letter as they are: where a place
takes two spellings for the same file, only the one that a rule has is covered. A folder that
is announced with less than the one around it is so in any spelling.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, Self
from unicodedata import normalize

from lenticular.engines.connectors.paths import split
from lenticular.engines.connectors.places import Announced, Permission, Rule

Names = tuple[str, ...]
Allowed = Permission | Literal[""]
"""Empty: nothing; the path is as if it were not there."""

_STRENGTH: dict[Allowed, int] = {"": 0, "r": 1, "rw": 2}


class Grants:
    """What may be done in a place, by its rules and within the folders that are announced."""

    def __init__(self, rules: Iterable[Rule], folders: Iterable[Rule] | None = None) -> None:
        """Read the rules; `folders` (None: all there is) are within the place, as they are."""
        self._rules: dict[Names, Allowed] = {}
        self._files: dict[Names, Allowed] = {}
        for rule in rules:
            kept = self._rules if rule.path.endswith("/") else self._files
            names = split(rule.path)
            kept[names] = max(kept.get(names, ""), rule.permission, key=_STRENGTH.__getitem__)
        self._folders: dict[Names, Allowed] = {(): "rw"}
        if folders is not None:
            self._folders = {split(folder.path): folder.permission for folder in folders}
        self._folded = _folded(self._folders)
        self._all = self._rules.get(()) == "rw" and self._folders == {(): "rw"}

    @classmethod
    def within(cls, root: str, rules: Iterable[Rule], announced: Sequence[Announced]) -> Self:
        """Return what may be done below the folder `root` of a machine with such folders."""
        top = split(root)
        folders: dict[Names, Permission] = {}
        for each in sorted(announced, key=lambda each: len(split(each.path))):
            names = split(each.path)
            if names[: len(top)] == top:
                folders[names[len(top) :]] = each.permission
            elif top[: len(names)] == names:
                folders[()] = each.permission
        return cls(rules, [Rule("/" + "/".join(names), may) for names, may in folders.items()])

    @property
    def is_writable(self) -> bool:
        """Whether anything may be written."""
        granted = {**self._files, **self._rules}.values()
        return "rw" in granted and "rw" in self._folders.values()

    def permission(self, path: str) -> Allowed:
        """Return what may be done with a path."""
        return "rw" if self._all else self._permission(split(path))

    def may_move(self, path: str) -> bool:
        """Tell whether a path may be removed or get another name, with all that is in it.

        That is a change of the folder it is in, too; and no folder within it may be one that
        is announced with less.
        """
        names = split(path)
        if not names:
            return False
        inner = (may for each, may in self._folders.items() if each[: len(names)] == names)
        both = (self._permission(names), self._permission(names[:-1]), *inner)
        return all(may == "rw" for may in both)

    def is_visible(self, path: str) -> bool:
        """Tell whether something may be done with a path, or with something below it."""
        return self._all or self._is_visible(split(path))

    def ways(self, path: str) -> frozenset[str] | None:
        """Return the only names in a folder that are to be seen; None: all that are there.

        A folder of which only something below may be used shows the way there and no more.
        """
        if self._all:
            return None
        names = split(path)
        if self._permission(names):
            return None
        granted = (*self._rules, *self._files, *self._folders)
        deep = len(names)
        ways = {each[deep] for each in granted if len(each) > deep and each[:deep] == names}
        return frozenset(name for name in ways if self._is_visible((*names, name)))

    def _permission(self, names: Names) -> Allowed:
        ruled = self._files.get(names, "")
        for deep in range(len(names) + 1):
            above = names[:deep]
            ruled = max(ruled, self._rules.get(above, ""), key=_STRENGTH.__getitem__)
        folder = min(
            _innermost(self._folders, names),
            _innermost(self._folded, _fold(names)),
            key=_STRENGTH.__getitem__,
        )
        return min(ruled, folder, key=_STRENGTH.__getitem__)

    def _is_visible(self, names: Names) -> bool:
        if self._permission(names):
            return True
        below = (*self._rules, *self._files, *self._folders)
        return any(
            len(each) > len(names) and each[: len(names)] == names and self._permission(each)
            for each in below
        )


def _innermost(folders: Mapping[Names, Allowed], names: Names) -> Allowed:
    """Return what the folder says that is the closest around a path."""
    around = (names[:deep] for deep in range(len(names), -1, -1))
    return next((folders[each] for each in around if each in folders), "")


def _fold(names: Names) -> Names:
    """Return what names are the same with, where letters' case and composition do not count."""
    return tuple(normalize("NFC", name).casefold() for name in names)


def _folded(folders: Mapping[Names, Allowed]) -> dict[Names, Allowed]:
    folded: dict[Names, Allowed] = {}
    for names, may in folders.items():
        key = _fold(names)
        folded[key] = min(folded.get(key, may), may, key=_STRENGTH.__getitem__)
    return folded


EVERYTHING: Final = Grants([Rule("/", "rw")])
"""Whatever there is."""
