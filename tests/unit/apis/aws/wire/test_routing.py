"""Where requests go."""

import asyncio

import pytest

from lenticular.apis.aws.wire.api import AwsApi
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.routing import signing_name
from lenticular.apis.aws.wire.service import Service
from lenticular.apis.http import BodyTooLarge

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
SERVICES = ("s3", "s3control", "dynamodb", "dynamodbstreams", "sts", "iam", "lambda", "cloudwatch")


@pytest.fixture(scope="module")
def api():
    return AwsApi([Service(name) for name in SERVICES], hosts=["cloud.example", "2001-db8.example"])


def routed(api, request):
    route = asyncio.run(api.route(request))
    return route.service.name, route.operation.name, dict(route.arguments)


def refused(api, request):
    with pytest.raises(AwsError) as error:
        asyncio.run(api.route(request))
    return error.value


@pytest.mark.parametrize(
    ("method", "target", "operation"),
    [
        ("GET", "/", "ListBuckets"),
        ("GET", "", "ListBuckets"),
        ("GET", "/?max-buckets=3&prefix=acl", "ListBuckets"),
        ("PUT", "/b", "CreateBucket"),
        ("PUT", "/b/", "CreateBucket"),
        ("HEAD", "/b", "HeadBucket"),
        ("HEAD", "/b/", "HeadBucket"),
        ("DELETE", "/b/", "DeleteBucket"),
        ("GET", "/b", "ListObjects"),
        ("GET", "/b?list-type=1", "ListObjects"),
        ("GET", "/b?prefix=versions&delimiter=/", "ListObjects"),
        ("GET", "/b?list-type=2&prefix=a", "ListObjectsV2"),
        ("GET", "/b?versions", "ListObjectVersions"),
        ("GET", "/b?versions=", "ListObjectVersions"),
        ("GET", "/b?uploads&prefix=p", "ListMultipartUploads"),
        ("GET", "/b?location", "GetBucketLocation"),
        ("GET", "/b?acl", "GetBucketAcl"),
        ("PUT", "/b?acl", "PutBucketAcl"),
        ("GET", "/b?tagging", "GetBucketTagging"),
        ("GET", "/b?versioning", "GetBucketVersioning"),
        ("PUT", "/b?versioning", "PutBucketVersioning"),
        ("GET", "/b?policy", "GetBucketPolicy"),
        ("GET", "/b?policyStatus", "GetBucketPolicyStatus"),
        ("GET", "/b?lifecycle", "GetBucketLifecycleConfiguration"),
        ("GET", "/b?analytics", "ListBucketAnalyticsConfigurations"),
        ("GET", "/b?analytics&id=1", "GetBucketAnalyticsConfiguration"),
        ("POST", "/b?delete", "DeleteObjects"),
        ("GET", "/b/k", "GetObject"),
        ("GET", "/b/k?x-id=GetObject", "GetObject"),
        ("GET", "/b/k?partNumber=2&versionId=v", "GetObject"),
        ("GET", "/b/k?response-content-type=x&no-such-thing=1", "GetObject"),
        ("HEAD", "/b/k", "HeadObject"),
        ("HEAD", "/b/k?partNumber=1", "HeadObject"),
        ("PUT", "/b/k", "PutObject"),
        ("PUT", "/b/k?x-id=PutObject", "PutObject"),
        ("PUT", "/b/k/", "PutObject"),
        ("PUT", "/b/k?partNumber=1&uploadId=u", "UploadPart"),
        ("GET", "/b/k?uploadId=u", "ListParts"),
        ("POST", "/b/k?uploads", "CreateMultipartUpload"),
        ("POST", "/b/k?uploadId=u", "CompleteMultipartUpload"),
        ("DELETE", "/b/k?uploadId=u", "AbortMultipartUpload"),
        ("DELETE", "/b/k?versionId=v", "DeleteObject"),
        ("DELETE", "/b/k?tagging&versionId=v", "DeleteObjectTagging"),
        ("PUT", "/b/k?acl", "PutObjectAcl"),
        ("GET", "/b/k?attributes", "GetObjectAttributes"),
        ("POST", "/b/k?select&select-type=2", "SelectObjectContent"),
        ("POST", "/b/k?restore", "RestoreObject"),
    ],
)
@pytest.mark.parametrize("scope", ["s3", None])
def test_the_operations_of_s3(api, wire, method, target, operation, scope):
    assert routed(api, wire.request(method, target, service=scope))[:2] == ("s3", operation)


