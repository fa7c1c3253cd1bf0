"""What botocore's clients send is what our parsers read, in every protocol."""

import math
from datetime import UTC, datetime
from pathlib import Path

import botocore
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lenticular.apis.aws.wire import models, unmodelled
from lenticular.apis.http import Body

PROTOCOLS = [
    ("s3", "rest-xml"),
    ("route53", "rest-xml"),
    ("dynamodb", "json"),
    ("sqs", "json"),
    ("kinesis", "json"),
    ("sts", "query"),
    ("iam", "query"),
    ("sns", "query"),
    ("ec2", "ec2"),
    ("lambda", "rest-json"),
    ("iot", "rest-json"),
    ("cloudwatch", "smithy-rpc-v2-cbor"),
    ("cloudwatch", "json"),
    ("cloudwatch", "query"),
]
SHADOWED = {
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
    "ListDirectoryBuckets": "ListBuckets",
}
"""Operations that nothing on the wire tells from another."""
TOO_LARGE = {"quicksight"}
"""Services of which a request with every member is larger than is taken."""
UNREACHABLE = {"WriteGetObjectResponse", *unmodelled.OPERATIONS["s3"]}
"""Operations of other hosts, and those that botocore does not know."""


@pytest.mark.parametrize(("name", "protocol"), PROTOCOLS)
def test_every_operation_with_every_member(oracles, wire, name, protocol):
    oracle = oracles(name, protocol)
    for operation in set(oracle.operations()) - SHADOWED.keys() - UNREACHABLE:
        shape = oracle.model.operation_model(operation).input_shape
        params = oracle.values.full(shape) if shape else {}
        received = oracle.received(oracle.request(operation, params))
        assert (received[0], wire.tidy(received[1])) == (operation, wire.tidy(params))


@pytest.mark.parametrize(
    ("name", "protocol"), [pair for pair in PROTOCOLS if pair[0] not in {"route53", "sns", "iot"}]
)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_random_parameters(oracles, wire, name, protocol, data):
    oracle = oracles(name, protocol)
    names = set(oracle.operations()) - SHADOWED.keys() - UNREACHABLE
    operation = data.draw(st.sampled_from(sorted(names)))
    shape = oracle.model.operation_model(operation).input_shape
    params = data.draw(oracle.values.random(shape)) if shape else {}
    received = oracle.received(oracle.request(operation, params))
    assert (received[0], wire.tidy(received[1])) == (operation, wire.tidy(params))


@pytest.mark.parametrize(("old", "new"), SHADOWED.items())
def test_a_shadowed_operation_reaches_the_one_that_replaced_it(oracles, old, new):
    oracle = oracles("s3", "rest-xml")
    shape = oracle.model.operation_model(old).input_shape
    request = oracle.request(old, {"Bucket": "b"} if "Bucket" in shape.members else {})
    assert oracle.received(request)[0] == new


@pytest.mark.parametrize(
    "key",
    [
        "a/b",
        "a//b",
        "/a",
        "//",
        "a/",
        "a b+c%2F",
        "é/\N{WATCH}",
        "a?b#c",
        "%",
        "*'()!~",
        "a/./b/..",
    ],
)
def test_a_key_of_s3_comes_through_whole(oracles, key):
    oracle = oracles("s3", "rest-xml")
    request = oracle.request("GetObject", {"Bucket": "bucket", "Key": key, "VersionId": "v"})
    assert oracle.received(request) == (
        "GetObject",
        {"Bucket": "bucket", "Key": key, "VersionId": "v"},
    )


def test_a_key_may_come_unencoded_where_http_allows_it(oracles, wire):
    oracle = oracles("s3", "rest-xml")
    request = wire.request("GET", "/bucket/a+b=c&d;e@f:g,h", service="s3")
    assert oracle.received(request)[1]["Key"] == "a+b=c&d;e@f:g,h"


def test_the_body_of_an_object_is_a_stream(oracles, wire):
    oracle = oracles("s3", "rest-xml")
    request = wire.request("PUT", "/b/k", {"x-amz-meta-Colour": "blue"}, b"bytes", "s3")
    operation = oracle.endpoint.model.operations["PutObject"]
    coroutine = oracle.wire.parse(operation, request, {"Bucket": "b", "Key": "k"})
    with pytest.raises(StopIteration) as stop:
        coroutine.send(None)
    params = stop.value.value
    assert isinstance(params["Body"], Body)
    assert params["Metadata"] == {"colour": "blue"}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("ETag,ObjectSize", ["ETag", "ObjectSize"]),
        ("ETag , ObjectSize", ["ETag", "ObjectSize"]),
        ('"a,b", c,"d\\"e"', ["a,b", "c", 'd"e']),
        ("one", ["one"]),
    ],
)
def test_a_list_in_a_header(oracles, wire, header, expected):
    oracle = oracles("s3", "rest-xml")
    headers = {"x-amz-object-attributes": header}
    request = wire.request("GET", "/b/k?attributes", headers, service="s3")
    operation, params = oracle.received(request)
    assert (operation, params["ObjectAttributes"]) == ("GetObjectAttributes", expected)


