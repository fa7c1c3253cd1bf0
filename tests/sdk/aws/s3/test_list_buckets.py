"""ListBuckets."""

import uuid


def _names(page):
    return [bucket["Name"] for bucket in page["Buckets"]]


def test_everybody_has_their_own(s3, stranger, bucket, cloud):
    mine = s3.list_buckets()
    assert bucket in _names(mine)
    assert mine["Owner"]["ID"] == cloud.credentials.canonical_id
    assert bucket not in _names(stranger.list_buckets())


def test_in_pages(s3):
    prefix = f"page-{uuid.uuid4().hex[:8]}-"
    for number in range(3):
        s3.create_bucket(Bucket=f"{prefix}{number}")
    pages = s3.get_paginator("list_buckets").paginate(
        Prefix=prefix, PaginationConfig={"PageSize": 2}
    )
    assert [_names(page) for page in pages] == [[f"{prefix}0", f"{prefix}1"], [f"{prefix}2"]]


def test_of_one_region(s3):
    name = f"west-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-1"})
    [found] = s3.list_buckets(Prefix=name[:12], BucketRegion="us-west-1")["Buckets"]
    assert (found["Name"], found["BucketRegion"]) == (name, "us-west-1")
    assert s3.list_buckets(Prefix=name[:12], BucketRegion="us-east-1")["Buckets"] == []


def test_nobody_has_none(nobody, refused):
    with refused("AccessDenied", 403):
        nobody.list_buckets()
