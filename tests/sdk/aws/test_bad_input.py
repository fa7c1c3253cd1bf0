"""Bad input on the wire: the service's own error, nothing changed, the server unharmed."""

import base64
import hashlib
import socket
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import orjson
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from lxml import etree

XML = b'<?xml version="1.0"?>'


class Wire:
    """Signs and sends requests by hand."""

    def __init__(self, cloud):
        self.url = cloud.url
        self.credentials = cloud.credentials
        self.http = httpx.Client(timeout=30)

    def signed(self, method, path, body=b"", headers=(), service="s3", secret=None, region="here"):
        credentials = Credentials(
            self.credentials.access_key_id, secret or self.credentials.secret_access_key
        )
        request = AWSRequest(method, self.url + path, data=body, headers=dict(headers))
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        signer(credentials, service, region).add_auth(request)
        return request

    def send(self, request, body=None, headers=()):
        content = request.data if body is None else body
        sent = dict(request.headers.items()) | dict(headers)
        return self.http.request(request.method, request.url, content=content, headers=sent)

    def s3(self, method, path, body=b"", headers=(), **options):
        return self.send(self.signed(method, path, body, headers, **options))

    def dynamodb(self, target, body, headers=()):
        headers = {
            "X-Amz-Target": f"DynamoDB_20120810.{target}",
            "Content-Type": "application/x-amz-json-1.0",
        } | dict(headers)
        return self.send(self.signed("POST", "/", body, headers, service="dynamodb"))


def s3_error(response):
    document = etree.fromstring(response.content)
    assert document.tag == "Error"
    assert document.findtext("RequestId")
    return response.status_code, document.findtext("Code")


def json_error(response):
    document = response.json()
    return response.status_code, document["__type"].partition("#")[2]


@pytest.fixture(scope="module")
def wire(cloud):
    made = Wire(cloud)
    yield made
    made.http.close()


@pytest.fixture
def unharmed(cloud, s3, bucket):
    """The test leaves the bucket empty, the blob store without new files, the server well."""
    before = stored(cloud)
    yield
    assert s3.list_object_versions(Bucket=bucket).get("Versions") is None
    assert s3.list_multipart_uploads(Bucket=bucket).get("Uploads") is None
    assert stored(cloud) <= before
    assert httpx.get(cloud.url + "/health").json()["status"] == "ok"


def stored(cloud):
    async def blobs():
        await cloud.engines.contents.sweep(now=2**40)
        return {entry.id async for entry in cloud.engines.blobs.list()}

    return cloud.run(blobs())


# Who asks.


def test_wrong_secret(wire, bucket, unharmed):
    refused = wire.s3("PUT", f"/{bucket}/a", b"x", secret="wrong")
    assert s3_error(refused) == (403, "SignatureDoesNotMatch")


def test_unknown_key(wire, bucket, unharmed):
    request = wire.signed("PUT", f"/{bucket}/a", b"x")
    request.headers["Authorization"] = request.headers["Authorization"].replace("AKIA", "AKIB")
    assert s3_error(wire.send(request)) == (403, "InvalidAccessKeyId")


@pytest.mark.parametrize("minutes", [-16, 16])
def test_skewed_clock(wire, bucket, unharmed, monkeypatch, minutes):
    skewed = datetime.now(UTC) + timedelta(minutes=minutes)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: skewed)
    assert s3_error(wire.s3("PUT", f"/{bucket}/a", b"x")) == (403, "RequestTimeTooSkewed")


def test_unsigned_request_to_a_private_bucket(cloud, bucket, unharmed):
    for method in ("GET", "PUT", "DELETE", "HEAD"):
        for path in (f"/{bucket}", f"/{bucket}/a"):
            answer = httpx.request(method, cloud.url + path)
            assert answer.status_code == 403, (method, path)


def test_signature_for_another_service(wire):
    request = wire.signed("GET", "/", service="sts")
    request.headers["X-Amz-Target"] = "DynamoDB_20120810.ListTables"
    assert wire.send(request).status_code in (400, 403)


# What they send.


def test_tampered_body(wire, bucket, unharmed):
    request = wire.signed("PUT", f"/{bucket}/a", b"original")
    assert s3_error(wire.send(request, b"tampered")) == (400, "XAmzContentSHA256Mismatch")


def test_tampered_table_call(wire):
    request = wire.signed(
        "POST",
        "/",
        b'{"Limit": 1}',
        {
            "X-Amz-Target": "DynamoDB_20120810.ListTables",
            "Content-Type": "application/x-amz-json-1.0",
        },
        service="dynamodb",
    )
    assert json_error(wire.send(request, b'{"Limit": 9}')) == (400, "InvalidSignatureException")


@pytest.mark.parametrize("size", [10, 300_000])
def test_wrong_content_md5(wire, bucket, unharmed, size):
    wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    refused = wire.s3("PUT", f"/{bucket}/a", b"x" * size, {"Content-MD5": wrong})
    assert s3_error(refused) == (400, "BadDigest")
    refused = wire.s3("PUT", f"/{bucket}/a", b"x" * size, {"Content-MD5": "not base64"})
    assert s3_error(refused) == (400, "InvalidDigest")


@pytest.mark.parametrize("size", [10, 300_000])
def test_wrong_checksum(wire, bucket, unharmed, size):
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    refused = wire.s3("PUT", f"/{bucket}/a", b"x" * size, {"x-amz-checksum-sha256": wrong})
    assert s3_error(refused) == (400, "BadDigest")


