"""Versioning, grants, ownership and tags of buckets and objects."""

import pytest

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.access import AccessDenied
from lenticular.primitives.objects.errors import ObjectNotFound

S = {"Bucket": "samples"}
K = {"Bucket": "samples", "Key": "k"}
ALL = "http://acs.amazonaws.com/groups/global/AllUsers"


async def _set_versioning(call, status):
    await call("put_bucket_versioning", **S, VersioningConfiguration={"Status": status})


async def test_versioning_is_not_there_until_it_is_enabled(call):
    assert (await call("get_bucket_versioning", **S)).result == {}
    await _set_versioning(call, "Enabled")
    assert (await call("get_bucket_versioning", **S)).result == {"Status": "Enabled"}
    await _set_versioning(call, "Suspended")
    assert (await call("get_bucket_versioning", **S)).result == {"Status": "Suspended"}


@pytest.mark.parametrize(
    ("configuration", "code"),
    [
        ({}, "IllegalVersioningConfigurationException"),
        ({"Status": "Disabled"}, "MalformedXML"),
        ({"Status": "Enabled", "MFADelete": "Enabled"}, "NotImplemented"),
    ],
)
async def test_versioning_that_cannot_be(call, configuration, code):
    with pytest.raises(AwsError) as raised:
        await call("put_bucket_versioning", **S, VersioningConfiguration=configuration)
    assert raised.value.code == code
    assert (await call("get_bucket_versioning", **S)).result == {}


async def test_the_null_version(call):
    await call("put_object", **K, Body=b"0")
    await _set_versioning(call, "Enabled")
    first = (await call("put_object", **K, Body=b"1")).headers["x-amz-version-id"]
    await _set_versioning(call, "Suspended")
    assert "x-amz-version-id" not in (await call("put_object", **K, Body=b"2")).headers
    null = await call("get_object", **K, VersionId="null")
    assert (null.body, null.headers["x-amz-version-id"]) == (b"2", "null")
    assert (await call("get_object", **K, VersionId=first)).body == b"1"
    marked = await call("delete_object", **K)
    assert marked.headers == {"x-amz-version-id": "null", "x-amz-delete-marker": "true"}
    with pytest.raises(ObjectNotFound):
        await call("get_object", **K)


async def test_a_buckets_grants(call, as_nobody):
    with pytest.raises(AccessDenied):
        await as_nobody("list_objects_v2", **S)
    await call("put_bucket_acl", **S, ACL="public-read")
    assert "<KeyCount>0" in (await as_nobody("list_objects_v2", **S)).text
    acl = await call("get_bucket_acl", **S)
    assert acl["Grants"][0] == {"Grantee": {"Type": "Group", "URI": ALL}, "Permission": "READ"}
    with pytest.raises(AccessDenied):
        await as_nobody("get_bucket_acl", **S)


async def test_what_is_read_can_be_written_back(call):
    for canned in ("aws-exec-read", "log-delivery-write", "public-read-write", "private"):
        await call("put_bucket_acl", **S, ACL=canned)
        before = (await call("get_bucket_acl", **S)).result
        await call("put_bucket_acl", **S, AccessControlPolicy=before)
        assert (await call("get_bucket_acl", **S)).result == before


async def test_each_version_has_its_grants(call, as_nobody):
    await _set_versioning(call, "Enabled")
    ids = [(await call("put_object", **K, Body=b"1")).headers["x-amz-version-id"] for _ in "12"]
    await call("put_object_acl", **K, VersionId=ids[0], ACL="public-read")
    assert (await as_nobody("get_object", **K, VersionId=ids[0])).body == b"1"
    with pytest.raises(AccessDenied):
        await as_nobody("get_object", **K, VersionId=ids[1])


@pytest.mark.parametrize("operation", ["put_bucket_acl", "put_object_acl"])
@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, "MissingSecurityHeader"),
        ({"ACL": "private", "AccessControlPolicy": {}}, "UnexpectedContent"),
        ({"AccessControlPolicy": {}}, "MalformedACLError"),
        ({"ACL": "none"}, "InvalidArgument"),
    ],
)
async def test_lists_that_cannot_be(call, operation, params, code):
    await call("put_object", **K, Body=b"1")
    target = S if operation == "put_bucket_acl" else K
    with pytest.raises(AwsError) as raised:
        await call(operation, **target, **params)
    assert raised.value.code == code


