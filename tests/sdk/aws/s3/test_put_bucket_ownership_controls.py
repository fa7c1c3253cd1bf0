"""PutBucketOwnershipControls, GetBucketOwnershipControls and DeleteBucketOwnershipControls."""

ENFORCED = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_lists_do_not_count_while_it_is_enforced(s3, bucket, refused):
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=ENFORCED)
    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"] == ENFORCED
    with refused("AccessControlListNotSupported"):
        s3.put_object(Bucket=bucket, Key="k", ACL="public-read")
    s3.put_object(Bucket=bucket, Key="k")
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", ACL="public-read")


def test_not_where_a_list_grants(s3, bucket, refused):
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    with refused("InvalidBucketAclWithObjectOwnership"):
        s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=ENFORCED)
