"""The steps of the work on an index, each one transaction.

Every step that changes entries counts what the index holds, lists the change and says in the
task how far it came; a step from an older state of the task does nothing and raises.
"""

import time
import uuid
from collections import Counter
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.search.contract import EntryKey, Mark
from lenticular.engines.search.values import Kind
from lenticular.primitives.search import records
from lenticular.primitives.search.content import learn
from lenticular.primitives.search.errors import EntryInvalid
from lenticular.primitives.search.records import (
    CHANGE,
    KEPT_CHANGES,
    KEPT_TASKS,
    OF_INDEX,
    QUEUE,
    SCHEMA,
    TALLY,
    TASK,
    WAITING,
    Change,
    Ingest,
    NewEntry,
    State,
    Tally,
    Task,
    Work,
    decode_work,
    encode,
)

MOST_ENTRIES = 10
"""About one subject (Globus Search Limits)."""

LARGEST_INDEX = 10 * 1024**3
"""Bytes of the content of all entries of an index."""

_FINISHED = ("SUCCESS", "FAILED", "CANCELLED")


class Overtaken(Exception):
    """The task is not as it was when the step was prepared: another process went on with it."""


def add_task(tx: Transaction, index_id: str, task_type: str, work: Work) -> Task:
    """Write down a task and its work, and forget the oldest task if there are too many."""
    tally = records.tally(tx, index_id) or nothing()
    number = tally.tasks + 1
    task = Task(str(uuid.uuid4()), index_id, number, task_type, "PENDING", _now())
    _put_tally(tx, index_id, replace(tally, tasks=number))
    tx.set(TASK.pack(task.task_id), encode(task))
    tx.set(OF_INDEX.pack(index_id, number), task.task_id.encode())
    tx.set(QUEUE.pack(index_id, number), encode(work))
    tx.set(WAITING.pack(index_id), b"")
    _forget_task(tx, index_id, number - KEPT_TASKS)
    return task


def first(reader: Reader, index_id: str) -> tuple[Task, Work] | None:
    """Return the task that is to be done next, with its work."""
    for key, data in reader.range(*QUEUE.range(index_id), limit=1):
        task_id = reader.get(OF_INDEX.pack(index_id, QUEUE.unpack(key)[1]))
        task = None if task_id is None else records.task(reader, task_id.decode())
        if task is not None:
            return task, decode_work(data)
    return None


def check(reader: Reader, index_id: str, work: Ingest) -> dict[str, Kind]:
    """Return the schema of an index when entries were put. Raises `EntryInvalid`."""
    schema = records.schema(reader, index_id)
    for field, kind in work.kinds.items():
        if schema.setdefault(field, kind) is not kind:
            raise EntryInvalid(f"{field} has values of the type {schema[field]} in this index")
    ids: dict[str, set[str | None]] = {}
    for number, new in enumerate(work.entries):
        try:
            learn(schema, msgspec.json.decode(new.entry.content))
        except EntryInvalid as error:
            raise EntryInvalid(f"Entry {number} (of {new.subject[:200]!r}): {error}") from None
        ids.setdefault(new.subject, set()).add(new.entry_id)
    for subject, added in ids.items():
        there = {entry_id for entry_id, _ in records.entries_about(reader, index_id, subject)}
        if len(there | added) > MOST_ENTRIES:
            raise EntryInvalid(f"{subject[:200]!r} would have more than {MOST_ENTRIES} entries")
    tally = records.tally(reader, index_id) or nothing()
    if tally.size + sum(len(new.entry.content) for new in work.entries) > LARGEST_INDEX:
        raise EntryInvalid(f"An index holds at most {LARGEST_INDEX >> 20} MiB")
    return schema


def put(task: Task, part: Sequence[NewEntry], schema: dict[str, Kind], tx: Transaction) -> Task:
    """Put some entries; return the task after that. Raises `Overtaken`."""
    _check_task(tx, task)
    index_id, counted = task.index_id, Counter[str]()
    if not task.done:
        tx.set(SCHEMA.pack(index_id), encode(schema))
    for new in part:
        key = (new.subject, new.entry_id)
        before = records.entry(tx, index_id, key)
        if before is None:
            counted["entries"] += 1
            counted["subjects"] += not _is_known(tx, index_id, new.subject)
        counted["size"] += len(new.entry.content) - (len(before.content) if before else 0)
        tx.set(records.entry_key(index_id, key), encode(new.entry))
    _note(tx, index_id, [(new.subject, new.entry_id) for new in part], counted)
    return _advanced(tx, task, len(part))


