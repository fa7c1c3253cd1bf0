"""What is in a pane: a folder, or the collections of which one is to be chosen."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from lenticular.portal.clients import Refused
from lenticular.portal.files.desk import Desk, Pane, Side
from lenticular.portal.names import moment, shown
from lenticular.portal.visit import Visit

PAGE: Final = 500
"""Entries that a pane shows at once."""

_CHOICES: Final = 8
_HEADS: Final = (("name", "Name"), ("size", "Size"), ("last_modified", "Changed"))


@dataclass(frozen=True, slots=True)
class Row:
    """A file, a folder or a link."""

    name: str
    kind: str
    """What it is, or leads to: ``dir``, ``file``, ``other``, ``invalid_symlink``."""
    size: int
    modified: datetime | None
    link_target: str
    address: str
    """Where a folder is on this desk, and where a file is to be had; empty: nowhere."""


@dataclass(frozen=True, slots=True)
class Head:
    """What entries can be sorted by."""

    title: str
    address: str
    direction: str
    """``ascending`` or ``descending``; empty: they are sorted by something else."""


@dataclass(frozen=True, slots=True)
class PaneView:
    """A pane as it is shown."""

    pane: Pane
    desk: Desk
    collection: dict[str, Any] | None = None
    rows: tuple[Row, ...] = ()
    total: int = 0
    problem: str = ""
    """Why nothing is shown."""
    choices: tuple[tuple[str, list[dict[str, Any]]], ...] = ()
    """Titles, each with collections to choose from."""

    @property
    def side(self) -> Side:
        """Which pane it is."""
        return self.pane.side

    @property
    def name(self) -> str:
        """How the collection is called."""
        return self.collection["display_name"] if self.collection else ""

    @property
    def crumbs(self) -> list[tuple[str, str]]:
        """The names of the folders on the way here, and where they are on this desk."""
        found = [("/", self.address(path="/", start=0))]
        path = "/"
        for name in filter(None, self.pane.path.split("/")):
            path += f"{name}/"
            found.append((name, self.address(path=path, start=0)))
        return found

    @property
    def up(self) -> str:
        """Where the folder is in which this one is; empty: nowhere."""
        crumbs = self.crumbs
        return crumbs[-2][1] if len(crumbs) > 1 else ""

    @property
    def heads(self) -> list[Head]:
        """What entries can be sorted by."""
        by, is_down = self.pane.order.removeprefix("-"), self.pane.order.startswith("-")
        return [
            Head(
                title,
                self.address(order=name if name != by or is_down else f"-{name}", start=0),
                "" if name != by else "descending" if is_down else "ascending",
            )
            for name, title in _HEADS
        ]

    @property
    def earlier(self) -> str:
        """Where the entries before these are; empty: there are none."""
        start = self.pane.start
        return self.address(start=max(start - PAGE, 0)) if start else ""

    @property
    def later(self) -> str:
        """Where those after them are; empty: there are none."""
        start = self.pane.start + len(self.rows)
        return self.address(start=start) if self.rows and start < self.total else ""

    @property
    def web_address(self) -> str:
        """Where the folder is on the web."""
        return file_address(self.collection, self.pane.path) if self.collection else ""

    def address(self, **changes: Any) -> str:
        """Return where the page is on which this pane is changed."""
        return self.desk.address(self.side, **changes)


async def view_of(visit: Visit, desk: Desk, side: Side) -> PaneView:
    """Look what is in a pane."""
    pane = desk.pane(side)
    if not pane.collection_id:
        return PaneView(pane, desk, choices=await _choices(visit, pane.words))
    described, listed = await asyncio.gather(
        _asked(visit, f"endpoint/{pane.collection_id}"),
        _asked(visit, f"operation/endpoint/{pane.collection_id}/ls", _query(pane)),
    )
    if isinstance(described, Refused):
        return PaneView(pane, desk, problem=described.message)
    if isinstance(listed, Refused):
        return PaneView(pane, desk, described, problem=listed.message)
    pane = replace(pane, path=listed["absolute_path"])
    desk = replace(desk, **{side: pane})
    rows = tuple(_row(desk, pane, described, entry) for entry in listed["DATA"])
    return PaneView(pane, desk, described, rows, listed["total"])


def file_address(collection: dict[str, Any], path: str) -> str:
    """Return where a file or folder of a collection is on the web."""
    return f"{collection['https_server']}{quote(path, errors='surrogateescape')}"


async def _asked(
    visit: Visit, path: str, query: dict[str, str] | None = None
) -> dict[str, Any] | Refused:
    """Return what Transfer answers, be it that it refuses."""
    try:
        answer: dict[str, Any] = await visit.transfer("GET", path, params=query)
    except Refused as refusal:
        return refusal
    return answer


def _query(pane: Pane) -> dict[str, str]:
    field, is_down = pane.order.removeprefix("-"), pane.order.startswith("-")
    query = {
        "show_hidden": "true" if pane.hidden else "false",
        "orderby": f"type ASC,{field} {'DESC' if is_down else 'ASC'}",
        "limit": str(PAGE),
        "offset": str(pane.start),
    }
    return query | ({"path": pane.path} if pane.path else {})


def _row(desk: Desk, pane: Pane, collection: dict[str, Any], entry: dict[str, Any]) -> Row:
    path = pane.within(entry["name"])
    address = ""
    if entry["type"] == "dir":
        address = desk.address(pane.side, path=f"{path}/", start=0)
    elif entry["type"] == "file":
        address = f"{file_address(collection, path)}?download"
    return Row(
        entry["name"],
        entry["type"],
        entry["size"],
        moment(entry["last_modified"]),
        entry["link_target"] or "",
        address,
    )


async def _choices(visit: Visit, words: str) -> tuple[tuple[str, list[dict[str, Any]]], ...]:
    """Return collections to choose from: those found by words, or those nearest at hand."""
    if words:
        found = await visit.collections(filter_fulltext=words, limit="50")
        return ((f"Found for “{shown(words)}”", found),)
    used, shared, others = await asyncio.gather(
        visit.collections(filter_scope="recently-used", limit=str(_CHOICES)),
        visit.collections(filter_scope="shared-with-me", limit=str(_CHOICES)),
        visit.collections(filter_scope="all", limit="25"),
    )
    seen: set[str] = set()
    groups = []
    for title, collections in (
        ("Used lately", used),
        ("Shared with you", shared),
        ("All that you may see", others),
    ):
        new = [one for one in collections if one["id"] not in seen]
        seen |= {one["id"] for one in new}
        if new:
            groups.append((title, new))
    return tuple(groups)
