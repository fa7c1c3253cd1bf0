"""The meters of the cloud: requests and bytes counted in memory, storage kept as levels.

What is counted reaches the store every second and when the meters close, as lines by hour: a
process that is killed loses the count of its last second at most. Storage loses nothing, for
its levels change with the bytes themselves.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import Subspace, pack, unpack
from lenticular.primitives.meters import levels, lines
from lenticular.primitives.meters.levels import Holder
from lenticular.primitives.meters.lines import HOUR, Line
from lenticular.primitives.meters.usage import Usage

K = TypeVar("K", bound=Hashable)

By = Callable[[int, Line], K | None]
"""Tells under what an hour's line is added up; None: it is left out."""

Look = Callable[[Reader], None]
"""Is shown a state of the store."""

Counted = tuple[int, Line, int]
"""An hour, a line, and how much more was used."""

A = TypeVar("A")

_FOLDED: Final = 100
"""Levels that one transaction folds."""

_RECONCILED = Subspace("meters").pack("reconciled")  # -> packed milliseconds
_RECONCILED_EVERY = 24 * HOUR

_log = logging.getLogger("lenticular.meters")


class Held(NamedTuple):
    """What a holder holds, counted byte by byte."""

    holder: Holder
    size: int
    still: Callable[[Reader], bool]
    """Whether there is this holder."""


class _Count:
    """How much requests of one usage came to in one hour."""

    __slots__ = ("answered", "hour", "units")

    def __init__(self, hour: int) -> None:
        self.hour = hour
        self.units = 0
        self.answered = 0


class Along(Protocol[A]):
    """Is told what is brought to the lines, in the transaction that does it."""

    def bring(self, tx: Transaction, counted: Sequence[Counted]) -> A:
        """Bring along what follows from it; this may happen more than once."""

    def brought(self, done: A) -> None:
        """Take note that it is done: of what the last `bring` returned."""


Census = Callable[[Reader], Iterator[Held]]
"""Counts what all holders of a primitive hold."""


