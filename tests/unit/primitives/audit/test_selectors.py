"""Event selectors: which events a trail takes, in both languages."""

import pytest
from msgspec.structs import replace

from lenticular.primitives.audit import Resource, Trail, selectors

READ = {"read_only": True}
OBJECT = {
    "category": "Data",
    "source": "s3.amazonaws.com",
    "name": "GetObject",
    "resources": (
        Resource("AWS::S3::Object", "arn:aws:s3:::samples/raw/one"),
        Resource("AWS::S3::Bucket", "arn:aws:s3:::samples"),
    ),
}


def s3(*values):
    return {"DataResources": [{"Type": "AWS::S3::Object", "Values": list(values)}]}


def fields(**given):
    listed = [{"Field": name.replace("_", "."), **operators} for name, operators in given.items()]
    return [{"FieldSelectors": listed}]


@pytest.mark.parametrize(
    ("basic", "members", "taken"),
    [
        ([], {}, True),
        ([], OBJECT, False),
        ([{"ReadWriteType": "ReadOnly"}], READ, True),
        ([{"ReadWriteType": "ReadOnly"}], {}, False),
        ([{"ReadWriteType": "WriteOnly"}], {}, True),
        ([{"ReadWriteType": "WriteOnly"}], READ, False),
        ([{"IncludeManagementEvents": False}], {}, False),
        ([{"ExcludeManagementEventSources": ["iam.amazonaws.com"]}], {}, False),
        ([{"ExcludeManagementEventSources": ["kms.amazonaws.com"]}], {}, True),
        ([s3("arn:aws:s3:::samples/")], OBJECT, True),
        ([s3("arn:aws:s3:::samples/raw/")], OBJECT, True),
        ([s3("arn:aws:s3:::samples/public/")], OBJECT, False),
        ([s3("arn:aws:s3:::sample/")], OBJECT, False),
        ([s3("arn:aws:s3")], OBJECT, True),
        ([s3("arn:aws:s3:::other/"), s3("arn:aws:s3:::samples/")], OBJECT, True),
        ([s3("arn:aws:s3") | {"ReadWriteType": "ReadOnly"}], OBJECT, False),
        ([s3("arn:aws:s3") | {"ReadWriteType": "ReadOnly"}], OBJECT | READ, True),
        ([s3("arn:aws:s3")], {}, True),
    ],
)
def test_basic_selectors(event, basic, members, taken):
    assert selectors.takes(basic, (), event(**members)) is taken


DATA = {"eventCategory": {"Equals": ["Data"]}, "resources_type": {"Equals": ["AWS::S3::Object"]}}


@pytest.mark.parametrize(
    ("advanced", "members", "taken"),
    [
        (fields(eventCategory={"Equals": ["Management"]}), {}, True),
        (fields(eventCategory={"Equals": ["Management"]}), OBJECT, False),
        (fields(**DATA), OBJECT, True),
        (fields(**DATA, readOnly={"Equals": ["true"]}), OBJECT, False),
        (fields(**DATA, readOnly={"Equals": ["true"]}), OBJECT | READ, True),
        (fields(**DATA, eventName={"StartsWith": ["Get", "Put"]}), OBJECT, True),
        (fields(**DATA, eventName={"StartsWith": ["Put"]}), OBJECT, False),
        (fields(**DATA, eventName={"EndsWith": ["Object"]}), OBJECT, True),
        (fields(**DATA, eventName={"NotEquals": ["GetObject"]}), OBJECT, False),
        (fields(**DATA, eventName={"NotEquals": ["PutObject"]}), OBJECT, True),
        (fields(**DATA, resources_ARN={"StartsWith": ["arn:aws:s3:::samples/raw"]}), OBJECT, True),
        (fields(**DATA, resources_ARN={"NotStartsWith": ["arn:aws:s3:::samples/"]}), OBJECT, False),
        (fields(**DATA, resources_ARN={"NotEndsWith": ["/two"]}), OBJECT, True),
        (fields(**DATA, eventName={"Equals": ["PutObject"]}) + fields(**DATA), OBJECT, True),
        (fields(**DATA, weather={"Equals": ["good"]}), OBJECT, False),
    ],
)
def test_advanced_selectors(event, advanced, members, taken):
    assert selectors.takes((), advanced, event(**members)) is taken


def test_which_selectors_want_data():
    assert not selectors.wants_data((), ())
    assert not selectors.wants_data([{"ReadWriteType": "All", "DataResources": []}], ())
    assert selectors.wants_data([s3("arn:aws:s3")], ())
    assert selectors.wants_data((), fields(**DATA))
    assert not selectors.wants_data((), fields(eventCategory={"Equals": ["Management"]}))


@pytest.mark.parametrize(
    ("settings", "source", "region", "taken"),
    [
        ({}, "s3.amazonaws.com", "us-east-1", True),
        ({}, "s3.amazonaws.com", "eu-west-1", False),
        ({"all_regions": True}, "s3.amazonaws.com", "eu-west-1", True),
        ({}, "iam.amazonaws.com", "eu-west-1", True),
        ({"global_events": False}, "iam.amazonaws.com", "us-east-1", False),
    ],
)
def test_trails_reach_regions(event, settings, source, region, taken):
    trail = Trail("t", "111111111111", "us-east-1", "main", "logs", 0, **settings)
    assert trail.takes(replace(event(source=source), aws_region=region)) is taken