def remove(task: Task, keys: Sequence[EntryKey], tx: Transaction) -> Task:
    """Remove some entries; return the task after that. Raises `Overtaken`."""
    _check_task(tx, task)
    index_id, counted = task.index_id, Counter[str]()
    removed = []
    for key in keys:
        before = records.entry(tx, index_id, key)
        if before is None:
            continue
        removed.append(key)
        tx.delete(records.entry_key(index_id, key))
        counted["entries"] -= 1
        counted["subjects"] -= not _is_known(tx, index_id, key[0])
        counted["size"] -= len(before.content)
    if removed:
        _note(tx, index_id, removed, counted)
    return _advanced(tx, task, len(removed))


def end(task: Task, state: State, message: str, tx: Transaction) -> None:
    """Let a task be at its end, unless it is so already."""
    now = records.task(tx, task.task_id)
    if now is None or now.state in _FINISHED:
        return
    ended = replace(now, state=state, message=message, completed=_now())
    tx.set(TASK.pack(task.task_id), encode(ended))
    tx.delete(QUEUE.pack(task.index_id, task.number))
    if not tx.range(*QUEUE.range(task.index_id), limit=1):
        tx.delete(WAITING.pack(task.index_id))


def cancel_all(tx: Transaction, index_id: str) -> None:
    """Cancel what is not done of an index's tasks."""
    while (next_one := first(tx, index_id)) is not None:
        end(next_one[0], "CANCELLED", "The index was deleted", tx)


def nothing() -> Tally:
    """Return the tally of an index without entries."""
    return Tally(Mark(0, uuid.uuid4().hex))


def begin(tx: Transaction, index_id: str) -> None:
    """Write down that a new index has no entries."""
    tally = nothing()
    _put_tally(tx, index_id, tally)
    tx.set(CHANGE.pack(index_id, 0), encode(Change(tally.mark.nonce, ())))


def _check_task(tx: Transaction, task: Task) -> None:
    now = records.task(tx, task.task_id)
    if now is None or now.state in _FINISHED or now.done != task.done:
        raise Overtaken


def _advanced(tx: Transaction, task: Task, many: int) -> Task:
    advanced = replace(task, state="PROGRESS", done=task.done + many)
    tx.set(TASK.pack(task.task_id), encode(advanced))
    return advanced


def _is_known(reader: Reader, index_id: str, subject: str) -> bool:
    return bool(reader.range(*records.ENTRY.range(index_id, subject), limit=1))


def _note(tx: Transaction, index_id: str, keys: Sequence[EntryKey], counted: Counter[str]) -> None:
    """List a change, and count it."""
    tally = records.tally(tx, index_id) or nothing()
    mark = Mark(tally.mark.number + 1, uuid.uuid4().hex)
    tx.set(CHANGE.pack(index_id, mark.number), encode(Change(mark.nonce, tuple(keys))))
    tx.delete(CHANGE.pack(index_id, max(mark.number - KEPT_CHANGES, 0)))
    _put_tally(
        tx,
        index_id,
        replace(
            tally,
            mark=mark,
            subjects=tally.subjects + counted["subjects"],
            entries=tally.entries + counted["entries"],
            size=tally.size + counted["size"],
            modified=_now(),
        ),
    )


def _put_tally(tx: Transaction, index_id: str, tally: Tally) -> None:
    tx.set(TALLY.pack(index_id), encode(tally))


def _forget_task(tx: Transaction, index_id: str, number: int) -> None:
    """Forget a task that is long done."""
    task_id = tx.get(OF_INDEX.pack(index_id, number)) if number > 0 else None
    if task_id is not None and tx.get(QUEUE.pack(index_id, number)) is None:
        tx.delete(TASK.pack(task_id.decode()))
        tx.delete(OF_INDEX.pack(index_id, number))


def _now() -> int:
    return int(time.time() * 1000)
