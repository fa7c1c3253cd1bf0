"""What our serialisers write is what botocore's clients understand, in every protocol."""

import json
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from botocore.awsrequest import HeadersDict
from botocore.handlers import parse_get_bucket_location
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

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
OWN_FORM = {"GetBucketLocation", "GetBucketNotification"}
"""Tested by itself; and one, deprecated, in which two members have the same element."""


def check(oracle, wire, operation, result):
    members = oracle.model.operation_model(operation).output_shape.members
    for name, member in members.items():
        if member.serialization.get("location") == "statusCode":
            result[name] = 207
    understood = oracle.understood(operation, oracle.answer(operation, result))
    metadata = understood.pop("ResponseMetadata")
    payload = oracle.model.operation_model(operation).output_shape.serialization.get("payload")
    if "ContentType" not in result:
        understood.pop("ContentType", None)
    if understood.get(payload) == "":
        result.setdefault(payload, "")
    assert wire.tidy(understood) == wire.tidy(result)
    assert metadata["RequestId"] == "REQUEST1"


@pytest.mark.parametrize(("name", "protocol"), PROTOCOLS)
def test_every_operation_with_every_member(oracles, wire, name, protocol):
    oracle = oracles(name, protocol)
    for operation in set(oracle.operations()) - OWN_FORM:
        shape = oracle.model.operation_model(operation).output_shape
        if shape is not None:
            check(oracle, wire, operation, oracle.values.full(shape))
        else:
            understood = oracle.understood(operation, oracle.answer(operation, {}))
            assert understood.keys() == {"ResponseMetadata"}


@pytest.mark.parametrize(
    ("name", "protocol"), [pair for pair in PROTOCOLS if pair[0] not in {"route53", "sns", "iot"}]
)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_random_results(oracles, wire, name, protocol, data):
    oracle = oracles(name, protocol)
    models = [oracle.model.operation_model(at) for at in oracle.operations()]
    names = {at.name for at in models if at.output_shape} - OWN_FORM
    operation = data.draw(st.sampled_from(sorted(names)))
    shape = oracle.model.operation_model(operation).output_shape
    check(oracle, wire, operation, data.draw(oracle.values.random(shape)))


def test_the_location_of_a_bucket_is_the_root_itself(oracles):
    oracle = oracles("s3", "rest-xml")
    for region in ("eu-west-1", None):
        response = oracle.answer("GetBucketLocation", {"LocationConstraint": region})

        class Raw:
            raw = True
            content = response.body

        parsed = {}
        parse_get_bucket_location(parsed, Raw)
        assert parsed["LocationConstraint"] == region


@pytest.mark.parametrize(
    ("operation", "result", "root"),
    [
        ("ListBuckets", {"Buckets": []}, "ListAllMyBucketsResult"),
        ("GetBucketVersioning", {}, "VersioningConfiguration"),
        ("CopyObject", {"CopyObjectResult": {"ETag": "e"}}, "CopyObjectResult"),
        ("GetObjectRetention", {"Retention": {"Mode": "GOVERNANCE"}}, "Retention"),
    ],
)
def test_the_roots_of_s3_are_those_of_its_reference(oracles, operation, result, root):
    response = oracles("s3", "rest-xml").answer(operation, result)
    expected = f"{{http://s3.amazonaws.com/doc/2006-03-01/}}{root}"
    assert etree.fromstring(response.body).tag == expected
    assert dict(response.headers)["content-type"] == "application/xml"


def test_an_attribute_and_its_name_space(oracles):
    grant = {"Grantee": {"Type": "CanonicalUser", "ID": "i"}, "Permission": "READ"}
    response = oracles("s3", "rest-xml").answer("GetBucketAcl", {"Grants": [grant]})
    grantee = etree.fromstring(response.body).find(".//{*}Grantee")
    assert grantee.attrib == {"{http://www.w3.org/2001/XMLSchema-instance}type": "CanonicalUser"}


