"""The stream of events: appended to in transactions, passed on in order, kept for a while.

Events are numbered in the order in which their transactions were committed. An outlet is
given what lies behind its place, and its place moves when it has taken that: so it gets
each event at least once, in order, also when the process dies in between.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import msgspec

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.events.records import Event

_EVENT = Subspace("events", "event")  # (number) -> Event
_LAST = Subspace("events", "last")  # () -> number of the last event
_PLACE = Subspace("events", "place")  # (outlet's name) -> number of the last event it took

APPENDED = b"events"
"""The topic that is signalled with each event."""

KEPT = 24 * 3600.0
"""Seconds that events are kept for: an outlet that fails for longer misses some."""

PAGE = 100
"""Most events that an outlet is given at once."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Event).decode

_log = logging.getLogger("lenticular.events")


class Outlet(Protocol):
    """Passes events on to a service."""

    name: str
    """Under which its place is kept: it must not change."""

    async def takes(self, target: str) -> bool:
        """Tell whether it can pass events on to a target (an ARN), which exists."""

    def wants(self, event: Event) -> bool:
        """Tell whether an event is for it."""

    async def deliver(self, events: Sequence[Event]) -> None:
        """Take events. When this raises, all of them come again later."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some events in their order."""

    events: list[tuple[int, Event]]
    """With their numbers."""
    last: int
    """The number behind which to go on."""


def append(tx: Transaction, event: Event) -> int:
    """Add an event to the stream, in the transaction that it tells of; return its number."""
    number = _last(tx) + 1
    tx.set(_LAST.pack(), _packed(number))
    tx.set(_EVENT.pack(number), _encode(event))
    tx.signal(APPENDED)
    return number


class Events:
    """The stream of one cloud."""

    def __init__(self, store: KeyValueStore) -> None:
        self._store = store
        self._outlets: dict[str, Outlet] = {}

    def attach(self, outlet: Outlet) -> None:
        """Pass events on to an outlet from now on, beginning with the oldest that it missed.

        Raises ValueError for a second outlet of one name.
        """
        if outlet.name in self._outlets:
            raise ValueError(f"there is an outlet {outlet.name!r} already")
        self._outlets[outlet.name] = outlet

    async def takes(self, target: str) -> bool:
        """Tell whether there is an outlet that can pass events on to a target (an ARN)."""
        for outlet in self._outlets.values():
            if await outlet.takes(target):
                return True
        return False

    async def read(self, after: int = 0, limit: int = PAGE) -> Page:
        """Return the events behind a number."""
        return await self._store.read(lambda reader: _page(reader, after, limit))

    async def wait(self, after: int, seconds: float, limit: int = PAGE) -> Page:
        """Return the events behind a number as soon as there are any; none after so long."""
        with self._store.watch(APPENDED) as watch:
            page = await self.read(after, limit)
            if not page.events and await watch.wait(seconds):
                page = await self.read(after, limit)
            return page

    async def last(self) -> int:
        """Return the number of the last event; 0 when there was none."""
        return await self._store.read(_last)

    async def deliver(self) -> int:
        """Give every outlet what is new to it; return how many events were taken.

        An outlet that fails is reported, and keeps the others from nothing.
        """
        taken = 0
        for outlet in self._outlets.values():
            try:
                taken += await self._deliver_to(outlet)
            except Exception:
                _log.exception("events were not taken", extra={"outlet": outlet.name})
        return taken

    async def _deliver_to(self, outlet: Outlet) -> int:
        taken = 0
        while True:
            place = await self._store.read(lambda reader: _place(reader, outlet.name))
            page = await self.read(place)
            if page.last == place:
                return taken
            wanted = [event for _, event in page.events if outlet.wants(event)]
            if wanted:
                await outlet.deliver(wanted)
            await self._store.transact(partial(_move, name=outlet.name, last=page.last))
            taken += len(wanted)

    async def trim(self, now: float | None = None, kept: float = KEPT) -> int:
        """Remove the events older than `kept` seconds; return how many."""
        limit = int(((time.time() if now is None else now) - kept) * 1000)

        def commit(tx: Transaction) -> int:
            removed = 0
            for key, data in tx.range(*_EVENT.range(), limit=PAGE):
                if _decode(data).time >= limit:
                    break
                tx.delete(key)
                removed += 1
            return removed

        total = 0
        while removed := await self._store.transact(commit):
            total += removed
        return total


def _page(reader: Reader, after: int, limit: int) -> Page:
    start, stop = _EVENT.pack(after + 1), _EVENT.range()[1]
    rows = reader.range(start, stop, limit=limit)
    events = [(_EVENT.unpack(key)[0], _decode(data)) for key, data in rows]
    return Page(events, events[-1][0] if events else after)


def _last(reader: Reader) -> int:
    data = reader.get(_LAST.pack())
    return 0 if data is None else int.from_bytes(data, "big")


def _place(reader: Reader, name: str) -> int:
    data = reader.get(_PLACE.pack(name))
    return 0 if data is None else int.from_bytes(data, "big")


def _move(tx: Transaction, name: str, last: int) -> None:
    tx.set(_PLACE.pack(name), _packed(last))


def _packed(number: int) -> bytes:
    return number.to_bytes(8, "big")
