"""What requests say of budgets, read into the primitive's records."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from lenticular.apis.aws.budgets.errors import duplicate, invalid, limit_exceeded
from lenticular.apis.aws.wire.cost_filters import read_dimension, read_expression, read_tag
from lenticular.apis.aws.wire.service import Params
from lenticular.primitives.budgets import (
    FOREVER,
    Budget,
    Comparison,
    Measure,
    Notification,
    Subscriber,
    Threshold,
    Unit,
    period_at,
)
from lenticular.primitives.meters import EVERYTHING, Filter, all_of

TIME_UNITS: Final[dict[str, Unit]] = {
    "DAILY": "day",
    "MONTHLY": "month",
    "QUARTERLY": "quarter",
    "ANNUALLY": "year",
    "CUSTOM": "once",
}

COST_UNIT = "USD"

_USAGE_UNITS: Final[dict[str, Measure]] = {
    "Requests": "requests",
    "GB": "bytes_out",
    "GB-Mo": "storage",
    "GB-Month": "storage",
}

COMPARISONS: Final[dict[str, Comparison]] = {
    "GREATER_THAN": ">",
    "LESS_THAN": "<",
    "EQUAL_TO": "=",
}

_COST_FILTERS = {
    "LinkedAccount": "LINKED_ACCOUNT",
    "Service": "SERVICE",
    "UsageType": "USAGE_TYPE",
}
"""The older names of dimensions."""

_KEPT = ("CostTypes", "CostFilters", "FilterExpression", "Metrics")
"""Members that are shown as they were given."""

_MOST_SUBSCRIBERS = {"EMAIL": 10, "SNS": 1}
MOST_NOTIFICATIONS: Final = 10
MOST_TAGS: Final = 200


def read_budget(account_id: str, given: Params, now: float, before: Budget | None = None) -> Budget:
    """Return the budget that a request describes; `before` is what it is to replace.

    Raises InvalidParameterException.
    """
    _check_supported(given)
    measure, unit = _measure(given)
    period = TIME_UNITS[given["TimeUnit"]]
    begins, ends = _reach(given.get("TimePeriod") or {}, period, now, before)
    planned = _planned(given.get("PlannedBudgetLimits") or {}, unit)
    limit = given.get("BudgetLimit")
    if (limit is None) == (not planned):
        raise invalid("A budget needs one of BudgetLimit and PlannedBudgetLimits.")
    return Budget(
        account_id=account_id,
        name=given["BudgetName"],
        measure=measure,
        unit=unit,
        limit=planned[0][1] if limit is None else _amount(limit, unit),
        period=period,
        begins=begins,
        ends=ends,
        filter=_filter(given),
        planned=planned,
        notifications=before.notifications if before else (),
        tags=before.tags if before else {},
        settings={name: given[name] for name in _KEPT if given.get(name)},
    )


def _check_supported(given: Params) -> None:
    if given["BudgetType"] not in {"COST", "USAGE"}:
        raise invalid(
            f"There is nothing reserved or committed here for a budget of the type "
            f"{given['BudgetType']}: use COST or USAGE."
        )
    for name in ("AutoAdjustData", "BillingViewArn"):
        if given.get(name):
            raise invalid(f"{name} is not supported here: leave it out.")


def _measure(given: Params) -> tuple[Measure, str]:
    limits = [given.get("BudgetLimit"), *(given.get("PlannedBudgetLimits") or {}).values()]
    units = {limit["Unit"] for limit in limits if limit}
    if given["BudgetType"] == "COST":
        if units - {COST_UNIT}:
            raise invalid(f"The unit of a cost budget is {COST_UNIT}.")
        return "cost", COST_UNIT
    if len(units) != 1 or not units <= _USAGE_UNITS.keys():
        raise invalid(f"The unit of a usage budget is one of {', '.join(_USAGE_UNITS)}.")
    unit = units.pop()
    return _USAGE_UNITS[unit], unit


def _amount(spend: Mapping[str, str], unit: str) -> Decimal:
    amount = Decimal(spend["Amount"])
    if amount.adjusted() > 15 or -int(amount.as_tuple().exponent) > 9:
        raise invalid(f"An amount of {unit} is below 10^15 and has at most nine decimals.")
    return amount


def _planned(given: Mapping[str, Any], unit: str) -> tuple[tuple[int, Decimal], ...]:
    try:
        limits = {int(start) * 1000: _amount(limit, unit) for start, limit in given.items()}
    except ValueError:
        raise invalid("PlannedBudgetLimits are by the start of each period in seconds.") from None
    return tuple(sorted(limits.items()))


def _reach(
    given: Mapping[str, datetime], unit: Unit, now: float, before: Budget | None
) -> tuple[int, int]:
    """Return when a budget begins and ends."""
    moment = int(now * 1000)
    begins, ends = (before.begins, before.ends) if before else (None, FOREVER)
    if "Start" in given:
        begins = _milliseconds(given["Start"])
    if "End" in given:
        ends = _milliseconds(given["End"])
    if unit == "once" and (begins is None or ends == FOREVER):
        raise invalid("A budget with the time unit CUSTOM needs the Start and End of TimePeriod.")
    if begins is None:
        present = period_at(unit, moment, 0, FOREVER)
        begins = present.start if present else moment
    if not 0 <= begins < ends:
        raise invalid("The Start of TimePeriod must be before its End.")
    return begins, ends


def _milliseconds(moment: datetime) -> int:
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)


def _filter(given: Params) -> Filter:
    older, newer = given.get("CostFilters"), given.get("FilterExpression")
    if older and newer:
        raise invalid("Use one of CostFilters and FilterExpression.")
    if newer:
        return read_expression(newer, invalid)
    if older:
        return all_of(*(_cost_filter(name, values) for name, values in older.items()))
    return EVERYTHING


def _cost_filter(name: str, values: Sequence[str]) -> Filter:
    if name == "TagKeyValue":
        by_key: dict[str, list[str]] = {}
        for value in values:
            key, _, tag = value.removeprefix("user:").partition("$")
            by_key.setdefault(key, []).append(tag)
        return all_of(*(read_tag(key, tags, invalid) for key, tags in by_key.items()))
    if name not in _COST_FILTERS:
        known = ", ".join([*_COST_FILTERS, "TagKeyValue"])
        raise invalid(f"The cost filter {name} is not metered here: there are {known}.")
    return read_dimension(_COST_FILTERS[name], values, invalid)


def read_threshold(given: Params) -> Threshold:
    """Return the threshold of a notification."""
    return Threshold(
        _decimal(given["Threshold"]),
        relative=given.get("ThresholdType", "PERCENTAGE") == "PERCENTAGE",
        forecast=given["NotificationType"] == "FORECASTED",
        comparison=COMPARISONS[given["ComparisonOperator"]],
    )


def read_action_threshold(given: Params, notification_type: str) -> Threshold:
    """Return the threshold of an action."""
    return Threshold(
        _decimal(given["ActionThresholdValue"]),
        relative=given["ActionThresholdType"] == "PERCENTAGE",
        forecast=notification_type == "FORECASTED",
    )


def _decimal(value: float) -> Decimal:
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def read_notification(given: Params, subscribers: Iterable[Params]) -> Notification:
    """Return a notification with those that it tells.

    Raises InvalidParameterException, DuplicateRecordException, CreationLimitExceededException.
    """
    return Notification(read_threshold(given), read_subscribers(subscribers))


def read_subscribers(given: Iterable[Params]) -> tuple[Subscriber, ...]:
    """Return those who are to be told. Raises as `read_notification`."""
    return with_subscribers((), [read_subscriber(each) for each in given])


def read_subscriber(given: Params) -> Subscriber:
    """Return one who is to be told. Raises InvalidParameterException."""
    address = given["Address"]
    if given["SubscriptionType"] == "SNS":
        if not address.startswith("arn:aws:sns:"):
            raise invalid("The address of an SNS subscriber is the ARN of a topic.")
        return Subscriber("sns", address)
    name, at, host = address.partition("@")
    if not (name and at and host) or any(character.isspace() for character in address):
        raise invalid("The address of an EMAIL subscriber is a mail address.")
    return Subscriber("email", address)


def with_subscribers(
    present: tuple[Subscriber, ...], more: Iterable[Subscriber]
) -> tuple[Subscriber, ...]:
    """Return subscribers with more of them. Raises as `read_notification`."""
    subscribers = (*present, *more)
    if len(set(subscribers)) < len(subscribers):
        raise duplicate("Each subscriber of a notification can be there once.")
    for kind, most in _MOST_SUBSCRIBERS.items():
        if sum(subscriber.kind == kind.lower() for subscriber in subscribers) > most:
            raise limit_exceeded(f"A notification may have {most} {kind} subscribers at most.")
    return subscribers


def with_notifications(
    present: tuple[Notification, ...], more: Iterable[Notification]
) -> tuple[Notification, ...]:
    """Return notifications with more of them.

    Raises DuplicateRecordException or CreationLimitExceededException.
    """
    notifications = (*present, *more)
    if len({each.threshold for each in notifications}) < len(notifications):
        raise duplicate("Error creating notification - the notification already exists.")
    if len(notifications) > MOST_NOTIFICATIONS:
        raise limit_exceeded(f"A budget may have {MOST_NOTIFICATIONS} notifications at most.")
    return notifications


def read_tags(given: Iterable[Params]) -> dict[str, str]:
    """Return tags by key. Raises InvalidParameterException."""
    tags: dict[str, str] = {}
    for tag in given:
        if tag["Key"] in tags:
            raise invalid(f"Duplicate tag key: {tag['Key']}")
        if tag["Key"].lower().startswith("aws:"):
            raise invalid("Tag keys that begin with aws: are reserved.")
        tags[tag["Key"]] = tag["Value"]
    return tags