@pytest.mark.parametrize(
    ("target", "operation"),
    [("/b/k", "CopyObject"), ("/b/k?partNumber=1&uploadId=u", "UploadPartCopy")],
)
def test_the_source_header_makes_a_copy(api, wire, target, operation):
    request = wire.request("PUT", target, {"x-amz-copy-source": "/b/other"}, service="s3")
    assert routed(api, request)[1] == operation
    # SDKs put the headers of a presigned request into its query; an unsigned one stays a write.
    target += "&" if "?" in target else "?"
    target += "X-Amz-Copy-Source=%2Fb%2Fother"
    assert routed(api, wire.request("PUT", f"{target}&X-Amz-Signature=0"))[1] == operation
    assert routed(api, wire.request("PUT", target))[1] in {"PutObject", "UploadPart"}


@pytest.mark.parametrize(
    ("method", "target", "code"),
    [
        ("DELETE", "/b?acl", "MethodNotAllowed"),
        ("DELETE", "/b?versioning", "MethodNotAllowed"),
        ("PUT", "/b?versions", "MethodNotAllowed"),
        ("PUT", "/b?policyStatus", "MethodNotAllowed"),
        ("PUT", "/b/k?uploadId=u", "MethodNotAllowed"),
        ("PUT", "/b/k?torrent", "MethodNotAllowed"),
        ("DELETE", "/b/k?acl", "MethodNotAllowed"),
        ("POST", "/", "MethodNotAllowed"),
        ("POST", "/b/k", "MethodNotAllowed"),
        ("PATCH", "/b/k", "MethodNotAllowed"),
        ("DELETE", "/", "MethodNotAllowed"),
        ("GET", "/b?acl&tagging", "InvalidArgument"),
        ("GET", "/b/%ff", "InvalidURI"),
        ("GET", "/%c3%28/k", "InvalidURI"),
    ],
)
def test_what_s3_refuses(api, wire, method, target, code):
    assert refused(api, wire.request(method, target, service="s3")).code == code


def test_a_method_that_is_not_allowed_tells_which_are(api, wire):
    error = refused(api, wire.request("DELETE", "/b?versioning", service="s3"))
    assert (error.status, error.headers) == (405, {"Allow": "GET, PUT"})
    assert error.fields == {"Method": "DELETE", "ResourceType": "VERSIONING"}


@pytest.mark.parametrize(
    ("host", "bucket"),
    [
        ("localhost:4201", None),
        ("LOCALHOST", None),
        ("127.0.0.1:4201", None),
        ("10.1.2.3", None),
        ("[::1]:4201", None),
        ("", None),
        ("cloud.example", None),
        ("cloud.example:4201", None),
        ("workstation", None),
        ("workstation.lab.example", None),
        ("s3.us-east-1.amazonaws.com", None),
        ("s3-eu-west-1.amazonaws.com", None),
        ("s3.localhost", None),
        ("bucket.localhost:4201", "bucket"),
        ("Bucket.localhost.", "bucket"),
        ("my.bucket.localhost", "my.bucket"),
        ("s3-data.localhost", "s3-data"),
        ("bucket.cloud.example:1", "bucket"),
        ("bucket.s3.amazonaws.com", "bucket"),
        ("my.bucket.s3.us-west-2.amazonaws.com", "my.bucket"),
        ("bucket.s3.dualstack.us-west-2.amazonaws.com", "bucket"),
        ("bucket.s3-us-west-2.amazonaws.com", "bucket"),
        ("bucket.s3.cloud.example", "bucket"),
        ("a.s3.b.s3.anywhere", "a.s3.b"),
    ],
)
def test_the_bucket_that_a_host_names(api, wire, host, bucket):
    path = {"host": host}
    expected = {"Bucket": bucket, "Key": "a//b/"} if bucket else {"Bucket": "a", "Key": "/b/"}
    assert routed(api, wire.request("GET", "/a//b/", path)) == ("s3", "GetObject", expected)
    operation = routed(api, wire.request("GET", "/", path))[1]
    assert operation == ("ListObjects" if bucket else "ListBuckets")


def test_a_bucket_may_have_the_name_of_a_service_that_has_no_paths(api, wire):
    request = wire.request("GET", "/key", {"host": "dynamodb.localhost:4201"})
    assert routed(api, request) == ("s3", "GetObject", {"Bucket": "dynamodb", "Key": "key"})


def test_services_that_share_a_signing_name(api, wire):
    request = wire.request("GET", "/v20180820/accesspoint/a/policy", service="s3")
    assert routed(api, request)[:2] == ("s3control", "GetAccessPointPolicy")
    request = wire.request("GET", "/v2018/accesspoint/a/policy", service="s3")
    assert routed(api, request)[:2] == ("s3", "GetObject")
    target = {"x-amz-target": "DynamoDBStreams_20120810.ListStreams"}
    request = wire.request("POST", "/", target, b"{}", "dynamodb")
    assert routed(api, request)[:2] == ("dynamodbstreams", "ListStreams")


