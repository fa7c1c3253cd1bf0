"""PutBucketRequestPayment: strangers pay for what they read, and say so."""

import json

import httpx
import pytest


@pytest.fixture
def paid(s3, bucket, other):
    """A bucket that another account may read, which pays for it."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": [other.account_id]},
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    s3.put_object(Bucket=bucket, Key="a", Body=b"x", ACL="public-read")
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    return bucket


def test_who_pays_is_told(s3, bucket, paid):
    assert s3.get_bucket_request_payment(Bucket=paid)["Payer"] == "Requester"
    owner = {"Payer": "BucketOwner"}
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration=owner)
    assert s3.get_bucket_request_payment(Bucket=paid)["Payer"] == "BucketOwner"


def test_nobody_else_pays(s3, bucket, refused):
    with refused("MalformedXML", 400):
        s3.put_bucket_request_payment(
            Bucket=bucket, RequestPaymentConfiguration={"Payer": "Nobody"}
        )
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"


def test_a_stranger_agrees_to_pay_and_is_told_so(stranger, paid, refused):
    with refused("AccessDenied", 403):
        stranger.get_object(Bucket=paid, Key="a")
    answer = stranger.get_object(Bucket=paid, Key="a", RequestPayer="requester")
    assert answer["Body"].read() == b"x"
    assert answer["RequestCharged"] == "requester"
    listed = stranger.list_objects_v2(Bucket=paid, RequestPayer="requester")
    assert [found["Key"] for found in listed["Contents"]] == ["a"]
    assert listed["RequestCharged"] == "requester"


def test_the_owner_pays_for_itself(s3, paid):
    answer = s3.get_object(Bucket=paid, Key="a", RequestPayer="requester")
    assert "RequestCharged" not in answer


def test_nobody_comes_without_paying(paid, cloud):
    url = f"{cloud.url}/{paid}/a"
    assert httpx.get(url).status_code == 403
    assert httpx.get(url, headers={"x-amz-request-payer": "requester"}).status_code == 403
