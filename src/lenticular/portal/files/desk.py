"""The desk: which folder is open in each of the two panes, as addresses and forms say it.

All that a page shows is in its address, so it can be kept, sent to somebody and gone back to.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, get_args
from urllib.parse import urlencode

from lenticular.portal.clients import Refused
from lenticular.portal.names import read, written

Side = Literal["left", "right"]
SIDES: Final[tuple[Side, ...]] = get_args(Side)

ORDERS: Final = ("name", "size", "last_modified")
"""By what entries can be sorted; with ``-`` before it the other way round."""

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Pane:
    """One of the panes."""

    side: Side
    collection_id: str = ""
    """Empty: none was chosen yet."""
    path: str = ""
    """Of the folder, with slashes around it; empty: where the collection begins."""
    order: str = "name"
    start: int = 0
    """How many entries come before those that are shown."""
    hidden: bool = False
    """Whether names that begin with a dot are shown."""
    words: str = ""
    """By which a collection is looked for."""

    def state(self) -> dict[str, str]:
        """Return what an address or form says of the pane; what is usual is left out."""
        values = {
            self.side: self.collection_id,
            f"{self.side}_path": written(self.path),
            f"{self.side}_order": "" if self.order == "name" else self.order,
            f"{self.side}_from": str(self.start or ""),
            f"{self.side}_hidden": "yes" if self.hidden else "",
            f"{self.side}_words": self.words,
        }
        return {name: value for name, value in values.items() if value}

    def within(self, name: str) -> str:
        """Return the path of what is in the folder. Raises `Refused` for what is no name."""
        if not name or "/" in name or name in (".", ".."):
            raise Refused("BadName", "A name has at least one character, and no slash.", 400)
        return f"{self.path or '/'}{name}"


@dataclass(frozen=True, slots=True)
class Desk:
    """Both panes."""

    left: Pane
    right: Pane

    def pane(self, side: Side) -> Pane:
        """Return one pane."""
        return self.left if side == "left" else self.right

    def other(self, side: Side) -> Pane:
        """Return the other one."""
        return self.right if side == "left" else self.left

    def state(self) -> dict[str, str]:
        """Return what an address or form says of both."""
        return self.left.state() | self.right.state()

    def address(self, side: Side, **changes: Any) -> str:
        """Return where the page is on which one pane is changed."""
        changed = replace(self.pane(side), **changes)
        return "/files?" + urlencode(self.other(side).state() | changed.state(), safe="/")


def desk_of(values: Callable[[str], str]) -> Desk:
    """Return the desk that an address or form describes; `values` returns "" for what it lacks."""
    return Desk(_pane("left", values), _pane("right", values))


def query_values(query: Mapping[str, str]) -> Callable[[str], str]:
    """Return what gives the values of a query."""
    return lambda name: query.get(name, "")


def side_of(text: str) -> Side:
    """Return the side of this name. Raises `Refused`."""
    for side in SIDES:
        if side == text:
            return side
    raise Refused("BadForm", "A pane is the left or the right one.", 400)


def is_id(text: str) -> bool:
    """Tell whether this may be the id of a collection."""
    return _ID.fullmatch(text) is not None


def folder(path: str) -> str:
    """Return a folder's path with slashes around it; one that is empty stays so."""
    return f"/{path.strip('/')}/".replace("//", "/") if path else ""


def _pane(side: Side, values: Callable[[str], str]) -> Pane:
    collection_id = values(side).strip().lower()
    order = values(f"{side}_order")
    start = values(f"{side}_from")
    return Pane(
        side,
        collection_id if is_id(collection_id) else "",
        folder(read(values(f"{side}_path"))),
        order if order.removeprefix("-") in ORDERS else "name",
        int(start) if re.fullmatch(r"[0-9]{1,9}", start) else 0,
        values(f"{side}_hidden") == "yes",
        values(f"{side}_words").strip(),
    )
