"""GetBucketAcl."""


def test_what_a_bucket_begins_with(s3, bucket, cloud):
    acl = s3.get_bucket_acl(Bucket=bucket)
    owner = {"ID": cloud.credentials.canonical_id, "DisplayName": "lab"}
    assert acl["Owner"] == owner
    assert acl["Grants"] == [
        {"Grantee": {"Type": "CanonicalUser", **owner}, "Permission": "FULL_CONTROL"}
    ]


def test_by_whom_it_is_granted(s3, stranger, bucket, other, refused):
    with refused("AccessDenied", 403):
        stranger.get_bucket_acl(Bucket=bucket)
    s3.put_bucket_acl(Bucket=bucket, GrantReadACP=f'id="{other.canonical_id}"')
    [grant] = stranger.get_bucket_acl(Bucket=bucket)["Grants"]
    assert grant["Permission"] == "READ_ACP"
