"""AWS Budgets, spoken over the budgets primitive.

API reference: "AWS Billing and Cost Management", AWS Budgets, version 2016-10-20.
"""

from lenticular.apis.aws.budgets.errors import translate
from lenticular.apis.aws.budgets.operations.actions import ActionOperations
from lenticular.apis.aws.budgets.operations.budgets import BudgetOperations
from lenticular.apis.aws.budgets.operations.histories import HistoryOperations
from lenticular.apis.aws.budgets.operations.notifications import NotificationOperations
from lenticular.apis.aws.budgets.operations.subscribers import SubscriberOperations
from lenticular.apis.aws.budgets.operations.tags import TagOperations
from lenticular.apis.aws.wire.service import Service, json_access_denied
from lenticular.primitives.budgets import Budgets

__all__ = ["service"]


def service(budgets: Budgets) -> Service:
    """Return the service over the budgets of one cloud."""
    return Service(
        "budgets",
        BudgetOperations(budgets),
        NotificationOperations(budgets),
        SubscriberOperations(budgets),
        ActionOperations(budgets),
        HistoryOperations(budgets),
        TagOperations(budgets),
        translate=translate,
        denied=json_access_denied,
    )
