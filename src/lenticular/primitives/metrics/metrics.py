"""The metrics of the cloud: what was measured, by the minute, for those who ask.

What is counted is in memory first and reaches the store when the metrics are flushed, every
second: a process that is killed loses what it counted in its last second at most.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final

from lenticular.engines.kv.contract import KeyValueStore, Transaction
from lenticular.primitives.metrics import points
from lenticular.primitives.metrics.points import Point, Series

_TRIMMED: Final = 100
"""Series that one transaction trims."""


class Metrics:
    """The metrics of one cloud."""

    def __init__(self, store: KeyValueStore, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._counted: dict[tuple[Series, int], Point] = {}
        self._writing = asyncio.Lock()

    def count(self, series: Series, value: float, at: float) -> None:
        """Add a value of the time `at`, in seconds since the epoch, to a series."""
        measured = float(value)  # a bool would be written as one, and not be read again
        self._count(series, series.start(at), Point(1, measured, measured, measured))

    def _count(self, series: Series, start: int, point: Point) -> None:
        known = self._counted.get((series, start))
        self._counted[series, start] = point if known is None else known + point

    async def flush(self) -> None:
        """Bring to the store what was counted. Raises `StoreFailed`; then it is still counted."""
        async with self._writing:
            if not self._counted:
                return
            counted, self._counted = self._counted, {}

            def commit(tx: Transaction) -> None:
                for (series, start), point in counted.items():
                    points.add(tx, series, start, point)

            try:
                await self._store.transact(commit)
            except BaseException:
                for (series, start), point in counted.items():
                    self._count(series, start, point)
                raise

    async def put(self, measured: Iterable[tuple[Series, float]], at: float) -> None:
        """Let each series have this one value in the period of `at`, in place of those there."""
        values = list(measured)

        def commit(tx: Transaction) -> None:
            for series, value in values:
                points.put(tx, series, series.start(at), Point(1, value, value, value))

        await self._store.transact(commit)

    async def statistics(
        self, series: Series, since: float, until: float, period: int = 0
    ) -> list[tuple[int, Point]]:
        """Return what was measured from `since` to before `until`, by when periods began.

        `period` is in seconds, a multiple of the series' own (0: that). A period in which
        nothing was measured is left out.
        """
        await self.flush()
        width = period or series.period
        first, stop = int(since) // width * width, int(until)
        found = await self._store.read(
            lambda reader: points.between(reader, series, first, stop), long=True
        )
        merged: dict[int, Point] = {}
        for start, point in found:
            begin = start // width * width
            merged[begin] = merged[begin] + point if begin in merged else point
        return list(merged.items())

    async def series(self, account_id: str, namespace: str) -> list[Series]:
        """Return what is measured in a namespace of an account."""
        await self.flush()
        return await self._store.read(
            lambda reader: list(points.known(reader, account_id, namespace)), long=True
        )

    async def trim(self) -> None:
        """Remove what is older than it is kept."""
        every = await self._store.read(lambda reader: list(points.known(reader)), long=True)
        now = self._clock()
        for at in range(0, len(every), _TRIMMED):
            await self._trim(every[at : at + _TRIMMED], now)

    async def _trim(self, some: list[Series], now: float) -> None:
        def commit(tx: Transaction) -> None:
            for series in some:
                points.trim(tx, series, now)

        await self._store.transact(commit)
