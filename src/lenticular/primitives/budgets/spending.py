"""Spending: what requests cost, admitted before they run and counted when they have.

A request that spends is admitted by every budget with a stop that it concerns. Its cost is
reserved first, so that of a thousand at once no more run than there is money for; and it is
durably claimed before it runs, so that what a process spent before it was killed counts
afterwards, seen or unseen. Only what is spent lets a budget refuse for good: what is merely
reserved lets a request wait, so that requests which come to nothing keep nobody out.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from lenticular.primitives.access import AccessDenied
from lenticular.primitives.budgets import catalog
from lenticular.primitives.budgets.errors import BudgetExceeded
from lenticular.primitives.budgets.ledger import Ledger
from lenticular.primitives.budgets.periods import Period
from lenticular.primitives.budgets.watches import Watch
from lenticular.primitives.meters import WRITE, Line, Usage

_PATIENCE: Final = 5.0
"""Seconds that a request waits for those under way to give back what they reserved."""

_CLAIMED_AHEAD: Final = 200
"""Of a cap, one part in so many is claimed ahead: what a killed process may count too much."""


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
                break
            if watch.stopped or not watch.can_wait(amount):
                if is_own:
                    self._stop(watch, amount)
                raise _refusal(watch, watch.period) if is_own else _denied()
            left = deadline - time.monotonic()
            if left <= 0 or not await watch.freed(left):
                raise _refusal(watch, watch.period, until_free=True) if is_own else _denied()
        admission.held.append((watch, amount, watch.reserve(amount)))
        while watch.unclaimed:
            if watch.claiming is None:
                watch.claiming = asyncio.create_task(self._claim(watch))
            await asyncio.shield(watch.claiming)

    def _stop(self, watch: Watch, amount: int) -> None:
        """Let those stops come on that have no room for an amount."""
        for action in watch.actions:
            threshold = action.threshold
            limit = threshold.amount(watch.limit, watch.budget.scale)
            if action.automatic and not threshold.forecast and watch.spent + amount > limit:
                self._ledger.come_to(watch, action, "executed")

    async def _claim(self, watch: Watch) -> None:
        """Note durably how far admitted spending may go from here."""
        try:
            budget, period, lost = watch.budget, watch.period, watch.lost
            target = watch.admitted + lost + watch.reserved + (watch.cap or 0) // _CLAIMED_AHEAD
            if period is not None:
                await self._ledger.store.transact(
                    lambda tx: catalog.claim(tx, budget, period, target, lost)
                )
            if watch.period == period:
                watch.claimed = target
        finally:
            watch.claiming = None


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
