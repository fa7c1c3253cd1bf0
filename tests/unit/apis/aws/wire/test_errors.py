"""Errors in each protocol's form, as botocore's clients understand them."""

import json

import pytest
from lxml import etree

from lenticular.apis.aws.wire.api import AwsApi
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Service

CASES = [
    ("dynamodb", "json", "DescribeTable", "ResourceNotFoundException"),
    ("kinesis", "json", "DescribeStream", "ResourceNotFoundException"),
    ("lambda", "rest-json", "GetFunction", "ResourceNotFoundException"),
    ("iam", "query", "GetUser", "NoSuchEntity"),
    ("ec2", "ec2", "RunInstances", "InvalidAMIID.NotFound"),
    ("s3", "rest-xml", "GetObject", "NoSuchKey"),
    ("route53", "rest-xml", "GetHostedZone", "NoSuchHostedZone"),
    ("cloudwatch", "smithy-rpc-v2-cbor", "PutMetricData", "MissingParameter"),
]


@pytest.mark.parametrize(("name", "protocol", "operation", "code"), CASES)
def test_a_client_finds_code_message_status_and_request_id(
    oracles, wire, name, protocol, operation, code
):
    oracle = oracles(name, protocol)
    error = AwsError(code, 'It is <not> "there" & \N{WATCH}.', 404, headers={"x-more": "m"})
    response = oracle.wire.fail(error, wire.request("GET", "/a<b"))
    assert ("x-more", "m") in response.headers
    understood = oracle.understood(operation, response)
    assert understood["Error"]["Code"] == code
    assert understood["Error"]["Message"] == 'It is <not> "there" & \N{WATCH}.'
    assert understood["ResponseMetadata"]["RequestId"] == "REQUEST1"
    assert understood["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_an_error_is_xml_whatever_it_tells_of(oracles, wire):
    error = AwsError("InvalidArgument", "a\x00b", fields={"ArgumentValue": "\ud800\x05\uffff"})
    response = oracles("s3", "rest-xml").wire.fail(error, wire.request("GET", "/a\x00b"))
    root = etree.fromstring(response.body)
    assert root.findtext("Message") == "a\ufffdb"
    assert root.findtext("ArgumentValue") == "\ufffd\ufffd\ufffd"
    assert root.findtext("Resource") == "/a\ufffdb"


@pytest.mark.parametrize(
    ("name", "protocol", "code", "status"),
    [
        ("s3", "rest-xml", "NoSuchKey", 404),
        ("iam", "query", "NoSuchEntity", 404),
        ("lambda", "rest-json", "ResourceNotFoundException", 404),
        ("dynamodb", "json", "InternalServerError", 500),
        ("dynamodb", "json", "ResourceNotFoundException", 400),
        ("dynamodb", "json", "NobodyKnowsThis", 400),
    ],
)
def test_without_a_status_of_its_own_an_error_has_the_models(
    oracles, wire, name, protocol, code, status
):
    protocol = oracles(name, protocol).wire
    assert protocol.fail(AwsError(code, "m"), wire.request()).status == status
    assert protocol.fail(AwsError(code, "m", 418), wire.request()).status == 418


@pytest.mark.parametrize(
    ("name", "protocol", "operation", "code", "fields"),
    [
        (
            "dynamodb",
            "json",
            "TransactWriteItems",
            "TransactionCanceledException",
            {"CancellationReasons": [{"Code": "ConditionalCheckFailed"}, {"Code": "None"}]},
        ),
        ("lambda", "rest-json", "Invoke", "TooManyRequestsException", {"retryAfterSeconds": "7"}),
        ("s3", "rest-xml", "GetObject", "InvalidObjectState", {"StorageClass": "GLACIER"}),
        ("route53", "rest-xml", "ChangeTagsForResource", "ThrottlingException", {}),
        (
            "route53",
            "rest-xml",
            "ChangeResourceRecordSets",
            "InvalidChangeBatch",
            {"messages": ["one", "two"]},
        ),
        ("iam", "query", "GetUser", "NoSuchEntity", {}),
        (
            "cloudwatch",
            "smithy-rpc-v2-cbor",
            "PutDashboard",
            "InvalidParameterInput",
            {"dashboardValidationMessages": [{"DataPath": "/x", "Message": "m"}]},
        ),
    ],
)
def test_modelled_fields_come_through(oracles, wire, name, protocol, operation, code, fields):
    oracle = oracles(name, protocol)
    response = oracle.wire.fail(AwsError(code, "m", 400, fields=fields), wire.request())
    understood = oracle.understood(operation, response)
    assert understood["Error"]["Code"] == code
    assert {key: understood.get(key) for key in fields} == fields


def test_the_errors_of_s3_are_a_document_of_their_own(oracles, wire):
    error = AwsError("NoSuchKey", "No such key.", fields={"Key": "a&b", "Size": 1})
    oracle = oracles("s3", "rest-xml")
    response = oracle.wire.fail(error, wire.request("GET", "/bucket/a&b"))
    root = etree.fromstring(response.body)
    assert root.tag == "Error"
    assert {child.tag: child.text for child in root} == {
        "Code": "NoSuchKey",
        "Message": "No such key.",
        "Key": "a&b",
        "Size": "1",
        "Resource": "/bucket/a&b",
        "RequestId": "REQUEST1",
        "HostId": dict(response.headers)["x-amz-id-2"],
    }
    understood = oracle.understood("GetObject", response)
    assert understood["Error"]["Key"] == "a&b"
    assert understood["ResponseMetadata"]["HostId"]


@pytest.mark.parametrize("status", [404, 304])
def test_an_answer_without_a_document(oracles, wire, status):
    method = "HEAD" if status == 404 else "GET"
    oracle = oracles("s3", "rest-xml")
    response = oracle.wire.fail(AwsError("NoSuchKey", "m", status), wire.request(method))
    assert (response.status, response.body) == (status, b"")
    assert "content-type" not in dict(response.headers)
    assert oracle.understood("HeadObject", response)["Error"]["Code"] == str(status)


@pytest.mark.parametrize(
    ("name", "code", "type_name"),
    [
        (
            "dynamodb",
            "ResourceNotFoundException",
            "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
        ),
        ("dynamodb", "ValidationException", "com.amazon.coral.validate#ValidationException"),
        ("dynamodb", "SerializationException", "com.amazon.coral.service#SerializationException"),
        ("kinesis", "ResourceNotFoundException", "ResourceNotFoundException"),
    ],
)
def test_the_types_of_json_errors(oracles, wire, name, code, type_name):
    response = oracles(name, "json").wire.fail(AwsError(code, "m"), wire.request())
    assert json.loads(response.body)["__type"] == type_name


def test_a_service_that_left_the_query_protocol_keeps_its_codes(oracles, wire):
    oracle = oracles("sqs", "json")
    old = "AWS.SimpleQueueService.NonExistentQueue"
    error = AwsError("QueueDoesNotExist", "No queue.", query_code=old)
    response = oracle.wire.fail(error, wire.request())
    assert json.loads(response.body)["__type"].endswith("#QueueDoesNotExist")
    error = oracle.understood("GetQueueUrl", response)["Error"]
    assert error == {
        "Code": "AWS.SimpleQueueService.NonExistentQueue",
        "QueryErrorCode": "QueueDoesNotExist",
        "Message": "No queue.",
        "Type": "Sender",
    }


def test_the_same_service_has_the_same_error_in_all_its_protocols(oracles, wire):
    for protocol in ("smithy-rpc-v2-cbor", "json", "query"):
        oracle = oracles("cloudwatch", protocol)
        response = oracle.wire.fail(AwsError("ResourceNotFound", "m"), wire.request())
        understood = oracle.understood("GetDashboard", response)
        assert (understood["Error"]["Code"], response.status) == ("ResourceNotFound", 404)


@pytest.mark.parametrize(
    ("name", "protocol", "operation", "code"),
    [
        ("sqs", "json", "ChangeMessageVisibility", "MessageNotInflight"),
        ("cloudwatch", "smithy-rpc-v2-cbor", "PutDashboard", "ConcurrentModificationException"),
        ("dynamodb", "json", "GetItem", "ResourceNotFoundException"),
        ("lambda", "rest-json", "GetFunction", "ResourceNotFoundException"),
        ("s3", "rest-xml", "GetObject", "NoSuchKey"),
        ("iam", "query", "GetUser", "NoSuchEntity"),
    ],
)
def test_an_error_may_have_more_than_the_model_knows(
    oracles, wire, name, protocol, operation, code
):
    oracle = oracles(name, protocol)
    error = AwsError(code, "m", fields={"Unmodelled": "x"})
    response = oracle.wire.fail(error, wire.request())
    understood = oracle.understood(operation, response)
    assert (understood["Error"]["Code"], understood["Error"]["Message"]) == (code, "m")
    assert b"Unmodelled" in response.body


def test_an_unknown_error_is_internal_and_tells_nothing(wire):
    class S3:
        async def list_buckets(self, call, params):
            raise RuntimeError("secret")

    class DynamoDB:
        async def list_tables(self, call, params):
            raise RuntimeError("secret")

    api = AwsApi([Service("s3", S3()), Service("dynamodb", DynamoDB())])
    headers = {"x-amz-target": "DynamoDB_20120810.ListTables"}
    for request, code in [
        (wire.request("GET", "/", service="s3"), b"<Code>InternalError</Code>"),
        (wire.request("POST", "/", headers, b"{}"), b"#InternalServerError"),
    ]:
        response = wire.serve(api, request)
        assert response.status == 500
        assert code in response.body
        assert b"secret" not in response.body
        assert "REQUEST1" in dict(response.headers).values()


def test_a_service_translates_the_errors_of_its_primitives(wire):
    class DynamoDB:
        async def list_tables(self, call, params):
            raise LookupError("gone")

    def translate(error: Exception) -> AwsError | None:
        if isinstance(error, LookupError):
            return AwsError("ResourceNotFoundException", f"was {error}")
        return None

    api = AwsApi([Service("dynamodb", DynamoDB(), translate=translate)])
    headers = {"x-amz-target": "DynamoDB_20120810.ListTables"}
    response = wire.serve(api, wire.request("POST", "/", headers, b"{}"))
    assert (response.status, json.loads(response.body)["message"]) == (400, "was gone")
