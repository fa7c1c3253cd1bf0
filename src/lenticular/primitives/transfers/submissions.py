"""Submissions: what somebody wants moved or deleted becomes a task, once.

What is to be moved may be a long list. It is written down as it comes in, in pages that belong
to no task yet, and becomes the task's in the transaction that makes the task: memory stays
bounded, and half a submission is none.
"""

import hashlib
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.movers.contract import Item, Options
from lenticular.primitives.collections import Collection, Collections
from lenticular.primitives.meters.usage import spender
from lenticular.primitives.oauth.callers import Caller
from lenticular.primitives.transfers import history, records
from lenticular.primitives.transfers.ends import Ends
from lenticular.primitives.transfers.errors import InputInvalid, NoItems, SameTransfer
from lenticular.primitives.transfers.pauses import Pauses
from lenticular.primitives.transfers.reach import Reach
from lenticular.primitives.transfers.records import (
    OCCASIONS,
    SAME,
    STAGED,
    SUBMITTED,
    Kind,
    Occasion,
    Task,
)
from lenticular.primitives.transfers.reports import FIRST_DEADLINE
from lenticular.primitives.transfers.webhooks import Target, Webhooks

MOST_ITEMS: Final = 1_000_000
"""Of one submission."""

_WRITTEN: Final = 2000
"""Items that are written at once."""

_LONGEST_LABEL: Final = 128
_UNFINISHED: Final = 24 * 3600 * 1000
"""Milliseconds after which a submission that is still coming in never will be complete."""

_SWEPT: Final = 100


class Submission(Struct, frozen=True, kw_only=True):
    """What somebody asks for, besides the items."""

    kind: Kind
    submission_id: str
    source_id: str
    """Of a deletion: the collection in which to delete."""
    destination_id: str = ""
    label: str | None = None
    options: Options = Options()
    is_recursive: bool = False
    """Of a deletion: folders too, with all that is in them."""
    deadline: int = 0
    """Milliseconds since the epoch; 0: as usual."""
    notify: tuple[Occasion, ...] = OCCASIONS
    webhook: Target | None = None


class Accepted(Struct, frozen=True):
    """The task of a submission."""

    task_id: str
    is_new: bool
    """False: it was submitted before, and nothing was done now."""


class Staging:
    """The items of a submission while it comes in."""

    def __init__(self, store: KeyValueStore, now: int) -> None:
        self.task_id = str(uuid.uuid4())
        self.count = 0
        self.rest: list[Item] = []
        """Those that were not written yet."""
        self._store = store
        self._now = now
        self._written = 0
        self._digest = hashlib.sha256()
        self._reach = Reach(), Reach()

    async def add(self, items: Sequence[Item]) -> None:
        """Add items. Raises `InputInvalid` for too many."""
        self.count += len(items)
        if self.count > MOST_ITEMS:
            raise InputInvalid(f"A submission has at most {MOST_ITEMS} items")
        for item in items:
            self._digest.update(msgspec.msgpack.encode((item.source, item.destination)))
            self._reach[0].add(item.source)
            if item.destination:
                self._reach[1].add(item.destination)
        self.rest += items
        if len(self.rest) >= _WRITTEN:
            rows, self.rest = self.rest, []
            await self._store.transact(lambda tx: self._write(tx, rows))
            self._written += len(rows)

    def reach(self) -> tuple[tuple[str, ...], ...]:
        """Return where in the source and the destination there is something to do."""
        return tuple(one.paths() for one in self._reach)

    def digest(self, *collection_ids: str) -> bytes:
        """Return the digest of all paths and of the collections that they are in."""
        whole = self._digest.copy()
        whole.update("".join(collection_ids).encode())
        return whole.digest()

    def keep(self, tx: Transaction) -> None:
        """Make the items the task's."""
        history.items.append(tx, self.task_id, self._written, self.rest)
        tx.delete(STAGED.pack(self._now, self.task_id))

    async def drop(self) -> None:
        """Forget the items."""
        if self._written:
            await self._store.transact(self._forget)

    def _write(self, tx: Transaction, rows: Sequence[Item]) -> None:
        tx.set(STAGED.pack(self._now, self.task_id), b"")
        history.items.append(tx, self.task_id, self._written, rows)

    def _forget(self, tx: Transaction) -> None:
        history.items.clear(tx, self.task_id)
        tx.delete(STAGED.pack(self._now, self.task_id))


