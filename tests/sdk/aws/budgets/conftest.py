"""Budgets as an account of its own, so that nobody else's spending is in the way."""

import uuid

import pytest
from botocore.exceptions import ClientError

STOP = "arn:aws:iam::aws:policy/StopNewSpending"
PI = {"SubscriptionType": "EMAIL", "Address": "pi@lab.example"}


@pytest.fixture(scope="module")
def account(cloud):
    """The credentials of a new account."""
    return cloud.create_account(f"spending-{uuid.uuid4().hex[:8]}")


@pytest.fixture(scope="module")
def budgets(aws, account):
    return aws("budgets", account)


@pytest.fixture
def of():
    """``of(account)``: the parameters of a request about a budget."""
    return lambda account, **more: {"AccountId": account.account_id, **more}


@pytest.fixture
def budget():
    """``budget("100")``: a monthly budget of so many dollars, with a name of its own.

    What is None is left out.
    """

    def make(amount="100", **more):
        given = {
            "BudgetName": f"budget-{uuid.uuid4().hex[:8]}",
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": amount, "Unit": "USD"},
            **more,
        }
        return {name: value for name, value in given.items() if value is not None}

    return make


@pytest.fixture
def made(budgets, account, budget):
    """``made("100")``: the name of a budget that is there."""

    def make(*given, notifications=(), **more):
        wanted = budget(*given, **more)
        budgets.create_budget(
            AccountId=account.account_id,
            Budget=wanted,
            NotificationsWithSubscribers=[
                {"Notification": each, "Subscribers": [PI]} for each in notifications
            ],
        )
        return wanted["BudgetName"]

    return make


@pytest.fixture
def stop():
    """The parameters of an action that stops new spending at the limit of a budget."""

    def make(account_id, name, **more):
        return {
            "AccountId": account_id,
            "BudgetName": name,
            "NotificationType": "ACTUAL",
            "ActionType": "APPLY_IAM_POLICY",
            "ActionThreshold": {
                "ActionThresholdValue": 100.0,
                "ActionThresholdType": "PERCENTAGE",
            },
            "Definition": {"IamActionDefinition": {"PolicyArn": STOP}},
            "ExecutionRoleArn": f"arn:aws:iam::{account_id}:role/budgets",
            "ApprovalModel": "AUTOMATIC",
            "Subscribers": [PI],
            **more,
        }

    return make


@pytest.fixture
def refused():
    """``refused(code, call, **parameters)``: the message of the refusal."""

    def expect(code, call, **parameters):
        with pytest.raises(ClientError) as caught:
            call(**parameters)
        assert caught.value.response["Error"]["Code"] == code
        return caught.value.response["Error"]["Message"]

    return expect
