"""DeleteObjectTagging."""


def test_they_are_gone(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Tagging="a=1")
    deleted = s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    assert "TagCount" not in s3.head_object(Bucket=bucket, Key="k")
