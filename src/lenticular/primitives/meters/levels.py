"""Levels: how many bytes a bucket or a table holds now, and since when.

A level changes in the transaction that changes the bytes, so it is as true as they are; the
time that passed at the level before is added up first, to the millisecond. What is added up
stays with the level until its hour is over and then goes to the hour's line.

That is one more key in every such transaction, which costs it some microseconds and, where
transactions are committed in batches, no write of its own. The other side of it: all writes
in one bucket change one key. An engine that runs transactions beside each other would have
them wait for it, and should spread a level over several keys.
"""

import time
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.meters import lines
from lenticular.primitives.meters.lines import HOUR, STORAGE, Line

_LEVEL = Subspace("meters", "level")  # (account id, service, uid) -> Level


class Holder(NamedTuple):
    """What holds bytes: a bucket, a table."""

    account_id: str
    service: str
    uid: bytes | int
    """What no other of the service has, nor ever gets again."""
    project: str = ""


class Level(Struct, array_like=True, frozen=True, gc=False):
    """How much a holder holds."""

    user: str
    """Who made the holder: its bytes are that user's doing."""
    project: str
    size: int
    """Bytes. Below zero at most until they are counted."""
    since: int
    """Milliseconds since the epoch: up to here the time at this level is added up."""
    spent: bytes
    """Byte-milliseconds of the hour of `since` that are in no line yet, as a number."""
    counted: bool
    """Whether `size` is all there is; False: a reconciliation is to find that out."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Level).decode
_key = lru_cache(maxsize=4096)(_LEVEL.pack)


def begin(tx: Transaction, holder: Holder, user: str, now: int | None = None) -> None:
    """Begin the level of a new, empty holder that `user` made."""
    _save(tx, holder, Level(user, holder.project, 0, _now(now), b"", counted=True))


def change(tx: Transaction, holder: Holder, growth: int, now: int | None = None) -> None:
    """Add `growth` bytes to what is held. Without growth, note another project."""
    _change(tx, holder, growth, _now(now))


def end(tx: Transaction, holder: Holder, now: int | None = None) -> None:
    """End the level of a holder that is gone, with whatever it held."""
    level = find(tx, holder)
    if level is not None:
        for hour, spent in _passed(level, _now(now)):
            lines.add(tx, hour, line_of(holder, level), spent)
        tx.delete(_key(*holder[:3]))


def recount(tx: Transaction, holder: Holder, now: int | None = None) -> None:
    """Say that bytes went that nobody counted: a reconciliation is to count what is left."""
    _change(tx, holder, 0, _now(now), counted=False)


def correct(tx: Transaction, holder: Holder, difference: int, now: int | None = None) -> None:
    """Add what a reconciliation found to be missing."""
    _change(tx, holder, difference, _now(now), counted=True)


def fold(tx: Transaction, holder: Holder, now: int) -> None:
    """Bring the hours that are over to their lines."""
    if find(tx, holder) is not None:
        _change(tx, holder, 0, now)


def find(reader: Reader, holder: Holder) -> Level | None:
    """Return the level of a holder, if it has one."""
    data = reader.get(_key(*holder[:3]))
    return None if data is None else _decode(data)


def of_account(reader: Reader, account_id: str) -> Iterator[tuple[Holder, Level]]:
    """Iterate over the levels of an account."""
    return _levels(reader, *_LEVEL.range(account_id))


def everywhere(reader: Reader) -> Iterator[tuple[Holder, Level]]:
    """Iterate over the levels of all accounts."""
    return _levels(reader, *_LEVEL.range())


def open_hours(holder: Holder, level: Level, now: int) -> Iterator[tuple[int, Line, int]]:
    """Iterate over what a level will add to the lines of hours up to `now`."""
    line = line_of(holder, level)
    return ((hour, line, spent) for hour, spent in _passed(level, now))


def line_of(holder: Holder, level: Level) -> Line:
    """Return the line that a level adds to."""
    return Line(holder.account_id, holder.service, STORAGE, level.user, level.project)


def _levels(reader: Reader, start: bytes, stop: bytes) -> Iterator[tuple[Holder, Level]]:
    for key, data in reader.range(start, stop):
        level = _decode(data)
        account_id, service, uid = _LEVEL.unpack(key)
        yield Holder(account_id, service, uid, level.project), level


def _change(
    tx: Transaction, holder: Holder, growth: int, now: int, *, counted: bool | None = None
) -> None:
    level = find(tx, holder)
    if level is None:  # it is older than the meters
        level = Level("", holder.project, 0, now, b"", counted=False)
    *over, (hour, spent) = _passed(level, now)
    if hour < now // HOUR or level.project != holder.project:
        over.append((hour, spent))
        spent = 0
    for past, amount in over:
        lines.add(tx, past, line_of(holder, level), amount)
    changed = Level(
        level.user,
        holder.project,
        level.size + growth,
        max(now, level.since),
        spent.to_bytes((spent.bit_length() + 7) // 8),
        level.counted if counted is None else counted,
    )
    _save(tx, holder, changed)


def _passed(level: Level, now: int) -> list[tuple[int, int]]:
    """Return the byte-milliseconds by hour since the last line, at least of one hour."""
    at, size = level.since, max(level.size, 0)
    hour = at // HOUR
    if now < (hour + 1) * HOUR:
        return [(hour, int.from_bytes(level.spent) + size * max(now - at, 0))]
    passed = [(hour, int.from_bytes(level.spent) + size * ((hour + 1) * HOUR - at))]
    passed += [(full, size * HOUR) for full in range(hour + 1, now // HOUR)]
    if now % HOUR:
        passed.append((now // HOUR, size * (now % HOUR)))
    return passed


def _save(tx: Transaction, holder: Holder, level: Level) -> None:
    tx.set(_key(*holder[:3]), _encode(level))


def _now(given: int | None) -> int:
    return int(time.time() * 1000) if given is None else given
