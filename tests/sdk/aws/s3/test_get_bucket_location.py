"""GetBucketLocation."""

import uuid


def test_the_first_region_has_no_constraint(s3, bucket):
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None


def test_any_other_has(s3):
    name = f"north-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "EU"})
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-west-1"


def test_of_no_bucket(s3, refused):
    with refused("NoSuchBucket", 404):
        s3.get_bucket_location(Bucket="there-is-no-such-bucket")
