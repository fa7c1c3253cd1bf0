"""What a form of the file manager asks for: which files, and how they are to be moved."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lenticular.portal.clients import Refused
from lenticular.portal.files.desk import SIDES, Desk, Side, desk_of, side_of
from lenticular.portal.names import read
from lenticular.portal.visit import Visit

SYNC_LEVELS: Final = (
    ("", "Everything, whatever is there already"),
    ("0", "What is not there yet"),
    ("1", "… or has another size"),
    ("2", "… or is newer at the source"),
    ("3", "… or has another checksum"),
)
"""What can be asked for, and how it is said (Transfer API, ``sync_level``)."""

_RULE: Final = re.compile(r"(include|exclude)\s+(?:(file|dir)\s+)?(\S.*)")
_MOST_RULES: Final = 50


@dataclass(frozen=True, slots=True)
class Selection:
    """Files that were selected in one pane."""

    desk: Desk
    side: Side
    names: tuple[str, ...]

    @property
    def collection_id(self) -> str:
        """Return where they are. Raises `Refused`."""
        collection_id = self.desk.pane(self.side).collection_id
        if not collection_id:
            raise Refused("NoCollection", f"Choose a collection on the {self.side} first.", 400)
        return collection_id

    @property
    def paths(self) -> list[str]:
        """Return their paths. Raises `Refused`."""
        pane = self.desk.pane(self.side)
        return [pane.within(name) for name in self.names]

    def one(self) -> str:
        """Return the name of the only one. Raises `Refused`."""
        if len(self.names) != 1:
            raise Refused("NotOne", "Select one file or folder for this.", 400)
        return self.names[0]

    def some(self) -> "Selection":
        """Return this, which is not empty. Raises `Refused`."""
        if not self.names:
            raise Refused("NothingSelected", "Select files or folders first.", 400)
        return self


def selection_of(visit: Visit, side_name: str) -> Selection:
    """Return what a form selects in a pane; ``either``: in the one where something is selected.

    Raises `Refused`.
    """
    desk = desk_of(visit.field)
    chosen = {side: tuple(map(read, visit.form.get(f"{side}_item", ()))) for side in SIDES}
    if side_name == "either":
        given = [side for side in SIDES if chosen[side]]
        if len(given) == 2:
            raise Refused("NotOne", "Press the button of the side from which to transfer.", 400)
        side_name = given[0] if given else "left"
    side = side_of(side_name)
    return Selection(desk, side, chosen[side])


def transfer_document(
    visit: Visit, selection: Selection, into: str, submission_id: str
) -> dict[str, Any]:
    """Return the transfer that a form asks for, as the Transfer API has it.

    It goes to the folder in the other pane, or the folder `into` in that one. Raises `Refused`.
    """
    other = selection.desk.other(selection.side)
    if not other.collection_id:
        raise Refused("NoCollection", f"Choose where to on the {other.side} first.", 400)
    folder = f"{other.within(into)}/" if into else other.path or "/"
    level = visit.field("sync_level")
    names = selection.some().names
    return {
        "DATA_TYPE": "transfer",
        "submission_id": submission_id,
        "source_endpoint": selection.collection_id,
        "destination_endpoint": other.collection_id,
        "label": visit.field("label") or None,
        "sync_level": int(level) if level in ("0", "1", "2", "3") else None,
        "filter_rules": list(filter_rules(visit.text("filters").splitlines())),
        "fail_on_missing_source": True,
        "notify_on_succeeded": bool(visit.field("notify")),
        "notify_on_failed": bool(visit.field("notify")),
        "notify_on_inactive": bool(visit.field("notify")),
        **{name: bool(visit.field(name)) for name in OPTIONS},
        "DATA": [
            {
                "DATA_TYPE": "transfer_item",
                "source_path": path,
                "destination_path": f"{folder}{name}",
            }
            for name, path in zip(names, selection.paths, strict=True)
        ],
    }


OPTIONS: Final[Mapping[str, str]] = {
    "verify_checksum": "Compare checksums afterwards",
    "preserve_timestamp": "Keep the times of files",
    "delete_destination_extra": "In folders, delete at the destination what is not at the source",
    "skip_source_errors": "Go on without what cannot be read",
    "encrypt_data": "Only over encrypted connections",
}
"""What a transfer can be asked to do besides, and how it is said."""


def filter_rules(lines: Iterable[str]) -> Iterable[dict[str, Any]]:
    """Return the filter rules that are written one a line. Raises `Refused` for what is none."""
    written = [line.strip() for line in lines if line.strip()]
    if len(written) > _MOST_RULES:
        raise Refused("TooManyRules", f"There can be {_MOST_RULES} filters at most.", 400)
    for line in written:
        match = _RULE.fullmatch(line)
        if match is None:
            raise Refused(
                "BadRule",
                f"A filter is include or exclude, then perhaps file or dir, then a pattern, as in "
                f"“exclude *.tmp”, and not “{line[:100]}”.",
                400,
            )
        method, kind, name = match.groups()
        yield {"DATA_TYPE": "filter_rule", "method": method, "type": kind, "name": name}
