"""PutBucketAcl."""

import pytest

ALL = "http://acs.amazonaws.com/groups/global/AllUsers"


def _told(s3, bucket):
    return {
        (grant["Grantee"].get("ID") or grant["Grantee"]["URI"], grant["Permission"])
        for grant in s3.get_bucket_acl(Bucket=bucket)["Grants"]
    }


def test_canned(s3, nobody, bucket, cloud, refused):
    own = (cloud.credentials.canonical_id, "FULL_CONTROL")
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read-write")
    assert _told(s3, bucket) == {own, (ALL, "READ"), (ALL, "WRITE")}
    nobody.put_object(Bucket=bucket, Key="k")
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    assert _told(s3, bucket) == {own}
    with refused("AccessDenied", 403):
        nobody.put_object(Bucket=bucket, Key="k")


def test_by_headers(s3, stranger, bucket, other):
    s3.put_bucket_acl(
        Bucket=bucket, GrantRead=f'id="{other.canonical_id}"', GrantReadACP=f'uri="{ALL}"'
    )
    assert _told(s3, bucket) == {(other.canonical_id, "READ"), (ALL, "READ_ACP")}
    assert stranger.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_by_a_document(s3, stranger, bucket, other, cloud):
    policy = {
        "Owner": {"ID": cloud.credentials.canonical_id},
        "Grants": [
            {
                "Grantee": {"Type": "CanonicalUser", "ID": other.canonical_id},
                "Permission": "WRITE_ACP",
            }
        ],
    }
    s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy=policy)
    assert _told(s3, bucket) == {(other.canonical_id, "WRITE_ACP")}
    stranger.put_bucket_acl(Bucket=bucket, ACL="public-read")
    assert (ALL, "READ") in _told(s3, bucket)


def test_the_owner_is_never_shut_out(s3, bucket, cloud):
    nobody_at_all = {"Owner": {"ID": cloud.credentials.canonical_id}, "Grants": []}
    s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy=nobody_at_all)
    assert _told(s3, bucket) == set()
    s3.put_bucket_acl(Bucket=bucket, ACL="private")


@pytest.mark.parametrize(
    ("grantee", "code"),
    [
        ({"Type": "CanonicalUser", "ID": "0" * 64}, "InvalidArgument"),
        ({"Type": "Group", "URI": "http://example.org/everybody"}, "InvalidArgument"),
        (
            {"Type": "AmazonCustomerByEmail", "EmailAddress": "nobody@example.org"},
            "UnresolvableGrantByEmailAddress",
        ),
    ],
)
def test_grantees_that_there_are_not(s3, bucket, cloud, grantee, code, refused):
    policy = {
        "Owner": {"ID": cloud.credentials.canonical_id},
        "Grants": [{"Grantee": grantee, "Permission": "READ"}],
    }
    before = _told(s3, bucket)
    with refused(code):
        s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy=policy)
    assert _told(s3, bucket) == before


def test_what_cannot_be(s3, bucket, refused):
    with refused("InvalidArgument"):
        s3.put_bucket_acl(Bucket=bucket, ACL="everyone")
    with refused("MissingSecurityHeader"):
        s3.put_bucket_acl(Bucket=bucket)
    with refused("MalformedACLError"):
        s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy={"Grants": []})
