"""The tables of the cloud: every operation as one call that is atomic and durable."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from lenticular.engines.kv.contract import KeyValueStore, Reader, StoreClosed, Transaction
from lenticular.engines.kv.keys import Subspace, after
from lenticular.primitives.meters import Holder, Holders
from lenticular.primitives.tables import (
    catalog,
    maintenance,
    queries,
    spaces,
    transactions,
    writes,
)
from lenticular.primitives.tables.catalog import Alteration, NewIndex, NewTable
from lenticular.primitives.tables.holdings import holder
from lenticular.primitives.tables.maintenance import Growth, Progress
from lenticular.primitives.tables.queries import Page, Plan
from lenticular.primitives.tables.records import (
    Statistics,
    Table,
    TableName,
    decode_statistics,
    decode_table,
    encode,
    find_table,
)
from lenticular.primitives.tables.transactions import Get, Got, Token
from lenticular.primitives.tables.writes import Outcome, Write

_log = logging.getLogger(__name__)
_FEW = 16
"""Items that are read at once on the event loop; more are read on a thread."""
_TOKENS = 1_000
"""Tokens that one transaction forgets."""


class Tables:
    """Tables of items in one key-value store; any number of these may share it.

    Background work (filling new indexes, sweeping up after deletions) is started by the
    calls that need it. `maintain` is to be called now and then: it goes on with what a
    restart or another process left, and lets items expire.
    """

    def __init__(self, store: KeyValueStore, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        """Seconds since the epoch."""
        self._uncounted: dict[tuple[int, int], Statistics] = {}
        """What writes added since the statistics were stored, by table uid and number."""
        self._work: asyncio.Task[None] | None = None
        self.holders = Holders(store, _find_holder)
        """Whom requests to a table are charged to, by the table's name."""

    # -- tables

    async def create(self, name: TableName, new: NewTable) -> Table:
        """Make an empty table. Raises `TableExists`."""
        now = self._clock()
        table = await self._store.transact(lambda tx: catalog.create(tx, name, new, now))
        self.holders.forget(name)
        return table

    async def describe(self, name: TableName) -> Table:
        """Return a table. Raises `TableNotFound`."""
        return await self._store.read(lambda reader: find_table(reader, name))

    async def statistics(self, table: Table) -> dict[int, Statistics]:
        """Return what the table (number 0) and its indexes hold, by number.

        They are exact but for what a process counted and had not stored when it was killed.
        """
        counted = await self._store.read(lambda reader: catalog.statistics(reader, table))
        for number, stored in counted.items():
            more = self._uncounted.get((table.uid, number), Statistics())
            counted[number] = stored.plus(more.items, more.size)
        return counted

    async def names(
        self, account_id: str, region: str, *, start: str | None = None, limit: int = 100
    ) -> tuple[list[str], bool]:
        """Return up to `limit` names of tables in order, after `start`; and if there are more."""
        found = await self._store.read(
            lambda reader: catalog.names(reader, account_id, region, start, limit + 1)
        )
        return found[:limit], len(found) > limit

    async def alter(
        self,
        name: TableName,
        alteration: Alteration = lambda table: table,
        *,
        add: NewIndex | None = None,
        remove: str | None = None,
    ) -> Table:
        """Change the record of a table, and add or remove an index.

        A new index is filled in the background. Raises `TableNotFound`, `TableBusy`,
        `IndexExists`, `IndexNotFound`, or what `alteration` raises.
        """
        table = await self._store.transact(
            lambda tx: catalog.alter(tx, name, alteration, add, remove)
        )
        self.holders.forget(name)
        if add or remove:
            self._start_work()
        return table

    async def set_expiry(self, name: TableName, attribute: str, *, on: bool) -> Table:
        """Let items expire by an attribute (an ``N``, seconds since the epoch), or no longer.

        Raises `TableNotFound`, `ExpiryUnchanged` or `ExpiryByOther`.
        """
        table = await self._store.transact(
            lambda tx: catalog.set_expiry(tx, name, attribute, on=on)
        )
        self._start_work()
        return table

    async def delete(self, name: TableName) -> Table:
        """Delete a table; its name is free at once, its items go in the background.

        Raises `TableNotFound`, `TableProtected` or `IndexNotReady`.
        """
        table = await self._store.transact(lambda tx: catalog.delete(tx, name))
        self.holders.forget(name)
        for number in (0, *(index.number for index in table.indexes)):
            self._uncounted.pop((table.uid, number), None)
        self._start_work()
        return table

    # -- items

    async def get(self, get: Get) -> Got:
        """Read one item. Raises `TableNotFound` or `KeyInvalid`."""
        return await self._store.read(lambda reader: transactions.read(reader, get))

    async def get_batch(self, gets: Sequence[Get]) -> list[Got]:
        """Read many items. Raises `KeysRepeated`, `TableNotFound` or `KeyInvalid`."""
        many = len(gets) > _FEW
        return await self._store.read(
            lambda reader: transactions.read_batch(reader, gets), long=many
        )

    async def get_all(self, gets: Sequence[Get]) -> list[Got]:
        """Read many items of one state.

        Raises `TransactionCancelled`, `TableNotFound` or `KeysRepeated`.
        """
        many = len(gets) > _FEW
        return await self._store.read(lambda reader: transactions.read_all(reader, gets), long=many)

    async def write(self, write: Write) -> Outcome:
        """Make one write.

        Raises `TableNotFound`, `KeyInvalid`, `ConditionFailed`, `Rejected`, `ItemTooLarge`
        or `ValueInvalid`.
        """
        outcome = await self._store.transact(lambda tx: writes.perform(tx, write))
        self._count_all((outcome,))
        return outcome

    async def write_batch(self, many: Sequence[Write]) -> list[Outcome]:
        """Make many writes. Raises `KeysRepeated` and what `write` raises; then none was made."""
        outcomes = await self._store.transact(lambda tx: transactions.write_batch(tx, many))
        self._count_all(outcomes)
        return outcomes

    async def write_all(
        self, many: Sequence[Write], token: Token | None = None
    ) -> list[Outcome] | None:
        """Make many writes, or none; None: they were made before, under the same token.

        Raises `TransactionCancelled`, `TableNotFound`, `KeysRepeated` or `TokenReused`.
        """
        now = self._clock()
        outcomes = await self._store.transact(
            lambda tx: transactions.write_all(tx, many, token, now)
        )
        self._count_all(outcomes or ())
        return outcomes

    async def select(self, name: TableName, plan: Plan) -> Page:
        """Read one page of a query or a scan.

        Raises `TableNotFound`, `IndexNotFound`, `IndexNotReady`, `KeyInvalid`,
        `StartKeyOutside`, or what `plan` raises.
        """
        return await queries.select(self._store, name, plan)

    # -- in the background

    async def maintain(self, now: float | None = None) -> None:
        """Do all that is to do in the background, and store the statistics."""
        await self.settle()
        await self.expire(now)
        await self._forget_tokens()
        await self.flush()

    async def expire(self, now: float | None = None) -> int:
        """Delete the items whose time is over at `now`; return how many."""
        moment = self._clock() if now is None else now
        return await self._page_through(
            spaces.EXPIRING, lambda tx, key: maintenance.expire(tx, key, moment)
        )

    async def settle(self) -> None:
        """Fill the new indexes, and sweep up what deleted tables and indexes left."""
        await self._page_through(spaces.FILLING, maintenance.fill)
        await self._page_through(spaces.GARBAGE, maintenance.sweep)

    async def close(self) -> None:
        """Stop the background work and store the statistics. The store stays open."""
        if self._work:
            self._work.cancel()
            await asyncio.wait({self._work})
        await self.flush()

    def _start_work(self) -> None:
        previous = self._work

        async def work() -> None:
            if previous:
                await asyncio.wait({previous})
            try:
                await self.settle()
            except StoreClosed:
                pass
            except Exception:
                _log.exception("background work on tables failed; maintain() takes it up again")

        self._work = asyncio.get_running_loop().create_task(work())

    async def _page_through(
        self, space: Subspace, page: Callable[[Transaction, bytes], Progress]
    ) -> int:
        """Do all pages of each key of `space`; return what they did."""
        done = 0
        key = await self._next(space, space.prefix)
        while key is not None:
            progress = await self._store.transact(partial(_turned, page, key))
            self._count(progress.growth)
            done += progress.done
            if not progress.more:
                key = await self._next(space, after(key))
        return done

    async def _next(self, space: Subspace, start: bytes) -> bytes | None:
        """Return the first key of `space` from `start`; None: there is none."""
        stop = space.range()[1]
        pairs = await self._store.read(lambda reader: reader.range(start, stop, limit=1))
        return pairs[0][0] if pairs else None

    async def _forget_tokens(self) -> None:
        now = self._clock()
        while await self._store.transact(lambda tx: transactions.forget_tokens(tx, now, _TOKENS)):
            pass

    def _count_all(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            for number, items, size in outcome.growth():
                if items or size:
                    self._count(((outcome.table.uid, number, items, size),))

    def _count(self, growth: Iterable[Growth]) -> None:
        for uid, number, items, size in growth:
            counted = self._uncounted.get((uid, number), Statistics())
            self._uncounted[uid, number] = counted.plus(items, size)

    async def flush(self) -> None:
        """Store the statistics of what this process wrote. Raises `StoreFailed`."""
        if not self._uncounted:
            return
        counted, self._uncounted = self._uncounted, {}

        def add(transaction: Transaction) -> None:
            for place, more in counted.items():
                key = spaces.STATISTICS.pack(*place)
                stored = decode_statistics((transaction.get(key),))
                transaction.set(key, encode(stored.plus(more.items, more.size)))

        try:
            await self._store.transact(add)
        except Exception:  # to be tried again with the next ones
            self._count((*place, more.items, more.size) for place, more in counted.items())
            raise


def _find_holder(reader: Reader, name: TableName) -> Holder | None:
    raw = reader.get(spaces.NAME.pack(*name))
    return None if raw is None else holder(decode_table(raw))


def _turned(
    page: Callable[[Transaction, bytes], Progress], key: bytes, transaction: Transaction
) -> Progress:
    return page(transaction, key)
