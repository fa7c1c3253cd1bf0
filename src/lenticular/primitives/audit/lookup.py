"""Looking events up: an account's log read from its end, in pages of bounded work."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from lenticular.engines.kv.contract import KeyValueStore, Reader
from lenticular.primitives.audit import chain
from lenticular.primitives.audit.chain import RECORD, Record
from lenticular.primitives.audit.events import Event, decode_event, iso

_SCANNED = 10_000
"""Records that one call reads at most, whatever it finds."""

_PAGE = 500

_LONGEST_CALL = 3600.0
"""Seconds between a request and its record at most: events are recorded when they are over."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for."""

    account_id: str
    matches: Callable[[Event], bool] = lambda event: True
    since: float = 0.0
    """Seconds since the epoch: the earliest time of an event."""
    until: float | None = None
    """The latest time of an event."""
    before: int | None = None
    """Only records below this sequence: where an earlier page ended."""
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Found:
    """An event with its place in the log."""

    sequence: int
    event: Event
    document: bytes
    """The event's JSON as it was recorded."""


@dataclass(frozen=True, slots=True)
class Page:
    """What was found, newest first."""

    found: list[Found]
    before: int | None
    """Where the next page goes on; None: there is no more."""


async def look_up(store: KeyValueStore, query: Query) -> Page:
    """Return a page of the events of a query, newest first. It may be empty and not the last."""
    return await store.read(lambda reader: _look_up(reader, query), long=True)


def _look_up(reader: Reader, query: Query) -> Page:
    account_id = query.account_id
    last = chain.last_sequence(reader, account_id)
    first = _first_since(reader, account_id, query.since, last)
    stop = last + 1
    if query.until is not None:
        stop = _first_since(reader, account_id, query.until + _LONGEST_CALL, last)
    if query.before is not None:
        stop = min(stop, query.before)
    earliest = iso(query.since)
    latest = None if query.until is None else iso(query.until)
    found: list[Found] = []
    scanned = 0
    while stop > first and scanned < _SCANNED:
        pairs = reader.range(
            RECORD.pack(account_id, first), RECORD.pack(account_id, stop), limit=_PAGE, reverse=True
        )
        if not pairs:
            return Page(found, None)
        scanned += len(pairs)
        for key, data in pairs:
            stop = RECORD.unpack(key)[1]
            hit = _found(stop, chain.decode_record(data))
            if hit is None or hit.event.event_time < earliest:
                continue
            if (latest is None or hit.event.event_time <= latest) and query.matches(hit.event):
                found.append(hit)
                if len(found) == query.limit:
                    return Page(found, stop if stop > first else None)
    return Page(found, stop if stop > first else None)


def _found(sequence: int, record: Record) -> Found | None:
    try:
        return Found(sequence, decode_event(record.event), record.event)
    except msgspec.DecodeError:
        return None  # tampered with: verifying tells


def _first_since(reader: Reader, account_id: str, seconds: float, last: int) -> int:
    """Return the first sequence that was recorded at or after a time; one above the last: none."""
    wanted = int(seconds * 1000)
    low, high = 1, last + 1
    while low < high:
        middle = (low + high) // 2
        page = chain.records(reader, account_id, middle, 1)
        if page and page[0][1].time < wanted:
            low = page[0][0] + 1
        else:
            high = middle
    return low
