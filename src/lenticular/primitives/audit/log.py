"""The audit log: events come in, many at once in one transaction, and are found again.

Management events are on disk when `Audit.record` returns. Data events, which come at the
rate of the data themselves, are gathered and written within a second.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from lenticular.engines.kv.contract import KeyValueStore, Transaction
from lenticular.primitives.audit import chain
from lenticular.primitives.audit.events import Event, encode_event
from lenticular.primitives.audit.lookup import Page, Query, look_up
from lenticular.primitives.audit.sealing import SealingKey
from lenticular.primitives.audit.strangers import Strangers
from lenticular.primitives.audit.verification import Verification
from lenticular.primitives.vault import Vault

GATHERED = 0.5
"""Seconds for which data events are gathered before they are written."""

_MOST_GATHERED = 2000
"""Data events that are gathered at most: then they are written at once, and waited for."""

_log = logging.getLogger("lenticular.audit")


class _Batch:
    """Events that are written in one transaction, by account, and whoever waits for them."""

    def __init__(self) -> None:
        self.events: dict[str, list[bytes]] = {}
        self.written: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def add(self, events: Iterable[Event]) -> None:
        for event in events:
            self.events.setdefault(event.recipient_account_id, []).append(encode_event(event))

    def end(self, error: Exception | None) -> None:
        if error is None:
            self.written.set_result(None)
        else:
            self.written.set_exception(error)
            self.written.exception()  # counts as seen, should nobody wait any more


class Audit:
    """The audit logs of one cloud, one for each account."""

    def __init__(
        self, store: KeyValueStore, vault: Vault, *, clock: Callable[[], float] = time.time
    ) -> None:
        """`clock` gives seconds since the epoch."""
        self._store = store
        self._clock = clock
        self._key = SealingKey(vault)
        self._strangers = Strangers(clock)
        self._next: _Batch | None = None
        self._writing: asyncio.Task[None] | None = None
        self._gathered: list[Event] = []
        self._timer: asyncio.TimerHandle | None = None
        self.verification = Verification(store, self._key)

    async def record(self, events: Sequence[Event]) -> None:
        """Record events, each in its recipient's log; management events are then on disk.

        Whoever comes while a transaction is under way shares the next one. Data events are
        on disk soon, and lost if the process is killed before. Raises `StoreFailed` when
        they cannot be written: then the call must not be answered as done.
        """
        managing = self._strangers.admit([each for each in events if each.management_event])
        if not all(event.management_event for event in events):
            await self._gather([event for event in events if not event.management_event])
        if managing:
            await asyncio.shield(self._write(managing))

    async def _gather(self, events: Sequence[Event]) -> None:
        self._gathered += events
        if len(self._gathered) >= _MOST_GATHERED:
            await self.flush()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(GATHERED, self._write_gathered)

    async def look_up(self, query: Query) -> Page:
        """Return a page of what was recorded of an account, newest first."""
        return await look_up(self._store, query)

    async def accounts(self) -> list[str]:
        """Return the accounts of which anything is recorded, in order."""
        return sorted(await self._store.read(chain.accounts))

    async def flush(self) -> None:
        """Put on disk what was gathered. Raises `StoreFailed`."""
        written = self._write_gathered()
        if written is not None:
            await asyncio.shield(written)

    async def close(self) -> None:
        """Put everything on disk that was handed over."""
        await self.flush()
        if self._writing is not None:
            await self._writing

    def _write_gathered(self) -> "asyncio.Future[None] | None":
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        events, self._gathered = self._gathered, []
        return self._write(events) if events else None

    def _write(self, events: Sequence[Event]) -> "asyncio.Future[None]":
        """Hand events over to the next transaction; return what tells of its end."""
        if self._next is None:
            self._next = _Batch()
        batch = self._next
        batch.add(events)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_batches())
        return batch.written

    async def _write_batches(self) -> None:
        while self._next is not None:
            batch, self._next = self._next, None
            try:
                await self._store.transact(partial(self._append, events=batch.events))
            except Exception as error:
                _log.exception("audit events were not written")
                batch.end(error)
            else:
                batch.end(None)
        self._writing = None

    def _append(self, tx: Transaction, events: dict[str, list[bytes]]) -> None:
        now = int(self._clock() * 1000)
        for account_id, encoded in events.items():
            chain.append(tx, self._key, account_id, encoded, now)
