"""The history of a task: its events, what was moved, and what was skipped for an error."""

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.movers.contract import Happening, Item, Moved, Skipped
from lenticular.primitives.transfers.pages import Pages
from lenticular.primitives.transfers.records import EVENT, ITEMS, MOVED, SKIPPED, Task

MOST_EVENTS: Final = 10_000
"""Of one task: of more the oldest are forgotten."""

LONGEST: Final = 4096
LONGEST_CODE: Final = 100
"""Characters that are kept of what an agent says, and of its codes."""

items = Pages(ITEMS, Item)
moved = Pages(MOVED, Moved)
skipped = Pages(SKIPPED, Skipped)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Happening).decode


def add_events(tx: Transaction, task: Task, events: Iterable[Happening], now: int) -> Task:
    """Add events to a task's; return the task as it is to be kept.

    An agent's clock may be wrong: no event is of a time before the task, or to come.
    """
    number = task.events
    for event in events:
        at = min(max(event.time, task.requested / 1000), now / 1000)
        kept = replace(
            event,
            code=event.code[:LONGEST_CODE],
            description=event.description[:LONGEST],
            details=event.details[:LONGEST],
            time=at,
        )
        tx.set(EVENT.pack(task.task_id, number), _encode(kept))
        if number >= MOST_EVENTS:
            tx.delete(EVENT.pack(task.task_id, number - MOST_EVENTS))
        number += 1
    return replace(task, events=number)


def happened(
    tx: Transaction,
    task: Task,
    code: str,
    description: str,
    now: int,
    *,
    details: str = "",
    is_error: bool = False,
) -> Task:
    """Add an event of the cloud's own; return the task as it is to be kept."""
    event = Happening(code, description, details or description, is_error, now / 1000)
    return add_events(tx, task, (event,), now)


def newest_events(reader: Reader, task_id: str) -> list[tuple[int, Happening]]:
    """Return the events of a task with their numbers, the newest first."""
    rows = reader.range(*EVENT.range(task_id), reverse=True)
    return [(EVENT.unpack(key)[-1], _decode(data)) for key, data in rows]


def events_from(
    reader: Reader, task_id: str, number: int, limit: int
) -> list[tuple[int, Happening]]:
    """Return events of a task from a number on, in their order."""
    start, stop = EVENT.pack(task_id, number), EVENT.range(task_id)[1]
    rows = reader.range(start, stop, limit=limit)
    return [(EVENT.unpack(key)[-1], _decode(data)) for key, data in rows]


def clear(tx: Transaction, task_id: str) -> None:
    """Forget the history of a task."""
    tx.delete_range(*EVENT.range(task_id))
    moved.clear(tx, task_id)
    skipped.clear(tx, task_id)
