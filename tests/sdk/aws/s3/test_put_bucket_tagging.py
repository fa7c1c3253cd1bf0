"""PutBucketTagging."""

import pytest


def _tagging(count=1, key="k", value="v"):
    return {"TagSet": [{"Key": f"{key}{number:02}", "Value": value} for number in range(count)]}


def test_they_replace_each_other(s3, bucket):
    for count in (50, 1):
        s3.put_bucket_tagging(Bucket=bucket, Tagging=_tagging(count))
        assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == _tagging(count)["TagSet"]


@pytest.mark.parametrize(
    "tagging",
    [
        _tagging(51),
        _tagging(key="k" * 127),
        _tagging(value="v" * 257),
        _tagging(key="aws:"),
        {"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]},
    ],
    ids=["51", "key", "value", "aws", "twice"],
)
def test_what_cannot_be(s3, bucket, tagging, refused):
    with refused("InvalidTag"):
        s3.put_bucket_tagging(Bucket=bucket, Tagging=tagging)
    with refused("NoSuchTagSet", 404):
        s3.get_bucket_tagging(Bucket=bucket)


def test_on_somebody_elses_bucket(stranger, bucket, refused):
    with refused("AccessDenied", 403):
        stranger.put_bucket_tagging(Bucket=bucket, Tagging=_tagging())
