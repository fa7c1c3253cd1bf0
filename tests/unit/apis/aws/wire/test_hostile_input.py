"""Documents that nobody's SDK sends: the service's own error, and no harm done."""

import asyncio
import json
import time
import tracemalloc
from urllib.parse import urlencode

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenticular.apis.aws.wire.api import AwsApi
from lenticular.apis.aws.wire.protocols import cbor
from lenticular.apis.aws.wire.protocols.contract import Malformed
from lenticular.apis.aws.wire.service import Service
from lenticular.apis.http import Body, BodyTruncated

MIB = 1024 * 1024
TAGGING = "http://s3.amazonaws.com/doc/2006-03-01/"


class ItemOperations:
    async def put_item(self, call, params):
        return {}

    async def list_tables(self, call, params):
        return {}


class S3Operations:
    async def put_bucket_tagging(self, call, params):
        return {}

    async def list_objects_v2(self, call, params):
        return {}

    async def put_object(self, call, params):
        await params["Body"].read(10 * MIB)
        return {}


class UserOperations:
    async def tag_user(self, call, params):
        return {}


class TokenOperations:
    async def get_session_token(self, call, params):
        return {}


class FunctionOperations:
    async def create_function(self, call, params):
        return {}


class MetricOperations:
    async def put_metric_data(self, call, params):
        return {}


@pytest.fixture(scope="module")
def api():
    return AwsApi(
        [
            Service("s3", S3Operations(), validate=False),
            Service("dynamodb", ItemOperations(), opaque={"AttributeValue"}),
            Service("iam", UserOperations()),
            Service("sts", TokenOperations()),
            Service("lambda", FunctionOperations()),
            Service("cloudwatch", MetricOperations()),
        ]
    )


def dynamodb(api, wire, body, operation="PutItem"):
    headers = {"x-amz-target": f"DynamoDB_20120810.{operation}"}
    response = wire.serve(api, wire.request("POST", "/", headers, body, "dynamodb"))
    return response.status, json.loads(response.body)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b'{"TableName":"t"} x',
        b'{"TableName":"t",}',
        b'{"TableName":"\xff"}',
        b'{"TableName":"\\ud800"}',
        b'{"TableName":NaN}',
        b"[" * 10_000,
        b'{"Item":' + b'{"M":' * 10_000 + b"1" + b"}" * 10_001,
        b"[]",
        b"1",
        b'"text"',
        b"null",
        b'{"TableName":1}',
        b'{"TableName":{}}',
        b'{"TableName":["t"]}',
        b'{"TableName":"table","Item":[]}',
        b'{"TableName":"table","Item":"x"}',
        b'{"TableName":"table","ExpressionAttributeNames":{"#a":null}}',
        b'{"TableName":"table","Expected":{"a":{"Exists":"true"}}}',
    ],
)
def test_json_that_cannot_be_read(api, wire, body):
    status, error = dynamodb(api, wire, body)
    assert (status, error["__type"]) == (400, "com.amazon.coral.service#SerializationException")
    assert error["message"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"Limit":"1"}', "STRING_VALUE cannot be converted to Integer"),
        (b'{"Limit":true}', "TRUE_VALUE cannot be converted to Integer"),
        (b'{"Limit":1.5}', "NUMBER_VALUE cannot be converted to Integer"),
        (b'{"Limit":4294967296}', "4294967296 is out of the range of the type Integer"),
        (b'{"Limit":1e300}', None),
        (b'{"Limit":{}}', "Start of structure or map found where not expected."),
        (b'{"Limit":[]}', "Start of list found where not expected"),
    ],
)
def test_a_value_of_the_wrong_type(api, wire, body, message):
    status, error = dynamodb(api, wire, body, "ListTables")
    assert status == 400
    assert error["__type"].endswith("#SerializationException")
    assert message is None or error["message"] == message


def test_a_whole_number_may_come_as_a_fraction(api, wire):
    assert dynamodb(api, wire, b'{"Limit":5.0}', "ListTables") == (200, {})


