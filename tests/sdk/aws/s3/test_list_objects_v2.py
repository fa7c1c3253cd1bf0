"""ListObjectsV2."""

import pytest

KEYS = ["a", "b/1", "b/2", "c\td", "e%2F", "é", "🦋"]


@pytest.fixture
def filled(s3, bucket):
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key)
    return bucket


def _keys(page):
    return [entry["Key"] for entry in page.get("Contents", [])]


def test_all(s3, filled):
    page = s3.list_objects_v2(Bucket=filled)
    assert _keys(page) == KEYS
    assert (page["KeyCount"], page["IsTruncated"]) == (len(KEYS), False)
    assert "Owner" not in page["Contents"][0]


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_in_pages(s3, filled, size):
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=filled, Delimiter="/", PaginationConfig={"PageSize": size}
    )
    found, prefixes = [], []
    for page in pages:
        assert page["KeyCount"] <= size
        found += _keys(page)
        prefixes += [entry["Prefix"] for entry in page.get("CommonPrefixes", [])]
    assert found == [key for key in KEYS if "/" not in key]
    assert prefixes == ["b/"]


def test_by_any_delimiter(s3, filled):
    page = s3.list_objects_v2(Bucket=filled, Delimiter="/2")
    assert [entry["Prefix"] for entry in page["CommonPrefixes"]] == ["b/2"]
    assert page["Delimiter"] == "/2"
    assert "Delimiter" not in s3.list_objects_v2(Bucket=filled, Delimiter="")


def test_from_a_key_on(s3, filled):
    page = s3.list_objects_v2(Bucket=filled, StartAfter="b/2")
    assert (_keys(page), page["StartAfter"]) == (KEYS[3:], "b/2")


def test_none_and_too_many(s3, filled):
    page = s3.list_objects_v2(Bucket=filled, MaxKeys=0)
    assert (page["KeyCount"], page["IsTruncated"]) == (0, False)
    assert s3.list_objects_v2(Bucket=filled, MaxKeys=5000)["MaxKeys"] == 1000


def test_with_owners(s3, filled, cloud):
    page = s3.list_objects_v2(Bucket=filled, FetchOwner=True)
    assert {entry["Owner"]["ID"] for entry in page["Contents"]} == {cloud.credentials.canonical_id}


def test_what_cannot_be_asked_for(s3, bucket, refused):
    for bad in ({"MaxKeys": -1}, {"EncodingType": "hex"}, {"ContinuationToken": "none of yours"}):
        with refused("InvalidArgument"):
            s3.list_objects_v2(Bucket=bucket, **bad)


def test_deleted_objects_are_not_listed(s3, versioned):
    s3.put_object(Bucket=versioned, Key="k")
    s3.delete_object(Bucket=versioned, Key="k")
    assert s3.list_objects_v2(Bucket=versioned)["KeyCount"] == 0


def test_by_everybody(s3, nobody, bucket, refused):
    with refused("AccessDenied", 403):
        nobody.list_objects_v2(Bucket=bucket)
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    assert nobody.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
