"""Budgets: made, listed, shown and deleted by whoever owns the data folder."""

import re
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from lenticular.primitives.budgets import (
    Action,
    Alarm,
    Budget,
    Notification,
    Period,
    Standing,
    Threshold,
    period_at,
)
from lenticular.primitives.budgets.errors import BudgetsError
from lenticular.primitives.meters import EVERYTHING, Filter, all_of, one_of
from lenticular.server.administration.contract import Site

_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")

_STOP_AT = Decimal(100)
"""Percent of the limit at which a stop comes on."""


class NewBudget(Struct, frozen=True, forbid_unknown_fields=True):
    """The budget to make."""

    name: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^:\\/]+$")]
    limit: str
    """US dollars."""
    account_id: str = ""
    """Empty: the account that the cloud started with."""
    user: str = ""
    """The name of a user, or an ARN of a user or role; empty: everybody."""
    project: str = ""
    """Empty: every project and none."""
    period: Literal["day", "month", "quarter", "year"] = "month"
    alarms: tuple[str, ...] = ()
    """Percentages of the limit."""
    stop: bool = False
    """New spending is refused at the limit."""


class BudgetOf(Struct, frozen=True, forbid_unknown_fields=True):
    """Which budget."""

    name: str
    account_id: str = ""


class BudgetsOf(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose budgets; empty: those of all accounts."""

    account_id: str = ""


class RaisedAlarm(Struct, frozen=True):
    """An alarm as commands print it."""

    time: str
    threshold: str
    amount: str


class DescribedBudget(Struct, frozen=True, omit_defaults=True):
    """A budget as commands print it."""

    name: str
    account_id: str
    limit: str
    spent: str
    period: str
    ends: str
    """When the present period does; empty: it is not in force."""
    forecast: str = ""
    user: str = ""
    project: str = ""
    alarms: tuple[str, ...] = ()
    """Thresholds, and whether they are passed."""
    stop: str = ""
    """At what there is a stop, and how it stands; empty: there is none."""
    raised: tuple[RaisedAlarm, ...] = ()
    """The latest alarms, when one budget is shown."""


async def create(site: Site, wanted: NewBudget) -> DescribedBudget:
    """Make a budget. Raises a `BudgetsError` or an `IdentityError`."""
    limit = _number(wanted.limit, "a limit is a number of dollars")
    alarms = {_number(each, "an alarm is at a percentage") for each in wanted.alarms}
    account_id = await _account_id(site, wanted.account_id)
    now = int(datetime.now(UTC).timestamp() * 1000)
    period = period_at(wanted.period, now, 0, now + 1) or Period(now, now)
    notifications = tuple(Notification(Threshold(percent), ()) for percent in sorted(alarms))
    budget = Budget(
        account_id=account_id,
        name=wanted.name,
        measure="cost",
        unit="USD",
        limit=limit,
        period=wanted.period,
        begins=period.start,
        filter=await _filter(site, account_id, wanted),
        notifications=notifications,
    )
    await site.cloud.budgets.create(budget)
    if wanted.stop:
        stop = Action(str(uuid.uuid4()), account_id, wanted.name, Threshold(_STOP_AT), True)
        await site.cloud.budgets.create_action(stop)
    return await show(site, BudgetOf(wanted.name, account_id))


async def list_budgets(site: Site, wanted: BudgetsOf) -> list[DescribedBudget]:
    """Return how budgets stand, by account and name."""
    found = await site.cloud.budgets.of_account(wanted.account_id or None)
    described: list[DescribedBudget] = []
    for account_id in sorted({budget.account_id for budget in found}):
        budgets = [budget for budget in found if budget.account_id == account_id]
        described += [_described(each) for each in await site.cloud.budgets.standings(budgets)]
    return described


async def show(site: Site, wanted: BudgetOf) -> DescribedBudget:
    """Return how a budget stands, with its latest alarms. Raises `BudgetNotFound`."""
    account_id = await _account_id(site, wanted.account_id)
    budget = await site.cloud.budgets.find(account_id, wanted.name)
    [standing] = await site.cloud.budgets.standings([budget])
    alarms = await site.cloud.budgets.alarms(account_id)
    raised = tuple(_raised(alarm) for alarm in alarms if alarm.budget == budget.name)
    return msgspec.structs.replace(_described(standing), raised=raised)


async def delete(site: Site, wanted: BudgetOf) -> DescribedBudget:
    """Forget a budget; return how it stood. Raises `BudgetNotFound`."""
    gone = await show(site, wanted)
    await site.cloud.budgets.delete(gone.account_id, gone.name)
    return gone


def _number(text: str, what: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise BudgetsError(f"{what}, like 12.50, with at most nine decimals, not {text!r}")
    return Decimal(text)


async def _account_id(site: Site, account_id: str) -> str:
    identities = site.cloud.identities
    wanted = account_id or await identities.first_account_id()
    return (await identities.accounts.get(wanted)).account_id


async def _filter(site: Site, account_id: str, wanted: NewBudget) -> Filter:
    parts = []
    if wanted.user:
        arn = wanted.user
        if not arn.startswith("arn:"):
            arn = (await site.cloud.identities.users.get(account_id, arn)).arn
        parts.append(one_of("user", arn))
    if wanted.project:
        parts.append(one_of("project", wanted.project))
    return all_of(*parts) if parts else EVERYTHING


def _described(standing: Standing) -> DescribedBudget:
    budget, period = standing.budget, standing.period
    alarms = tuple(
        f"{_threshold(each.threshold)}: "
        f"{'passed' if period and each.alarmed == period.start else 'not passed'}"
        for each in budget.notifications
    )
    stops = [
        f"{_threshold(action.threshold)}: {_STATES[action.state_in(period)]}"
        for action in standing.actions
    ]
    return DescribedBudget(
        name=budget.name,
        account_id=budget.account_id,
        limit=_amount(standing.limit, budget),
        spent=_amount(standing.spent, budget),
        period=budget.period,
        ends=_time(period.stop) if period is not None else "",
        forecast="" if standing.forecast is None else _amount(standing.forecast, budget),
        user=" ".join(_values(budget.filter, "user")),
        project=" ".join(_values(budget.filter, "project")),
        alarms=alarms,
        stop=", ".join(stops),
    )


_STATES = {
    "standby": "not reached",
    "pending": "reached, waits for approval",
    "executed": "new spending is refused",
    "reversed": "lifted for this period",
}


def _raised(alarm: Alarm) -> RaisedAlarm:
    amount = f"{alarm.amount} of {alarm.limit}"
    return RaisedAlarm(_time(alarm.time), _threshold(alarm.threshold), amount)


def _threshold(threshold: Threshold) -> str:
    unit = "%" if threshold.relative else ""
    return f"{threshold.value.normalize():f}{unit}{' forecast' if threshold.forecast else ''}"


def _amount(amount: Decimal, budget: Budget) -> str:
    return f"{amount:f} {budget.unit}"


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _values(found: Filter, dimension: str) -> list[str]:
    """Return the values that a filter asks for in a dimension."""
    if found.kind == "one of":
        return sorted(found.values) if found.dimension == dimension else []
    return [value for part in found.parts for value in _values(part, dimension)]
