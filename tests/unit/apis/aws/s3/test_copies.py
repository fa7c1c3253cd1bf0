"""Copies: how a source is named, and what a copy keeps."""

import pytest

from lenticular.apis.aws.s3.operations.copies import copy_source
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.objects import Source
from lenticular.primitives.objects.errors import ConditionFailed, ObjectNotFound

VERSION = "0123456789abcdef0123456789abcdef"
FROM = {"Bucket": "samples", "Key": "from"}
TO = {"Bucket": "samples", "Key": "to", "CopySource": "samples/from"}


@pytest.mark.parametrize(
    ("header", "source"),
    [
        ("b/k", Source("b", "k")),
        ("/b/k", Source("b", "k")),
        ("b/a/b/c", Source("b", "a/b/c")),
        ("b//k", Source("b", "/k")),
        ("b/a%20b%2Bc", Source("b", "a b+c")),
        ("b%2Fk", Source("b", "k")),
        ("b/%F0%9F%A6%8B", Source("b", "🦋")),
        ("b/🦋".encode().decode("latin-1"), Source("b", "🦋")),
        (f"b/k?versionId={VERSION}", Source("b", "k", VERSION)),
        ("b/k?versionId=null", Source("b", "k", "null")),
        ("b/what%3FversionId%3Dnull", Source("b", "what?versionId=null")),
        ("b/what?x=1", Source("b", "what?x=1")),
    ],
)
def test_sources(header, source):
    assert copy_source(header) == source


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "InvalidArgument"),
        ("b", "InvalidArgument"),
        ("b/", "InvalidArgument"),
        ("/k", "InvalidArgument"),
        ("b/%ff", "InvalidArgument"),
        ("b/🦋", "InvalidArgument"),
        ("b/k?versionId=", "InvalidArgument"),
        ("b/k?versionId=x", "InvalidArgument"),
        ("b/" + "k" * 1025, "KeyTooLongError"),
    ],
)
def test_what_is_no_source(header, code):
    with pytest.raises(AwsError) as raised:
        copy_source(header)
    assert raised.value.code == code


@pytest.fixture
async def original(call):
    """An object with all that a copy can take over."""
    return await call(
        "put_object",
        **FROM,
        Body=b"foo",
        ContentType="text/plain",
        CacheControl="no-cache",
        Metadata={"sample": "12"},
        Tagging="a=1",
        StorageClass="STANDARD_IA",
        ACL="public-read",
    )


async def test_a_copy_takes_over_what_is_the_objects(call, original):
    copied = await call("copy_object", **TO)
    assert copied["CopyObjectResult"]["ETag"] == original.headers["etag"]
    got = await call("get_object", Bucket="samples", Key="to")
    assert got.body == b"foo"
    assert got.headers["content-type"] == "text/plain"
    assert got.headers["cache-control"] == "no-cache"
    assert got.headers["x-amz-meta-sample"] == "12"
    assert got.headers["x-amz-tagging-count"] == "1"


async def test_a_copy_has_its_own_class_and_grants(call, original):
    await call("copy_object", **TO)
    got = await call("get_object", Bucket="samples", Key="to")
    assert "x-amz-storage-class" not in got.headers
    acl = await call("get_object_acl", Bucket="samples", Key="to")
    assert [grant["Permission"] for grant in acl["Grants"]] == ["FULL_CONTROL"]


async def test_a_copy_with_new_metadata_and_tags(call, original):
    await call(
        "copy_object",
        **TO,
        MetadataDirective="REPLACE",
        Metadata={"other": "13"},
        ContentType="text/csv",
        TaggingDirective="REPLACE",
        Tagging="b=2&c=3",
        StorageClass="GLACIER_IR",
    )
    got = await call("get_object", Bucket="samples", Key="to")
    assert got.headers["content-type"] == "text/csv"
    assert got.headers["x-amz-meta-other"] == "13"
    assert "x-amz-meta-sample" not in got.headers
    assert "cache-control" not in got.headers
    assert got.headers["x-amz-tagging-count"] == "2"
    assert got.headers["x-amz-storage-class"] == "GLACIER_IR"


async def test_a_redirect_is_the_copys_own(call, original):
    await call("copy_object", **TO, WebsiteRedirectLocation="/other")
    got = await call("get_object", Bucket="samples", Key="to")
    assert got.headers["x-amz-website-redirect-location"] == "/other"
    assert got.headers["x-amz-meta-sample"] == "12"


async def test_an_object_is_copied_onto_itself_only_to_change_it(call, original):
    onto = {**FROM, "CopySource": "samples/from"}
    with pytest.raises(AwsError, match="copy an object to itself") as raised:
        await call("copy_object", **onto)
    assert raised.value.code == "InvalidRequest"
    await call("copy_object", **onto, MetadataDirective="REPLACE", Metadata={"sample": "13"})
    got = await call("get_object", **FROM)
    assert (got.body, got.headers["x-amz-meta-sample"]) == (b"foo", "13")
    await call("copy_object", **onto, StorageClass="STANDARD")
    assert (await call("get_object", **FROM)).body == b"foo"


@pytest.mark.parametrize("member", ["MetadataDirective", "TaggingDirective"])
async def test_there_are_two_directives(call, original, member):
    with pytest.raises(AwsError) as raised:
        await call("copy_object", **TO, **{member: "MERGE"})
    assert raised.value.code == "InvalidArgument"


async def test_a_copy_with_another_checksum(call, original):
    copied = await call("copy_object", **TO, ChecksumAlgorithm="SHA256")
    checksum = "LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564="  # of b"foo"
    assert copied["CopyObjectResult"]["ChecksumSHA256"] == checksum
    got = await call("get_object", Bucket="samples", Key="to", ChecksumMode="ENABLED")
    assert got.headers["x-amz-checksum-sha256"] == checksum


async def test_conditions_on_both_ends(call, original):
    with pytest.raises(ConditionFailed):
        await call("copy_object", **TO, CopySourceIfMatch='"other"')
    with pytest.raises(ConditionFailed):
        await call("copy_object", **TO, CopySourceIfNoneMatch=original.headers["etag"])
    with pytest.raises(ObjectNotFound):
        await call("get_object", Bucket="samples", Key="to")
    await call("copy_object", **TO, IfNoneMatch="*")
    with pytest.raises(ConditionFailed):
        await call("copy_object", **TO, IfNoneMatch="*")


async def test_versions_at_both_ends(call, original):
    await call(
        "put_bucket_versioning", Bucket="samples", VersioningConfiguration={"Status": "Enabled"}
    )
    first = (await call("put_object", **FROM, Body=b"1")).headers["x-amz-version-id"]
    await call("put_object", **FROM, Body=b"2")
    source = f"samples/from?versionId={first}"
    copied = await call("copy_object", **{**TO, "CopySource": source})
    assert copied["CopySourceVersionId"] == first
    got = await call("get_object", Bucket="samples", Key="to", VersionId=copied["VersionId"])
    assert got.body == b"1"


async def test_a_delete_marker_is_no_source(call, original):
    await call(
        "put_bucket_versioning", Bucket="samples", VersioningConfiguration={"Status": "Enabled"}
    )
    marker = (await call("delete_object", **FROM)).headers["x-amz-version-id"]
    with pytest.raises(ObjectNotFound):
        await call("copy_object", **TO)
    with pytest.raises(AwsError, match="delete marker") as raised:
        await call("copy_object", **{**TO, "CopySource": f"samples/from?versionId={marker}"})
    assert raised.value.code == "InvalidRequest"
