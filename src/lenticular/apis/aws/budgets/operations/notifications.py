"""Notifications of budgets: CreateNotification, UpdateNotification, DeleteNotification,
DescribeNotificationsForBudget, DescribeBudgetNotificationsForAccount.
"""

from msgspec.structs import replace

from lenticular.apis.aws.budgets.documents import describe_notification
from lenticular.apis.aws.budgets.errors import not_found
from lenticular.apis.aws.budgets.names import MODIFY, VIEW, allowed
from lenticular.apis.aws.budgets.pages import page
from lenticular.apis.aws.budgets.requests import (
    read_notification,
    read_threshold,
    with_notifications,
)
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.budgets import Budget, Budgets, Notification, Standing


class NotificationOperations:
    """What is done to the notifications of a budget. Its threshold says which one is meant."""

    def __init__(self, budgets: Budgets) -> None:
        self._budgets = budgets

    async def create_notification(self, call: Call, params: Params) -> Result:
        """Add a notification with those that it tells."""
        found = allowed(call, params, MODIFY)
        new = read_notification(params["Notification"], params["Subscribers"])

        def add(budget: Budget) -> Budget:
            added = with_notifications(budget.notifications, [new])
            return replace(budget, notifications=added)

        await self._budgets.change(found.account_id, found.budget, add)
        return {}

    async def update_notification(self, call: Call, params: Params) -> Result:
        """Give a notification another threshold."""
        found = allowed(call, params, MODIFY)
        threshold = read_threshold(params["NewNotification"])

        def update(budget: Budget) -> Budget:
            old = find_notification(budget, params["OldNotification"])
            others = without(budget, old)
            new = Notification(threshold, old.subscribers)
            return replace(budget, notifications=with_notifications(others, [new]))

        await self._budgets.change(found.account_id, found.budget, update)
        return {}

    async def delete_notification(self, call: Call, params: Params) -> Result:
        """Remove a notification."""
        found = allowed(call, params, MODIFY)

        def remove(budget: Budget) -> Budget:
            gone = find_notification(budget, params["Notification"])
            return replace(budget, notifications=without(budget, gone))

        await self._budgets.change(found.account_id, found.budget, remove)
        return {}

    async def describe_notifications_for_budget(self, call: Call, params: Params) -> Result:
        """Show the notifications of a budget, and whether they are alarmed."""
        found = allowed(call, params, VIEW)
        budget = await self._budgets.find(found.account_id, found.budget)
        [standing] = await self._budgets.standings([budget])
        shown, result = page(budget.notifications, params, "Notifications")
        result["Notifications"] = [describe_notification(each, standing) for each in shown]
        return result

    async def describe_budget_notifications_for_account(self, call: Call, params: Params) -> Result:
        """Show the notifications of all budgets."""
        found = allowed(call, params, VIEW)
        budgets = await self._budgets.of_account(found.account_id)
        shown, result = page(budgets, params, "BudgetNotificationsForAccount")
        standings = await self._budgets.standings(list(shown))
        result["BudgetNotificationsForAccount"] = [
            {"BudgetName": standing.budget.name, "Notifications": _described(standing)}
            for standing in standings
        ]
        return result


def find_notification(budget: Budget, given: Params) -> Notification:
    """Return the notification of a budget that is meant. Raises NotFoundException."""
    threshold = read_threshold(given)
    for notification in budget.notifications:
        if notification.threshold == threshold:
            return notification
    raise not_found(
        f"Unable to get notification - the budget {budget.name} has no notification with this "
        "type, operator and threshold."
    )


def without(budget: Budget, gone: Notification) -> tuple[Notification, ...]:
    """Return the other notifications of a budget."""
    return tuple(each for each in budget.notifications if each is not gone)


def _described(standing: Standing) -> list[Result]:
    return [describe_notification(each, standing) for each in standing.budget.notifications]
