"""What was counted over many kills, by the kind of moment at which they struck."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping

from .judge import LOST, RESURRECTED, TORN

ORPHANS = "orphans"
FAULTS = (LOST, TORN, RESURRECTED, ORPHANS)
COLUMNS = ("kills", "acknowledged", "under way", "there", *FAULTS)


class Tally:
    """Counts, of which several threads may be at work."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.evidence: list[str] = []
        self._counts: dict[str, Counter[str]] = {}
        self._lock = threading.Lock()

    def add(self, moment: str, counts: Mapping[str, int]) -> None:
        """Add to what was counted at a kind of moment."""
        with self._lock:
            self._counts.setdefault(moment, Counter()).update(counts)

    def report(self, evidence: str) -> None:
        """Keep what shows a fault."""
        with self._lock:
            self.evidence.append(evidence)

    def totals(self) -> Counter[str]:
        """Return the counts of all moments together."""
        with self._lock:
            return sum(self._counts.values(), Counter())

    @property
    def faults(self) -> int:
        """How much there was that must not be."""
        return sum(self.totals()[each] for each in FAULTS)

    def line(self) -> str:
        """Return all in a line."""
        totals = self.totals()
        counts = ", ".join(f"{totals[each]:,} {each}" for each in COLUMNS)
        return f"{self._time()}: {counts}"

    def table(self) -> str:
        """Return a row for each kind of moment, and one for all."""
        with self._lock:
            rows = sorted(self._counts.items(), key=lambda row: -row[1]["kills"])
        lines = [_row("moment of the kill", COLUMNS)]
        lines += [_row(moment, _cells(counts)) for moment, counts in rows]
        lines.append(_row("all", _cells(self.totals())))
        return "\n".join([*lines, f"in {self._time()}"])

    def json(self) -> str:
        """Return all as one document."""
        with self._lock:
            return json.dumps({"counts": self._counts, "evidence": self.evidence}, indent=1)

    def _time(self) -> str:
        minutes, seconds = divmod(round(time.monotonic() - self.began), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}"


def _cells(counts: Mapping[str, int]) -> list[str]:
    return [f"{counts.get(each, 0):,}" for each in COLUMNS]


def _row(head: str, cells: Iterable[str]) -> str:
    return f"{head:<24}" + "".join(f"{cell:>14}" for cell in cells)
