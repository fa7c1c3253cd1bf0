"""What another account leaves in a bucket is not beyond the reach of the bucket's owner.

Amazon S3 User Guide, "Bucket owner granting cross-account permission to objects it does not
own": whoever owns an object, the bucket's owner can deny access to it.
"""

import json

import httpx
import pytest

from ..statements import document


@pytest.fixture
def planted(aws, other, bucket, s3, cloud):
    """An object that another account wrote, and lets everybody read."""
    policy = document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": other.account_id},
            "Action": ["s3:PutObject", "s3:PutObjectAcl"],
            "Resource": f"arn:aws:s3:::{bucket}/*",
        }
    )
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    aws("s3", other).put_object(Bucket=bucket, Key="planted", Body=b"x", ACL="public-read")
    url = f"{cloud.configuration.url('aws')}/{bucket}/planted"
    assert httpx.get(url).status_code == 200
    return url


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}])
def test_an_object_of_a_stranger_slips_past_the_deny_of_the_bucket(
    s3, bucket, aws, other, planted, principal, refused
):
    deny = {
        "Effect": "Deny",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document(deny)))
    assert httpx.get(planted).status_code == 403
    call = {"Bucket": bucket, "Key": "planted"}
    assert refused(aws("s3", other).get_object, **call)[0] == "AccessDenied"


def test_an_allow_of_the_bucket_does_not_open_what_another_owns(
    s3, bucket, aws, other, make_user, refused
):
    everything = {"Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/*"}
    let_in = {"Effect": "Allow", "Principal": "*", **everything}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document(let_in)))
    aws("s3", other).put_object(Bucket=bucket, Key="private", Body=b"x")
    call = {"Bucket": bucket, "Key": "private"}
    assert refused(aws("s3", make_user()).get_object, **call)[0] == "AccessDenied"
    assert refused(s3.get_object, **call)[0] == "AccessDenied"
