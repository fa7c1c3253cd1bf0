"""The block of public access that an account puts on all of its buckets."""

import uuid

import httpx
import pytest
from botocore.exceptions import ClientError

ALL = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


@pytest.fixture
def account(cloud):
    """The credentials of an account of the test's own."""
    return cloud.create_account(f"block-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def control(cloud, aws, account):
    """S3 Control as that account, at the address that ``lenticular env`` tells.

    The label that clients put in front of it falls to the user's name.
    """
    return aws("s3control", account, endpoint_url=cloud.url.replace("://", "://account@"))


@pytest.fixture
def buckets(aws, account):
    """S3 as that account."""
    return aws("s3", account)


def code(caught):
    return caught.value.response["Error"]["Code"]


def test_the_block_of_an_account(control, account):
    with pytest.raises(ClientError) as caught:
        control.get_public_access_block(AccountId=account.account_id)
    assert code(caught) == "NoSuchPublicAccessBlockConfiguration"
    control.put_public_access_block(
        AccountId=account.account_id, PublicAccessBlockConfiguration=ALL
    )
    answer = control.get_public_access_block(AccountId=account.account_id)
    assert answer["PublicAccessBlockConfiguration"] == ALL
    control.delete_public_access_block(AccountId=account.account_id)
    with pytest.raises(ClientError):
        control.get_public_access_block(AccountId=account.account_id)


def test_it_holds_for_buckets_that_are_there_and_for_those_to_come(
    control, buckets, account, cloud
):
    before, after = (f"{when}-{uuid.uuid4().hex}" for when in ("before", "after"))
    buckets.create_bucket(Bucket=before)
    buckets.put_object(Bucket=before, Key="a", Body=b"x", ACL="public-read")
    assert httpx.get(f"{cloud.url}/{before}/a").status_code == 200
    control.put_public_access_block(
        AccountId=account.account_id, PublicAccessBlockConfiguration=ALL
    )
    assert httpx.get(f"{cloud.url}/{before}/a").status_code == 403
    buckets.create_bucket(Bucket=after)
    with pytest.raises(ClientError) as caught:
        buckets.put_bucket_acl(Bucket=after, ACL="public-read")
    assert code(caught) == "AccessDenied"
    with pytest.raises(ClientError) as caught:
        buckets.create_bucket(Bucket=f"public-{uuid.uuid4().hex}", ACL="public-read")
    assert code(caught) == "AccessDenied"
    control.delete_public_access_block(AccountId=account.account_id)
    assert httpx.get(f"{cloud.url}/{before}/a").status_code == 200


def test_one_account_cannot_change_the_block_of_another(control, other):
    for call, more in (
        (control.put_public_access_block, {"PublicAccessBlockConfiguration": ALL}),
        (control.get_public_access_block, {}),
        (control.delete_public_access_block, {}),
    ):
        with pytest.raises(ClientError) as caught:
            call(AccountId=other.account_id, **more)
        assert code(caught) == "AccessDenied"


def test_a_bucket_may_be_named_like_the_paths_of_s3_control(buckets):
    buckets.create_bucket(Bucket="v20180820")
    buckets.put_object(Bucket="v20180820", Key="configuration/publicAccessBlock", Body=b"x")
    found = buckets.get_object(Bucket="v20180820", Key="configuration/publicAccessBlock")
    assert found["Body"].read() == b"x"
