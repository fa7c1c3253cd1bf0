"""GetCostAndUsage, GetCostForecast, GetDimensionValues, GetTags: by time, group and filter."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from botocore.exceptions import ClientError

from lenticular.primitives.meters import READ, WRITE, lines
from lenticular.primitives.meters.lines import Line

NOW = datetime.now(UTC)
TODAY = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
DAYS = 10
PER_DAY = 1_000_000


def day(offset):
    return (TODAY + timedelta(days=offset)).strftime("%Y-%m-%d")


@pytest.fixture(scope="module")
def account(cloud):
    """An account that wrote a million objects a day, for the last ten days before today."""
    made = cloud.create_account(f"costs-{uuid.uuid4().hex[:8]}")
    ann = f"arn:aws:iam::{made.account_id}:user/ann"

    def use(tx):
        for back in range(1, DAYS + 1):
            hour = int((TODAY - timedelta(days=back)).timestamp()) // 3600 + 5
            for project in ("roads", ""):
                line = Line(made.account_id, "objects", WRITE, ann, project)
                lines.add(tx, hour, line, PER_DAY // 2)
            lines.add(tx, hour, Line(made.account_id, "tables", READ, ann, ""), 10)

    cloud.run(cloud.engines.store.transact(use))
    return made


@pytest.fixture(scope="module")
def ce(aws, account):
    return aws("ce", account)


def usage(ce, start, stop, **more):
    given = {"Granularity": "DAILY", "Metrics": ["UnblendedCost"]} | more
    return ce.get_cost_and_usage(TimePeriod={"Start": start, "End": stop}, **given)


def amounts(answer, metric="UnblendedCost"):
    return [Decimal(each["Total"][metric]["Amount"]) for each in answer["ResultsByTime"]]


def test_costs_by_day(ce):
    answer = usage(ce, day(-3), day(0))
    assert amounts(answer) == [Decimal("5.00000125")] * 3
    times = [each["TimePeriod"] for each in answer["ResultsByTime"]]
    assert times[0] == {"Start": day(-3), "End": day(-2)}
    assert not any(each["Estimated"] for each in answer["ResultsByTime"])


def test_by_month_and_by_hour(ce):
    answer = usage(ce, day(-DAYS), day(1), Granularity="MONTHLY")
    assert sum(amounts(answer)) == DAYS * Decimal("5.00000125")
    start = (TODAY - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    stop = TODAY.strftime("%Y-%m-%dT%H:%M:%SZ")
    by_hour = amounts(usage(ce, start, stop, Granularity="HOURLY"))
    assert len(by_hour) == 24
    assert [at for at, amount in enumerate(by_hour) if amount] == [5]


def test_usage_has_a_unit_where_it_is_one(ce):
    answer = usage(ce, day(-1), day(0), Metrics=["UsageQuantity"])
    assert answer["ResultsByTime"][0]["Total"]["UsageQuantity"] == {
        "Amount": str(PER_DAY + 10),
        "Unit": "Requests",
    }


def test_groups(ce):
    by = [{"Type": "DIMENSION", "Key": "SERVICE"}, {"Type": "TAG", "Key": "project"}]
    [result] = usage(ce, day(-1), day(0), GroupBy=by)["ResultsByTime"]
    found = {tuple(g["Keys"]): g["Metrics"]["UnblendedCost"]["Amount"] for g in result["Groups"]}
    assert found == {
        ("Amazon DynamoDB", "project$"): "0.00000125",
        ("Amazon Simple Storage Service", "project$"): "2.5",
        ("Amazon Simple Storage Service", "project$roads"): "2.5",
    }
    assert result["Total"] == {}


def test_groups_by_account_and_usage_type(ce, account):
    by = [
        {"Type": "DIMENSION", "Key": "LINKED_ACCOUNT"},
        {"Type": "DIMENSION", "Key": "USAGE_TYPE"},
    ]
    [result] = usage(ce, day(-1), day(0), GroupBy=by)["ResultsByTime"]
    assert [group["Keys"] for group in result["Groups"]] == [
        [account.account_id, "ReadRequestUnits"],
        [account.account_id, "Requests-Tier1"],
    ]


@pytest.mark.parametrize(
    ("expression", "amount"),
    [
        ({"Dimensions": {"Key": "SERVICE", "Values": ["Amazon DynamoDB"]}}, "0.00000125"),
        ({"Tags": {"Key": "project", "Values": ["roads"]}}, "2.5"),
        ({"Tags": {"Key": "project", "MatchOptions": ["ABSENT"]}}, "2.50000125"),
        (
            {"Not": {"Dimensions": {"Key": "USAGE_TYPE", "Values": ["Requests-Tier1"]}}},
            "0.00000125",
        ),
        ({"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": ["111111111111"]}}, "0"),
        (
            {
                "Or": [
                    {"Tags": {"Key": "project", "Values": ["roads"]}},
                    {"Dimensions": {"Key": "SERVICE", "Values": ["Amazon DynamoDB"]}},
                ]
            },
            "2.50000125",
        ),
    ],
)
def test_filters(ce, expression, amount):
    assert amounts(usage(ce, day(-1), day(0), Filter=expression)) == [Decimal(amount)]


def test_what_is_used_now_is_told_now(aws, cloud):
    account = cloud.create_account(f"now-{uuid.uuid4().hex[:8]}")
    aws("s3", account).create_bucket(Bucket=f"now-{uuid.uuid4().hex[:8]}")
    by = [{"Type": "DIMENSION", "Key": "USAGE_TYPE"}]
    answer = usage(
        aws("ce", account), day(-1), day(2), GroupBy=by, Metrics=["UsageQuantity", "BlendedCost"]
    )
    groups = {
        group["Keys"][0]: group["Metrics"]
        for result in answer["ResultsByTime"]
        for group in result["Groups"]
    }
    assert groups["Requests-Tier1"] == {
        "UsageQuantity": {"Amount": "1", "Unit": "Requests"},
        "BlendedCost": {"Amount": "0.000005", "Unit": "USD"},
    }


def test_nobody_pays_for_what_was_not_allowed(aws, cloud):
    """Services that speak JSON say so with status 400, and after the request was admitted."""
    account = cloud.create_account(f"refused-{uuid.uuid4().hex[:8]}")
    nobody = cloud.create_user("nobody", account=account.account_id)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        aws("secretsmanager", nobody).get_secret_value(SecretId="secret")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        aws("ssm", nobody).get_parameter(Name="/parameter")
    answer = usage(
        aws("ce", account),
        day(-1),
        day(2),
        GroupBy=[{"Type": "DIMENSION", "Key": "SERVICE"}],
        Metrics=["UsageQuantity"],
    )
    used = {group["Keys"][0] for result in answer["ResultsByTime"] for group in result["Groups"]}
    assert not used & {"AWS Secrets Manager", "AWS Systems Manager"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"TimePeriod": {"Start": day(0), "End": day(0)}},
        {"TimePeriod": {"Start": "yesterday", "End": day(0)}},
        {"TimePeriod": {"Start": "2026-01-01T05:00:00Z", "End": "2026-01-02"}},
        {"Metrics": ["Happiness"]},
        {"Granularity": "HOURLY", "TimePeriod": {"Start": day(-20), "End": day(0)}},
        {"GroupBy": [{"Type": "DIMENSION", "Key": "AZ"}]},
        {"GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}] * 3},
        {"Filter": {"Dimensions": {"Key": "AZ", "Values": ["a"]}}},
        {"Filter": {"CostCategories": {"Key": "a", "Values": ["b"]}}},
        {"Filter": {"And": [{"Tags": {"Key": "project", "Values": ["a"]}}]}},
    ],
)
def test_what_cannot_be_answered_is_refused(ce, refused, wrong):
    given = {
        "TimePeriod": {"Start": day(-1), "End": day(0)},
        "Granularity": "DAILY",
        "Metrics": ["UnblendedCost"],
    } | wrong
    assert refused(ce.get_cost_and_usage, **given)[0] == "ValidationException"


def test_a_forecast_goes_on_with_the_mean(ce):
    answer = ce.get_cost_forecast(
        TimePeriod={"Start": day(1), "End": day(4)},
        Granularity="DAILY",
        Metric="UNBLENDED_COST",
        PredictionIntervalLevel=80,
    )
    assert Decimal(answer["Total"]["Amount"]) == Decimal("15.00000375")
    assert len(answer["ForecastResultsByTime"]) == 3
    for each in answer["ForecastResultsByTime"]:
        low, high = each["PredictionIntervalLowerBound"], each["PredictionIntervalUpperBound"]
        assert Decimal(low) <= Decimal(each["MeanValue"]) <= Decimal(high)


def test_without_a_past_there_is_no_forecast(aws, cloud, refused):
    stranger = aws("ce", cloud.create_account(f"new-{uuid.uuid4().hex[:8]}"))
    given = {
        "TimePeriod": {"Start": day(1), "End": day(2)},
        "Granularity": "DAILY",
        "Metric": "UNBLENDED_COST",
    }
    assert refused(stranger.get_cost_forecast, **given)[0] == "DataUnavailableException"
    given["TimePeriod"] = {"Start": day(-1), "End": day(2)}
    assert refused(stranger.get_cost_forecast, **given)[0] == "ValidationException"


def test_values_that_there_are(ce, account):
    time = {"Start": day(-2), "End": day(0)}
    answer = ce.get_dimension_values(TimePeriod=time, Dimension="SERVICE", SearchString="simple")
    assert [each["Value"] for each in answer["DimensionValues"]] == [
        "Amazon Simple Storage Service"
    ]
    assert ce.get_tags(TimePeriod=time)["Tags"] == ["aws:createdBy", "project"]
    assert ce.get_tags(TimePeriod=time, TagKey="project")["Tags"] == ["", "roads"]
    who = ce.get_tags(TimePeriod=time, TagKey="aws:createdBy")["Tags"]
    assert who == [f"arn:aws:iam::{account.account_id}:user/ann"]
