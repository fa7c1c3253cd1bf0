"""PutObjectTagging."""

import pytest


def _tagging(count=1):
    return {"TagSet": [{"Key": f"k{number:02}", "Value": "v"} for number in range(count)]}


def test_ten_of_them(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k")
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=_tagging(10))
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == _tagging(10)["TagSet"]
    assert s3.head_object(Bucket=bucket, Key="k")["TagCount"] == 10


def test_of_a_version(s3, versioned):
    ids = [s3.put_object(Bucket=versioned, Key="k")["VersionId"] for _ in range(2)]
    put = s3.put_object_tagging(Bucket=versioned, Key="k", VersionId=ids[0], Tagging=_tagging())
    assert put["VersionId"] == ids[0]
    for version_id, count in zip(ids, (1, 0), strict=True):
        told = s3.get_object_tagging(Bucket=versioned, Key="k", VersionId=version_id)
        assert (len(told["TagSet"]), told["VersionId"]) == (count, version_id)


def test_what_cannot_be(s3, stranger, bucket, refused):
    with refused("NoSuchKey", 404):
        s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=_tagging())
    s3.put_object(Bucket=bucket, Key="k")
    with refused("InvalidTag"):
        s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=_tagging(11))
    with refused("AccessDenied", 403):
        stranger.put_object_tagging(Bucket=bucket, Key="k", Tagging=_tagging())
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []


@pytest.mark.parametrize("text", ["é", "a b", "+-=._:/@"])
def test_their_characters(s3, bucket, text):
    s3.put_object(Bucket=bucket, Key="k")
    tags = [{"Key": text, "Value": text}]
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": tags})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags
