"""DeleteBucket."""


def test_an_empty_one(s3, bucket, refused):
    s3.create_multipart_upload(Bucket=bucket, Key="begun")
    assert s3.delete_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("NoSuchBucket", 404):
        s3.delete_bucket(Bucket=bucket)


def test_one_that_holds_something(s3, versioned, refused):
    s3.put_object(Bucket=versioned, Key="k")
    s3.delete_object(Bucket=versioned, Key="k")
    with refused("BucketNotEmpty", 409):
        s3.delete_bucket(Bucket=versioned)


def test_one_of_somebody_else(s3, stranger, bucket, refused):
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read-write")
    with refused("AccessDenied", 403):
        stranger.delete_bucket(Bucket=bucket)
    s3.head_bucket(Bucket=bucket)
