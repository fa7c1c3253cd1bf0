"""Deleting one and many."""

import pytest
from lxml import etree

from lenticular.apis.aws.s3.documents import NAMESPACE
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.objects.errors import ConditionFailed, ObjectNotFound

S3 = f"{{{NAMESPACE}}}"
K = {"Bucket": "samples", "Key": "k"}
MD5 = {"content-md5": "1B2M2Y8AsgTpgAmY7PhCfg=="}


def _told(document):
    """What a DeleteResult tells: for each entry its kind and its elements."""
    return [
        (entry.tag.removeprefix(S3), {child.tag.removeprefix(S3): child.text for child in entry})
        for entry in etree.fromstring(document)
    ]


async def _delete(call, *objects, quiet=False):
    answer = await call(
        "delete_objects",
        Bucket="samples",
        Delete={"Objects": list(objects), "Quiet": quiet},
        headers=MD5,
    )
    return _told(answer.body)


async def _version(call):
    await call(
        "put_bucket_versioning", Bucket="samples", VersioningConfiguration={"Status": "Enabled"}
    )


async def test_what_is_not_there_is_deleted_too(call):
    deleted = await call("delete_object", **K)
    assert (deleted.status, deleted.headers) == (204, {})


async def test_one_with_versions(call):
    await _version(call)
    put = await call("put_object", **K, Body=b"1")
    marked = await call("delete_object", **K)
    assert marked.headers["x-amz-delete-marker"] == "true"
    gone = await call("delete_object", **K, VersionId=put.headers["x-amz-version-id"])
    assert gone.headers == {"x-amz-version-id": put.headers["x-amz-version-id"]}
    marker = marked.headers["x-amz-version-id"]
    unmarked = await call("delete_object", **K, VersionId=marker)
    assert unmarked.headers == {"x-amz-version-id": marker, "x-amz-delete-marker": "true"}


async def test_one_on_conditions(call):
    put = await call("put_object", **K, Body=b"1")
    for condition in ({"IfMatch": '"other"'}, {"IfMatchSize": 2}):
        with pytest.raises(ConditionFailed):
            await call("delete_object", **K, **condition)
    await call("delete_object", **K, IfMatch=put.headers["etag"], IfMatchSize=1)
    with pytest.raises(ObjectNotFound):
        await call("get_object", **K)


async def test_many_tell_of_each(call):
    await call("put_object", **K, Body=b"1")
    objects = [{"Key": "k"}, {"Key": "a<b"}, {"Key": "x" * 1025}, {"Key": "k", "VersionId": "x"}]
    told = await _delete(call, *objects)
    assert [(kind, entry["Key"]) for kind, entry in told] == [
        ("Deleted", "k"),
        ("Deleted", "a<b"),
        ("Error", "x" * 1025),
        ("Error", "k"),
    ]
    assert told[2][1]["Code"] == "KeyTooLongError"
    assert told[3][1]["Code"] == "InvalidArgument"
    with pytest.raises(ObjectNotFound):
        await call("get_object", **K)


async def test_quietly_only_errors_are_told(call):
    told = await _delete(call, {"Key": "k"}, {"Key": "x" * 1025}, quiet=True)
    assert [kind for kind, _ in told] == ["Error"]


async def test_many_on_conditions(call):
    await call("put_object", **K, Body=b"1")
    [(kind, entry)] = await _delete(call, {"Key": "k", "ETag": '"other"'})
    assert (kind, entry["Code"]) == ("Error", "PreconditionFailed")
    assert (await call("get_object", **K)).body == b"1"


async def test_many_with_versions(call):
    await _version(call)
    version = (await call("put_object", **K, Body=b"1")).headers["x-amz-version-id"]
    [(_, marked)] = await _delete(call, {"Key": "k"})
    marker = marked["DeleteMarkerVersionId"]
    assert marked == {"Key": "k", "DeleteMarker": "true", "DeleteMarkerVersionId": marker}
    told = await _delete(
        call, {"Key": "k", "VersionId": version}, {"Key": "k", "VersionId": marker}
    )
    assert told[0][1] == {"Key": "k", "VersionId": version}
    assert told[1][1] == {
        "Key": "k",
        "VersionId": marker,
        "DeleteMarker": "true",
        "DeleteMarkerVersionId": marker,
    }


async def test_a_stranger_is_refused_key_by_key(call, as_stranger):
    await call("put_object", **K, Body=b"1")
    [(kind, entry)] = await _delete(as_stranger, {"Key": "k"})
    assert (kind, entry["Code"]) == ("Error", "AccessDenied")
    assert (await call("get_object", **K)).body == b"1"


@pytest.mark.parametrize("count", [0, 1001])
async def test_many_are_between_1_and_1000(call, count):
    with pytest.raises(AwsError) as raised:
        await _delete(call, *[{"Key": f"{number}"} for number in range(count)])
    assert raised.value.code == "MalformedXML"


async def test_a_thousand_go_at_once(call):
    told = await _delete(call, *[{"Key": f"{number}"} for number in range(1000)])
    assert len(told) == 1000


async def test_a_digest_is_demanded(call):
    with pytest.raises(AwsError, match="Content-MD5") as raised:
        await call("delete_objects", Bucket="samples", Delete={"Objects": [{"Key": "k"}]})
    assert raised.value.code == "InvalidRequest"
