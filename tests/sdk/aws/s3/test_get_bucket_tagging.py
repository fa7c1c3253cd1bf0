"""GetBucketTagging."""


def test_there_are_none_at_first(s3, bucket, refused):
    with refused("NoSuchTagSet", 404) as answer:
        s3.get_bucket_tagging(Bucket=bucket)
    assert answer["Error"]["BucketName"] == bucket