async def test_ownership_controls(call):
    with pytest.raises(AwsError) as raised:
        await call("get_bucket_ownership_controls", **S)
    assert (raised.value.code, raised.value.status) == ("OwnershipControlsNotFoundError", 404)
    controls = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    await call("put_bucket_ownership_controls", **S, OwnershipControls=controls)
    assert (await call("get_bucket_ownership_controls", **S))["OwnershipControls"] == controls
    await call("delete_bucket_ownership_controls", **S)
    with pytest.raises(AwsError):
        await call("get_bucket_ownership_controls", **S)


async def test_where_lists_do_not_count_none_is_taken(call):
    await call("create_bucket", Bucket="enforced", ObjectOwnership="BucketOwnerEnforced")
    there = {"Bucket": "enforced", "Key": "k"}
    await call("put_object", **there, Body=b"1")
    await call("put_object", **there, Body=b"1", ACL="bucket-owner-full-control")
    for refused in (
        call("put_object", **there, Body=b"1", ACL="public-read"),
        call("put_object_acl", **there, ACL="public-read"),
        call("put_bucket_acl", Bucket="enforced", ACL="public-read"),
    ):
        with pytest.raises(AwsError) as raised:
            await refused
        assert raised.value.code == "AccessControlListNotSupported"


async def test_lists_that_grant_do_not_go_with_ownership_that_ignores_them(call):
    enforced = "BucketOwnerEnforced"
    with pytest.raises(AwsError) as raised:
        await call("create_bucket", Bucket="abc", ACL="public-read", ObjectOwnership=enforced)
    assert raised.value.code == "InvalidBucketAclWithObjectOwnership"
    await call("put_bucket_acl", **S, ACL="public-read")
    controls = {"Rules": [{"ObjectOwnership": enforced}]}
    with pytest.raises(AwsError) as raised:
        await call("put_bucket_ownership_controls", **S, OwnershipControls=controls)
    assert raised.value.code == "InvalidBucketAclWithObjectOwnership"


@pytest.mark.parametrize(
    ("rules", "code"),
    [([], "MalformedXML"), ([{"ObjectOwnership": "Everybody"}], "InvalidArgument")],
)
async def test_ownership_that_there_is_not(call, rules, code):
    with pytest.raises(AwsError) as raised:
        await call("put_bucket_ownership_controls", **S, OwnershipControls={"Rules": rules})
    assert raised.value.code == code


def _tagging(**tags):
    return {"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]}


async def test_a_buckets_tags(call, as_stranger):
    with pytest.raises(AwsError) as raised:
        await call("get_bucket_tagging", **S)
    assert (raised.value.code, raised.value.status) == ("NoSuchTagSet", 404)
    await call("put_bucket_tagging", **S, Tagging=_tagging(a="1"))
    assert (await call("get_bucket_tagging", **S)).result == _tagging(a="1")
    await call("put_bucket_tagging", **S, Tagging=_tagging())
    assert (await call("get_bucket_tagging", **S)).result == _tagging()
    with pytest.raises(AccessDenied):
        await as_stranger("put_bucket_tagging", **S, Tagging=_tagging(a="1"))
    await call("delete_bucket_tagging", **S)
    with pytest.raises(AwsError):
        await call("get_bucket_tagging", **S)


async def test_tags_of_versions(call):
    await _set_versioning(call, "Enabled")
    old, new = [
        (await call("put_object", **K, Body=b"1", Tagging="a=1")).headers["x-amz-version-id"]
        for _ in "12"
    ]
    changed = await call("put_object_tagging", **K, VersionId=old, Tagging=_tagging(b="2", c="3"))
    assert changed["VersionId"] == old
    told = await call("get_object_tagging", **K, VersionId=old)
    assert told.result == {**_tagging(b="2", c="3"), "VersionId": old}
    assert (await call("get_object_tagging", **K)).result == {**_tagging(a="1"), "VersionId": new}
    await call("delete_object_tagging", **K)
    assert (await call("get_object_tagging", **K))["TagSet"] == []


async def test_to_read_an_object_is_not_to_read_its_tags(call, as_stranger):
    await call("put_object", **K, Body=b"1", Tagging="a=1", ACL="public-read")
    with pytest.raises(AccessDenied):
        await as_stranger("get_object_tagging", **K)


async def test_too_many_tags_change_nothing(call):
    await call("put_object", **K, Body=b"1", Tagging="a=1")
    many = _tagging(**{f"k{number}": "v" for number in range(11)})
    with pytest.raises(AwsError):
        await call("put_object_tagging", **K, Tagging=many)
    assert (await call("get_object_tagging", **K))["TagSet"] == _tagging(a="1")["TagSet"]