def test_characters_that_xml_has_not_go_out_as_references(oracles):
    response = oracles("s3", "rest-xml").answer("ListObjects", {"Prefix": "a\x01\r\n\t<]]>"})
    assert b"<Prefix>a&#x1;&#xd;\n\t&lt;]]&gt;</Prefix>" in response.body


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 2, 3, 4, 5, 6, 789123, tzinfo=UTC),
        datetime(2026, 2, 3, 6, 5, 6, 789123, tzinfo=timezone(timedelta(hours=2))),
        datetime(2026, 2, 3, 4, 5, 6, 789123, tzinfo=UTC).timestamp(),
    ],
)
def test_forms_of_timestamps(oracles, at):
    s3 = oracles("s3", "rest-xml")
    head = s3.answer("HeadObject", {"LastModified": at})
    assert ("Last-Modified", "Tue, 03 Feb 2026 04:05:06 GMT") in head.headers
    listing = s3.answer("ListObjects", {"Contents": [{"LastModified": at}]})
    assert b"<LastModified>2026-02-03T04:05:06.789Z</LastModified>" in listing.body
    table = oracles("dynamodb", "json").answer(
        "DescribeTable", {"Table": {"CreationDateTime": at, "TableStatus": None}}
    )
    assert json.loads(table.body) == {"Table": {"CreationDateTime": 1770091506.789}}


def test_a_timestamp_without_a_time_zone_is_a_mistake(oracles):
    with pytest.raises(ValueError, match="no time zone"):
        oracles("s3", "rest-xml").answer("HeadObject", {"LastModified": datetime(2026, 2, 3)})


def test_a_member_that_the_model_does_not_have_is_a_mistake(oracles):
    for name, protocol, operation in [
        ("dynamodb", "json", "ListTables"),
        ("sts", "query", "GetCallerIdentity"),
        ("s3", "rest-xml", "ListBuckets"),
        ("s3", "rest-xml", "PutObject"),
        ("lambda", "rest-json", "GetFunction"),
    ]:
        with pytest.raises(KeyError):
            oracles(name, protocol).answer(operation, {"TableNaems": ["x"]})


def test_a_stream_goes_out_as_it_is_with_the_type_of_its_result(oracles):
    oracle = oracles("s3", "rest-xml")

    async def chunks():
        yield b"bytes"

    stream = chunks()
    response = oracle.answer("GetObject", {"Body": stream, "ContentType": "image/png"})
    assert response.body is stream
    assert [value for name, value in response.headers if name.lower() == "content-type"] == [
        "image/png"
    ]
    headers = dict(oracle.answer("GetObject", {"Body": b""}).headers)
    assert headers["content-type"] == "binary/octet-stream"


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("a\r\nSet-Cookie: b\x00", "a  Set-Cookie: b "),
        ("\xe9", "\xe9"),
        ("\N{WATCH}", "\N{WATCH}".encode().decode("latin-1")),
    ],
)
def test_nothing_in_a_header_can_end_it(oracles, given, sent):
    response = oracles("s3", "rest-xml").answer("GetObject", {"ContentDisposition": given})
    assert dict(response.headers)["Content-Disposition"] == sent


def test_a_handler_may_choose_the_status_and_write_the_document(oracles):
    oracle = oracles("dynamodb", "json")
    call = oracle.call("ListTables")
    call.status = 206
    operation = oracle.endpoint.model.operations["ListTables"]
    response = oracle.wire.serialise(operation, b'{"TableNames":[]}', call)
    assert (response.status, response.body) == (206, b'{"TableNames":[]}')
    assert HeadersDict(response.headers)["Content-Type"] == "application/x-amz-json-1.0"
    assert oracle.wire.serialise(operation, {}, call).status == 206


def test_numbers_that_json_has_not_go_out_by_name(oracles):
    values = {"CapacityUnits": math.inf, "ReadCapacityUnits": -math.inf}
    result = {"ConsumedCapacity": values | {"WriteCapacityUnits": math.nan}}
    assert json.loads(oracles("dynamodb", "json").answer("PutItem", result).body) == {
        "ConsumedCapacity": {
            "CapacityUnits": "Infinity",
            "ReadCapacityUnits": "-Infinity",
            "WriteCapacityUnits": "NaN",
        }
    }


def test_statuses_of_success_are_the_models(oracles):
    assert oracles("s3", "rest-xml").answer("DeleteObject", {}).status == 204
    assert oracles("lambda", "rest-json").answer("CreateFunction", {}).status == 201
    assert oracles("lambda", "rest-json").answer("Invoke", {"StatusCode": 202}).status == 202
