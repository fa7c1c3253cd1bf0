"""Putting and reading objects: what the SDK tests cannot send or see."""

from hashlib import md5

import pytest

from lenticular.apis.aws.s3.errors import MAX_PUT_SIZE
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.http import Body, BodyTruncated
from lenticular.primitives.access import AccessDenied
from lenticular.primitives.objects.errors import ObjectNotFound, PartNumberMissing

B = {"Bucket": "samples", "Key": "k"}


class Announced(Body):
    """A body of an announced size that breaks off after some bytes."""

    def __init__(self, size, data):
        self._size = size
        self._data = data

    @property
    def size(self):
        return self._size

    async def __aiter__(self):
        yield self._data
        raise BodyTruncated("the client went away")


async def test_what_is_put_is_got(call):
    put = await call("put_object", **B, Body=b"foo")
    assert put.headers == {
        "etag": f'"{md5(b"foo", usedforsecurity=False).hexdigest()}"',
        "x-amz-checksum-crc64nvme": put.headers["x-amz-checksum-crc64nvme"],
        "x-amz-checksum-type": "FULL_OBJECT",
    }
    got = await call("get_object", **B)
    assert (got.status, got.body) == (200, b"foo")
    assert got.headers["content-length"] == "3"
    assert "x-amz-checksum-crc64nvme" not in got.headers


async def test_a_large_object_streams(call):
    data = bytes(range(256)) * 2048
    await call("put_object", **B, Body=data)
    assert (await call("get_object", **B)).body == data
    part = await call("get_object", **B, Range="bytes=100000-399999")
    assert part.body == data[100000:400000]
    assert (part.status, part.headers["content-length"]) == (206, "300000")
    assert part.headers["content-range"] == f"bytes 100000-399999/{len(data)}"


async def test_head_is_get_without_the_bytes(call):
    await call("put_object", **B, Body=b"foo", Metadata={"a": "b"}, ContentType="text/plain")
    for params in ({}, {"Range": "bytes=1-"}, {"PartNumber": 1}, {"ChecksumMode": "ENABLED"}):
        got, head = (
            await call("get_object", **B, **params),
            await call("head_object", **B, **params),
        )
        assert (head.status, head.headers) == (got.status, got.headers)
        assert head.body == b""


async def test_a_body_that_is_announced_too_large_is_not_read(call):
    body = Announced(MAX_PUT_SIZE + 1, b"x")
    with pytest.raises(AwsError) as raised:
        await call("put_object", **B, Body=body)
    assert raised.value.code == "EntityTooLarge"
    assert raised.value.fields == {
        "ProposedSize": MAX_PUT_SIZE + 1,
        "MaxSizeAllowed": MAX_PUT_SIZE,
    }


async def test_a_body_that_breaks_off_leaves_what_was_there(call):
    await call("put_object", **B, Body=b"before")
    with pytest.raises(AwsError) as raised:
        await call("put_object", **B, Body=Announced(10, b"after"))
    assert raised.value.code == "IncompleteBody"
    assert (await call("get_object", **B)).body == b"before"


async def test_a_checksum_is_kept_and_told_when_asked(call):
    crc = "jHNlIQ=="  # of b"foo"
    put = await call("put_object", **B, Body=b"foo", headers={"x-amz-checksum-crc32": crc})
    assert put.headers["x-amz-checksum-crc32"] == crc
    got = await call("get_object", **B, ChecksumMode="ENABLED")
    assert got.headers["x-amz-checksum-crc32"] == crc
    assert got.headers["x-amz-checksum-type"] == "FULL_OBJECT"
    ranged = await call("get_object", **B, ChecksumMode="ENABLED", Range="bytes=0-1")
    assert "x-amz-checksum-crc32" not in ranged.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"x-amz-checksum-crc32": "AAAAAA=="},
        {"content-md5": "AAAAAAAAAAAAAAAAAAAAAA=="},
        {"x-amz-checksum-sha256": "A" * 43 + "="},
    ],
)
async def test_bytes_that_are_not_those_claimed_change_nothing(call, headers):
    with pytest.raises(AwsError) as raised:
        await call("put_object", **B, Body=b"foo", headers=headers)
    assert (raised.value.code, raised.value.status) == ("BadDigest", 400)
    with pytest.raises(ObjectNotFound):
        await call("get_object", **B)


