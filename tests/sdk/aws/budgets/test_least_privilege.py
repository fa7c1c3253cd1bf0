"""Every operation of Budgets and Cost Explorer asks policies, and for nothing but its own."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from lenticular.server.interfaces import aws_services
from lenticular.server.wiring import build_in_memory

PI = {"SubscriptionType": "EMAIL", "Address": "pi@lab.example"}
OTHER = PI | {"Address": "other@lab.example"}
NOTIFICATION = {
    "NotificationType": "ACTUAL",
    "ComparisonOperator": "GREATER_THAN",
    "Threshold": 80.0,
    "ThresholdType": "PERCENTAGE",
}
HIGHER = NOTIFICATION | {"Threshold": 90.0}
TIME = {"Start": "2026-01-01", "End": "2026-01-02"}

# Operation: its parameters, and the action that it needs.
BUDGETS = {
    "create_budget": (lambda at: {**at.account, "Budget": at.new}, "ModifyBudget"),
    "create_budget_action": (lambda at: at.stop, "CreateBudgetAction"),
    "create_notification": (
        lambda at: {**at.budget, "Notification": HIGHER, "Subscribers": [PI]},
        "ModifyBudget",
    ),
    "create_subscriber": (lambda at: {**at.notified, "Subscriber": OTHER}, "ModifyBudget"),
    "delete_budget": (lambda at: at.budget, "ModifyBudget"),
    "delete_budget_action": (lambda at: at.action, "DeleteBudgetAction"),
    "delete_notification": (lambda at: at.notified, "ModifyBudget"),
    "delete_subscriber": (lambda at: {**at.notified, "Subscriber": PI}, "ModifyBudget"),
    "describe_budget": (lambda at: at.budget, "ViewBudget"),
    "describe_budget_action": (lambda at: at.action, "DescribeBudgetAction"),
    "describe_budget_action_histories": (lambda at: at.action, "DescribeBudgetActionHistories"),
    "describe_budget_actions_for_account": (
        lambda at: at.account,
        "DescribeBudgetActionsForAccount",
    ),
    "describe_budget_actions_for_budget": (
        lambda at: at.budget,
        "DescribeBudgetActionsForBudget",
    ),
    "describe_budget_notifications_for_account": (lambda at: at.account, "ViewBudget"),
    "describe_budget_performance_history": (lambda at: at.budget, "ViewBudget"),
    "describe_budgets": (lambda at: at.account, "ViewBudget"),
    "describe_notifications_for_budget": (lambda at: at.budget, "ViewBudget"),
    "describe_subscribers_for_notification": (lambda at: at.notified, "ViewBudget"),
    "execute_budget_action": (
        lambda at: {**at.action, "ExecutionType": "APPROVE_BUDGET_ACTION"},
        "ExecuteBudgetAction",
    ),
    "list_tags_for_resource": (lambda at: {"ResourceARN": at.arn}, "ListTagsForResource"),
    "tag_resource": (
        lambda at: {"ResourceARN": at.arn, "ResourceTags": [{"Key": "a", "Value": "b"}]},
        "TagResource",
    ),
    "untag_resource": (
        lambda at: {"ResourceARN": at.arn, "ResourceTagKeys": ["a"]},
        "UntagResource",
    ),
    "update_budget": (lambda at: {**at.account, "NewBudget": at.present}, "ModifyBudget"),
    "update_budget_action": (lambda at: at.action, "UpdateBudgetAction"),
    "update_notification": (
        lambda at: {**at.budget, "OldNotification": NOTIFICATION, "NewNotification": HIGHER},
        "ModifyBudget",
    ),
    "update_subscriber": (
        lambda at: {**at.notified, "OldSubscriber": PI, "NewSubscriber": OTHER},
        "ModifyBudget",
    ),
}
COSTS = {
    "get_cost_and_usage": {
        "TimePeriod": TIME,
        "Granularity": "DAILY",
        "Metrics": ["UnblendedCost"],
    },
    "get_cost_forecast": {
        "TimePeriod": {"Start": "2087-01-01", "End": "2087-01-02"},
        "Granularity": "DAILY",
        "Metric": "UNBLENDED_COST",
    },
    "get_dimension_values": {"TimePeriod": TIME, "Dimension": "SERVICE"},
    "get_tags": {"TimePeriod": TIME},
}


@pytest.fixture
def at(budgets, account, budget, stop):
    present = budget()
    told = [{"Notification": NOTIFICATION, "Subscribers": [PI]}]
    own = {"AccountId": account.account_id}
    budgets.create_budget(**own, Budget=present, NotificationsWithSubscribers=told)
    name = present["BudgetName"]
    asked = stop(account.account_id, name)
    made = budgets.create_budget_action(**asked)
    named = {**own, "BudgetName": name}
    return SimpleNamespace(
        account=own,
        budget=named,
        present=present,
        new=budget(),
        notified={**named, "Notification": NOTIFICATION},
        stop=asked,
        action={**named, "ActionId": made["ActionId"]},
        arn=f"arn:aws:budgets::{account.account_id}:budget/{name}",
    )


@pytest.fixture
def user(aws, cloud, account, request):
    """``user("budgets", *actions)``: a service as a new user who may only do this."""
    count = iter(range(100))

    def make(service, *actions, resource="*"):
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
        policies = [{"Version": "2012-10-17", "Statement": [statement]}] if actions else []
        name = f"{abs(hash(request.node.name)):x}-{next(count)}"
        return aws(service, cloud.create_user(name, account=account.account_id, policies=policies))

    return make


def is_refused(client, operation, parameters):
    try:
        getattr(client, operation)(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"] == "AccessDeniedException"
    return False


def test_every_operation_is_listed_here():
    services = {service.name: service for service in aws_services(build_in_memory())}
    assert set(BUDGETS) == set(services["budgets"].handlers)
    assert set(COSTS) == set(services["ce"].handlers)


@pytest.mark.parametrize("operation", BUDGETS)
def test_an_operation_on_budgets_needs_its_action_and_no_more(at, user, operation):
    parameters, action = BUDGETS[operation]
    assert is_refused(user("budgets"), operation, parameters(at))
    elsewhere = user("budgets", f"budgets:{action}", resource=f"{at.arn}-other")
    assert is_refused(elsewhere, operation, parameters(at))
    enough = user("budgets", f"budgets:{action}", "iam:PassRole")
    assert not is_refused(enough, operation, parameters(at))


@pytest.mark.parametrize("operation", COSTS)
def test_an_operation_on_costs_needs_its_action_and_no_more(user, operation):
    action = "ce:" + "".join(word.capitalize() for word in operation.split("_"))
    assert is_refused(user("ce"), operation, COSTS[operation])
    assert is_refused(user("ce", "ce:Nothing*"), operation, COSTS[operation])
    assert not is_refused(user("ce", action), operation, COSTS[operation])


def test_a_stop_needs_the_role_to_be_passed_on(at, user):
    may_create = user("budgets", "budgets:CreateBudgetAction")
    assert is_refused(may_create, "create_budget_action", at.stop)


def test_another_account_has_no_say(aws, other, at):
    stranger = aws("budgets", other)
    for operation, (parameters, _) in BUDGETS.items():
        assert is_refused(stranger, operation, parameters(at)), operation
