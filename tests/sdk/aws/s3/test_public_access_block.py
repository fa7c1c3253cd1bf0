"""PutPublicAccessBlock and its kin: what keeps a bucket from being open to everybody."""

import json

import httpx
import pytest

NONE = {
    "BlockPublicAcls": False,
    "IgnorePublicAcls": False,
    "BlockPublicPolicy": False,
    "RestrictPublicBuckets": False,
}
EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"


def public_policy(bucket, principal="*"):
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def block(s3, bucket):
    def block(*names):
        configuration = NONE | dict.fromkeys(names, True)
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=configuration)
        return configuration

    return block


def test_a_block_comes_back_as_it_was_given(s3, bucket, block, refused):
    with refused("NoSuchPublicAccessBlockConfiguration", 404):
        s3.get_public_access_block(Bucket=bucket)
    given = block("BlockPublicAcls", "RestrictPublicBuckets")
    answer = s3.get_public_access_block(Bucket=bucket)
    assert answer["PublicAccessBlockConfiguration"] == given
    s3.delete_public_access_block(Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    with refused("NoSuchPublicAccessBlockConfiguration", 404):
        s3.get_public_access_block(Bucket=bucket)


def test_a_block_without_any_member_blocks_nothing(s3, bucket):
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={})
    answer = s3.get_public_access_block(Bucket=bucket)
    assert answer["PublicAccessBlockConfiguration"] == NONE


@pytest.mark.parametrize("acl", ["public-read", "public-read-write", "authenticated-read"])
def test_public_lists_are_refused(s3, bucket, block, refused, acl):
    s3.put_object(Bucket=bucket, Key="kept", Body=b"x")
    block("BlockPublicAcls")
    with refused("AccessDenied", 403):
        s3.put_bucket_acl(Bucket=bucket, ACL=acl)
    with refused("AccessDenied", 403):
        s3.put_object(Bucket=bucket, Key="new", Body=b"x", ACL=acl)
    with refused("AccessDenied", 403):
        s3.put_object_acl(Bucket=bucket, Key="kept", ACL=acl)
    with refused("AccessDenied", 403):
        s3.copy_object(Bucket=bucket, Key="new", CopySource=f"{bucket}/kept", ACL=acl)
    with refused("AccessDenied", 403):
        s3.create_multipart_upload(Bucket=bucket, Key="new", ACL=acl)
    with refused("AccessDenied", 403):
        s3.put_object(Bucket=bucket, Key="new", Body=b"x", GrantRead=f'uri="{EVERYBODY}"')
    s3.put_object(Bucket=bucket, Key="new", Body=b"x", ACL="private")


def test_public_lists_that_are_there_are_ignored_and_remembered(s3, bucket, block, cloud):
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    s3.put_object(Bucket=bucket, Key="a", Body=b"x", ACL="public-read")
    listing, thing = f"{cloud.url}/{bucket}", f"{cloud.url}/{bucket}/a"
    assert httpx.get(listing).status_code == httpx.get(thing).status_code == 200
    block("IgnorePublicAcls")
    assert httpx.get(listing).status_code == httpx.get(thing).status_code == 403
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is False
    s3.delete_public_access_block(Bucket=bucket)
    assert httpx.get(listing).status_code == httpx.get(thing).status_code == 200


def test_grants_to_an_account_are_not_public(s3, stranger, bucket, block, other):
    block("BlockPublicAcls", "IgnorePublicAcls")
    s3.put_object(Bucket=bucket, Key="a", Body=b"x", GrantRead=f'id="{other.canonical_id}"')
    assert stranger.get_object(Bucket=bucket, Key="a")["Body"].read() == b"x"


def test_public_policies_are_refused(s3, bucket, block, other, refused):
    block("BlockPublicPolicy")
    with refused("AccessDenied", 403):
        s3.put_bucket_policy(Bucket=bucket, Policy=public_policy(bucket))
    s3.put_bucket_policy(Bucket=bucket, Policy=public_policy(bucket, {"AWS": other.account_id}))


def test_a_bucket_with_a_public_policy_is_kept_to_its_account(
    s3, stranger, bucket, block, cloud, refused
):
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    s3.put_bucket_policy(Bucket=bucket, Policy=public_policy(bucket))
    assert httpx.get(f"{cloud.url}/{bucket}/a").status_code == 200
    block("RestrictPublicBuckets")
    assert httpx.get(f"{cloud.url}/{bucket}/a").status_code == 403
    with refused("AccessDenied", 403):
        stranger.get_object(Bucket=bucket, Key="a")
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"x"
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is False


def test_a_policy_for_named_accounts_is_not_restricted(s3, stranger, bucket, block, other):
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    s3.put_bucket_policy(Bucket=bucket, Policy=public_policy(bucket, {"AWS": other.account_id}))
    block("RestrictPublicBuckets")
    assert stranger.get_object(Bucket=bucket, Key="a")["Body"].read() == b"x"
