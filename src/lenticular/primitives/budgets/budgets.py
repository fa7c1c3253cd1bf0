"""The budgets of the cloud: how much of what may be used, who is told, and what is stopped."""

import time
from collections.abc import Callable
from decimal import Decimal
from itertools import islice
from typing import Final, Literal, NamedTuple, TypeVar

from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.budgets import catalog
from lenticular.primitives.budgets.errors import ActionStateWrong
from lenticular.primitives.budgets.ledger import Ledger
from lenticular.primitives.budgets.periods import Period
from lenticular.primitives.budgets.records import (
    Action,
    Alarm,
    Budget,
    Event,
    State,
    Threshold,
)

T = TypeVar("T")

Step = Literal["approve", "reverse", "reset"]

_STEPS: Final[dict[Step, tuple[State, State, str]]] = {
    "approve": ("pending", "executed", "The action was approved: new spending is refused."),
    "reverse": ("executed", "reversed", "The action was reversed: spending goes on."),
    "reset": ("reversed", "standby", "The action was reset: it waits for its threshold."),
}
"""From which state to which, and what the history says of it."""


class Standing(NamedTuple):
    """How a budget stands, in its unit."""

    budget: Budget
    period: Period | None
    """None: it is not in force now."""
    limit: Decimal
    spent: Decimal
    forecast: Decimal | None
    """What will have been spent at the end of the period; None: too early to tell."""
    actions: tuple[Action, ...]