def test_a_document_of_100_mb_is_not_read_to_its_end(api, wire):
    class Endless(Body):
        size = None
        given = 0

        async def __aiter__(self):
            while self.given < 100 * MIB:
                self.given += MIB
                yield b" " * MIB

    headers = {"x-amz-target": "DynamoDB_20120810.PutItem"}
    request = wire.request("POST", "/", headers, b"", "dynamodb")
    request.body = Endless()
    response = wire.serve(api, request)
    assert response.status == 400
    assert b"SerializationException" in response.body
    assert b"16777216" in response.body
    assert request.body.given == 17 * MIB
    # When the client says so, nothing is read at all.
    request.body = Endless()
    request.body.size = 100 * MIB
    assert wire.serve(api, request).status == 400
    assert request.body.given == 0


@pytest.mark.parametrize(
    ("method", "target", "service", "status", "code"),
    [
        ("PUT", "/b?tagging", "s3", 400, b"<Code>MaxMessageLengthExceeded</Code>"),
        ("POST", "/2015-03-31/functions", "lambda", 413, b"larger than the 16777216 bytes"),
    ],
)
def test_each_protocol_says_in_its_own_way_what_is_too_large(
    api, wire, method, target, service, status, code
):
    request = wire.request(method, target, body=b" " * (16 * MIB + 1), service=service)
    response = wire.serve(api, request)
    assert response.status == status
    assert code in response.body


def test_a_service_may_set_its_own_limit(wire):
    api = AwsApi([Service("dynamodb", ItemOperations(), document_limit=10)])
    assert dynamodb(api, wire, b"{       }", "ListTables")[0] == 200
    assert dynamodb(api, wire, b"{         }", "ListTables")[0] == 400


def test_a_client_that_goes_away(api, wire):
    class Cut(Body):
        size = 10

        async def __aiter__(self):
            yield b"12345"
            raise BodyTruncated("5 of 10 bytes came")

    request = wire.request("PUT", "/b/k", service="s3")
    request.body = Cut()
    response = wire.serve(api, request)
    assert response.status == 400
    assert b"<Code>IncompleteBody</Code>" in response.body


def tagging(inside: str = "", before: str = "") -> bytes:
    return f'{before}<Tagging xmlns="{TAGGING}"><TagSet>{inside}</TagSet></Tagging>'.encode()


TAG = "<Tag><Key>k</Key><Value>{}</Value></Tag>"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 10}">' for n in range(9))


@pytest.mark.parametrize(
    "document",
    [
        b"<",
        b"nonsense",
        b"<Tagging>",
        b"<Tagging></Other>",
        b"\x00\x01",
        b'<?xml version="1.0" encoding="utf-7"?><Tagging/>',
        b"<Other/>",
        b"<Tagging/>",
        b"",
        b"{}",
        tagging(TAG.format("\x01")),
        tagging("<Tag><Key>k</Key></Tag>"),
        tagging("<Tag/>"),
        b"<Tagging><TagSet><Tag><Key>\xff</Key></Tag></TagSet></Tagging>",
        tagging(TAG.format("&undefined;")),
        tagging(TAG.format("&e;"), '<!DOCTYPE Tagging [<!ENTITY e "x">]>'),
        tagging(TAG.format("&e;"), '<!DOCTYPE Tagging [<!ENTITY e SYSTEM "file:///etc/passwd">]>'),
        tagging(TAG.format("v"), '<!DOCTYPE Tagging SYSTEM "http://127.0.0.1:1/x.dtd">'),
        tagging(TAG.format("v"), "<!DOCTYPE Tagging>"),
        tagging(TAG.format("&l8;"), f"<!DOCTYPE Tagging [{LAUGHS}]>"),
        tagging(f'<Tag a="&l8;">{TAG.format("v")}</Tag>', f"<!DOCTYPE Tagging [{LAUGHS}]>"),
        tagging(TAG.format("&e;"), '<!DOCTYPE Tagging [<!ENTITY e "x">]>')
        .decode()
        .encode("utf-16"),
        b"<a>" * 10_000 + b"</a>" * 10_000,
        tagging("<Tag>" * 1000 + "</Tag>" * 1000),
    ],
)
def test_xml_that_cannot_be_read(api, wire, document):
    started = time.perf_counter()
    response = wire.serve(api, wire.request("PUT", "/b?tagging", {}, document, "s3"))
    assert response.status == 400
    assert b"<Code>MalformedXML</Code>" in response.body
    assert b"root:" not in response.body
    assert time.perf_counter() - started < 5


