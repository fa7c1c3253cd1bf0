"""GetBucketVersioning: what it tells is tested with PutBucketVersioning."""


def test_of_somebody_elses_bucket(s3, stranger, bucket, refused):
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    with refused("AccessDenied", 403):
        stranger.get_bucket_versioning(Bucket=bucket)
    with refused("NoSuchBucket", 404):
        s3.get_bucket_versioning(Bucket="there-is-no-such-bucket")