@pytest.mark.parametrize("size", [1_000, 3_000_000])
def test_client_that_goes_away_half_way(wire, cloud, bucket, unharmed, size):
    request = wire.signed("PUT", f"/{bucket}/a", b"x" * size)
    address = urlsplit(cloud.url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        head = f"PUT /{bucket}/a HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {size}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        connection.sendall(head.encode() + b"\r\n" + b"x" * (size // 2))
        time.sleep(0.05)  # let half of it arrive: what comes after it must make no difference
    deadline = time.monotonic() + 10
    while "PutObject" not in httpx.get(cloud.url + "/metrics").text:
        assert time.monotonic() < deadline
    assert wire.s3("GET", f"/{bucket}/a").status_code == 404


@pytest.mark.parametrize("name", ["ab", "a" * 64, "Upper", "under_score", "a..b", "-a-", "1.2.3.4"])
def test_illegal_bucket_name(wire, name):
    assert s3_error(wire.s3("PUT", f"/{name}")) == (400, "InvalidBucketName")


def test_taken_bucket_name(aws, other, bucket):
    client = aws("s3", other)
    with pytest.raises(client.exceptions.BucketAlreadyExists):
        client.create_bucket(Bucket=bucket)


def test_key_of_1025_bytes(wire, bucket, unharmed):
    assert s3_error(wire.s3("PUT", f"/{bucket}/{'k' * 1025}", b"x")) == (400, "KeyTooLongError")


def test_part_out_of_order(wire, s3, bucket, unharmed):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="a")["UploadId"]
    for number in (1, 2):
        s3.upload_part(Bucket=bucket, Key="a", UploadId=upload, PartNumber=number, Body=b"x")
    parts = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{hashlib.md5(b'x').hexdigest()}</ETag></Part>"
        for number in (2, 1)
    )
    body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
    refused = wire.s3("POST", f"/{bucket}/a?uploadId={upload}", body)
    assert s3_error(refused) == (400, "InvalidPartOrder")
    s3.abort_multipart_upload(Bucket=bucket, Key="a", UploadId=upload)


BILLION_LAUGHS = (
    XML
    + b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    + b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><Delete><Object><Key>&c;</Key></Object></Delete>'
)
EXTERNAL = (
    XML + b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    b"<Delete><Object><Key>&a;</Key></Object></Delete>"
)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"not xml",
        b"<Delete><Object><Key>a</Key></Object>",
        b"<Other/>",
        BILLION_LAUGHS,
        EXTERNAL,
        b"<Delete>" + b"<Object>" * 10_000,
        b"<Delete>" * 10_000 + b"</Delete>" * 10_000,
        b"<Delete>" + b"\x00" + b"</Delete>",
    ],
    ids=["empty", "text", "cut", "other", "laughs", "external", "open", "deep", "zero"],
)
def test_malformed_xml(wire, bucket, unharmed, document):
    digest = base64.b64encode(hashlib.md5(document).digest()).decode()
    refused = wire.s3("POST", f"/{bucket}?delete", document, {"Content-MD5": digest})
    status, code = s3_error(refused)
    assert status == 400
    assert code in ("MalformedXML", "MissingRequestBodyError")


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b'{"TableName": 1}',
        b'{"TableName": "abc", "Key": ' + b'{"L": [' * 10_000 + b"]}" * 10_000 + b"}",
        b"[" * 10_000,
        b'{"TableName": "\xff"}',
    ],
    ids=["empty", "cut", "list", "text", "number", "deep", "open", "not utf-8"],
)
def test_malformed_json(wire, cloud, document):
    refused = wire.dynamodb("GetItem", document)
    status, code = json_error(refused)
    assert status == 400
    assert code in ("SerializationException", "ValidationException")
    assert httpx.get(cloud.url + "/health").status_code == 200


def test_documents_of_100_megabytes(wire, bucket, unharmed):
    large = b"<Delete>" + b" " * 100_000_000 + b"</Delete>"
    digest = base64.b64encode(hashlib.md5(large).digest()).decode()
    status, code = s3_error(wire.s3("POST", f"/{bucket}?delete", large, {"Content-MD5": digest}))
    assert status in (400, 413)
    assert code in (
        "MalformedXML",
        "EntityTooLarge",
        "RequestEntityTooLarge",
        "MaxMessageLengthExceeded",
    )
    answer = wire.dynamodb("GetItem", b'{"TableName": "' + b"x" * 100_000_000 + b'"}')
    assert answer.status_code in (400, 413)


def test_item_over_400_kilobytes(dynamodb):
    name = "large-items"
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    item = {"p": {"S": "a"}, "v": {"S": "x" * 400 * 1024}}
    with pytest.raises(dynamodb.exceptions.ClientError, match="Item size has exceeded"):
        dynamodb.put_item(TableName=name, Item=item)
    assert dynamodb.scan(TableName=name)["Count"] == 0
    with pytest.raises(dynamodb.exceptions.ClientError, match="Invalid FilterExpression"):
        dynamodb.scan(TableName=name, FilterExpression="p = = :x")


def test_heads_that_are_too_long(cloud, bucket, unharmed):
    answer = httpx.get(f"{cloud.url}/{bucket}", headers={"x-large": "x" * 200_000})
    assert answer.status_code in (400, 431)


def test_bytes_that_are_not_http(cloud, bucket, unharmed):
    address = urlsplit(cloud.url)
    for noise in (b"\x00" * 100, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01"):
        with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
            connection.sendall(noise)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(4096)


def test_errors_tell_nothing_of_the_inside(wire, bucket):
    for path in ("/no-such-bucket-at-all/a", f"/{bucket}/no-such-key", f"/{bucket}?versionId=x"):
        answer = wire.s3("GET", path)
        for inner in (b"Traceback", b"lenticular.", b".py", b"sqlite"):
            assert inner not in answer.content
    assert orjson.loads(wire.dynamodb("DescribeTable", b'{"TableName": "none"}').content)
