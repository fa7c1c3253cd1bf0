"""The ledger: the watches of all budgets, measured from the meters and kept up to date.

One process knows of all its spending at once. Of what another one on the same store spends
it learns when it measures anew: until then each of several processes could spend what is
left.
"""

import asyncio
import logging
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.budgets import catalog
from lenticular.primitives.budgets.periods import Period
from lenticular.primitives.budgets.records import Action, Budget, State
from lenticular.primitives.budgets.watches import Watch
from lenticular.primitives.meters import WRITE, Line, Meters, Prices

_log = logging.getLogger("lenticular.budgets")

Weighed = tuple[tuple[Watch, int], ...]
"""Watches, and how many of their shares one unit of a line is."""


class Ledger:
    """The budgets' watches, by account and name."""

    def __init__(
        self,
        store: KeyValueStore,
        meters: Meters,
        prices: Prices,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.store = store
        self.meters = meters
        self.prices = prices
        self.clock = clock
        """Seconds since the epoch."""
        self._news: list[tuple[Action, State, Period, str]] = []
        """What actions came to, and what is to be said of it, that is not in the store yet."""
        self._watches: dict[str, dict[str, Watch]] = {}
        self._spent_by: dict[Line, Weighed] = {}
        self._stopping: dict[Line, Weighed] = {}
        self._reloading = asyncio.Lock()

    def now(self) -> int:
        """Return the time in milliseconds since the epoch."""
        return int(self.clock() * 1000)

    def __contains__(self, account_id: object) -> bool:
        return account_id in self._watches

    def __iter__(self) -> Iterator[Watch]:
        return iter([watch for named in self._watches.values() for watch in named.values()])

    def spent_by(self, line: Line) -> Weighed:
        """Return the watches of which a line uses something."""
        found = self._spent_by.get(line)
        if found is None:
            watches = self._watches.get(line.account_id, {}).values()
            weights = ((watch, watch.budget.weight(line, self.prices)) for watch in watches)
            found = self._spent_by[line] = tuple(pair for pair in weights if pair[1])
        return found

    def stopping(self, line: Line) -> Weighed:
        """Return the watches with stops that concern requests of a line."""
        found = self._stopping.get(line)
        if found is None:
            watches = self._watches.get(line.account_id, {}).values()
            is_priced = self.prices.lists(line.service)
            found = self._stopping[line] = tuple(
                (watch, watch.budget.weight(line, self.prices))
                for watch in watches
                if is_priced and watch.actions and watch.budget.concerns(line)
            )
        return found

    def come_to(self, watch: Watch, action: Action, state: State) -> None:
        """Let an action that stands by come to a state: at once, and in the store soon."""
        if watch.period is None or watch.state(action) != "standby":
            return
        watch.set_state(action, state)
        what = "New spending is refused" if state == "executed" else "Approval is waited for"
        spent = f"{watch.shown(watch.spent)} of {watch.shown(watch.limit)}"
        self._news.append((action, state, watch.period, f"{what}: {spent} is spent."))

    async def keep_news(self) -> None:
        """Keep what actions came to, and tell of it. What the store does not take stays."""
        if not self._news:
            return
        news, self._news = self._news, []
        now = self.now()

        def commit(tx: Transaction) -> None:
            for action, state, period, message in news:
                catalog.come_to(tx, action, state, period, message, now)

        try:
            await self.store.transact(commit)
        except BaseException:
            self._news[:0] = news
            raise
        for action, _, _, message in news:
            where = {"account": action.account_id, "budget": action.budget}
            _log.warning("%s", message, extra=where)

    # Measuring.

    async def measure(self, account_id: str, budgets: Sequence[Budget]) -> list[Watch]:
        """Return watches of budgets of an account that are exact at this moment."""
        await self.keep_news()
        actions, claims = await self.store.read(
            lambda reader: _actions_and_claims(reader, account_id, budgets, self.now())
        )
        kept = await self.meters.levels(account_id)
        now = self.now()
        watches = [Watch(budget, actions.get(budget.name, ())) for budget in budgets]
        for watch in watches:
            watch.advance(now)
        spans = [watch.period.hours for watch in watches if watch.period is not None]
        bounds = sorted({hour for span in spans for hour in span})
        if not bounds:
            return watches
        totals = await self.meters.totals(
            account_id,
            bounds[0],
            bounds[-1],
            lambda hour, line: (bisect_right(bounds, hour) - 1, line),
            now,
        )
        # Nothing may be awaited from here on: what is being spent would be missed.
        for watch in watches:
            if watch.period is None:
                continue
            first, stop = watch.period.hours
            for (segment, line), quantity in totals.items():
                if first <= bounds[segment] < stop:
                    amount = watch.budget.weight(line, self.prices) * quantity
                    watch.spent += amount
                    watch.admitted += amount if line.meter == WRITE else 0
            self._find_lost(watch, claims.get(watch.budget.name))
            watch.rate = self._rate(watch, kept)
        return watches

    async def spent_in(self, budget: Budget, periods: Sequence[Period]) -> list[int]:
        """Return what was spent of a budget in each of some periods, none in another."""
        if not periods:
            return []
        bounds = sorted({hour for period in periods for hour in period.hours})
        totals = await self.meters.totals(
            budget.account_id,
            bounds[0],
            bounds[-1],
            lambda hour, line: (bisect_right(bounds, hour) - 1, line),
        )
        spent = dict.fromkeys(bounds, 0)
        for (segment, line), quantity in totals.items():
            spent[bounds[segment]] += budget.weight(line, self.prices) * quantity
        return [spent[period.hours[0]] for period in periods]

    def _find_lost(self, watch: Watch, claim: tuple[int, int] | None) -> None:
        """Count as spent what was claimed by a process that could not say what it spent."""
        live = self._watches.get(watch.budget.account_id, {}).get(watch.budget.name)
        if live is not None and live.period == watch.period:
            watch.lost = live.lost
        elif claim is not None:
            claimed, lost = claim
            watch.lost = max(lost, claimed - watch.admitted)
        watch.spent += watch.lost

    def _rate(self, watch: Watch, kept: list[tuple[Line, int]]) -> int:
        return sum(watch.budget.weight(line, self.prices) * size for line, size in kept)

    async def reload(self, account_id: str) -> None:
        """Take over what changed of an account's budgets, and measure them anew."""
        async with self._reloading:  # what was read first must not be taken over last
            budgets = await self.store.read(lambda reader: catalog.budgets(reader, account_id))
            measured = await self.measure(account_id, budgets)
            live = self._watches.pop(account_id, {})
            if measured:
                self._watches[account_id] = {
                    watch.budget.name: _taken_over(live.get(watch.budget.name), watch)
                    for watch in measured
                }
            self._spent_by.clear()
            self._stopping.clear()

    async def reload_all(self) -> None:
        """Take over what changed of all budgets, and measure them anew."""
        budgets = await self.store.read(catalog.budgets)
        for account_id in {budget.account_id for budget in budgets} | self._watches.keys():
            await self.reload(account_id)

    async def rate_all(self) -> None:
        """Look anew at the storage that goes on costing."""
        for account_id in list(self._watches):
            kept = await self.meters.levels(account_id)
            for watch in self._watches.get(account_id, {}).values():
                watch.advance(self.now())
                watch.rate = self._rate(watch, kept)


def _actions_and_claims(
    reader: Reader, account_id: str, budgets: Sequence[Budget], now: int
) -> tuple[dict[str, tuple[Action, ...]], dict[str, tuple[int, int]]]:
    actions: dict[str, tuple[Action, ...]] = {}
    for action in catalog.actions(reader, account_id):
        actions[action.budget] = (*actions.get(action.budget, ()), action)
    claims = {}
    for budget in budgets:
        period = budget.period_at(now)
        claim = catalog.claimed(reader, budget, period) if period is not None else None
        if claim is not None:
            claims[budget.name] = claim
    return actions, claims


def _taken_over(live: Watch | None, measured: Watch) -> Watch:
    """Return the watch that requests under way know of, with what was measured anew."""
    if live is None:
        return measured
    live.take_over(measured)
    return live
