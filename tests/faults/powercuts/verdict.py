"""Holds the images of a disk to what its cloud had promised when the power was cut."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .inside import TORN, Found, examine
from .notes import Note, State, owner, promise
from .recorder import write_tree
from .replay import Image

KINDS = ("unsound", "lost", "torn", "resurrected", "orphans")
"""What must not be: that it does not open or the database is damaged, that something is not
there that was acknowledged, half of something, something that was deleted or that nobody
wrote, bytes that nothing points at."""


@dataclass(slots=True)
class Verdict:
    """What came of the images, which are tried in the folder `place`."""

    place: Path
    notes: Mapping[str, Sequence[Note]]
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    """What was wrong, in words, and at which cut."""

    def hold(self, image: Image, sent: Mapping[str, int], *, empties: bool) -> None:
        """Open the cloud of an image, and count what is not as promised at any of its cuts."""
        write_tree(self.place, image.tree)
        found = asyncio.run(examine(self.place / "cloud", empties=empties))
        self.counts["drawn" if image.drawn else "images"] += 1
        self.counts["emptied"] += empties
        self._note("unsound", found.problems, image)
        self._note("orphans", found.orphans, image)
        if not found.problems:
            for answers in sorted(set(image.answers)):
                self._compare(found, answers, sent, image)

    def wrong(self) -> dict[str, int]:
        """Return how much of each kind was wrong."""
        return {kind: self.counts[kind] for kind in KINDS if self.counts[kind]}

    def _compare(self, found: Found, answers: int, sent: Mapping[str, int], image: Image) -> None:
        by_owner: defaultdict[str, State] = defaultdict(dict)
        for address, token in found.state.items():
            by_owner[owner(address)][address] = token
        acknowledged = 0
        for name in {*self.notes, *by_owner}:
            promised = promise(self.notes.get(name, ()), sent, answers)
            acknowledged += promised.acknowledged
            if promised.holds(by_owner[name]) or (name == "root" and not promised.acknowledged):
                continue
            kept = promised.kept
            for address in sorted({*kept, *by_owner[name]}):
                there, due = by_owner[name].get(address), kept.get(address)
                if there != due:
                    self._note(_kind(there, due), [f"{address}: {there}, not {due}"], image)
        self.counts["acknowledged"] = max(self.counts["acknowledged"], acknowledged)

    def _note(self, kind: str, what: Sequence[str], image: Image) -> None:
        self.counts[kind] += len(what)
        self.failures += [f"{kind}, after {image.at}: {each}" for each in what]


def _kind(there: str | None, due: str | None) -> str:
    if there is not None and TORN in there:
        return "torn"
    return "resurrected" if due is None else "lost"
