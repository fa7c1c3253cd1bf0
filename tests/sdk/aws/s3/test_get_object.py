"""GetObject."""

import http.client
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

DATA = bytes(range(256)) * 1024
"""Larger than what is kept beside the key."""


@pytest.fixture(params=[10, len(DATA)], ids=["small", "large"])
def data(request, s3, bucket):
    """What the object ``k`` holds: beside its key, or in a file."""
    s3.put_object(Bucket=bucket, Key="k", Body=DATA[: request.param])
    return DATA[: request.param]


def test_the_whole(s3, bucket, data, body):
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["ContentLength"] == len(data)
    assert got["ContentType"] == "binary/octet-stream"
    assert got["AcceptRanges"] == "bytes"
    assert body(got) == data


@pytest.mark.parametrize(
    ("header", "slice_"),
    [
        ("bytes=0-3", slice(0, 4)),
        ("bytes=5-", slice(5, None)),
        ("bytes=-4", slice(-4, None)),
        ("bytes=2-99999999", slice(2, None)),
    ],
)
def test_a_range(s3, bucket, data, header, slice_, body):
    got = s3.get_object(Bucket=bucket, Key="k", Range=header)
    expected = data[slice_]
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    start = data.index(expected) if slice_.start >= 0 else len(data) - len(expected)
    assert got["ContentRange"] == f"bytes {start}-{start + len(expected) - 1}/{len(data)}"
    assert body(got) == expected


@pytest.mark.parametrize("header", ["bytes=0-1,3-4", "lines=0-1", "bytes=5-2"])
def test_what_is_no_single_range_is_the_whole(s3, bucket, data, header, body):
    got = s3.get_object(Bucket=bucket, Key="k", Range=header)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert body(got) == data


def test_a_range_behind_the_end(s3, bucket, data, refused):
    with refused("InvalidRange", 416) as answer:
        s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={len(data)}-")
    assert answer["Error"]["ActualObjectSize"] == str(len(data))
    assert answer["Error"]["RangeRequested"] == f"bytes={len(data)}-"


def test_on_conditions(s3, bucket, data, refused, body):
    told = s3.head_object(Bucket=bucket, Key="k")
    etag, modified = told["ETag"], told["LastModified"]
    earlier = modified - timedelta(days=1)
    for holds in (
        {"IfMatch": etag},
        {"IfNoneMatch": '"x"'},
        {"IfModifiedSince": earlier},
        {"IfUnmodifiedSince": modified},
        {"IfMatch": etag, "IfUnmodifiedSince": earlier},
        {"IfNoneMatch": '"x"', "IfModifiedSince": modified},
    ):
        assert body(s3.get_object(Bucket=bucket, Key="k", **holds)) == data
    for fails in ({"IfMatch": '"x"'}, {"IfUnmodifiedSince": earlier}):
        with refused("PreconditionFailed", 412):
            s3.get_object(Bucket=bucket, Key="k", **fails)
    for known in (
        {"IfNoneMatch": etag},
        {"IfModifiedSince": modified},
        {"IfNoneMatch": etag, "IfModifiedSince": earlier},
    ):
        with refused("304", 304) as answer:
            s3.get_object(Bucket=bucket, Key="k", **known)
        assert answer["ResponseMetadata"]["HTTPHeaders"]["etag"] == etag


def test_with_other_headers_than_it_has(s3, nobody, bucket, data, refused):
    expires = datetime(2030, 1, 2, tzinfo=UTC)
    wanted = {
        "ResponseCacheControl": "no-store",
        "ResponseContentDisposition": "inline",
        "ResponseContentEncoding": "identity",
        "ResponseContentLanguage": "en",
        "ResponseContentType": "text/plain",
    }
    got = s3.get_object(Bucket=bucket, Key="k", ResponseExpires=expires, **wanted)
    got["Body"].close()
    assert {f"Response{name}": got[name] for name in (n[8:] for n in wanted)} == wanted
    assert got["Expires"] == expires
    s3.put_object_acl(Bucket=bucket, Key="k", ACL="public-read")
    with refused("InvalidRequest"):
        nobody.get_object(Bucket=bucket, Key="k", **wanted)


def test_which_is_not_there(s3, nobody, bucket, refused):
    with refused("NoSuchKey", 404) as answer:
        s3.get_object(Bucket=bucket, Key="k")
    assert answer["Error"]["Key"] == "k"
    with refused("AccessDenied", 403):
        nobody.get_object(Bucket=bucket, Key="k")
    with refused("NoSuchBucket", 404):
        s3.get_object(Bucket="there-is-no-such-bucket", Key="k")


def test_which_is_somebody_elses(stranger, nobody, bucket, data, refused):
    for client in (stranger, nobody):
        with refused("AccessDenied", 403):
            client.get_object(Bucket=bucket, Key="k")


def test_which_is_everybodys(s3, nobody, bucket, data, body):
    s3.put_object_acl(Bucket=bucket, Key="k", ACL="public-read")
    assert body(nobody.get_object(Bucket=bucket, Key="k")) == data


def test_which_is_deleted(s3, versioned, refused, body):
    version = s3.put_object(Bucket=versioned, Key="k", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
    with refused("NoSuchKey", 404) as answer:
        s3.get_object(Bucket=versioned, Key="k")
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
    with refused("MethodNotAllowed", 405):
        s3.get_object(Bucket=versioned, Key="k", VersionId=marker)
    assert body(s3.get_object(Bucket=versioned, Key="k", VersionId=version)) == b"1"


@pytest.mark.parametrize(
    ("version_id", "code", "status"),
    [("0" * 32, "NoSuchVersion", 404), ("x", "InvalidArgument", 400)],
)
def test_of_a_version_that_there_is_not(s3, versioned, version_id, code, status, refused):
    s3.put_object(Bucket=versioned, Key="k")
    with refused(code, status):
        s3.get_object(Bucket=versioned, Key="k", VersionId=version_id)


def test_by_a_presigned_url(s3, bucket, data):
    url = s3.generate_presigned_url(
        "get_object", {"Bucket": bucket, "Key": "k", "ResponseContentType": "text/csv"}
    )
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("GET", f"{parts.path}?{parts.query}")
    response = connection.getresponse()
    assert (response.status, response.getheader("content-type")) == (200, "text/csv")
    assert response.read() == data
    connection.close()
