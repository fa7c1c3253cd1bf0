"""HeadBucket."""


def test_one_that_is_there(s3, bucket):
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == "us-east-1"


def test_one_that_is_not(s3, refused):
    with refused("404", 404):
        s3.head_bucket(Bucket="there-is-no-such-bucket")


def test_one_of_somebody_else(stranger, bucket, refused):
    with refused("403", 403):
        stranger.head_bucket(Bucket=bucket)


def test_whoever_it_is_expected_to_belong_to(s3, bucket, other, cloud, refused):
    own = cloud.credentials.account_id
    s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=own)
    with refused("403", 403):
        s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=other.account_id)
