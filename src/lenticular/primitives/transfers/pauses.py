"""Pauses: tasks that managers of a collection hold back for a while, by rules or one by one."""

import time
import uuid
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.collections import Person
from lenticular.primitives.collections import records as collections
from lenticular.primitives.collections.records import PAUSE, PAUSE_ID, PauseRule
from lenticular.primitives.transfers import history, queue, records
from lenticular.primitives.transfers.errors import InputInvalid, RuleNotFound
from lenticular.primitives.transfers.managers import MANAGER, MONITOR, Managers
from lenticular.primitives.transfers.records import End, Task

PAUSED: Final = "PAUSED"

_LONGEST_MESSAGE: Final = 4096


class RuleView(Struct, frozen=True):
    """A pause rule, as somebody sees it."""

    rule: PauseRule
    collection: collections.Collection
    is_editable: bool


class Pauses:
    """Holds tasks back."""

    def __init__(
        self, store: KeyValueStore, managers: Managers, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._managers = managers
        self._clock = clock

    # What holds a task back.

    def rules(self, reader: Reader, task: Task) -> list[PauseRule]:
        """Return the rules that hold a task back, if it is not over."""
        found: dict[str, PauseRule] = {}
        for number, end in enumerate(task.ends if not task.is_over else ()):
            for rule in _rules_at(reader, end):
                if rule.identity_id in ("", task.owner_id) and _is_about(rule, task, number):
                    found[rule.rule_id] = rule
        return list(found.values())

    def apply(self, tx: Transaction, task: Task, now: int) -> Task:
        """Hold a task back, or let it go on, as rules and managers want it now."""
        rules = self.rules(tx, task)
        is_paused = bool(rules) or any(task.pause_messages)
        if task.is_over or is_paused == task.is_paused:
            return task
        old = task
        if is_paused:
            messages = dict.fromkeys((*task.pause_messages, *(rule.message for rule in rules)))
            text = "; ".join(filter(None, messages)) or "by a manager of a collection"
            task = history.happened(tx, task, PAUSED, "The task was paused", now, details=text)
            task = replace(task, is_paused=True)
            if task.status == "ACTIVE":
                task = replace(task, nice_status=PAUSED, nice_details=text[:1024])
            if task.state == "waiting":
                task = replace(task, state="held", since=now)
        else:
            task = history.happened(tx, task, "UNPAUSED", "The task goes on", now)
            task = replace(task, is_paused=False)
            if task.status == "ACTIVE":
                task = replace(task, nice_status="OK", nice_details="")
                task = queue.queued(task, now) if task.state == "held" else task
        return records.write(tx, old, task)

    # By rules.

    async def visible(self, person: Person, collection_id: str = "") -> list[RuleView]:
        """Return the rules on the collections that somebody monitors (or on one, and its guests).

        Raises `CollectionNotFound` and `NotPermitted`.
        """

        def find(reader: Reader) -> list[RuleView]:
            if collection_id:
                host = self._managers.require(reader, collection_id, person, MONITOR)
                found = [host, *collections.hosted(reader, collection_id)]
            else:
                found = self._managers.monitored(reader, person)
            return [view for one in found for view in self._views(reader, one, person)]

        return await self._store.read(find)

    async def get(self, rule_id: str, person: Person) -> RuleView:
        """Return a rule. Raises `RuleNotFound`."""
        return await self._store.read(lambda reader: self._find(reader, rule_id, person))

    async def create(self, rule: PauseRule, person: Person) -> str:
        """Make a rule, as a manager of its collection; return its id.

        `rule` needs no id and no times. Raises `CollectionNotFound`, `NotPermitted` and
        `InputInvalid`.
        """
        _checked(rule.message)
        now = self._now()
        made = replace(rule, rule_id=str(uuid.uuid4()), created=now, created_by=person.acting)

        def write(tx: Transaction) -> str:
            self._managers.require(tx, made.collection_id, person, MANAGER)
            tx.set(PAUSE_ID.pack(made.rule_id), made.collection_id.encode())
            self._keep(tx, made, now)
            return made.rule_id

        return await self._store.transact(write)

    async def update(
        self, rule_id: str, person: Person, change: Callable[[PauseRule], PauseRule]
    ) -> None:
        """Change a rule. Raises `RuleNotFound`, `NotPermitted` and `InputInvalid`."""
        now = self._now()

        def write(tx: Transaction) -> None:
            view = self._find(tx, rule_id, person)
            self._managers.require(tx, view.rule.collection_id, person, MANAGER)
            changed = replace(change(view.rule), modified=now, modified_by=person.acting)
            _checked(changed.message)
            self._keep(tx, changed, now)

        await self._store.transact(write)

    async def delete(self, rule_id: str, person: Person) -> None:
        """Remove a rule: its tasks go on. Raises `RuleNotFound` and `NotPermitted`."""
        now = self._now()

        def remove(tx: Transaction) -> None:
            rule = self._find(tx, rule_id, person).rule
            self._managers.require(tx, rule.collection_id, person, MANAGER)
            tx.delete(PAUSE.pack(rule.collection_id, rule_id))
            tx.delete(PAUSE_ID.pack(rule_id))
            self._apply_at(tx, rule.collection_id, now)

        await self._store.transact(remove)

    # One by one.

    async def pause(self, task_ids: Sequence[str], person: Person, message: str) -> None:
        """Pause tasks, as a manager of a collection of theirs.

        Raises `TaskNotFound`, `NotPermitted` and `InputInvalid`; then none is paused.
        """
        await self._mark(task_ids, person, _checked(message))

    async def resume(self, task_ids: Sequence[str], person: Person) -> None:
        """Let tasks go on that the managers of the same collections paused.

        Raises `TaskNotFound` and `NotPermitted`; then none goes on.
        """
        await self._mark(task_ids, person, "")

    async def _mark(self, task_ids: Sequence[str], person: Person, message: str) -> None:
        now = self._now()

        def write(tx: Transaction) -> None:
            for task_id in task_ids:
                old = records.get(tx, task_id)
                managed = self._managers.positions(tx, old, person, MANAGER)
                messages = tuple(
                    message if number in managed else kept
                    for number, kept in enumerate(old.pause_messages)
                )
                if not old.is_over:
                    task = records.write(tx, old, replace(old, pause_messages=messages))
                    self.apply(tx, task, now)

        await self._store.transact(write)

    def _keep(self, tx: Transaction, rule: PauseRule, now: int) -> None:
        tx.set(PAUSE.pack(rule.collection_id, rule.rule_id), collections.encode(rule))
        self._apply_at(tx, rule.collection_id, now)

    def _apply_at(self, tx: Transaction, collection_id: str, now: int) -> None:
        """Let the tasks of a collection, and of the guests on it, be as its rules want it."""
        for task in records.active(tx):
            if any(collection_id in (end.collection_id, end.host_id) for end in task.ends):
                self.apply(tx, task, now)

    def _find(self, reader: Reader, rule_id: str, person: Person) -> RuleView:
        collection_id = (reader.get(PAUSE_ID.pack(rule_id)) or b"").decode()
        found = collections.collection(reader, collection_id)
        if found is not None and self._managers.has(reader, found, person, MONITOR):
            for view in self._views(reader, found, person):
                if view.rule.rule_id == rule_id:
                    return view
        raise RuleNotFound(f"There is no pause rule {rule_id[:100]!r} that you can see")

    def _views(
        self, reader: Reader, collection: collections.Collection, person: Person
    ) -> list[RuleView]:
        """Return the rules on a collection that somebody monitors."""
        rules = collections.pauses(reader, collection.collection_id)
        is_editable = bool(rules) and self._managers.has(reader, collection, person, MANAGER)
        return [RuleView(rule, collection, is_editable) for rule in rules]

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _rules_at(reader: Reader, end: End) -> list[PauseRule]:
    ids = dict.fromkeys((end.collection_id, end.host_id))
    return [rule for one in ids for rule in collections.pauses(reader, one)]


def _is_about(rule: PauseRule, task: Task, number: int) -> bool:
    """Tell whether a rule is about what a task does at one of its ends."""
    if task.kind == "DELETE":
        return rule.pause_task_delete
    return rule.pause_task_transfer_write if number else rule.pause_task_transfer_read


def _checked(message: str) -> str:
    if not 1 <= len(message) <= _LONGEST_MESSAGE:
        raise InputInvalid(
            f"The message to those whose tasks are paused has 1 to {_LONGEST_MESSAGE} characters"
        )
    return message
