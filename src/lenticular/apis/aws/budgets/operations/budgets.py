"""Budgets as such: CreateBudget, UpdateBudget, DeleteBudget, DescribeBudget, DescribeBudgets."""

import time

from msgspec.structs import replace

from lenticular.apis.aws.budgets.documents import describe_budget
from lenticular.apis.aws.budgets.names import MODIFY, VIEW, Resource, allowed
from lenticular.apis.aws.budgets.pages import page
from lenticular.apis.aws.budgets.requests import (
    read_budget,
    read_notification,
    read_tags,
    with_notifications,
)
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.budgets import Budget, Budgets


class BudgetOperations:
    """What is done to budgets as such."""

    def __init__(self, budgets: Budgets) -> None:
        self._budgets = budgets

    async def create_budget(self, call: Call, params: Params) -> Result:
        """Make a budget, with its notifications."""
        found = _allowed_to_modify(call, params, params["Budget"])
        tags = read_tags(params.get("ResourceTags", ()))
        if tags:
            call.require("budgets:TagResource", found.arn, account_id=found.account_id)
        budget = read_budget(found.account_id, params["Budget"], time.time())
        given = (
            read_notification(each["Notification"], each["Subscribers"])
            for each in params.get("NotificationsWithSubscribers", ())
        )
        notifications = with_notifications((), given)
        await self._budgets.create(replace(budget, tags=tags, notifications=notifications))
        return {}

    async def update_budget(self, call: Call, params: Params) -> Result:
        """Replace all of a budget but its name, notifications and tags."""
        found = _allowed_to_modify(call, params, params["NewBudget"])

        def update(before: Budget) -> Budget:
            return read_budget(found.account_id, params["NewBudget"], time.time(), before)

        await self._budgets.change(found.account_id, found.budget, update)
        return {}

    async def delete_budget(self, call: Call, params: Params) -> Result:
        """Forget a budget with its notifications and actions."""
        found = allowed(call, params, MODIFY)
        await self._budgets.delete(found.account_id, found.budget)
        return {}

    async def describe_budget(self, call: Call, params: Params) -> Result:
        """Show a budget, and what is spent of it."""
        found = allowed(call, params, VIEW)
        budget = await self._budgets.find(found.account_id, found.budget)
        [standing] = await self._budgets.standings([budget])
        shows = params.get("ShowFilterExpression", False)
        return {"Budget": describe_budget(standing, shows_expression=shows)}

    async def describe_budgets(self, call: Call, params: Params) -> Result:
        """Show the budgets of an account, by name."""
        found = allowed(call, params, VIEW)
        budgets = await self._budgets.of_account(found.account_id)
        shown, result = page(budgets, params, "Budgets")
        shows = params.get("ShowFilterExpression", False)
        result["Budgets"] = [
            describe_budget(standing, shows_expression=shows)
            for standing in await self._budgets.standings(list(shown))
        ]
        return result


def _allowed_to_modify(call: Call, params: Params, given: Params) -> Resource:
    named = {"AccountId": params["AccountId"], "BudgetName": given["BudgetName"]}
    return allowed(call, named, MODIFY)