class Submissions:
    """Takes submissions."""

    def __init__(
        self,
        store: KeyValueStore,
        collections: Collections,
        ends: Ends,
        pauses: Pauses,
        webhooks: Webhooks,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._collections = collections
        self._ends = ends
        self._pauses = pauses
        self._webhooks = webhooks
        self._clock = clock

    def stage(self) -> Staging:
        """Begin to take the items of a submission."""
        return Staging(self._store, self._now())

    async def submit(self, caller: Caller, wanted: Submission, staging: Staging) -> Accepted:
        """Make the task that is asked for, unless there is one of this submission id.

        The caller's rights are asked for now, and again whenever the task goes on: it does so
        without them. Raises `NoItems`, `InputInvalid`, `SameTransfer`, and what
        `Collections.place` raises of its collections. The items are gone then.
        """
        try:
            accepted = await self._submit(caller, wanted, staging)
        except BaseException:
            await staging.drop()
            raise
        if not accepted.is_new:
            await staging.drop()
        return accepted

    async def _submit(self, caller: Caller, wanted: Submission, staging: Staging) -> Accepted:
        key = SUBMITTED.pack(caller.identity_id, wanted.submission_id)
        known = await self._store.read(lambda reader: reader.get(key))
        if known is not None:
            return Accepted(known.decode(), is_new=False)
        now = self._now()
        _check(wanted, staging, now)
        await self._permit(caller, wanted)

        def make(tx: Transaction) -> Accepted:
            known = tx.get(key)
            if known is not None:
                return Accepted(known.decode(), is_new=False)
            task = self._task(tx, caller, wanted, staging, now)
            same = tx.get(SAME.pack(task.owner_id, task.digest))
            if same is not None:
                raise SameTransfer(same.decode())
            tx.set(key, task.task_id.encode())
            staging.keep(tx)
            for end in task.ends:
                self._collections.note_use(tx, end.collection_id, task.owner_id)
            task = records.write(tx, None, task)
            self._pauses.apply(tx, task, now)
            return Accepted(task.task_id, is_new=True)

        return await self._store.transact(make)

    async def _permit(self, caller: Caller, wanted: Submission) -> None:
        is_deletion = wanted.kind == "DELETE"
        await self._collections.place(wanted.source_id, caller, write=is_deletion)
        if not is_deletion:
            await self._collections.place(wanted.destination_id, caller, write=True)

    def _task(
        self, tx: Transaction, caller: Caller, wanted: Submission, staging: Staging, now: int
    ) -> Task:
        source = self._collection(tx, wanted.source_id)
        collections = [source]
        if wanted.kind == "TRANSFER":
            collections.append(self._collection(tx, wanted.destination_id))
        options = _allowed(wanted.options, collections)
        ends = [self._ends.end(tx, one) for one in collections]
        return Task(
            task_id=staging.task_id,
            kind=wanted.kind,
            owner_id=caller.identity_id,
            username=caller.username,
            account_id=caller.principal.account_id,
            user=spender(caller.principal),
            client_id=caller.client_id,
            submission_id=wanted.submission_id,
            label=wanted.label,
            source=ends[0],
            destination=ends[1] if len(ends) > 1 else None,
            options=options,
            requested=now,
            deadline=wanted.deadline or now + FIRST_DEADLINE,
            is_deadline_given=bool(wanted.deadline),
            items=staging.count,
            is_recursive=wanted.is_recursive,
            digest=staging.digest(*(one.collection_id for one in collections)),
            notify=wanted.notify,
            webhook=self._webhooks.sealed(staging.task_id, wanted.webhook),
            since=now,
            reach=staging.reach(),
        )

    def _collection(self, reader: Reader, collection_id: str) -> Collection:
        found = self._collections.find(reader, collection_id)
        if found is None:
            raise InputInvalid(f"The collection {collection_id} was deleted just now")
        return found

    async def sweep(self) -> None:
        """Forget items of submissions that never came in whole."""
        old = self._now() - _UNFINISHED

        def forget(tx: Transaction) -> None:
            start, _ = STAGED.range()
            for key, _ in tx.range(start, STAGED.pack(old), limit=_SWEPT):
                history.items.clear(tx, STAGED.unpack(key)[-1])
                tx.delete(key)

        await self._store.transact(forget)

    def _now(self) -> int:
        return int(self._clock() * 1000)


def labelled(label: str | None) -> str | None:
    """Return a label. Raises `InputInvalid`."""
    if label is not None and len(label) > _LONGEST_LABEL:
        raise InputInvalid(f"A label has at most {_LONGEST_LABEL} characters, not {len(label)}")
    return label


def check_deadline(deadline: int, now: int) -> None:
    """Raise `InputInvalid` for a deadline that has passed; 0 is none."""
    if deadline and deadline <= now:
        raise InputInvalid("The deadline has passed already: give a later one, in UTC")


def _check(wanted: Submission, staging: Staging, now: int) -> None:
    labelled(wanted.label)
    if not staging.count:
        what = "transfer" if wanted.kind == "TRANSFER" else "delete"
        raise NoItems(f"A {what} requires at least one item")
    check_deadline(wanted.deadline, now)


def _allowed(options: Options, collections: Sequence[Collection]) -> Options:
    """Return options as the collections want them."""
    if any(one.force_encryption for one in collections):
        options = replace(options, encrypt_data=True)
    if any(one.disable_verify for one in collections):
        options = replace(options, verify_checksum=False)
    if any(one.force_verify for one in collections):
        options = replace(options, verify_checksum=True)
    return options
