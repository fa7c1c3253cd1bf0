"""Budgets: what is spent, alarms, and the stop that refuses new spending."""

from datetime import UTC, datetime, timedelta
from typing import Any

from lenticular.apis.http import Response
from lenticular.portal.clients import Refused
from lenticular.portal.room import Probe, Room
from lenticular.portal.visit import Visit

_STOP = "arn:aws:iam::aws:policy/StopNewSpending"
"""What a budget's action applies to stop new spending."""

_ROLE = "arn:aws:iam::{}:role/aws-service-role/budgets.amazonaws.com/AWSServiceRoleForBudgets"
_PERIODS = (("DAILY", "a day"), ("MONTHLY", "a month"), ("QUARTERLY", "a quarter"))
_ALARMS = (80.0, 100.0)
"""Percent of a budget at which a mail goes out."""

_STEPS = {"APPROVE_BUDGET_ACTION": "stopped", "REVERSE_BUDGET_ACTION": "released"}

Document = dict[str, Any]


async def show(visit: Visit) -> Response:
    """Show the budgets and what was spent this month."""
    return await _show(visit)


async def _show(visit: Visit, error: str = "", status: int = 200) -> Response:
    account = {"AccountId": visit.person.account_id}
    found = await visit.aws("budgets", "describe_budgets", **account)
    acting = await visit.aws("budgets", "describe_budget_actions_for_account", **account)
    stops: dict[str, Document] = {each["BudgetName"]: each for each in acting["Actions"]}
    return visit.page(
        "budgets.html",
        status,
        budgets=[_described(each, stops) for each in found.get("Budgets", [])],
        spent=await _spent(visit),
        periods=_PERIODS,
        values={name: visit.field(name) for name in ("name", "limit", "period", "email")},
        stop=not visit.form or bool(visit.field("stop")),
        error=error,
    )


def _described(budget: Document, stops: dict[str, Document]) -> Document:
    limit = float(budget["BudgetLimit"]["Amount"])
    spent = float(budget["CalculatedSpend"]["ActualSpend"]["Amount"])
    forecast = budget["CalculatedSpend"].get("ForecastedSpend")
    stop = stops.get(budget["BudgetName"])
    return {
        "name": budget["BudgetName"],
        "unit": budget["BudgetLimit"]["Unit"],
        "limit": limit,
        "spent": spent,
        "percent": 100 * spent / limit if limit else 100.0,
        "forecast": float(forecast["Amount"]) if forecast else None,
        "period": dict(_PERIODS).get(budget["TimeUnit"], budget["TimeUnit"].lower()),
        "ends": budget["TimePeriod"]["End"],
        "stop": stop,
    }


async def _spent(visit: Visit) -> list[tuple[str, float]] | None:
    """Return what each service cost this month, the dearest first; None: they may not ask."""
    today = datetime.now(UTC).date()
    try:
        answer = await visit.aws(
            "ce",
            "get_cost_and_usage",
            TimePeriod={
                "Start": today.replace(day=1).isoformat(),
                "End": (today + timedelta(days=1)).isoformat(),
            },
            Granularity="MONTHLY",
            Metrics=["UnblendedCost"],
            GroupBy=[{"Type": "DIMENSION", "Key": "SERVICE"}],
        )
    except Refused as refusal:
        if refusal.is_denial:
            return None
        raise
    costs = [
        (group["Keys"][0], float(group["Metrics"]["UnblendedCost"]["Amount"]))
        for each in answer["ResultsByTime"]
        for group in each["Groups"]
    ]
    return sorted(costs, key=lambda cost: -cost[1])


async def create(visit: Visit) -> Response:
    """Make a budget, with alarms and the stop if they are wanted."""
    name, email = visit.field("name"), visit.field("email")
    account = {"AccountId": visit.person.account_id}
    subscribers = [{"SubscriptionType": "EMAIL", "Address": email}]
    budget = {
        "BudgetName": name,
        "BudgetType": "COST",
        "TimeUnit": visit.field("period"),
        "BudgetLimit": {"Amount": visit.field("limit"), "Unit": "USD"},
    }
    alarms = [
        {
            "Notification": {
                "NotificationType": "ACTUAL",
                "ComparisonOperator": "GREATER_THAN",
                "Threshold": percent,
                "ThresholdType": "PERCENTAGE",
            },
            "Subscribers": subscribers,
        }
        for percent in _ALARMS
    ]
    try:
        await visit.aws(
            "budgets",
            "create_budget",
            Budget=budget,
            NotificationsWithSubscribers=alarms,
            **account,
        )
        if visit.field("stop"):
            await visit.aws(
                "budgets",
                "create_budget_action",
                BudgetName=name,
                NotificationType="ACTUAL",
                ActionType="APPLY_IAM_POLICY",
                ActionThreshold={
                    "ActionThresholdValue": 100.0,
                    "ActionThresholdType": "PERCENTAGE",
                },
                Definition={"IamActionDefinition": {"PolicyArn": _STOP}},
                ExecutionRoleArn=_ROLE.format(visit.person.account_id),
                ApprovalModel="AUTOMATIC",
                Subscribers=subscribers,
                **account,
            )
    except Refused as refusal:
        if refusal.is_denial:
            raise
        return await _show(visit, refusal.message, refusal.status)
    return visit.go("/budgets", "created")


async def execute(visit: Visit) -> Response:
    """Stop spending now, or let it go on."""
    step = visit.field("step")
    await visit.aws(
        "budgets",
        "execute_budget_action",
        AccountId=visit.person.account_id,
        BudgetName=visit.field("name"),
        ActionId=visit.field("action"),
        ExecutionType=step,
    )
    return visit.go("/budgets", _STEPS.get(step, ""))


async def delete(visit: Visit) -> Response:
    """Delete a budget; what it stopped goes on."""
    await visit.aws(
        "budgets",
        "delete_budget",
        AccountId=visit.person.account_id,
        BudgetName=visit.field("name"),
    )
    return visit.go("/budgets", "deleted")


ROOM = Room(
    "/budgets",
    "Budgets",
    "The lab",
    {
        "GET /budgets": show,
        "POST /budgets": create,
        "POST /budgets/execute": execute,
        "POST /budgets/delete": delete,
    },
    probe=Probe("budgets", "describe_budgets", account="AccountId"),
    done={
        "created": "The budget counts from now on.",
        "stopped": "New spending is refused. Reading and deleting go on.",
        "released": "Spending goes on.",
        "deleted": "The budget is deleted.",
    },
)
