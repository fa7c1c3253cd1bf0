"""How far a migration is: shown as it goes, and made durable now and then."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from lenticular.server.migration.journal import Count, Journal

_SAVED = 1.0
"""Seconds after which is made durable how far a migration is."""


class Step(Struct, frozen=True):
    """How far a stage is."""

    stage: str
    done: Count
    total: Count
    """Nothing where it is not known."""


Report = Callable[[Step], None]


class Progress:
    """Counts what a stage has done."""

    def __init__(self, stage: str, total: Count, report: Report, done: Count | None = None) -> None:
        self._stage, self._total, self._report = stage, total, report
        self.done = done or Count()
        self._report(Step(stage, self.done, total))

    def add(self, items: int, size: int) -> None:
        """Count that so many more items, and bytes, are done."""
        self.done = self.done.plus(items, size)
        self._report(Step(self._stage, self.done, self._total))

    async def reach(self, cursor: str) -> None:
        """Note that all up to a blob, or a key, is done: a migration goes on behind it."""


class DurableProgress(Progress):
    """Counts what a stage of a migration has done, and notes it in the journal."""

    def __init__(self, journal: Journal, data: Path, total: Count, report: Report) -> None:
        super().__init__(journal.stage, total, report, journal.done)
        self._journal, self._data = journal, data
        self._saved = time.monotonic()

    async def reach(self, cursor: str) -> None:
        self._journal.cursor, self._journal.done = cursor, self.done
        if time.monotonic() - self._saved >= _SAVED:
            await asyncio.to_thread(self._journal.save, self._data)
            self._saved = time.monotonic()
