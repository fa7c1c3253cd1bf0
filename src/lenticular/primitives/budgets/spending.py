"""Spending: what requests cost, admitted before they run and counted when they have.

A request that spends is admitted by every budget with a stop that it concerns. Its cost is
reserved first, so that of a thousand at once no more run than there is money for; and it is
durably granted to this process before it runs (`grants`), so that several processes keep to
it together, and what one spent before it was killed counts afterwards, seen or unseen. Only
what is spent lets a budget refuse for good: what is merely reserved, or granted to another
process, lets a request wait, so that requests which come to nothing keep nobody out.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from lenticular.primitives.access import AccessDenied
from lenticular.primitives.budgets import grants
from lenticular.primitives.budgets.errors import BudgetExceeded
from lenticular.primitives.budgets.ledger import Ledger
from lenticular.primitives.budgets.periods import Period
from lenticular.primitives.budgets.watches import Watch
from lenticular.primitives.meters import WRITE, Line, Usage

_PATIENCE: Final = 5.0
"""Seconds that a request waits for those under way to give back what they reserved."""


class Admission:
    """A request that may run."""

    __slots__ = ("held", "usages")

    def __init__(self, usages: Sequence[Usage]) -> None:
        self.usages = usages
        self.held: list[tuple[Watch, int, Period | None]] = []
        """What was reserved for it."""


class Spending:
    """The spending of one cloud, on the path of its requests."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._meters = ledger.meters

    async def admit(self, usages: Sequence[Usage]) -> Admission:
        """Let a request run that will use this, or refuse it.

        Every admission is to be settled. Raises `BudgetExceeded`; `AccessDenied` when the
        budget is another account's than the caller's, who is told nothing of it.
        """
        admission = Admission(usages)
        for usage in usages:
            if usage.request == WRITE and usage.account_id in self._ledger:
                try:
                    for watch, weight in self._ledger.stopping(usage.line):
                        await self._hold(admission, usage, watch, weight * usage.units)
                except BaseException:
                    _release(admission)
                    raise
        return admission

    def settle(
        self,
        admission: Admission,
        at: float,
        answered: int,
        *,
        counts: bool,
        failed: bool = False,
    ) -> None:
        """Count a request that came in at the time `at` and was answered with so many bytes.

        What does not count (it was not allowed, or it failed by a fault of ours) gives back
        what was reserved for it; so does what `failed` by a fault of its sender, for others
        than the sender's own account: it may be nothing that they ever allowed. The answer is
        charged to whom the first usage is.
        """
        _release(admission)
        if not counts:
            return
        for usage in admission.usages:
            if failed and not _is_own(usage):
                continue
            units = usage.units_of(answered)
            self._meters.count(usage, units, answered, at)
            if usage.account_id in self._ledger:
                self._spend(usage.line, units, at)
                self._spend(usage.answers, answered, at)
            answered = 0

    def _spend(self, line: Line, quantity: int, at: float) -> None:
        for watch, weight in self._ledger.spent_by(line):
            watch.spend(weight * quantity, int(at * 1000), admitted=line.meter == WRITE)

    async def _hold(self, admission: Admission, usage: Usage, watch: Watch, amount: int) -> None:
        """Reserve an amount of a budget; wait, or refuse, where it does not fit."""
        is_own = _is_own(usage)
        deadline = time.monotonic() + _PATIENCE
        while True:
            watch.advance(self._ledger.now())
            if watch.period is None:
                return
            if not watch.stopped and watch.fits(amount):
                reserved = watch.reserve(amount)
                if await self._cover(watch, amount, reserved):
                    admission.held.append((watch, amount, reserved))
                    return
            if watch.stopped or not watch.can_wait(amount):
                if is_own:
                    self._stop(watch, amount)
                raise _refusal(watch, watch.period) if is_own else _denied()
            left = deadline - time.monotonic()
            if left <= 0 or not await watch.freed(left):
                raise _refusal(watch, watch.period, until_free=True) if is_own else _denied()

    async def _cover(self, watch: Watch, amount: int, period: Period | None) -> bool:
        """Have a reservation granted; take it back, and say so, where nothing is left for it."""
        is_asked = False
        try:
            while not watch.is_covered:
                if is_asked or watch.stopped:
                    watch.withdraw(amount, period)
                    return False
                if watch.asking is None:
                    watch.asking = asyncio.create_task(self._ask(watch))
                    watch.is_to_ask = True
                is_asked = watch.is_to_ask
                await asyncio.shield(watch.asking)
        except BaseException:
            watch.release(amount, period)
            raise
        return True

    def _stop(self, watch: Watch, amount: int) -> None:
        """Let those stops come on that have no room for an amount."""
        for action in watch.actions:
            threshold = action.threshold
            limit = threshold.amount(watch.limit, watch.budget.scale)
            if action.automatic and not threshold.forecast and watch.spent + amount > limit:
                self._ledger.come_to(watch, action, "executed")

    async def _ask(self, watch: Watch) -> None:
        """Have granted what is reserved, and a little more."""
        ledger, budget, period, level = self._ledger, watch.budget, watch.period, watch.level
        watch.is_to_ask = False
        try:
            if period is None:
                return
            answer = await ledger.store.transact(
                lambda tx: grants.ask(tx, budget, period, ledger.member, ledger.living(tx), level)
            )
            if watch.period == period:
                watch.granted = answer.granted
                watch.elsewhere = answer.elsewhere if answer.granted < level.used else 0
                watch.learn(answer.tally)
        finally:
            watch.asking = None

    # What other processes are waiting for.

    async def give_back(self) -> None:
        """Give back what is granted and not needed: another process needs it."""
        for watch in self._ledger:
            if watch.unused > 0 and watch.asking is None:
                watch.asking = asyncio.create_task(self._give_back(watch))
                await asyncio.shield(watch.asking)

    async def _give_back(self, watch: Watch) -> None:
        ledger, budget, period = self._ledger, watch.budget, watch.period
        try:
            if period is None:
                return
            needed = watch.granted = watch.used + watch.reserved
            await ledger.store.transact(
                lambda tx: grants.give_back(tx, budget, period, ledger.member, needed)
            )
        finally:
            watch.asking = None

    def look_again(self) -> None:
        """Let those ask again who were told that all is granted to others."""
        for watch in self._ledger:
            watch.look_again()


def _is_own(usage: Usage) -> bool:
    """Tell whether who uses something is of the account that pays it."""
    return usage.line.user.split(":")[4:5] == [usage.account_id]


def _release(admission: Admission) -> None:
    for watch, amount, period in admission.held:
        watch.release(amount, period)
    admission.held.clear()


def _refusal(watch: Watch, period: Period, *, until_free: bool = False) -> BudgetExceeded:
    budget = watch.budget
    return BudgetExceeded(
        budget.account_id,
        budget.name,
        watch.shown(watch.spent),
        watch.shown(watch.limit),
        period.stop,
        until_free=until_free,
    )


def _denied() -> AccessDenied:
    return AccessDenied("the owner takes no new spending now")
