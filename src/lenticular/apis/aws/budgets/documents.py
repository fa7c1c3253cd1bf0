"""Budgets, notifications and actions as the service shows them."""

from decimal import Decimal
from typing import Final

from lenticular.apis.aws.budgets.requests import COMPARISONS, TIME_UNITS
from lenticular.apis.aws.wire.service import Result
from lenticular.primitives.budgets import (
    Action,
    Budget,
    Notification,
    Standing,
    State,
    Subscriber,
    Threshold,
)

_TIME_UNITS = {unit: name for name, unit in TIME_UNITS.items()}
_COMPARISONS = {sign: name for name, sign in COMPARISONS.items()}

STOP: Final = "arn:aws:iam::aws:policy/StopNewSpending"
"""The policy that an action applies: what creates, stores or computes is refused."""

_SERVICE_ROLE = "aws-service-role/budgets.amazonaws.com/AWSServiceRoleForBudgets"
"""As what an action is done that was not made through this interface."""

STATUSES: dict[State, str] = {
    "standby": "STANDBY",
    "pending": "PENDING",
    "executed": "EXECUTION_SUCCESS",
    "reversed": "REVERSE_SUCCESS",
}

_COST_TYPES = {
    "IncludeTax": True,
    "IncludeSubscription": True,
    "UseBlended": False,
    "IncludeRefund": True,
    "IncludeCredit": True,
    "IncludeUpfront": True,
    "IncludeRecurring": True,
    "IncludeOtherSubscription": True,
    "IncludeSupport": True,
    "IncludeDiscount": True,
    "UseAmortized": False,
}
"""What counts as a cost where nothing else was said. Here there is only usage."""


def describe_budget(standing: Standing, *, shows_expression: bool = False) -> Result:
    """Return a Budget."""
    budget = standing.budget
    result: Result = {
        "BudgetName": budget.name,
        "BudgetType": "COST" if budget.measure == "cost" else "USAGE",
        "BudgetLimit": spend(standing.limit, budget),
        "TimeUnit": _TIME_UNITS[budget.period],
        "TimePeriod": {"Start": budget.begins / 1000, "End": budget.ends / 1000},
        "CalculatedSpend": {"ActualSpend": spend(standing.spent, budget)},
        "CostTypes": _COST_TYPES | budget.settings.get("CostTypes", {}),
        "CostFilters": budget.settings.get("CostFilters", {}),
        "LastUpdatedTime": budget.changed / 1000,
    }
    if standing.forecast is not None:
        result["CalculatedSpend"]["ForecastedSpend"] = spend(standing.forecast, budget)
    if budget.planned:
        result["PlannedBudgetLimits"] = {
            str(start // 1000): spend(limit, budget) for start, limit in budget.planned
        }
    if "Metrics" in budget.settings:
        result["Metrics"] = budget.settings["Metrics"]
    if shows_expression and "FilterExpression" in budget.settings:
        result["FilterExpression"] = budget.settings["FilterExpression"]
    return result


def spend(amount: Decimal, budget: Budget) -> Result:
    """Return a Spend."""
    return {"Amount": f"{amount:f}", "Unit": budget.unit}


def describe_notification(notification: Notification, standing: Standing) -> Result:
    """Return a Notification."""
    threshold = notification.threshold
    period = standing.period
    is_alarmed = period is not None and notification.alarmed == period.start
    return {
        "NotificationType": _notification_type(threshold),
        "ComparisonOperator": _COMPARISONS[threshold.comparison],
        "Threshold": float(threshold.value),
        "ThresholdType": _threshold_type(threshold),
        "NotificationState": "ALARM" if is_alarmed else "OK",
    }


def describe_subscriber(subscriber: Subscriber) -> Result:
    """Return a Subscriber."""
    return {"SubscriptionType": subscriber.kind.upper(), "Address": subscriber.address}


def describe_action(action: Action, budget: Budget, now: int) -> Result:
    """Return an Action."""
    settings = {
        "ActionType": "APPLY_IAM_POLICY",
        "Definition": {"IamActionDefinition": {"PolicyArn": STOP}},
        "ExecutionRoleArn": f"arn:aws:iam::{action.account_id}:role/{_SERVICE_ROLE}",
    } | action.settings
    return {
        "ActionId": action.id,
        "BudgetName": action.budget,
        "NotificationType": _notification_type(action.threshold),
        "ActionType": settings["ActionType"],
        "ActionThreshold": {
            "ActionThresholdValue": float(action.threshold.value),
            "ActionThresholdType": _threshold_type(action.threshold),
        },
        "Definition": settings["Definition"],
        "ExecutionRoleArn": settings["ExecutionRoleArn"],
        "ApprovalModel": "AUTOMATIC" if action.automatic else "MANUAL",
        "Status": STATUSES[action.state_in(budget.period_at(now))],
        "Subscribers": [describe_subscriber(each) for each in action.subscribers],
    }


def _notification_type(threshold: Threshold) -> str:
    return "FORECASTED" if threshold.forecast else "ACTUAL"


def _threshold_type(threshold: Threshold) -> str:
    return "PERCENTAGE" if threshold.relative else "ABSOLUTE_VALUE"