class Budgets:
    """The budgets of one cloud. Whatever changes is in force when the call returns."""

    def __init__(
        self, store: KeyValueStore, ledger: Ledger, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock

    # Budgets.

    async def create(self, budget: Budget) -> Budget:
        """Keep a new budget. Raises `BudgetExists` or `TooMany`."""
        budget = replace(budget, changed=self._now())
        await self._change(budget.account_id, lambda tx: catalog.create(tx, budget))
        return budget

    async def find(self, account_id: str, name: str) -> Budget:
        """Return a budget. Raises `BudgetNotFound`."""
        return await self._store.read(lambda reader: catalog.find(reader, account_id, name))

    async def of_account(self, account_id: str | None = None) -> list[Budget]:
        """Return the budgets of an account, or of all, by name."""
        return await self._store.read(lambda reader: catalog.budgets(reader, account_id))

    async def change(self, account_id: str, name: str, fn: Callable[[Budget], Budget]) -> Budget:
        """Replace a budget by what `fn` makes of it.

        A stop that came on by itself goes off where its threshold was raised; it comes on
        again if that is still too little. Raises `BudgetNotFound`, and what `fn` raises.
        """
        now = self._now()

        def commit(tx: Transaction) -> Budget:
            before = catalog.find(tx, account_id, name)
            after = catalog.change(
                tx, account_id, name, lambda budget: replace(fn(budget), changed=now)
            )
            for action in catalog.actions(tx, account_id, name):
                if _amount(after, action.threshold, now) > _amount(before, action.threshold, now):
                    self._rearm(tx, action, now)
            return after

        return await self._change(account_id, commit)

    async def delete(self, account_id: str, name: str) -> None:
        """Forget a budget with its actions. Raises `BudgetNotFound`."""
        await self._change(account_id, lambda tx: catalog.delete(tx, account_id, name))

    async def standings(self, budgets: list[Budget]) -> list[Standing]:
        """Return how budgets of one account stand now, exactly."""
        if not budgets:
            return []
        account_id = budgets[0].account_id
        watches = await self._ledger.measure(account_id, budgets)
        found = []
        for watch in watches:
            forecast = watch.forecast()
            found.append(
                Standing(
                    watch.budget,
                    watch.period,
                    watch.budget.shown(watch.limit) if watch.period else watch.budget.limit,
                    watch.budget.shown(watch.spent),
                    None if forecast is None else watch.budget.shown(forecast),
                    watch.actions,
                )
            )
        return found

    async def past(self, budget: Budget, most: int) -> list[Standing]:
        """Return how a budget stood at the end of its periods, the present one and before it.

        They are `most` at most, and none from before the budget began.
        """
        periods: list[Period] = []
        period = budget.period_at(min(self._now(), budget.ends - 1))
        while period is not None and len(periods) < most:
            periods.append(period)
            period = budget.period_at(period.start - 1)
        spent = await self._ledger.spent_in(budget, periods)
        return [
            Standing(
                budget,
                period,
                budget.shown(budget.limit_in(period)),
                budget.shown(amount),
                None,
                (),
            )
            for period, amount in zip(periods, spent, strict=True)
        ]

    async def alarms(self, account_id: str, *, most: int = 100) -> list[Alarm]:
        """Return an account's alarms, the latest first."""
        return await self._store.read(
            lambda reader: list(islice(catalog.alarms(reader, account_id), most))
        )

    # Actions.

    async def create_action(self, action: Action) -> Action:
        """Keep a new action. Raises `BudgetNotFound` or `TooMany`."""
        now = self._now()
        await self._change(action.account_id, lambda tx: catalog.create_action(tx, action, now))
        return action

    async def find_action(self, account_id: str, name: str, action_id: str) -> Action:
        """Return an action. Raises `BudgetNotFound` or `ActionNotFound`."""
        await self._ledger.keep_news()
        return await self._store.read(
            lambda reader: catalog.find_action(reader, account_id, name, action_id)
        )

    async def actions(self, account_id: str, name: str | None = None) -> list[Action]:
        """Return the actions of a budget, or of all of an account. Raises `BudgetNotFound`."""
        await self._ledger.keep_news()

        def collect(reader: Reader) -> list[Action]:
            if name is not None:
                catalog.find(reader, account_id, name)
            return catalog.actions(reader, account_id, name)

        return await self._store.read(collect)

    async def change_action(
        self,
        account_id: str,
        name: str,
        action_id: str,
        fn: Callable[[Action], Action],
    ) -> tuple[Action, Action]:
        """Replace an action by what `fn` makes of it; return it before and after.

        Another threshold lets it stand by again. Raises `BudgetNotFound`,
        `ActionNotFound`, and what `fn` raises.
        """
        now = self._now()

        def commit(tx: Transaction) -> tuple[Action, Action]:
            before = catalog.find_action(tx, account_id, name, action_id)
            after = fn(before)
            if after.threshold != before.threshold:
                after = replace(after, state="standby")
            catalog.save_action(tx, after, "update", "The action was updated.", now)
            return before, after

        return await self._change(account_id, commit)

    async def delete_action(self, account_id: str, name: str, action_id: str) -> Action:
        """Forget an action. Raises `BudgetNotFound` or `ActionNotFound`."""
        return await self._change(
            account_id, lambda tx: catalog.delete_action(tx, account_id, name, action_id)
        )

    async def execute(self, account_id: str, name: str, action_id: str, step: Step) -> Action:
        """Take an action to another state.

        Raises `BudgetNotFound`, `ActionNotFound` or `ActionStateWrong`.
        """
        now = self._now()
        wanted, state, message = _STEPS[step]

        def commit(tx: Transaction) -> Action:
            action = catalog.find_action(tx, account_id, name, action_id)
            period = catalog.find(tx, account_id, name).period_at(now)
            present = action.state_in(period)
            if period is None or present != wanted:
                raise ActionStateWrong(action_id, present, step)
            changed = replace(action, state=state, since=period.start)
            catalog.save_action(tx, changed, "execute", message, now)
            return changed

        return await self._change(account_id, commit)

    async def events(self, account_id: str, name: str, action_id: str) -> list[Event]:
        """Return what happened to an action. Raises `BudgetNotFound` or `ActionNotFound`."""
        await self._ledger.keep_news()

        def collect(reader: Reader) -> list[Event]:
            catalog.find_action(reader, account_id, name, action_id)
            return catalog.events(reader, account_id, action_id)

        return await self._store.read(collect)

    def _rearm(self, tx: Transaction, action: Action, now: int) -> None:
        if action.state == "executed":
            changed = replace(action, state="standby")
            catalog.save_action(tx, changed, "system", "The threshold was raised.", now)

    async def _change(self, account_id: str, commit: Callable[[Transaction], T]) -> T:
        await self._ledger.keep_news()
        result = await self._store.transact(commit)
        await self._ledger.reload(account_id)
        return result

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _amount(budget: Budget, threshold: Threshold, now: int) -> int:
    """Return what a threshold comes to now."""
    period = budget.period_at(now) or Period(now, now)
    return threshold.amount(budget.limit_in(period), budget.scale)