def test_xml_may_be_utf_16_and_have_comments_and_instructions(api, wire):
    document = (
        '<?xml version="1.0" encoding="utf-16"?><?stop?>'
        + tagging("<!-- x -->" + TAG.format("a<!-- b -->c")).decode()
    )
    response = wire.serve(
        api, wire.request("PUT", "/b?tagging", {}, document.encode("utf-16"), "s3")
    )
    assert response.status == 200


def test_values_of_headers_and_queries_that_cannot_be_read(api, wire):
    request = wire.request("GET", "/b?list-type=2&max-keys=many", service="s3")
    body = wire.serve(api, request).body
    assert b"<Code>InvalidArgument</Code>" in body
    assert b"<ArgumentName>max-keys</ArgumentName><ArgumentValue>many</ArgumentValue>" in body
    for value in ("9" * 5000, "1_0", "\N{ARABIC-INDIC DIGIT ONE}", "", "2147483648", "1.0"):
        headers = {"x-amz-object-lock-retain-until-date": "soon", "content-length": value}
        response = wire.serve(api, wire.request("PUT", "/b/k", headers, b"", "s3"))
        assert b"<Code>InvalidArgument</Code>" in response.body


FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (b"Tags.member.x.Key=k", b"MalformedInput"),
        (b"Tags.member.1=k", b"MalformedInput"),
        (b"Tags.member.%C2%B2.Key=k", b"MalformedInput"),
        (b"Tags.member." + b"9" * 5000 + b".Key=k", b"MalformedInput"),
        (b"Tags" + b".a" * 100_000 + b"=k", b"MalformedInput"),
        (b"UserName.a=1", b"MalformedInput"),
        (b"UserName=u&Tags.member.1.Key.x=1", b"MalformedInput"),
        (b"", b"ValidationError"),
    ],
)
def test_forms_that_cannot_be_read(api, wire, form, code):
    form = b"Action=TagUser&Version=2010-05-08&" + form
    response = wire.serve(api, wire.request("POST", "/", FORM, form, "iam"))
    assert response.status == 400
    assert b"<Code>" + code + b"</Code>" in response.body


def test_a_number_in_a_form(api, wire):
    form = b"Action=GetSessionToken&Version=2011-06-15&DurationSeconds=ten"
    response = wire.serve(api, wire.request("POST", "/", FORM, form, "sts"))
    assert response.status == 400
    assert b"'ten' is not an integer" in response.body


def cloudwatch(api, wire, body):
    path = "/service/GraniteServiceVersion20100801/operation/PutMetricData"
    headers = {"smithy-protocol": "rpc-v2-cbor"}
    response = wire.serve(api, wire.request("POST", path, headers, body, "monitoring"))
    return response.status, cbor2.loads(response.body)


@pytest.mark.parametrize(
    "body",
    [
        b"\xff",
        b"\xa1",
        b"\xa1aN",
        b"\x81" * 10_000,
        b"\x9f" * 10_000,
        b"\x9b\x00\x00\xff\xff\xff\xff\xff\xff",
        b"\x5b\x00\x00\xff\xff\xff\xff\xff\xff",
        b"\x01",
        cbor2.dumps([1]),
        cbor2.dumps({"Namespace": 1}),
        cbor2.dumps({"Namespace": b"bytes"}),
        cbor2.dumps({"Namespace": "n", "MetricData": {}}),
        cbor2.dumps({"Namespace": "n", "MetricData": [{"Timestamp": "now"}]}),
        cbor2.dumps({"MetricData": [{"Timestamp": cbor2.CBORTag(1, "now")}]}),
        cbor2.dumps({"MetricData": [{"Timestamp": cbor2.CBORTag(1, 1e300)}]}),
        cbor2.dumps({"Namespace": cbor2.CBORTag(35, "(")}),
        b"\xa1iNamespace\xd8\x1c\x81\xd8\x1d\x00",
    ],
)
def test_cbor_that_cannot_be_read(api, wire, body):
    status, error = cloudwatch(api, wire, body)
    assert (status, error["__type"]) == (400, "SerializationException")
    assert error["message"]


