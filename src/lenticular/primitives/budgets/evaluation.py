"""The evaluation of budgets: every second, which thresholds are passed and what follows."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from lenticular.engines.kv.contract import Transaction
from lenticular.primitives.budgets import catalog, grants
from lenticular.primitives.budgets.ledger import Ledger
from lenticular.primitives.budgets.records import Alarm, Notification
from lenticular.primitives.budgets.watches import Watch

_EVERY: Final = 1.0
"""Seconds between two evaluations, each of which also flushes the meters."""

_RATED: Final = 10.0
"""Seconds after which the storage that goes on costing is looked at again."""

_MEASURED: Final = 600.0
"""Seconds after which all spending is measured anew from the meters."""

_log = logging.getLogger("lenticular.budgets")


class Evaluation:
    """Raises alarms, and lets the stops come on that are due."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._rated = self._measured = 0.0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Evaluate all budgets, and flush the meters, while the context lasts."""
        await self._measure()
        ticking = asyncio.create_task(self._go_on())
        try:
            yield
        finally:
            ticking.cancel()
            with suppress(asyncio.CancelledError):
                await ticking
            await self.close()

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(_EVERY)
            try:
                await self.evaluate()
            except Exception:
                # The next round does what this one could not.
                _log.exception("budgets could not be evaluated")

    async def evaluate(self) -> None:
        """Flush the meters, and do what is due now."""
        ledger = self._ledger
        await ledger.meters.flush()
        await ledger.look()
        now = ledger.clock()
        if now - self._measured >= _MEASURED:
            await self._measure()
        elif now - self._rated >= _RATED:
            self._rated = now
            await ledger.rate_all()
        alarms: list[Alarm] = []
        ended: list[Alarm] = []
        for watch in ledger:
            watch.advance(ledger.now())
            watch.look_again()
            for action in watch.due():
                ledger.come_to(watch, action, "executed" if action.automatic else "pending")
            for notification in watch.budget.notifications:
                _look(watch, notification, alarms, ended)
        await ledger.keep_news()
        if alarms or ended:
            await self._keep(alarms, ended)

    async def learn_changes(self) -> None:
        """Take over what another process changed of budgets."""
        await self._ledger.reload_changed()

    async def close(self) -> None:
        """Flush the meters, and give back what was granted: all that was spent is in the lines."""
        ledger = self._ledger
        await ledger.meters.flush()
        granted = [watch for watch in ledger if watch.granted]

        def commit(tx: Transaction) -> None:
            for watch in granted:
                grants.end(tx, watch.budget, ledger.member)

        if granted:
            await ledger.store.transact(commit)
            for watch in granted:
                watch.granted = 0

    async def _measure(self) -> None:
        self._measured = self._rated = self._ledger.clock()
        await self._ledger.reload_all()

    async def _keep(self, alarms: list[Alarm], ended: list[Alarm]) -> None:
        """Keep alarms, and tell of them."""

        def commit(tx: Transaction) -> list[Alarm]:
            for alarm in ended:
                catalog.mark_alarm(tx, alarm, 0)
            return [alarm for alarm in alarms if catalog.raise_alarm(tx, alarm)]

        for alarm in await self._ledger.store.transact(commit):
            where = {"account": alarm.account_id, "budget": alarm.budget}
            _log.warning("a threshold is passed: %s", alarm.amount, extra=where)
        for account_id in {alarm.account_id for alarm in (*alarms, *ended)}:
            await self._ledger.reload(account_id)


def _look(
    watch: Watch, notification: Notification, alarms: list[Alarm], ended: list[Alarm]
) -> None:
    """Note whether the threshold of a notification is passed now, or is no longer."""
    threshold = notification.threshold
    amount = watch.forecast() if threshold.forecast else watch.spent
    if watch.period is None or amount is None:
        return
    passed = threshold.passed(amount, watch.limit, watch.budget.scale)
    was_passed = notification.alarmed == watch.period.start
    if passed == was_passed or (was_passed and threshold.forecast):
        return  # a forecast that goes up and down raises one alarm
    alarm = Alarm(
        watch.now,
        watch.budget.account_id,
        watch.budget.name,
        threshold,
        watch.shown(amount),
        watch.shown(watch.limit),
        watch.period.start,
        notification.subscribers,
    )
    (alarms if passed else ended).append(alarm)
