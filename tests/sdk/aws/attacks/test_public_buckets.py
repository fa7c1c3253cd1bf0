"""Whoever wants a bucket open to everybody that is to be kept from it, by a detour."""

import json

import pytest

from ..statements import allow, document
from .raw import fetch

EVERYBODY = {"Principal": "*"}


@pytest.fixture
def block(s3, bucket):
    def block(**members):
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=members)

    return block


@pytest.fixture
def policy(bucket):
    """Makes a policy that lets everybody read, whom a condition fits."""

    def policy(condition=None):
        more = {"Condition": condition} if condition else {}
        reading = allow("s3:GetObject", resource=f"arn:aws:s3:::{bucket}/*", **EVERYBODY, **more)
        return json.dumps(document(reading))

    return policy


@pytest.mark.parametrize(
    "condition",
    [
        {"StringLike": {"aws:PrincipalAccount": "????????????"}},
        {"StringLike": {"aws:PrincipalAccount": "1*"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::????????????:root"}},
        {"StringEquals": {"aws:PrincipalArn": "${aws:PrincipalArn}"}},
        {"StringLike": {"aws:SourceIp": "*"}},
        {"StringEquals": {"aws:SourceIp": "anywhere"}},
        {"IpAddress": {"aws:SourceIp": ["192.0.2.1", "0.0.0.0/1", "128.0.0.0/1"]}},
        {"StringEqualsIfExists": {"aws:PrincipalAccount": "123456789012"}},
        {"ForAllValues:StringEquals": {"aws:PrincipalAccount": "123456789012"}},
        {"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}},
        {"StringEquals": {"aws:UserAgent": "browser"}},
    ],
)
def test_a_condition_that_anybody_meets_does_not_hide_that_a_policy_is_public(
    s3, bucket, block, policy, condition, refused
):
    block(BlockPublicPolicy=True)
    code, _ = refused(s3.put_bucket_policy, Bucket=bucket, Policy=policy(condition))
    assert code == "AccessDenied"


@pytest.mark.parametrize("value", ["123456789012", 123456789012, ["123456789012", 210987654321]])
def test_values_of_any_form_are_fixed(s3, bucket, block, policy, value):
    block(BlockPublicPolicy=True)
    s3.put_bucket_policy(
        Bucket=bucket, Policy=policy({"StringEquals": {"aws:PrincipalAccount": value}})
    )


def test_an_upload_that_was_begun_before_the_block_makes_nothing_public(
    s3, cloud, bucket, block, refused
):
    place = {"Bucket": bucket, "Key": "public"}
    upload = s3.create_multipart_upload(**place, ACL="public-read")["UploadId"]
    part = s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"secret")
    block(BlockPublicAcls=True)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    code, _ = refused(s3.complete_multipart_upload, **place, UploadId=upload, MultipartUpload=parts)
    assert code == "AccessDenied"
    assert fetch("GET", f"{cloud.url}/{bucket}/public").status_code == 403
    block()
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload=parts)
    assert fetch("GET", f"{cloud.url}/{bucket}/public").status_code == 200


def test_a_grant_lets_no_other_account_into_a_bucket_that_is_kept_to_its_own(
    aws, s3, other, bucket, block, policy, refused
):
    theirs = aws("s3", other)
    canonical_id = theirs.list_buckets()["Owner"]["ID"]
    place = {"Bucket": bucket, "Key": "shared"}
    s3.put_object(**place, Body=b"data", GrantRead=f"id={canonical_id}")
    s3.put_bucket_acl(Bucket=bucket, GrantRead=f"id={canonical_id}")
    s3.put_bucket_policy(Bucket=bucket, Policy=policy())
    assert theirs.get_object(**place)["Body"].read() == b"data"
    block(RestrictPublicBuckets=True)
    assert refused(theirs.get_object, **place)[0] == "AccessDenied"
    assert refused(theirs.list_objects_v2, Bucket=bucket)[0] == "AccessDenied"
    assert s3.get_object(**place)["Body"].read() == b"data"
