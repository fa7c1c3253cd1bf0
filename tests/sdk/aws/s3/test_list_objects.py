"""ListObjects."""

import pytest


@pytest.fixture
def filled(s3, bucket):
    for key in ("a", "b/1", "b/2", "c d", "e"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"foo")
    return bucket


def _keys(page):
    return [entry["Key"] for entry in page.get("Contents", [])]


def test_all(s3, filled, cloud):
    page = s3.list_objects(Bucket=filled)
    assert _keys(page) == ["a", "b/1", "b/2", "c d", "e"]
    assert (page["Name"], page["MaxKeys"], page["IsTruncated"]) == (filled, 1000, False)
    told, head = page["Contents"][0], s3.head_object(Bucket=filled, Key="a")
    assert (told["Size"], told["StorageClass"]) == (3, "STANDARD")
    assert (told["ETag"], told["LastModified"]) == (head["ETag"], head["LastModified"])
    assert told["ChecksumAlgorithm"] == ["CRC32"]
    assert told["Owner"]["ID"] == cloud.credentials.canonical_id


def test_in_pages(s3, filled):
    pages = s3.get_paginator("list_objects").paginate(
        Bucket=filled, Delimiter="/", PaginationConfig={"PageSize": 2}
    )
    seen = [
        (_keys(page), [entry["Prefix"] for entry in page.get("CommonPrefixes", [])])
        for page in pages
    ]
    assert seen == [(["a"], ["b/"]), (["c d", "e"], [])]


def test_under_a_prefix(s3, filled):
    assert s3.list_objects(Bucket=filled, Prefix="c d")["Prefix"] == "c d"
    assert _keys(s3.list_objects(Bucket=filled, Prefix="b/")) == ["b/1", "b/2"]
    assert _keys(s3.list_objects(Bucket=filled, Prefix="b/", Marker="b/1")) == ["b/2"]
    assert _keys(s3.list_objects(Bucket=filled, Prefix="z")) == []


def test_what_cannot_be_asked_for(s3, bucket, refused):
    for bad in ({"MaxKeys": -1}, {"EncodingType": "hex"}):
        with refused("InvalidArgument"):
            s3.list_objects(Bucket=bucket, **bad)


def test_by_whom_it_is_not_granted(s3, stranger, nobody, bucket, refused):
    for client in (stranger, nobody):
        with refused("AccessDenied", 403):
            client.list_objects(Bucket=bucket)
    with refused("NoSuchBucket", 404):
        s3.list_objects(Bucket="there-is-no-such-bucket")
