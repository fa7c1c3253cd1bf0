"""CreateBucket."""

import uuid

import pytest


@pytest.fixture
def name():
    return f"new-{uuid.uuid4().hex}"


def test_with_a_location_constraint(s3, name):
    configuration = {"LocationConstraint": "us-west-2"}
    created = s3.create_bucket(Bucket=name, CreateBucketConfiguration=configuration)
    assert created["Location"] == f"/{name}"
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] == "us-west-2"


def test_in_the_region_that_signs(aws, name):
    there = aws("s3", region_name="eu-central-1")
    there.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    assert there.head_bucket(Bucket=name)["BucketRegion"] == "eu-central-1"


def test_a_region_is_not_another(aws, name, refused):
    there = aws("s3", region_name="eu-central-1")
    with refused("IllegalLocationConstraintException"):
        there.create_bucket(Bucket=name)
    with refused("IllegalLocationConstraintException"):
        there.create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )


def test_a_name_belongs_to_one_account(s3, stranger, name, refused):
    s3.create_bucket(Bucket=name)
    s3.create_bucket(Bucket=name)
    with refused("BucketAlreadyExists", 409):
        stranger.create_bucket(Bucket=name)


def test_outside_of_the_first_region_one_creates_once(aws, name, refused):
    there = aws("s3", region_name="eu-west-1")
    where = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    there.create_bucket(Bucket=name, **where)
    with refused("BucketAlreadyOwnedByYou", 409):
        there.create_bucket(Bucket=name, **where)


@pytest.mark.parametrize("bad", ["Upper", "under_score", "xn--name", "1.2.3.4", "a..b"])
def test_illegal_names(s3, bad, refused):
    with refused("InvalidBucketName"):
        s3.create_bucket(Bucket=bad)


def test_with_a_canned_list(s3, nobody, name):
    s3.create_bucket(Bucket=name, ACL="public-read")
    assert nobody.list_objects_v2(Bucket=name)["KeyCount"] == 0


def test_nobody_creates_none(nobody, name, refused):
    with refused("AccessDenied", 403):
        nobody.create_bucket(Bucket=name)


def test_a_malformed_document(s3, name, refused):
    def garble(params, **_):
        params["body"] = b"<CreateBucketConfiguration><LocationConstraint>"

    s3.meta.events.register("before-call.s3.CreateBucket", garble)
    try:
        with refused("MalformedXML"):
            s3.create_bucket(
                Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
            )
    finally:
        s3.meta.events.unregister("before-call.s3.CreateBucket", garble)