def test_no_tag_of_cbor_but_the_timestamps_is_taken():
    for tag in [*range(300), 1004, 43000, 55799, 65535]:
        if tag != 1:
            with pytest.raises(Malformed):
                cbor.decode(cbor2.dumps({"a": cbor2.CBORTag(tag, 0)}))


def test_nested_shapes_do_not_exhaust_the_stack(wire):
    """A shape that contains itself, read and checked without being opaque."""

    api = AwsApi([Service("dynamodb", ItemOperations())])
    for depth in (100, 300, 1000):
        body = b'{"TableName":"table","Item":{"a":' + b'{"L":[' * depth + b'{"S":""}'
        status, error = dynamodb(api, wire, body + b"]}" * depth + b"}}")
        assert status in {200, 400}
        if status == 400:
            assert error["__type"].endswith("#SerializationException")
    assert status == 400


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
_NAMES = st.sampled_from(
    ["TableName", "Item", "Expected", "Namespace", "MetricData", "Value", "Timestamp", "S", "L"]
)
_DOCUMENTS = st.recursive(
    _SCALARS, lambda inner: st.lists(inner) | st.dictionaries(_NAMES | st.text(), inner)
)


@settings(max_examples=100, deadline=None)
@given(document=st.dictionaries(_NAMES, _DOCUMENTS) | _DOCUMENTS)
def test_any_document_is_taken_or_refused(api, wire, document):
    body = json.dumps(document, default=lambda value: value.hex()).encode()
    assert dynamodb(api, wire, body)[0] in {200, 400}
    assert cloudwatch(api, wire, cbor2.dumps(document))[0] in {200, 400}


_TAGS = st.sampled_from(["Tagging", "TagSet", "Tag", "Key", "Value", "Other"])
_ELEMENTS = st.recursive(
    st.text("ab&<;# \n", max_size=4),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>", _TAGS, st.lists(inner, max_size=3)
    ),
)


@settings(max_examples=100, deadline=None)
@given(document=_ELEMENTS.map(str.encode) | st.binary())
def test_any_xml_is_taken_or_refused(api, wire, document):
    response = wire.serve(api, wire.request("PUT", "/b?tagging", {}, document, "s3"))
    assert response.status in {200, 400}


_PARTS = st.sampled_from(["Tags", "member", "entry", "1", "2", "Key", "Value", "UserName", ""])


@settings(max_examples=100, deadline=None)
@given(pairs=st.dictionaries(st.lists(_PARTS, max_size=5).map(".".join), st.text(max_size=3)))
def test_any_form_is_taken_or_refused(api, wire, pairs):
    form = urlencode({"Action": "TagUser", "Version": "2010-05-08", **pairs}).encode()
    response = wire.serve(api, wire.request("POST", "/", FORM, form, "iam"))
    assert response.status in {200, 400}


@settings(max_examples=200, deadline=None)
@given(
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS"]),
    target=st.text(st.characters(max_codepoint=255), max_size=12),
    host=st.text(st.characters(max_codepoint=255), max_size=12),
    scope=st.sampled_from(["s3", "lambda", "sts", "nothing", None]),
)
def test_any_request_line_is_taken_or_refused(api, wire, method, target, host, scope):
    request = wire.request(method, f"/{target}", {"host": host}, b"", scope)
    assert wire.serve(api, request).status in {200, 400, 404, 405, 501}


def test_what_clients_make_up_is_not_remembered_at_length(wire):
    api = AwsApi([Service("s3", S3Operations())])
    tracemalloc.start()
    try:
        for number in range(200):
            long = f"{number}%41" + "a" * 40_000
            request = wire.request("GET", f"/b?prefix={long}", {"Host": f"{long}.localhost"})
            assert request.parameters["prefix"].startswith(f"{number}Aaa")
            assert api.bucket_in_host(request)
            asyncio.run(api.route(request))
            del request, long
        # All of it would be three times that; other threads of the tests have something too.
        assert tracemalloc.get_traced_memory()[0] < 8 * MIB
    finally:
        tracemalloc.stop()
