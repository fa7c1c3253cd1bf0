"""Timers: transfers that are submitted at set times, as the people whose they are."""

import time
import uuid
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.movers.contract import Item, Options
from lenticular.primitives.collections import CollectionError
from lenticular.primitives.oauth.builtin import TIMER_SCOPE, TRANSFER_ALL
from lenticular.primitives.oauth.callers import Caller, Callers
from lenticular.primitives.timers import records
from lenticular.primitives.timers.errors import (
    ConsentMissing,
    TimerEnded,
    TimerInvalid,
    TimerNotFound,
)
from lenticular.primitives.timers.records import RUNS_KEPT, Run, Timer
from lenticular.primitives.timers.schedules import Schedule
from lenticular.primitives.transfers import (
    Occasion,
    SameTransfer,
    Submission,
    TransferError,
    Transfers,
)

MOST_ITEMS: Final = 1000
"""Of one timer: a folder is one item."""

_MOST_OWN: Final = 1000
"""Timers of one person."""

_LONGEST_NAME: Final = 256
_ROUND: Final = 10_000


class NewTimer(Struct, frozen=True, kw_only=True):
    """A timer to make."""

    name: str
    schedule: Schedule
    source_id: str
    destination_id: str
    items: list[Item]
    body: bytes
    """The document of the transfer, to be shown as it was given."""
    options: Options
    label: str | None
    notify: tuple[Occasion, ...]


