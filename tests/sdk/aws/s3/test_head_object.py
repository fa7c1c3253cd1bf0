"""HeadObject."""


def test_what_is_told(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"foo", Metadata={"a": "b"})
    head = s3.head_object(Bucket=bucket, Key="k")
    assert head["ContentLength"] == 3
    assert head["ETag"] == put["ETag"]
    assert head["Metadata"] == {"a": "b"}
    assert "VersionId" not in head
    assert "ChecksumCRC32" not in head
    told = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert told["ChecksumCRC32"] == put["ChecksumCRC32"]


def test_of_a_range(s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"foo")
    head = s3.head_object(Bucket=bucket, Key="k", Range="bytes=1-1")
    assert (head["ContentLength"], head["ContentRange"]) == (1, "bytes 1-1/3")
    with refused("416", 416):
        s3.head_object(Bucket=bucket, Key="k", Range="bytes=3-")


def test_on_conditions(s3, bucket, refused):
    etag = s3.put_object(Bucket=bucket, Key="k")["ETag"]
    with refused("304", 304):
        s3.head_object(Bucket=bucket, Key="k", IfNoneMatch=etag)
    with refused("412", 412):
        s3.head_object(Bucket=bucket, Key="k", IfMatch='"x"')


def test_which_is_not_there(s3, nobody, bucket, refused):
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="k")
    with refused("403", 403):
        nobody.head_object(Bucket=bucket, Key="k")


def test_the_connection_goes_on_after_a_refusal(s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"foo")
    for _ in range(3):
        with refused("404", 404):
            s3.head_object(Bucket=bucket, Key="other")
        assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == 3