def test_a_condition_whose_date_is_none_is_absent(oracles, wire):
    oracle = oracles("s3", "rest-xml")
    headers = {"if-modified-since": "yesterday", "if-match": '"tag"'}
    params = oracle.received(wire.request("GET", "/b/k", headers, service="s3"))[1]
    assert params == {"Bucket": "b", "Key": "k", "IfMatch": '"tag"'}


def test_timestamps_keep_their_milliseconds(oracles, wire):
    at = datetime(2026, 2, 3, 4, 5, 6, 789000, tzinfo=UTC)
    oracle = oracles("cloudwatch", "smithy-rpc-v2-cbor")
    params = {"Namespace": "n", "MetricData": [{"MetricName": "m", "Timestamp": at}]}
    assert oracle.received(oracle.request("PutMetricData", params))[1] == params
    oracle = oracles("kinesis", "json")
    params = {"StreamName": "s", "ShardId": "0", "ShardIteratorType": "X", "Timestamp": at}
    document = (
        b'{"StreamName":"s","ShardId":"0","ShardIteratorType":"X","Timestamp":1770091506.789}'
    )
    headers = {"x-amz-target": "Kinesis_20131202.GetShardIterator"}
    assert oracle.received(wire.request("POST", "/", headers, document))[1] == params


def test_a_text_that_is_demanded_may_be_empty(oracles, wire):
    oracle = oracles("s3", "rest-xml")
    operation, params = oracle.received(wire.request("PUT", "/b?policy", service="s3"))
    assert (operation, params) == ("PutBucketPolicy", {"Bucket": "b", "Policy": ""})


def test_numbers_that_json_has_not_come_by_name(oracles):
    oracle = oracles("cloudwatch", "json")
    params = {"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": -math.inf}]}
    assert oracle.received(oracle.request("PutMetricData", params))[1] == params


def test_null_members_are_absent(oracles, wire):
    oracle = oracles("dynamodb", "json")
    headers = {"x-amz-target": "DynamoDB_20120810.ListTables"}
    request = wire.request("POST", "/", headers, b'{"Limit":null,"Unknown":1,"__type":"x"}')
    assert oracle.received(request) == ("ListTables", {})


@pytest.mark.parametrize("namespace", ["", ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'])
def test_xml_is_read_in_any_name_space(oracles, wire, namespace):
    oracle = oracles("s3", "rest-xml")
    document = (
        f'<?xml version="1.0"?><!-- why --><CreateBucketConfiguration{namespace}>\n'
        "<Other/><LocationConstraint>eu-<![CDATA[west]]>-1</LocationConstraint>"
        "</CreateBucketConfiguration>"
    )
    request = wire.request("PUT", "/bucket", body=document.encode(), service="s3")
    operation, params = oracle.received(request)
    assert operation == "CreateBucket"
    assert params["CreateBucketConfiguration"] == {"LocationConstraint": "eu-west-1"}


def test_a_list_in_a_form_is_read_by_number_and_under_either_name(oracles, wire):
    oracle = oracles("iam", "query")
    form = (
        b"Action=TagUser&Version=2010-05-08&UserName=u"
        b"&Tags.member.10.Key=k10&Tags.member.10.Value=&Tags.member.9.Key=k9&Tags.member.9.Value=v"
    )
    headers = {"content-type": "application/x-www-form-urlencoded"}
    params = oracle.received(wire.request("POST", "/", headers, form, "iam"))[1]
    assert params["Tags"] == [{"Key": "k9", "Value": "v"}, {"Key": "k10", "Value": ""}]


def service_names():
    folder = Path(botocore.__file__).parent / "data"
    return sorted({path.parts[-3] for path in folder.glob("*/*/service-2.json.gz")} - TOO_LARGE)


@pytest.mark.parametrize("part", range(4))
def test_some_operations_of_every_service(wire, part):
    """Models are many and odd: of each service, those operations that have most members."""
    for name in service_names()[part::4]:
        oracle = None
        for protocol in models.load(name).protocols:
            oracle = wire.Oracle(name, protocol)
            shapes = {
                operation: oracle.model.operation_model(operation).input_shape
                for operation in set(oracle.operations()) - SHADOWED.keys() - UNREACHABLE
            }
            largest = sorted(shapes, key=lambda at: -len(shapes[at].members if shapes[at] else ()))
            for operation in largest[:2]:
                params = oracle.values.full(shapes[operation]) if shapes[operation] else {}
                received = oracle.received(oracle.request(operation, params))
                assert (received[0], wire.tidy(received[1])) == (operation, wire.tidy(params))
        models.load.cache_clear()