class Timers:
    """The timers of one cloud."""

    def __init__(
        self,
        store: KeyValueStore,
        transfers: Transfers,
        callers: Callers,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._transfers = transfers
        self._callers = callers
        self._clock = clock

    async def create(self, new: NewTimer, caller: Caller) -> Timer:
        """Make a timer. Raises `ConsentMissing` and `TimerInvalid`."""
        await self._owner(caller.identity_id, caller.client_id)
        _check(new)
        now = self._now()
        schedule = new.schedule.check()
        timer = Timer(
            timer_id=str(uuid.uuid4()),
            owner_id=caller.identity_id,
            client_id=caller.client_id,
            name=new.name,
            schedule=schedule,
            submitted=now,
            source_id=new.source_id,
            destination_id=new.destination_id,
            body=new.body,
            options=new.options,
            label=new.label,
            notify=new.notify,
            next_run=schedule.start,
        )

        def write(tx: Transaction) -> Timer:
            if sum(1 for _ in records.owned(tx, timer.owner_id)) >= _MOST_OWN:
                raise TimerInvalid(f"Nobody has more than {_MOST_OWN} timers: delete some")
            records.write_items(tx, timer.timer_id, new.items)
            return records.write(tx, None, timer)

        return await self._store.transact(write)

    async def of(self, identity_ids: Sequence[str]) -> list[Timer]:
        """Return somebody's timers, the oldest first."""

        def find(reader: Reader) -> list[Timer]:
            return [one for owner_id in identity_ids for one in records.owned(reader, owner_id)]

        return sorted(await self._store.read(find), key=lambda one: (one.submitted, one.timer_id))

    async def get(self, timer_id: str, identity_ids: Sequence[str]) -> Timer:
        """Return a timer of somebody's. Raises `TimerNotFound`."""
        return await self._store.read(lambda reader: _own(reader, timer_id, identity_ids))

    async def rename(self, timer_id: str, identity_ids: Sequence[str], name: str) -> Timer:
        """Give a timer another name. Raises `TimerNotFound` and `TimerInvalid`."""
        _check_name(name)
        return await self._change(timer_id, identity_ids, lambda timer: replace(timer, name=name))

    async def pause(self, timer_id: str, identity_ids: Sequence[str]) -> Timer:
        """Let a timer wait until it is resumed. Raises `TimerNotFound` and `TimerEnded`."""

        def hold(timer: Timer) -> Timer:
            return replace(_going_on(timer), status="inactive", cause="user")

        return await self._change(timer_id, identity_ids, hold)

    async def resume(self, timer_id: str, caller: Caller) -> Timer:
        """Let a timer go on, from the first time that is to come.

        One that runs once and whose time has passed meanwhile runs now. From now on it acts
        with what the caller's client may do. Raises `TimerNotFound`, `TimerEnded` and
        `ConsentMissing`.
        """
        ids = caller.own_ids
        timer = await self.get(timer_id, ids)
        await self._owner(timer.owner_id, caller.client_id)
        now = self._now()

        def go_on(timer: Timer) -> Timer:
            _going_on(timer)
            following = timer.next_run
            if timer.status == "inactive" and timer.schedule.is_recurring and following <= now:
                following = timer.schedule.after(now, timer.done)
            return replace(
                timer,
                status="loaded" if following else "ended",
                cause="",
                next_run=following,
                client_id=caller.client_id,
            )

        return await self._change(timer_id, ids, go_on)

    async def delete(self, timer_id: str, identity_ids: Sequence[str]) -> Timer:
        """Remove a timer; what it has submitted goes on. Raises `TimerNotFound`."""

        def write(tx: Transaction) -> Timer:
            timer = _own(tx, timer_id, identity_ids)
            records.drop(tx, timer)
            return timer

        return await self._store.transact(write)

    async def run(self) -> None:
        """Run what is due. One process of the cloud does it at a time.

        A timer whose last transfer is not over yet waits for that. After times were missed,
        while nothing ran or it waited, it runs once, and then at its next time.
        """
        now = self._now()
        for timer_id in await self._store.read(lambda reader: records.due(reader, now, _ROUND)):
            await self._run(timer_id)

    async def _run(self, timer_id: str) -> None:
        def look(reader: Reader) -> tuple[Timer | None, list[Item], bool]:
            timer = records.find(reader, timer_id)
            is_busy = timer is not None and self._is_busy(reader, timer)
            return timer, records.items(reader, timer_id), is_busy

        timer, items, is_busy = await self._store.read(look)
        if timer is None or is_busy:
            return
        try:
            caller = await self._owner(timer.owner_id, timer.client_id)
        except ConsentMissing:
            await self._store.transact(lambda tx: _deactivate(tx, timer))
            return
        run = await self._submit(timer, items, caller)
        if run is not None:
            await self._store.transact(lambda tx: self._note(tx, timer, run))

    async def _submit(self, timer: Timer, items: list[Item], caller: Caller) -> Run | None:
        """Submit the transfer of the run that is due; None: the one before is still under way."""
        # A run has one submission id, so that it is submitted once however often this is tried.
        named = f"{timer.timer_id}/{timer.next_run}/{timer.done}"
        wanted = Submission(
            kind="TRANSFER",
            submission_id=str(uuid.uuid5(uuid.NAMESPACE_URL, named)),
            source_id=timer.source_id,
            destination_id=timer.destination_id,
            label=timer.label,
            options=timer.options,
            notify=timer.notify,
        )
        staging = self._transfers.submissions.stage()
        now = self._now()
        try:
            await staging.add(items)
            accepted = await self._transfers.submissions.submit(caller, wanted, staging)
        except SameTransfer:
            return None
        except (CollectionError, TransferError) as error:
            return Run(now, error=f"{type(error).__name__}: {error}")
        return Run(now, task_id=accepted.task_id)

    def _note(self, tx: Transaction, ran: Timer, run: Run) -> None:
        old = records.find(tx, ran.timer_id)
        if old is None or (old.next_run, old.done) != (ran.next_run, ran.done):
            return
        done = old.done + 1
        following = old.schedule.after(max(run.time, old.next_run), done)
        status = old.status if following else "ended"
        records.write(
            tx,
            old,
            replace(
                old,
                status=status,
                next_run=following,
                last_run=run.time,
                done=done,
                failed=old.failed + bool(run.error),
                runs=(run, *old.runs)[:RUNS_KEPT],
            ),
        )

    def _is_busy(self, reader: Reader, timer: Timer) -> bool:
        task_id = timer.runs[0].task_id if timer.runs else ""
        return bool(task_id) and self._transfers.is_under_way(reader, task_id)

    async def _owner(self, identity_id: str, client_id: str) -> Caller:
        """Return the owner of a timer, who still lets it use Transfer for them.

        Raises `ConsentMissing`.
        """
        caller = await self._callers.on_behalf(identity_id, client_id, (TIMER_SCOPE, TRANSFER_ALL))
        if caller is None:
            raise ConsentMissing((f"{TIMER_SCOPE}[{TRANSFER_ALL}]",))
        return caller

    async def _change(
        self, timer_id: str, identity_ids: Sequence[str], change: Callable[[Timer], Timer]
    ) -> Timer:
        def write(tx: Transaction) -> Timer:
            old = _own(tx, timer_id, identity_ids)
            return records.write(tx, old, change(old))

        return await self._store.transact(write)

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _own(reader: Reader, timer_id: str, identity_ids: Sequence[str]) -> Timer:
    found = records.find(reader, timer_id)
    if found is None or found.owner_id not in identity_ids:
        raise TimerNotFound(timer_id)
    return found


def _going_on(timer: Timer) -> Timer:
    if timer.status == "ended":
        raise TimerEnded("This timer has run for the last time: make another one")
    return timer


def _deactivate(tx: Transaction, ran: Timer) -> None:
    old = records.find(tx, ran.timer_id)
    if old is not None and old.status == "loaded":
        records.write(tx, old, replace(old, status="inactive", cause="consent"))


def _check(new: NewTimer) -> None:
    _check_name(new.name)
    if not 1 <= len(new.items) <= MOST_ITEMS:
        raise TimerInvalid(f"A timer moves 1 to {MOST_ITEMS} items, not {len(new.items)}")


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= _LONGEST_NAME:
        raise TimerInvalid(f"A timer's name has 1 to {_LONGEST_NAME} characters")
