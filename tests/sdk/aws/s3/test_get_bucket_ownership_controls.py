"""GetBucketOwnershipControls."""


def test_there_are_none_at_first(s3, bucket, refused):
    with refused("OwnershipControlsNotFoundError", 404):
        s3.get_bucket_ownership_controls(Bucket=bucket)


def test_of_somebody_elses_bucket(stranger, bucket, refused):
    with refused("AccessDenied", 403):
        stranger.get_bucket_ownership_controls(Bucket=bucket)
