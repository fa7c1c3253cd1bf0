"""The interface as the server uses it."""

import json

import pytest

from lenticular.apis.aws.wire.api import AwsApi, Coverage
from lenticular.apis.aws.wire.service import Service
from lenticular.apis.http import Response


class Recorder:
    """Operations that keep what they were called with."""

    def __init__(self):
        self.calls = []
        self.result = {}

    async def put_item(self, call, params):
        self.calls.append((call, params))
        return self.result


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def api(recorder):
    return AwsApi([Service("dynamodb", recorder, opaque={"AttributeValue"}), Service("s3")])


def put_item(wire, **members):
    headers = {"x-amz-target": "DynamoDB_20120810.PutItem"}
    document = json.dumps({"TableName": "table", "Item": {}, **members}).encode()
    return wire.request("POST", "/", headers, document, "dynamodb")


def test_a_call_goes_through(api, recorder, wire):
    recorder.result = {"Attributes": {"k": {"S": "old"}}, "ConsumedCapacity": None}
    response = wire.serve(api, put_item(wire, Item={"k": {"S": "v"}}))
    assert response.status == 200
    assert json.loads(response.body) == {"Attributes": {"k": {"S": "old"}}}
    assert dict(response.headers) == {
        "x-amzn-requestid": "REQUEST1",
        "content-type": "application/x-amz-json-1.0",
    }
    (call, params) = recorder.calls[0]
    assert (call.service, call.operation) == ("dynamodb", "PutItem")
    assert params == {"TableName": "table", "Item": {"k": {"S": "v"}}}


def test_an_opaque_value_goes_through_as_it_came(api, recorder, wire):
    odd = {"S": 1, "Unknown": [None, {"a": 1.5}]}
    recorder.result = {"Attributes": {"k": odd}}
    response = wire.serve(api, put_item(wire, Item={"k": odd, "n": None}))
    assert recorder.calls[0][1]["Item"] == {"k": odd, "n": None}
    assert json.loads(response.body) == {"Attributes": {"k": odd}}


def test_what_is_not_opaque_is_read(recorder, wire):
    api = AwsApi([Service("dynamodb", recorder)])
    item = {"k": {"B": "AP8=", "Unknown": 1, "S": None}}
    recorder.result = {"Attributes": {"k": {"B": b"\x00\xff", "L": [{"N": "1"}]}}}
    response = wire.serve(api, put_item(wire, Item=item))
    assert recorder.calls[0][1]["Item"] == {"k": {"B": b"\x00\xff"}}
    assert json.loads(response.body) == {"Attributes": {"k": {"B": "AP8=", "L": [{"N": "1"}]}}}


def test_parameters_are_validated_unless_the_service_wants_none_of_it(recorder, wire):
    for validate, status in [(True, 400), (False, 200)]:
        api = AwsApi([Service("dynamodb", recorder, validate=validate)])
        response = wire.serve(api, put_item(wire, ReturnValues="SOME"))
        assert response.status == status
    error = json.loads(
        wire.serve(AwsApi([Service("dynamodb", recorder)]), put_item(wire, TableName="")).body
    )
    assert error["__type"] == "com.amazon.coral.validate#ValidationException"
    assert error["message"].startswith("1 validation error detected: Value '' at 'tableName'")


@pytest.mark.parametrize(
    ("name", "operation", "form", "code"),
    [
        ("iam", "tag_user", b"Action=TagUser&Version=2010-05-08", b"<Code>ValidationError</Code>"),
        (
            "ec2",
            "delete_vpc",
            b"Action=DeleteVpc&Version=2016-11-15",
            b"<Code>MissingParameter</Code><Message>The request must contain the parameter VpcId<",
        ),
    ],
)
def test_each_protocol_has_its_own_code_for_it(wire, name, operation, form, code):
    async def handler(self, call, params):
        return {}

    api = AwsApi([Service(name, type("Operations", (), {operation: handler})())])
    headers = {"content-type": "application/x-www-form-urlencoded"}
    response = wire.serve(api, wire.request("POST", "/", headers, form, name))
    assert response.status == 400
    assert code in response.body


def test_an_idempotency_token_that_is_missing_is_made(wire):
    tokens = []

    class Operations:
        async def transact_write_items(self, call, params):
            tokens.append(params["ClientRequestToken"])
            return {}

    api = AwsApi([Service("dynamodb", Operations())])
    headers = {"x-amz-target": "DynamoDB_20120810.TransactWriteItems"}
    put = {"Put": {"TableName": "table", "Item": {}}}
    for token in (None, None, "mine"):
        document = {"TransactItems": [put], "ClientRequestToken": token}
        body = json.dumps(document).encode()
        assert wire.serve(api, wire.request("POST", "/", headers, body)).status == 200
    first, second, third = tokens
    assert len({first, second}) == 2
    assert len(first) == 36
    assert third == "mine"


def test_an_operation_that_is_not_written_says_so(api, wire):
    response = wire.serve(api, wire.request("GET", "/b?policy", service="s3"))
    assert response.status == 501
    assert b"<Code>NotImplemented</Code>" in response.body
    assert b"GetBucketPolicy of s3 is known but not written in this version" in response.body
    headers = {"x-amz-target": "DynamoDB_20120810.Query"}
    response = wire.serve(api, wire.request("POST", "/", headers, b"nonsense", "dynamodb"))
    assert response.status == 501
    assert "The operation Query of dynamodb" in json.loads(response.body)["message"]


def test_an_operation_that_takes_an_event_stream_says_so(wire):
    class Operations:
        async def chat(self, call, params):
            raise AssertionError

    api = AwsApi([Service("qbusiness", Operations())])
    request = wire.request("POST", "/applications/a/conversations", service="qbusiness")
    response = wire.serve(api, request)
    assert response.status == 501
    assert b"Chat takes an event stream" in response.body


def test_a_response_that_is_written_already_gets_its_request_id(wire):
    shared = [("ETag", '"e"')]

    class Operations:
        async def head_object(self, call, params):
            return Response(200, shared)

    api = AwsApi([Service("s3", Operations(), validate=False)])
    for _ in range(2):
        response = wire.serve(api, wire.request("HEAD", "/b/k", service="s3"))
        names = [name for name, _ in response.headers]
        assert names == ["ETag", "x-amz-request-id", "x-amz-id-2"]
    assert len(shared) == 1


def test_a_method_that_is_no_operation_is_a_typo():
    class Operations:
        async def put_itme(self, call, params):
            return {}

    with pytest.raises(TypeError, match="dynamodb has no operations put_itme"):
        AwsApi([Service("dynamodb", Operations())])


def test_coverage(recorder):
    (coverage,) = AwsApi([Service("dynamodb", recorder)]).coverage()
    assert isinstance(coverage, Coverage)
    assert (coverage.service, coverage.title) == ("dynamodb", "Amazon DynamoDB")
    assert coverage.present == ("PutItem",)
    assert "GetItem" in coverage.missing
    assert "PutItem" not in coverage.missing
    assert list(coverage.missing) == sorted(coverage.missing)