def test_targets(api, wire):
    target = {"x-amz-target": "DynamoDB_20120810.PutItem"}
    for scope in ("dynamodb", None):
        request = wire.request("POST", "/", target, b"{}", scope)
        assert routed(api, request) == ("dynamodb", "PutItem", {})
    unknown = {"x-amz-target": "DynamoDB_20120810.PutItems"}
    error = refused(api, wire.request("POST", "/", unknown, b"{}", "dynamodb"))
    assert (error.code, error.status) == ("UnknownOperationException", 400)
    for stranger in ("Kinesis_20131202.PutRecord", "PutRecord", ""):
        error = refused(api, wire.request("POST", "/", {"x-amz-target": stranger}, b"{}"))
        assert (error.code, error.status) == ("NotImplemented", 501)
        assert stranger in error.message


def test_cbor_paths(api, wire):
    cbor = {"smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor"}
    path = "/service/GraniteServiceVersion20100801/operation/PutMetricData"
    assert routed(api, wire.request("POST", path, cbor))[:2] == ("cloudwatch", "PutMetricData")
    assert routed(api, wire.request("POST", f"/prefix{path}", cbor))[1] == "PutMetricData"
    assert refused(api, wire.request("POST", f"{path}x", cbor)).code == "UnknownOperationException"
    assert refused(api, wire.request("POST", "/", cbor)).code == "UnknownOperationException"
    path = "/service/AmazonNobody/operation/X"
    assert refused(api, wire.request("POST", path, cbor)).code == "NotImplemented"


@pytest.mark.parametrize("scope", ["sts", None])
def test_forms(api, wire, scope):
    form = b"Action=GetCallerIdentity&Version=2011-06-15&A=%C3%A9+b&A=second"
    request = wire.request("POST", "/", FORM, form, scope)
    service, operation, arguments = routed(api, request)
    assert (service, operation, arguments["A"]) == ("sts", "GetCallerIdentity", "\xe9 b")
    # The form can be read again, to be held against the signature.
    assert asyncio.run(request.body.read(1000)) == form
    request = wire.request("GET", f"/?{form.decode()}", service=scope)
    assert routed(api, request)[:2] == ("sts", "GetCallerIdentity")


def test_the_version_of_a_form_decides_between_services(api, wire):
    for version, service in [("2010-05-08", "iam"), ("2010-08-01", "cloudwatch")]:
        form = f"Action=TagResource&Version={version}".encode()
        if service == "iam":
            form = f"Action=GetUser&Version={version}".encode()
        assert routed(api, wire.request("POST", "/", FORM, form))[0] == service


def test_forms_that_name_no_operation(api, wire):
    form = b"Action=GetCallerIdentities&Version=2011-06-15"
    error = refused(api, wire.request("POST", "/", FORM, form, "sts"))
    assert (error.code, error.status) == ("InvalidAction", 400)
    assert error.message == "Could not find operation GetCallerIdentities for version 2011-06-15"
    assert (
        refused(api, wire.request("POST", "/", FORM, b"Version=1", "sts")).code == "MissingAction"
    )
    error = refused(api, wire.request("POST", "/", FORM, b"Action=Publish", "sns"))
    assert (error.code, error.status) == ("NotImplemented", 501)
    assert "Publish of sns" in error.message


@pytest.mark.parametrize("form", [b"Action=%ff", b"\xff=1", b"a=1&" * 10_001])
def test_forms_that_cannot_be_read(api, wire, form):
    error = refused(api, wire.request("POST", "/", FORM, form, "sts"))
    assert (error.code, error.status) == ("MalformedQueryString", 400)


def test_a_form_that_is_too_large(api, wire):
    request = wire.request("POST", "/", FORM, b"a" * (1 << 20) + b"a", "sts")
    with pytest.raises(BodyTooLarge) as error:
        asyncio.run(api.route(request))
    response = api.fail(request, None, error.value)
    assert response.status == 413
    assert b"<Code>RequestEntityTooLarge</Code>" in response.body


def test_an_object_may_have_the_type_of_a_form(api, wire):
    request = wire.request("POST", "/b?delete", FORM, b"Action=GetUser", "s3")
    assert routed(api, request)[1] == "DeleteObjects"
    request = wire.request("PUT", "/b/k", FORM, b"Action=GetUser")
    assert routed(api, request)[1] == "PutObject"
    assert asyncio.run(request.body.read(100)) == b"Action=GetUser"


