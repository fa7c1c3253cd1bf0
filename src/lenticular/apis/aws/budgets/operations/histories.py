"""What was: DescribeBudgetPerformanceHistory, DescribeBudgetActionHistories."""

import time
from datetime import UTC, datetime
from typing import Final

from lenticular.apis.aws.budgets.documents import (
    STATUSES,
    describe_action,
    describe_budget,
    spend,
)
from lenticular.apis.aws.budgets.names import VIEW, allowed
from lenticular.apis.aws.budgets.pages import page
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.budgets import Budgets, Event, Standing

_PAST: Final[dict[str, int]] = {"day": 60, "month": 12, "quarter": 4, "year": 5, "once": 1}
"""Periods that are shown, counted back from the present one."""

_SHOWN = ("BudgetName", "BudgetType", "CostFilters", "CostTypes", "TimeUnit")

_EVENT_TYPES = {
    "create": "CREATE_ACTION",
    "update": "UPDATE_ACTION",
    "delete": "DELETE_ACTION",
    "execute": "EXECUTE_ACTION",
    "system": "SYSTEM",
}


class HistoryOperations:
    """What is told of the past of budgets and actions."""

    def __init__(self, budgets: Budgets) -> None:
        self._budgets = budgets

    async def describe_budget_performance_history(self, call: Call, params: Params) -> Result:
        """Show what was spent of a budget in past periods, the latest first."""
        found = allowed(call, params, VIEW)
        budget = await self._budgets.find(found.account_id, found.budget)
        past = await self._budgets.past(budget, _PAST[budget.period])
        within = [each for each in past if _overlaps(each, params)]
        shown, result = page(within, params, "BudgetedAndActualAmountsList")
        amounts = [_amounts(each) for each in shown]
        [present] = await self._budgets.standings([budget])
        described = describe_budget(present)
        history = {name: described[name] for name in _SHOWN}
        del result["BudgetedAndActualAmountsList"]
        return result | {
            "BudgetPerformanceHistory": history | {"BudgetedAndActualAmountsList": amounts}
        }

    async def describe_budget_action_histories(self, call: Call, params: Params) -> Result:
        """Show what happened to an action, the latest first."""
        found = allowed(call, params, "budgets:DescribeBudgetActionHistories")
        budget = await self._budgets.find(found.account_id, found.budget)
        events = await self._budgets.events(*found)
        start, stop = _asked(params)
        within = [each for each in reversed(events) if start <= each.time < stop]
        shown, result = page(within, params, "ActionHistories")

        def described(event: Event) -> Result:
            action = describe_action(event.action, budget, event.time)
            return {
                "Timestamp": event.time / 1000,
                "Status": STATUSES[event.action.state_in(budget.period_at(event.time))],
                "EventType": _EVENT_TYPES[event.kind],
                "ActionHistoryDetails": {"Message": event.message, "Action": action},
            }

        result["ActionHistories"] = [described(event) for event in shown]
        return result


def _amounts(standing: Standing) -> Result:
    period = standing.period
    result: Result = {
        "BudgetedAmount": spend(standing.limit, standing.budget),
        "ActualAmount": spend(standing.spent, standing.budget),
    }
    if period is not None:
        result["TimePeriod"] = {"Start": period.start / 1000, "End": period.stop / 1000}
    return result


def _overlaps(standing: Standing, params: Params) -> bool:
    start, stop = _asked(params)
    period = standing.period
    return period is not None and period.start < stop and start < period.stop


def _asked(params: Params) -> tuple[float, float]:
    """Return from when until when is asked for, in milliseconds since the epoch."""
    given = params.get("TimePeriod") or {}
    start, stop = given.get("Start"), given.get("End")
    return (
        _milliseconds(start) if start else 0.0,
        _milliseconds(stop) if stop else (time.time() + 1) * 1000,
    )


def _milliseconds(moment: datetime) -> float:
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000
