"""Actions: the stop as an IAM policy that a budget applies, its states and its history."""

import pytest

PI = {"SubscriptionType": "EMAIL", "Address": "pi@lab.example"}


@pytest.fixture
def action(budgets, account, made, stop):
    """A stop, as further requests name it."""
    name = made("100")
    answer = budgets.create_budget_action(**stop(account.account_id, name))
    return {key: answer[key] for key in ("AccountId", "BudgetName", "ActionId")}


def test_a_stop_is_shown_as_it_was_made(budgets, account, action, stop):
    shown = budgets.describe_budget_action(**action)["Action"]
    given = stop(account.account_id, action["BudgetName"])
    assert {name: shown[name] for name in given if name != "AccountId"} == {
        name: given[name] for name in given if name != "AccountId"
    }
    assert (shown["ActionId"], shown["Status"]) == (action["ActionId"], "STANDBY")
    of_budget = budgets.describe_budget_actions_for_budget(
        AccountId=account.account_id, BudgetName=action["BudgetName"]
    )
    assert of_budget["Actions"] == [shown]
    of_account = budgets.describe_budget_actions_for_account(AccountId=account.account_id)
    assert shown in of_account["Actions"]


def test_a_stop_is_changed_and_forgotten(budgets, action, refused):
    threshold = {"ActionThresholdValue": 7.5, "ActionThresholdType": "ABSOLUTE_VALUE"}
    answer = budgets.update_budget_action(
        **action, ActionThreshold=threshold, ApprovalModel="MANUAL", NotificationType="FORECASTED"
    )
    old, new = answer["OldAction"], answer["NewAction"]
    assert old["ActionThreshold"]["ActionThresholdValue"] == 100.0
    assert new["ActionThreshold"] == threshold
    assert (new["ApprovalModel"], new["NotificationType"]) == ("MANUAL", "FORECASTED")
    assert new["Subscribers"] == old["Subscribers"]
    gone = budgets.delete_budget_action(**action)
    assert gone["Action"]["ActionId"] == action["ActionId"]
    refused("NotFoundException", budgets.describe_budget_action, **action)


def test_its_history_tells_who_did_what(budgets, action):
    budgets.update_budget_action(**action, Subscribers=[PI | {"Address": "b@c.d"}])
    found = budgets.describe_budget_action_histories(**action)["ActionHistories"]
    assert [each["EventType"] for each in found] == ["UPDATE_ACTION", "CREATE_ACTION"]
    details = [each["ActionHistoryDetails"] for each in found]
    assert [each["Action"]["Subscribers"][0]["Address"] for each in details] == [
        "b@c.d",
        "pi@lab.example",
    ]


def test_it_is_approved_reversed_and_reset(aws, cloud, budgets, account, made, stop, refused):
    name, s3 = made("0"), aws("s3", account)
    answer = budgets.create_budget_action(**stop(account.account_id, name, ApprovalModel="MANUAL"))
    action = {key: answer[key] for key in ("AccountId", "BudgetName", "ActionId")}

    def status():
        return budgets.describe_budget_action(**action)["Action"]["Status"]

    def execute(kind):
        return budgets.execute_budget_action(**action, ExecutionType=kind)

    s3.create_bucket(Bucket=f"approved-{name}")
    cloud.run(cloud.engines.evaluation.evaluate())
    assert status() == "PENDING"
    s3.put_object(Bucket=f"approved-{name}", Key="a", Body=b"")
    assert execute("APPROVE_BUDGET_ACTION")["ExecutionType"] == "APPROVE_BUDGET_ACTION"
    assert status() == "EXECUTION_SUCCESS"
    put = {"Bucket": f"approved-{name}", "Key": "a", "Body": b""}
    refused("BudgetExceeded", s3.put_object, **put)
    execute("REVERSE_BUDGET_ACTION")
    assert status() == "REVERSE_SUCCESS"
    s3.put_object(**put)
    execute("RESET_BUDGET_ACTION")
    assert status() == "STANDBY"
    for kind in ("RESET_BUDGET_ACTION", "RETRY_BUDGET_ACTION"):
        refused("ResourceLockedException", execute, kind=kind)
    budgets.delete_budget(AccountId=account.account_id, BudgetName=name)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ActionType": "RUN_SSM_DOCUMENTS"},
        {
            "Definition": {
                "IamActionDefinition": {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
            }
        },
        {
            "Definition": {
                "IamActionDefinition": {
                    "PolicyArn": "arn:aws:iam::aws:policy/StopNewSpending",
                    "Users": ["ann"],
                }
            }
        },
        {"ExecutionRoleArn": "arn:aws:iam::999999999999:role/budgets"},
    ],
)
def test_what_is_no_stop_is_refused(budgets, account, made, stop, refused, wrong):
    given = stop(account.account_id, made()) | wrong
    refused("InvalidParameterException", budgets.create_budget_action, **given)


def test_tags_of_actions(budgets, account, action):
    name, action_id = action["BudgetName"], action["ActionId"]
    arn = f"arn:aws:budgets::{account.account_id}:budget/{name}/action/{action_id}"
    budgets.tag_resource(ResourceARN=arn, ResourceTags=[{"Key": "a", "Value": "b"}])
    assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == [
        {"Key": "a", "Value": "b"}
    ]