class Meters:
    """The meters of one cloud."""

    def __init__(
        self,
        store: KeyValueStore,
        censuses: Sequence[Census] = (),
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._censuses = censuses
        self._clock = clock
        """Seconds since the epoch."""
        self._counted: dict[Usage, _Count] = {}
        """What no line has yet, of this hour."""
        self._earlier: list[tuple[Usage, _Count]] = []
        """What no line has yet, of the hour before."""
        self._writing = asyncio.Lock()
        self.along: Along[Any] | None = None
        self._folded = 0
        """The hour up to which levels are folded."""

    # Counting.

    def count(self, usage: Usage, units: int, answered: int, at: float) -> None:
        """Count a request of the time `at`, in seconds since the epoch.

        It counts as `units` requests, and its answer has `answered` bytes.
        """
        hour = int(at // 3600)
        count = self._counted.get(usage)
        if count is None or count.hour != hour:
            if count is not None:
                self._earlier.append((usage, count))
            count = self._counted[usage] = _Count(hour)
        count.units += units
        count.answered += answered

    async def flush(self) -> None:
        """Bring to the store what was counted. Raises `StoreFailed`; then it is still counted."""
        async with self._writing:
            counted = list(self.pending())
            if not counted:
                return
            before = self._earlier, self._counted
            self._earlier, self._counted = [], {}

            def commit(tx: Transaction) -> Any:
                for hour, line, quantity in counted:
                    lines.add(tx, hour, line, quantity)
                return self.along.bring(tx, counted) if self.along is not None else None

            try:
                done = await self._store.transact(commit)
            except BaseException:
                self._earlier += [*before[0], *before[1].items()]
                raise
            if self.along is not None:
                self.along.brought(done)

    def pending(self) -> Iterator[Counted]:
        """Iterate over what no line has yet."""
        for usage, count in (*self._earlier, *self._counted.items()):
            yield count.hour, usage.line, count.units
            yield count.hour, usage.answers, count.answered

    async def fold(self) -> None:
        """Bring the storage of the hours that are over to its lines."""
        now = int(self._clock() * 1000)
        if self._folded == now // HOUR:
            return

        def old(reader: Reader) -> list[Holder]:
            every = levels.everywhere(reader)
            return [holder for holder, level in every if level.since // HOUR < now // HOUR]

        holders = await self._store.read(old, long=True)
        for at in range(0, len(holders), _FOLDED):
            await self._fold(holders[at : at + _FOLDED], now)
        self._folded = now // HOUR

    async def _fold(self, holders: Sequence[Holder], now: int) -> None:
        def commit(tx: Transaction) -> None:
            for holder in holders:
                levels.fold(tx, holder, now)

        await self._store.transact(commit)

    # Asking.

    async def totals(
        self,
        account_id: str,
        first: int,
        stop: int,
        by: By[K],
        now: int | None = None,
        look: Look | None = None,
    ) -> Counter[K]:
        """Return what an account used from the hour `first` to the one before `stop`, added up.

        It is what was used until now, whether it is in the store or not; storage until the
        moment `now`, in milliseconds. `look` is shown the state of the store of which it is.
        `by` and `look` run on another thread too.
        """
        async with self._writing:
            now = int(self._clock() * 1000) if now is None else now

            def read(reader: Reader) -> Counter[K]:
                if look is not None:
                    look(reader)
                return _stored(reader, account_id, first, stop, by, now)

            totals = await self._store.read(read, long=True)
            # Nothing may be awaited from here on: what is being counted would be missed.
            for hour, line, quantity in self.pending():
                if line.account_id == account_id and first <= hour < stop:
                    _add(totals, by(hour, line), quantity)
            return totals

    async def levels(self, account_id: str) -> list[tuple[Line, int]]:
        """Return how many bytes are kept now, by the line that they add to."""
        found = await self._store.read(
            lambda reader: list(levels.of_account(reader, account_id)), long=True
        )
        return [(levels.line_of(holder, level), max(level.size, 0)) for holder, level in found]

    # Holding the levels to the truth.

    async def reconcile_when_due(self) -> None:
        """Reconcile once a day, and as soon as there is a level that was never counted."""
        now = int(self._clock() * 1000)
        if await self._store.read(lambda reader: _is_due(reader, now), long=True):
            await self.reconcile()
            await self._store.transact(lambda tx: tx.set(_RECONCILED, pack(now)))

    async def reconcile(self) -> list[tuple[Holder, int]]:
        """Count what is held byte by byte, correct the levels; return the differences.

        A level and its bytes change together, so their difference at one moment stays the
        same until it is corrected, whatever is written meanwhile.
        """
        found = await self._store.read(self._differences, long=True)
        for held, difference, was_counted in found:
            await self._store.transact(partial(_correct, held=held, difference=difference))
            if was_counted:
                _log.error(
                    "a storage level was wrong by %d bytes and is corrected",
                    difference,
                    extra={"service": held.holder.service, "account": held.holder.account_id},
                )
        return [(held.holder, difference) for held, difference, _ in found]

    def _differences(self, reader: Reader) -> list[tuple[Held, int, bool]]:
        found = []
        for held in (each for census in self._censuses for each in census(reader)):
            level = levels.find(reader, held.holder)
            known, is_counted = (level.size, level.counted) if level else (0, False)
            if known != held.size or not is_counted:
                found.append((held, held.size - known, is_counted))
        return found


def _stored(
    reader: Reader, account_id: str, first: int, stop: int, by: By[K], now: int
) -> Counter[K]:
    totals: Counter[K] = Counter()
    for hour, line, quantity in lines.between(reader, account_id, first, stop):
        _add(totals, by(hour, line), quantity)
    for holder, level in levels.of_account(reader, account_id):
        for hour, line, quantity in levels.open_hours(holder, level, now):
            if first <= hour < stop:
                _add(totals, by(hour, line), quantity)
    return totals


def _add(totals: Counter[K], key: K | None, quantity: int) -> None:
    if key is not None:
        totals[key] += quantity


def _is_due(reader: Reader, now: int) -> bool:
    last = reader.get(_RECONCILED)
    if last is None or unpack(last)[0] + _RECONCILED_EVERY < now:
        return True
    return not all(level.counted for _, level in levels.everywhere(reader))


def _correct(tx: Transaction, held: Held, difference: int) -> None:
    if held.still(tx):
        levels.correct(tx, held.holder, difference)
