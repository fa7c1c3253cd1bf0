"""Subscribers of notifications: CreateSubscriber, UpdateSubscriber, DeleteSubscriber,
DescribeSubscribersForNotification.
"""

from collections.abc import Callable

from msgspec.structs import replace

from lenticular.apis.aws.budgets.documents import describe_subscriber
from lenticular.apis.aws.budgets.errors import not_found
from lenticular.apis.aws.budgets.names import MODIFY, VIEW, allowed
from lenticular.apis.aws.budgets.operations.notifications import find_notification, without
from lenticular.apis.aws.budgets.pages import page
from lenticular.apis.aws.budgets.requests import read_subscriber, with_subscribers
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.budgets import Budget, Budgets, Notification, Subscriber

Subscribers = tuple[Subscriber, ...]


class SubscriberOperations:
    """What is done to those whom a notification tells."""

    def __init__(self, budgets: Budgets) -> None:
        self._budgets = budgets

    async def create_subscriber(self, call: Call, params: Params) -> Result:
        """Add a subscriber."""

        def add(present: Subscribers) -> Subscribers:
            return with_subscribers(present, [read_subscriber(params["Subscriber"])])

        await self._change(call, params, add)
        return {}

    async def update_subscriber(self, call: Call, params: Params) -> Result:
        """Replace a subscriber."""

        def update(present: Subscribers) -> Subscribers:
            others = _others(present, read_subscriber(params["OldSubscriber"]))
            return with_subscribers(others, [read_subscriber(params["NewSubscriber"])])

        await self._change(call, params, update)
        return {}

    async def delete_subscriber(self, call: Call, params: Params) -> Result:
        """Remove a subscriber; with the last one the notification goes too."""

        def remove(present: Subscribers) -> Subscribers:
            return _others(present, read_subscriber(params["Subscriber"]))

        await self._change(call, params, remove)
        return {}

    async def describe_subscribers_for_notification(self, call: Call, params: Params) -> Result:
        """Show the subscribers of a notification."""
        found = allowed(call, params, VIEW)
        budget = await self._budgets.find(found.account_id, found.budget)
        notification = find_notification(budget, params["Notification"])
        shown, result = page(notification.subscribers, params, "Subscribers")
        result["Subscribers"] = [describe_subscriber(each) for each in shown]
        return result

    async def _change(
        self, call: Call, params: Params, fn: Callable[[Subscribers], Subscribers]
    ) -> None:
        found = allowed(call, params, MODIFY)

        def change(budget: Budget) -> Budget:
            old = find_notification(budget, params["Notification"])
            subscribers = fn(old.subscribers)
            kept: tuple[Notification, ...] = without(budget, old)
            if subscribers:
                kept = (*kept, replace(old, subscribers=subscribers))
            return replace(budget, notifications=kept)

        await self._budgets.change(found.account_id, found.budget, change)


def _others(present: Subscribers, gone: Subscriber) -> Subscribers:
    if gone not in present:
        raise not_found("Unable to get subscriber - the notification does not tell this address.")
    return tuple(each for each in present if each != gone)
