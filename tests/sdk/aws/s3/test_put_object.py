"""PutObject."""

import base64
import hashlib
import http.client
import socket
from urllib.parse import urlsplit

import httpx
import pytest

WRONG_MD5 = base64.b64encode(bytes(16)).decode()


def test_bytes_of_any_kind(s3, bucket, body):
    data = bytes(range(256)) * 1000
    put = s3.put_object(Bucket=bucket, Key="k", Body=data)
    assert put["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'
    assert body(s3.get_object(Bucket=bucket, Key="k")) == data


@pytest.mark.parametrize(
    "key", ["a b", "a+b", "ünïcödé/🦋", "a//b/", "%41", "a?b=c#d", "'\"<>&", "k" * 1024, "."]
)
def test_under_any_key(s3, bucket, key, body):
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert body(s3.get_object(Bucket=bucket, Key=key)) == key.encode()
    [found] = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert found["Key"] == key


@pytest.mark.parametrize("key", ["k" * 1025, "é" * 513])
def test_a_key_above_1024_bytes(s3, bucket, key, refused):
    with refused("KeyTooLongError"):
        s3.put_object(Bucket=bucket, Key=key)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_all_that_is_said_of_it(s3, bucket):
    given = {
        "CacheControl": "max-age=60",
        "ContentDisposition": 'attachment; filename="a.csv"',
        "ContentEncoding": "gzip",
        "ContentLanguage": "de",
        "ContentType": "text/csv",
        "Metadata": {"sample": "12", "place": "Lab 7"},
        "StorageClass": "STANDARD_IA",
        "WebsiteRedirectLocation": "/other",
    }
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", Tagging="a=1&b=2", **given)
    found = s3.head_object(Bucket=bucket, Key="k")
    assert {name: found[name] for name in given} == given
    assert found["TagCount"] == 2


def test_metadata_above_2_kilobytes(s3, bucket, refused):
    with refused("MetadataTooLarge"):
        s3.put_object(Bucket=bucket, Key="k", Metadata={"m": "x" * 2048})


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_with_a_checksum(s3, bucket, algorithm):
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"foo", ChecksumAlgorithm=algorithm)
    found = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    member = f"Checksum{algorithm}"
    assert found[member] == put[member]
    assert found["ChecksumType"] == put["ChecksumType"] == "FULL_OBJECT"


def test_with_a_wrong_checksum(s3, bucket, refused):
    for wrong in ({"ChecksumSHA256": "A" * 43 + "="}, {"ContentMD5": WRONG_MD5}):
        with refused("BadDigest"):
            s3.put_object(Bucket=bucket, Key="k", Body=b"foo", **wrong)
    with refused("InvalidDigest"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"foo", ContentMD5="no digest")
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="k")


def test_only_where_there_is_nothing(s3, bucket, refused, body):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*")
    assert body(s3.get_object(Bucket=bucket, Key="k")) == b"1"


def test_only_in_place_of_what_is_known(s3, bucket, refused, body):
    with refused("NoSuchKey", 404):
        s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfMatch='"x"')
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch=first["ETag"])
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket=bucket, Key="k", Body=b"3", IfMatch=first["ETag"])
    assert body(s3.get_object(Bucket=bucket, Key="k")) == b"2"


def test_versions_have_ids_of_their_own(s3, versioned, body):
    ids = [
        s3.put_object(Bucket=versioned, Key="k", Body=data)["VersionId"] for data in (b"1", b"2")
    ]
    for version_id, data in zip(ids, (b"1", b"2"), strict=True):
        assert body(s3.get_object(Bucket=versioned, Key="k", VersionId=version_id)) == data


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"ACL": "everyone"}, "InvalidArgument"),
        ({"StorageClass": "FLOPPY"}, "InvalidStorageClass"),
        ({"Tagging": "a=1&a=2"}, "InvalidTag"),
        ({"WebsiteRedirectLocation": "other"}, "InvalidRedirectLocation"),
        ({"GrantRead": "everyone"}, "InvalidArgument"),
    ],
)
def test_what_cannot_be_said(s3, bucket, given, code, refused):
    with refused(code):
        s3.put_object(Bucket=bucket, Key="k", **given)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_what_is_not_built(s3, bucket, refused):
    with refused("NotImplemented", 501):
        s3.put_object(Bucket=bucket, Key="k", ServerSideEncryption="aws:kms:dsse")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_into_no_bucket(s3, refused):
    with refused("NoSuchBucket", 404):
        s3.put_object(Bucket="there-is-no-such-bucket", Key="k")


def test_into_a_bucket_of_somebody_else(stranger, nobody, bucket, refused):
    for client in (stranger, nobody):
        with refused("AccessDenied", 403):
            client.put_object(Bucket=bucket, Key="k")


def test_by_a_presigned_url(s3, bucket, body):
    url = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "k"})
    assert _send("PUT", url, b"foo") == 200
    assert body(s3.get_object(Bucket=bucket, Key="k")) == b"foo"


def test_a_body_that_ends_early_leaves_nothing(s3, bucket, refused):
    url = urlsplit(s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "k"}))
    connection = http.client.HTTPConnection(url.netloc)
    connection.putrequest("PUT", f"{url.path}?{url.query}")
    connection.putheader("Content-Length", "100000")
    connection.endheaders(b"x" * 1000)
    connection.close()
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="k")


def _send(method, url, data):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request(method, f"{parts.path}?{parts.query}", data)
    status = connection.getresponse().status
    connection.close()
    return status


def test_whoever_waits_to_go_on_is_told_first_whether_to(s3, bucket, cloud):
    url = urlsplit(cloud.configuration.url("aws"))
    request = (
        f"PUT /{bucket}/k HTTP/1.1\r\nHost: {url.netloc}\r\n"
        "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    ).encode()

    def answer():
        with socket.create_connection((url.hostname, url.port)) as client:
            client.sendall(request)
            return client.recv(1024).split()[1]

    assert answer() == b"403"
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read-write")
    assert answer() == b"100"


def test_in_chunks_of_http(s3, bucket, body):
    link = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "k"})
    put = httpx.put(link, content=iter([b"first ", b"second"]))
    assert put.request.headers["transfer-encoding"] == "chunked"
    assert put.status_code == 200
    assert body(s3.get_object(Bucket=bucket, Key="k")) == b"first second"