@pytest.mark.parametrize(
    ("method", "target", "operation", "labels"),
    [
        ("GET", "/2015-03-31/functions", "ListFunctions", {}),
        ("GET", "/2015-03-31/functions/", "ListFunctions", {}),
        ("GET", "/2015-03-31/functions/f", "GetFunction", {"FunctionName": "f"}),
        (
            "GET",
            "/2015-03-31/functions/arn%3Aaws%3Alambda%3Ax%3Af%2Fg",
            "GetFunction",
            {"FunctionName": "arn:aws:lambda:x:f/g"},
        ),
        ("GET", "/2018-10-31/layers?find=LayerVersion&Arn=a", "GetLayerVersionByArn", {}),
        ("GET", "/2018-10-31/layers", "ListLayers", {}),
        (
            "POST",
            "/2015-03-31/functions/f/invocations",
            "Invoke",
            {"FunctionName": "f"},
        ),
    ],
)
def test_the_paths_of_rest_services(api, wire, method, target, operation, labels):
    request = wire.request(method, target, service="lambda")
    assert routed(api, request) == ("lambda", operation, labels)
    by_host = wire.request(method, target, {"host": "lambda.localhost:4201"})
    assert routed(api, by_host) == ("lambda", operation, labels)


def test_a_greedy_label_leaves_what_follows_it(wire):
    api = AwsApi([Service("s3control")])
    prefix = "/v20180820/mrap/instances/a/b%20c"
    for end, operation in [("", ""), ("/policy", "Policy"), ("/policystatus", "PolicyStatus")]:
        _, found, labels = routed(api, wire.request("GET", prefix + end, service="s3"))
        assert found == f"GetMultiRegionAccessPoint{operation}"
        assert list(labels.values()) == ["a/b c"]


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/2015-03-31/function"),
        ("GET", "//"),
        ("PATCH", "/2015-03-31/functions"),
        ("GET", "/2015-03-31/functions/a/b/c/d/e"),
        ("GET", "/" + "a/" * 5000),
    ],
)
def test_paths_that_name_no_operation(api, wire, method, target):
    error = refused(api, wire.request(method, target, service="lambda"))
    assert (error.code, error.status) == ("UnknownOperationException", 404)


def test_a_service_that_is_not_served(api, wire):
    error = refused(api, wire.request("GET", "/topics", service="kafka"))
    assert (error.code, error.status) == ("NotImplemented", 501)
    assert "The service kafka is not written" in error.message
    assert "dynamodb" in error.message
    alone = AwsApi([Service("dynamodb")])
    assert refused(alone, wire.request("GET", "/b/k")).code == "NotImplemented"
    error = refused(alone, wire.request("GET", "/x", service="dynamodb"))
    assert error.code == "UnknownOperationException"


@pytest.mark.parametrize(
    ("headers", "body", "scope", "form"),
    [
        ({"x-amz-target": "Nobody.X"}, b"{}", None, b'{"__type":"com.amazon.coral'),
        ({"smithy-protocol": "rpc-v2-cbor"}, b"", None, b"\xa2f__type"),
        (FORM, b"Action=X&Version=1", "nobody", b"<ErrorResponse"),
        (FORM, b"Action=X&Version=1", None, b"<ErrorResponse"),
        (FORM, b"Action=X&Version=1", "sts", b"<ErrorResponse"),
        (FORM, b"Action=X&Version=1", "s3", b"<Error>"),
        ({}, b"", "s3", b"<Error>"),
        ({}, b"", None, b"<Error>"),
        ({}, b"", "kafka", b'{"message"'),
        ({}, b"", "lambda", b'{"message"'),
    ],
)
def test_an_error_without_a_route_is_in_the_form_that_the_client_expects(
    api, wire, headers, body, scope, form
):
    request = wire.request("POST", "/", headers, body, scope)
    response = wire.serve(api, request)
    prologue = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    assert response.body.removeprefix(prologue).startswith(form)


@pytest.mark.parametrize(
    ("headers", "query", "expected"),
    [
        ({}, "", None),
        ({"authorization": "AWS AKID:signature"}, "", None),
        ({"authorization": "AWS4-HMAC-SHA256 Credential=x"}, "", None),
        ({"authorization": "AWS4-HMAC-SHA256 Credential=A/2/r/sts/aws4_request,Sig=1"}, "", "sts"),
        ({}, "X-Amz-Credential=A%2F2%2Fr%2Fs3%2Faws4_request", "s3"),
        ({"authorization": "AWS4-ECDSA-P256-SHA256 Credential=A/2/s3/aws4_request, x"}, "", "s3"),
    ],
)
def test_the_service_of_the_credential_scope(wire, headers, query, expected):
    assert signing_name(wire.request("GET", f"/?{query}", headers)) == expected
