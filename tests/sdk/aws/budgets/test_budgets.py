"""Budgets as such: made, changed, shown, what counts for them, their past and their tags."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest


def test_a_budget_is_shown_as_it_was_made(budgets, account, of, made):
    name = made("12.34")
    shown = budgets.describe_budget(**of(account, BudgetName=name))["Budget"]
    assert shown["BudgetLimit"] == {"Amount": "12.34", "Unit": "USD"}
    assert (shown["BudgetType"], shown["TimeUnit"]) == ("COST", "MONTHLY")
    assert shown["CalculatedSpend"]["ActualSpend"] == {"Amount": "0", "Unit": "USD"}
    assert shown["CostTypes"]["IncludeTax"] is True
    assert shown["CostTypes"]["UseAmortized"] is False
    today = datetime.now(UTC)
    period = shown["TimePeriod"]
    assert period["Start"] == datetime(today.year, today.month, 1, tzinfo=UTC)
    assert period["End"] == datetime(2087, 6, 15, tzinfo=UTC)
    assert abs((today - shown["LastUpdatedTime"]).total_seconds()) < 60


def test_what_is_spent_is_shown_to_the_nano_dollar(aws, budgets, account, of, made):
    s3, name = aws("s3", account), made()
    bucket = f"spent-{name}"
    before = Decimal(spent(budgets, account, of, name))
    s3.create_bucket(Bucket=bucket)
    for key in "abc":
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    s3.head_object(Bucket=bucket, Key="a")
    after = Decimal(spent(budgets, account, of, name))
    assert after - before == 4 * Decimal("0.000005") + Decimal("0.0000004")


def spent(budgets, account, of, name):
    shown = budgets.describe_budget(**of(account, BudgetName=name))["Budget"]
    return shown["CalculatedSpend"]["ActualSpend"]["Amount"]


def test_names_are_unique_and_must_exist(budgets, account, of, budget, refused):
    wanted = budget()
    name = wanted["BudgetName"]
    budgets.create_budget(**of(account, Budget=wanted))
    message = refused(
        "DuplicateRecordException", budgets.create_budget, **of(account, Budget=wanted)
    )
    assert message == f"Error creating budget: {name} - the budget already exists."
    budgets.delete_budget(**of(account, BudgetName=name))
    for call in (budgets.describe_budget, budgets.delete_budget):
        message = refused("NotFoundException", call, **of(account, BudgetName=name))
        assert message == f"Unable to get budget: {name} - the budget doesn't exist."
    refused("NotFoundException", budgets.update_budget, **of(account, NewBudget=wanted))


def test_an_update_replaces_all_but_notifications(budgets, account, of, budget):
    wanted = budget("100")
    name = wanted["BudgetName"]
    notification = {
        "NotificationType": "ACTUAL",
        "ComparisonOperator": "GREATER_THAN",
        "Threshold": 80.0,
    }
    told = [
        {
            "Notification": notification,
            "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "a@b.c"}],
        }
    ]
    budgets.create_budget(**of(account, Budget=wanted, NotificationsWithSubscribers=told))
    changed = wanted | {
        "BudgetLimit": {"Amount": "7", "Unit": "USD"},
        "TimeUnit": "DAILY",
        "CostFilters": {"Service": ["Amazon Simple Storage Service"]},
    }
    budgets.update_budget(**of(account, NewBudget=changed))
    shown = budgets.describe_budget(**of(account, BudgetName=name))["Budget"]
    assert (shown["BudgetLimit"]["Amount"], shown["TimeUnit"]) == ("7", "DAILY")
    assert shown["CostFilters"] == {"Service": ["Amazon Simple Storage Service"]}
    kept = budgets.describe_notifications_for_budget(**of(account, BudgetName=name))
    assert len(kept["Notifications"]) == 1


def test_pages(budgets, account, of, made):
    names = {made() for _ in range(3)}
    found, token = [], {}
    while token is not None:
        page = budgets.describe_budgets(**of(account, MaxResults=2, **token))
        assert len(page["Budgets"]) <= 2
        found += [shown["BudgetName"] for shown in page["Budgets"]]
        token = {"NextToken": page["NextToken"]} if "NextToken" in page else None
    assert names <= set(found)
    assert found == sorted(found)


def test_a_token_that_is_none(budgets, account, of, refused):
    for token in ("x", "-1", "999999"):
        given = of(account, NextToken=token)
        refused("InvalidNextTokenException", budgets.describe_budgets, **given)


@pytest.mark.parametrize(
    ("filters", "counts"),
    [
        ({"CostFilters": {"Service": ["Amazon DynamoDB"]}}, False),
        ({"CostFilters": {"TagKeyValue": ["user:project$roads"]}}, True),
        ({"CostFilters": {"TagKeyValue": ["user:project$rivers"]}}, False),
        ({"CostFilters": {"UsageType": ["Requests-Tier1"]}}, True),
        ({"CostFilters": {"LinkedAccount": ["111111111111"]}}, False),
        ({"FilterExpression": {"Tags": {"Key": "project", "Values": ["roads", "sea"]}}}, True),
        (
            {
                "FilterExpression": {
                    "And": [
                        {"Dimensions": {"Key": "SERVICE", "Values": ["objects"]}},
                        {"Not": {"Tags": {"Key": "project", "Values": ["roads"]}}},
                    ]
                }
            },
            False,
        ),
    ],
)
def test_filters_choose_what_counts(aws, budgets, account, of, made, filters, counts):
    name, s3 = made("100", **filters), aws("s3", account)
    tags = {"Tags": [{"Key": "project", "Value": "roads"}]}
    before = Decimal(spent(budgets, account, of, name))
    s3.create_bucket(Bucket=f"filtered-{name}", CreateBucketConfiguration=tags)
    s3.put_object(Bucket=f"filtered-{name}", Key="a", Body=b"x")
    assert (Decimal(spent(budgets, account, of, name)) > before) is counts
    shown = budgets.describe_budget(**of(account, BudgetName=name, ShowFilterExpression=True))
    for member, given in filters.items():
        assert shown["Budget"][member] == given


def test_a_budget_of_what_one_user_does(aws, cloud, budgets, account, of, made, make_user):
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    ann, ben = (
        cloud.create_user(
            f"user-{number}",
            account=account.account_id,
            policies=[{"Version": "2012-10-17", "Statement": [everything]}],
        )
        for number in range(2)
    )
    filters = {"CostFilters": {"TagKeyValue": [f"aws:createdBy${ann.arn}"]}}
    name = made("100", **filters)
    bucket = f"of-users-{name}"
    aws("s3", ben).create_bucket(Bucket=bucket)
    aws("s3", ben).put_object(Bucket=bucket, Key="a", Body=b"x")
    assert Decimal(spent(budgets, account, of, name)) == 0
    aws("s3", ann).put_object(Bucket=bucket, Key="a", Body=b"x")
    assert Decimal(spent(budgets, account, of, name)) == Decimal("0.000005")


def test_usage_budgets_count_requests(aws, budgets, account, of, made):
    limit = {"BudgetLimit": {"Amount": "1000", "Unit": "Requests"}, "BudgetType": "USAGE"}
    name = made(**limit, CostFilters={"UsageType": ["Requests-Tier2"]})
    s3 = aws("s3", account)
    s3.create_bucket(Bucket=f"usage-{name}")
    before = int(spent(budgets, account, of, name))
    for _ in range(3):
        s3.head_bucket(Bucket=f"usage-{name}")
    assert int(spent(budgets, account, of, name)) == before + 3


def test_planned_limits(budgets, account, of, made):
    today = datetime.now(UTC)
    month = int(datetime(today.year, today.month, 1, tzinfo=UTC).timestamp())
    planned = {str(month): {"Amount": "3", "Unit": "USD"}}
    name = made(BudgetLimit=None, PlannedBudgetLimits=planned)
    shown = budgets.describe_budget(**of(account, BudgetName=name))["Budget"]
    assert shown["PlannedBudgetLimits"] == planned
    assert shown["BudgetLimit"]["Amount"] == "3"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"BudgetType": "RI_UTILIZATION"}, "use COST or USAGE"),
        ({"BudgetLimit": {"Amount": "1", "Unit": "EUR"}}, "The unit of a cost budget is USD."),
        ({"BudgetType": "USAGE"}, "The unit of a usage budget is one of Requests, GB"),
        ({"BudgetLimit": {"Amount": "9" * 20, "Unit": "USD"}}, "below 10^15"),
        ({"BudgetLimit": {"Amount": "0.0000000001", "Unit": "USD"}}, "at most nine decimals"),
        ({"AutoAdjustData": {"AutoAdjustType": "FORECAST"}}, "AutoAdjustData is not supported"),
        ({"TimeUnit": "CUSTOM"}, "needs the Start and End of TimePeriod"),
        ({"CostFilters": {"Region": ["us-east-1"]}}, "Region is not metered here"),
        ({"CostFilters": {"TagKeyValue": ["user:team$a"]}}, "The tag team is not metered here"),
        ({"FilterExpression": {"Dimensions": {"Key": "AZ", "Values": ["a"]}}}, "AZ is not metered"),
        (
            {"TimePeriod": {"Start": datetime(2027, 1, 1), "End": datetime(2026, 1, 1)}},
            "The Start of TimePeriod must be before its End.",
        ),
    ],
)
def test_what_cannot_be_a_budget_is_refused(budgets, account, of, budget, refused, wrong, words):
    wanted = budget() | wrong
    message = refused(
        "InvalidParameterException", budgets.create_budget, **of(account, Budget=wanted)
    )
    assert words in message


def test_the_past_is_shown_by_period(aws, budgets, account, of, made):
    name = made(TimePeriod={"Start": datetime(2020, 1, 1, tzinfo=UTC)})
    s3 = aws("s3", account)
    s3.create_bucket(Bucket=f"past-{name}")
    history = budgets.describe_budget_performance_history(**of(account, BudgetName=name))
    history = history["BudgetPerformanceHistory"]
    assert history["BudgetName"] == name
    amounts = history["BudgetedAndActualAmountsList"]
    assert len(amounts) == 12
    assert Decimal(amounts[0]["ActualAmount"]["Amount"]) > 0
    assert {each["ActualAmount"]["Amount"] for each in amounts[1:]} == {"0"}
    starts = [each["TimePeriod"]["Start"] for each in amounts]
    assert starts == sorted(starts, reverse=True)


def test_tags_of_budgets(budgets, account, of, budget, refused):
    wanted = budget()
    name = wanted["BudgetName"]
    budgets.create_budget(
        **of(account, Budget=wanted, ResourceTags=[{"Key": "team", "Value": "ice"}])
    )
    arn = f"arn:aws:budgets::{account.account_id}:budget/{name}"
    budgets.tag_resource(ResourceARN=arn, ResourceTags=[{"Key": "term", "Value": "2026"}])
    tags = budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"]
    assert tags == [{"Key": "team", "Value": "ice"}, {"Key": "term", "Value": "2026"}]
    budgets.untag_resource(ResourceARN=arn, ResourceTagKeys=["team", "other"])
    assert len(budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"]) == 1
    refused(
        "InvalidParameterException",
        budgets.list_tags_for_resource,
        ResourceARN="arn:aws:s3:::x" * 2,
    )
    refused("NotFoundException", budgets.list_tags_for_resource, ResourceARN=f"{arn}-other")