def _trailing(data, trailer):
    """A body as boto3 sends it over TLS: in chunks, with its checksum behind it."""
    framed = b"%x\r\n%b\r\n0\r\n%b\r\n\r\n" % (len(data), data, trailer)
    headers = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": str(len(data)),
        "x-amz-trailer": "x-amz-checksum-crc32",
        "content-encoding": "aws-chunked",
    }
    return {"Body": framed, "headers": headers}


async def test_a_checksum_that_comes_behind_the_body(call):
    put = await call("put_object", **B, **_trailing(b"foo", b"x-amz-checksum-crc32:jHNlIQ=="))
    assert put.headers["x-amz-checksum-crc32"] == "jHNlIQ=="
    got = await call("get_object", **B)
    assert got.body == b"foo"
    assert "content-encoding" not in got.headers


async def test_a_wrong_checksum_behind_the_body_changes_nothing(call):
    await call("put_object", **B, Body=b"before")
    with pytest.raises(AwsError) as raised:
        await call("put_object", **B, **_trailing(b"foo", b"x-amz-checksum-crc32:AAAAAA=="))
    assert raised.value.code == "BadDigest"
    assert (await call("get_object", **B)).body == b"before"


async def test_parts_of_an_object_that_has_none(call):
    await call("put_object", **B, Body=b"foo")
    got = await call("get_object", **B, PartNumber=1)
    assert (got.status, got.body) == (206, b"foo")
    with pytest.raises(PartNumberMissing):
        await call("get_object", **B, PartNumber=2)
    for number in (0, 10_001):
        with pytest.raises(AwsError) as raised:
            await call("get_object", **B, PartNumber=number)
        assert raised.value.code == "InvalidArgument"
    with pytest.raises(AwsError) as raised:
        await call("get_object", **B, PartNumber=1, Range="bytes=0-1")
    assert raised.value.code == "InvalidRequest"


async def test_an_empty_object(call):
    await call("put_object", **B)
    got = await call("get_object", **B)
    assert (got.status, got.body, got.headers["content-length"]) == (200, b"", "0")
    with pytest.raises(AwsError) as raised:
        await call("get_object", **B, Range="bytes=0-")
    assert raised.value.code == "InvalidRange"
    part = await call("get_object", **B, PartNumber=1)
    assert (part.status, part.body) == (206, b"")


async def test_not_modified_tells_what_is_there(call):
    put = await call("put_object", **B, Body=b"foo")
    got = await call("get_object", **B, IfNoneMatch=put.headers["etag"])
    assert (got.status, got.body) == (304, b"")
    assert got.headers["etag"] == put.headers["etag"]
    assert "x-amz-version-id" not in got.headers


async def test_a_public_object_is_readable_by_nobody_in_particular(call, as_nobody, as_stranger):
    await call("put_object", **B, Body=b"foo", ACL="public-read")
    assert (await as_nobody("get_object", **B)).body == b"foo"
    await call("put_object", **B, Body=b"foo", ACL="authenticated-read")
    assert (await as_stranger("get_object", **B)).body == b"foo"
    with pytest.raises(AccessDenied):
        await as_nobody("get_object", **B)


async def test_what_a_stranger_leaves_is_the_strangers(call, as_stranger):
    await call("put_bucket_acl", Bucket="samples", ACL="public-read-write")
    await as_stranger("put_object", **B, Body=b"foo", ACL="bucket-owner-read")
    assert (await call("get_object", **B)).body == b"foo"
    acl = await as_stranger("get_object_acl", **B)
    assert acl["Owner"]["ID"] == as_stranger.principal.canonical_id
    assert [grant["Permission"] for grant in acl["Grants"]] == ["FULL_CONTROL", "READ"]


async def test_what_nobody_leaves_is_the_bucket_owners(call, as_nobody):
    await call("put_bucket_acl", Bucket="samples", ACL="public-read-write")
    await as_nobody("put_object", **B, Body=b"foo", ACL="public-read")
    acl = await call("get_object_acl", **B)
    assert acl["Owner"]["ID"] == call.principal.canonical_id


@pytest.mark.parametrize("names", [["Etag"], ["ETag", "ObjectSizes"], [""], []])
async def test_attributes_that_there_are_not(call, names):
    await call("put_object", **B, Body=b"foo")
    with pytest.raises(AwsError) as raised:
        await call("get_object_attributes", **B, ObjectAttributes=names)
    assert raised.value.code == "InvalidArgument"
