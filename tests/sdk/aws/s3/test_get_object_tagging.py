"""GetObjectTagging."""


def test_those_put_with_the_object(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Tagging="b=2&a=1%2B1")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [
        {"Key": "a", "Value": "1+1"},
        {"Key": "b", "Value": "2"},
    ]


def test_of_what_is_not_there(s3, nobody, bucket, refused):
    with refused("NoSuchKey", 404):
        s3.get_object_tagging(Bucket=bucket, Key="k")
    s3.put_object(Bucket=bucket, Key="k", ACL="public-read")
    with refused("AccessDenied", 403):
        nobody.get_object_tagging(Bucket=bucket, Key="k")
