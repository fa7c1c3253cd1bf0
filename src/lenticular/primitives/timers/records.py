"""Timers as they are stored."""

from collections.abc import Iterator
from typing import Final, Literal

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.engines.movers.contract import Item, Options
from lenticular.primitives.timers.schedules import Schedule
from lenticular.primitives.transfers import OCCASIONS, Occasion

TIMER = Subspace("timers", "timer")  # (timer id) -> Timer
ITEMS = Subspace("timers", "items")  # (timer id) -> list of Item
OWNED = Subspace("timers", "owned")  # (identity id, submitted, timer id) -> b""
DUE = Subspace("timers", "due")  # (time of the next run, timer id) -> b""

RUNS_KEPT: Final = 10
"""The last runs that are told of."""

Status = Literal["loaded", "inactive", "ended"]
"""It goes on; it waits to be resumed; it has run for the last time."""

Cause = Literal["", "user", "consent"]
"""Why it is inactive: its owner paused it, or does not let it act for them any more."""


class Run(Struct, array_like=True, frozen=True):
    """One time that a timer ran."""

    time: int
    task_id: str = ""
    error: str = ""
    """Why there is no task."""


class Timer(Struct, array_like=True, frozen=True):
    """A transfer that is submitted at set times. Times are milliseconds since the epoch."""

    timer_id: str
    owner_id: str
    client_id: str
    """Through which the owner made it."""
    name: str
    schedule: Schedule
    submitted: int
    source_id: str
    destination_id: str
    body: bytes
    """The document of the transfer, as it was given."""
    options: Options
    label: str | None = None
    notify: tuple[Occasion, ...] = OCCASIONS
    status: Status = "loaded"
    cause: Cause = ""
    next_run: int = 0
    """0: none is to come."""
    last_run: int = 0
    done: int = 0
    """How often it ran, with and without success."""
    failed: int = 0
    """How often no task came of it."""
    runs: tuple[Run, ...] = ()
    """The last ones, the newest first."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Timer).decode
_decode_items = msgspec.msgpack.Decoder(list[Item]).decode


def find(reader: Reader, timer_id: str) -> Timer | None:
    """Return a timer, or None."""
    data = reader.get(TIMER.pack(timer_id))
    return None if data is None else _decode(data)


def items(reader: Reader, timer_id: str) -> list[Item]:
    """Return what a timer moves."""
    data = reader.get(ITEMS.pack(timer_id))
    return [] if data is None else _decode_items(data)


def owned(reader: Reader, identity_id: str) -> Iterator[Timer]:
    """Iterate over the timers of an identity, the oldest first."""
    for key, _ in reader.range(*OWNED.range(identity_id)):
        found = find(reader, OWNED.unpack(key)[-1])
        if found is not None:
            yield found


def due(reader: Reader, now: int, limit: int) -> list[str]:
    """Return the ids of timers that are to run, the most overdue first."""
    rows = reader.range(DUE.range()[0], DUE.pack(now + 1), limit=limit)
    return [DUE.unpack(key)[-1] for key, _ in rows]


def write(tx: Transaction, old: Timer | None, new: Timer) -> Timer:
    """Write a timer in the place of what it was."""
    if old is not None and old.next_run:
        tx.delete(DUE.pack(old.next_run, old.timer_id))
    if new.status == "loaded" and new.next_run:
        tx.set(DUE.pack(new.next_run, new.timer_id), b"")
    tx.set(OWNED.pack(new.owner_id, new.submitted, new.timer_id), b"")
    tx.set(TIMER.pack(new.timer_id), _encode(new))
    return new


def write_items(tx: Transaction, timer_id: str, wanted: list[Item]) -> None:
    """Write down what a timer moves."""
    tx.set(ITEMS.pack(timer_id), _encode(wanted))


def drop(tx: Transaction, timer: Timer) -> None:
    """Remove a timer."""
    tx.delete(DUE.pack(timer.next_run, timer.timer_id))
    tx.delete(OWNED.pack(timer.owner_id, timer.submitted, timer.timer_id))
    tx.delete(ITEMS.pack(timer.timer_id))
    tx.delete(TIMER.pack(timer.timer_id))
