"""The ledger: the watches of all budgets, measured from the meters and kept up to date.

A process knows of all its spending at once. Of what another one on the same store spends it
learns a second later; what each may let requests spend meanwhile is granted (`grants`).
"""

import asyncio
import logging
import os
import time
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.budgets import catalog, grants
from lenticular.primitives.budgets.periods import Period
from lenticular.primitives.budgets.records import Action, Budget, State
from lenticular.primitives.budgets.watches import Watch
from lenticular.primitives.meters import WRITE, Counted, Line, Meters, Prices

_log = logging.getLogger("lenticular.budgets")

Living = Callable[[Reader], Collection[bytes]]
"""Returns the ids of the processes that live."""


class Amount(NamedTuple):
    """An amount of a budget."""

    spent: int
    admitted: int
    """The part of it that admitted requests made."""


class Brought(NamedTuple):
    """What was brought to the lines, as a budget sees it."""

    watch: Watch
    period: Period
    before: grants.Tally
    amount: Amount


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
        member: bytes = b"",
        living: Living | None = None,
    ) -> None:
        """`member` is the id of this process, and `living` returns those of all that live.

        Without these it is the only one.
        """
        self.store = store
        self.member = member or os.urandom(8)
        self.living: Living = living or (lambda reader: {self.member})
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
        meters.along = self

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
        actions = await self.store.read(lambda reader: _actions(reader, account_id))
        kept = await self.meters.levels(account_id)
        now = self.now()
        watches = [Watch(budget, actions.get(budget.name, ())) for budget in budgets]
        for watch in watches:
            watch.advance(now)
        spans = [watch.period.hours for watch in watches if watch.period is not None]
        bounds = sorted({hour for span in spans for hour in span})
        if not bounds:
            return watches
        left: dict[str, tuple[int, int] | None] = {}

        def look(reader: Reader) -> None:
            living = self.living(reader)
            for watch in watches:
                if watch.period is not None:
                    budget, period = watch.budget, watch.period
                    watch.tally = grants.settled(reader, budget, period, living)
                    left[budget.name] = grants.claimed(reader, budget, period)

        totals = await self.meters.totals(
            account_id,
            bounds[0],
            bounds[-1],
            lambda hour, line: (bisect_right(bounds, hour) - 1, line),
            now,
            look,
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
            watch.used = watch.pending = self._pending(watch)
            watch.lost = watch.tally.lost
            if (claim := left.get(watch.budget.name)) is not None:
                watch.lost += max(claim[1], claim[0] - watch.admitted)
            watch.spent += watch.lost
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

    def _pending(self, watch: Watch) -> int:
        """Return what admitted requests spent that is not in the lines yet."""
        return sum(
            watch.budget.weight(line, self.prices) * quantity
            for hour, line, quantity in self.meters.pending()
            if line.meter == WRITE and _is_in(watch.period, hour)
        )

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

    async def reload_changed(self) -> None:
        """Take over what another process changed of budgets."""
        found = await self.store.read(
            lambda reader: (catalog.budgets(reader), catalog.actions_everywhere(reader))
        )
        now = _by_account(*found)
        known = _by_account(
            [watch.budget for watch in self], [each for watch in self for each in watch.actions]
        )
        for account_id in now.keys() | known.keys():
            if now.get(account_id) != known.get(account_id):
                await self.reload(account_id)

    # What all processes spend.

    def bring(self, tx: Transaction, counted: Sequence[Counted]) -> list[Brought]:
        """Tell the other processes, by the tallies, what is brought to the lines."""
        return [
            Brought(
                watch,
                period,
                grants.bring(tx, watch.budget, period, self.member, *amount),
                amount,
            )
            for watch, amount in self._amounts(counted).items()
            if (period := watch.period) is not None
        ]

    def brought(self, done: list[Brought]) -> None:
        """Learn from the tallies what the others have brought there before."""
        for watch, period, before, (spent, admitted) in done:
            if watch.period == period:
                after = before._replace(
                    spent=before.spent + spent, admitted=before.admitted + admitted
                )
                watch.learn(after, spent=spent, admitted=admitted)

    async def look(self) -> None:
        """Learn what the other processes have spent since."""
        asked = [(watch, watch.period) for watch in self if watch.period is not None]
        tallies = await self.store.read(
            lambda reader: [grants.tally(reader, watch.budget, period) for watch, period in asked]
        )
        for (watch, _), tally in zip(asked, tallies, strict=True):
            watch.learn(tally)

    def _amounts(self, counted: Sequence[Counted]) -> dict[Watch, Amount]:
        """Add up by watch what lines cost, as far as they are of its period."""
        amounts: dict[Watch, Amount] = {}
        for hour, line, quantity in counted:
            for watch, weight in self.spent_by(line) if line.account_id in self else ():
                if _is_in(watch.period, hour):
                    spent, admitted = amounts.get(watch, (0, 0))
                    amount = weight * quantity
                    admitted += amount if line.meter == WRITE else 0
                    amounts[watch] = Amount(spent + amount, admitted)
        return amounts

    async def rate_all(self) -> None:
        """Look anew at the storage that goes on costing."""
        for account_id in list(self._watches):
            kept = await self.meters.levels(account_id)
            for watch in self._watches.get(account_id, {}).values():
                watch.advance(self.now())
                watch.rate = self._rate(watch, kept)


def _actions(reader: Reader, account_id: str) -> dict[str, tuple[Action, ...]]:
    found: dict[str, tuple[Action, ...]] = {}
    for action in catalog.actions(reader, account_id):
        found[action.budget] = (*found.get(action.budget, ()), action)
    return found


def _is_in(period: Period | None, hour: int) -> bool:
    if period is None:
        return False
    first, stop = period.hours
    return first <= hour < stop


def _by_account(
    budgets: Sequence[Budget], actions: Sequence[Action]
) -> dict[str, tuple[list[Budget], list[Action]]]:
    found: dict[str, tuple[list[Budget], list[Action]]] = {}
    for budget in sorted(budgets, key=lambda each: each.name):
        found.setdefault(budget.account_id, ([], []))[0].append(budget)
    for action in sorted(actions, key=lambda each: each.id):
        found.setdefault(action.account_id, ([], []))[1].append(action)
    return found


def _taken_over(live: Watch | None, measured: Watch) -> Watch:
    """Return the watch that requests under way know of, with what was measured anew."""
    if live is None:
        return measured
    live.take_over(measured)
    return live
