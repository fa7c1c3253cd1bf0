"""LookupEvents: attributes, times, pages, and that an account sees its own events only."""

import datetime
import json
import uuid

import pytest


@pytest.fixture(scope="module")
def history(client, cloud, account):
    """Calls of root and of a user in the account."""
    iam = client("iam")
    name = f"ada-{uuid.uuid4().hex[:6]}"
    iam.create_user(UserName=name)
    iam.create_group(GroupName=f"{name}-group")
    iam.list_users()
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return name, key


def found(cloudtrail, **attribute):
    [(key, value)] = attribute.items()
    pages = cloudtrail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}]
    )
    return [event for page in pages for event in page["Events"]]


def test_events_come_newest_first_with_their_record(cloudtrail, history, account):
    name, _ = history
    event = found(cloudtrail, EventName="CreateUser")[0]
    assert event["EventSource"] == "iam.amazonaws.com"
    assert event["ReadOnly"] == "false"
    assert event["Username"] == "root"
    assert event["AccessKeyId"] == account.access_key_id
    assert event["Resources"] == [{"ResourceType": "AWS::IAM::User", "ResourceName": name}]
    record = json.loads(event["CloudTrailEvent"])
    assert record["eventID"] == event["EventId"]
    assert record["requestParameters"] == {"userName": name}
    assert record["responseElements"]["user"]["userName"] == name
    assert record["recipientAccountId"] == account.account_id
    everything = cloudtrail.lookup_events()["Events"]
    times = [event["EventTime"] for event in everything]
    assert times == sorted(times, reverse=True)


def test_reads_are_events_too(cloudtrail, history):
    assert found(cloudtrail, EventName="ListUsers")[0]["ReadOnly"] == "true"


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("EventName", "CreateGroup"),
        ("EventSource", "iam.amazonaws.com"),
        ("ReadOnly", "true"),
        ("ReadOnly", "false"),
        ("ResourceType", "AWS::IAM::Group"),
        ("Username", "root"),
    ],
)
def test_attributes_choose(cloudtrail, history, attribute, value):
    events = found(cloudtrail, **{attribute: value})
    assert events
    for event in events:
        if attribute == "ResourceType":
            assert value in [each["ResourceType"] for each in event["Resources"]]
        else:
            assert event[attribute] == value


def test_a_resource_is_found_by_its_name_and_by_its_arn(cloudtrail, history, account):
    name, _ = history
    arn = f"arn:aws:iam::{account.account_id}:user/{name}"
    by_name = found(cloudtrail, ResourceName=name)
    assert {event["EventName"] for event in by_name} >= {"CreateUser", "CreateAccessKey"}
    assert [each["EventId"] for each in found(cloudtrail, ResourceName=arn)] == [
        each["EventId"] for each in by_name
    ]


def test_one_event_is_found_by_its_id(cloudtrail, history):
    [event] = cloudtrail.lookup_events(MaxResults=1)["Events"]
    assert [each["EventId"] for each in found(cloudtrail, EventId=event["EventId"])] == [
        event["EventId"]
    ]


def test_a_key_that_was_used_is_found(cloudtrail, history, aws, account, cloud):
    user = cloud.create_user(f"user-{uuid.uuid4().hex[:6]}")
    with pytest.raises(Exception, match="not authorized"):
        aws("iam", user).list_users()
    own = aws("cloudtrail")
    [event] = found(own, AccessKeyId=user.access_key_id)
    record = json.loads(event["CloudTrailEvent"])
    assert record["errorCode"] == "AccessDenied"
    assert record["userIdentity"]["type"] == "IAMUser"
    assert event["Username"] == record["userIdentity"]["userName"]
    assert found(cloudtrail, AccessKeyId=user.access_key_id) == []


def test_pages_have_every_event_once(cloudtrail, history):
    whole = found(cloudtrail, EventSource="iam.amazonaws.com")
    pages = cloudtrail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": "iam.amazonaws.com"}],
        PaginationConfig={"PageSize": 2},
    )
    ids = [event["EventId"] for page in pages for event in page["Events"]]
    assert ids == [event["EventId"] for event in whole]
    assert len(set(ids)) == len(ids) > 3


def test_times_limit(cloudtrail, history):
    now = datetime.datetime.now(datetime.UTC)
    hour = datetime.timedelta(hours=1)
    assert cloudtrail.lookup_events(StartTime=now - hour, EndTime=now + hour)["Events"]
    assert cloudtrail.lookup_events(EndTime=now - hour)["Events"] == []
    assert cloudtrail.lookup_events(StartTime=now + hour)["Events"] == []


def test_data_events_are_not_in_it(cloudtrail, client, logs):
    client("s3").put_object(Bucket=logs, Key="mine", Body=b"x")
    assert found(cloudtrail, EventName="PutObject") == []


def test_insights_are_none(cloudtrail):
    assert cloudtrail.lookup_events(EventCategory="insight")["Events"] == []


def test_refusals(cloudtrail, refused):
    now = datetime.datetime.now(datetime.UTC)
    attribute = {"AttributeKey": "EventName", "AttributeValue": "CreateUser"}
    look = cloudtrail.lookup_events
    refused("InvalidLookupAttributesException", look, LookupAttributes=[attribute] * 2)
    refused("InvalidTimeRangeException", look, StartTime=now, EndTime=now.replace(year=2020))
    refused("InvalidNextTokenException", look, NextToken="made up")
    token = look(MaxResults=1)["NextToken"]
    refused("InvalidNextTokenException", look, NextToken=token, LookupAttributes=[attribute])
    refused("ValidationException", look, MaxResults=51)
