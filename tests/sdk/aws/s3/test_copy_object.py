"""CopyObject."""


def test_within_a_bucket(s3, bucket, body):
    put = s3.put_object(
        Bucket=bucket, Key="a b+c", Body=b"foo", Metadata={"m": "1"}, ContentType="text/csv"
    )
    copied = s3.copy_object(
        Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "a b+c"}
    )
    assert copied["CopyObjectResult"]["ETag"] == put["ETag"]
    assert copied["CopyObjectResult"]["ChecksumCRC32"] == put["ChecksumCRC32"]
    got = s3.get_object(Bucket=bucket, Key="copy")
    assert (body(got), got["Metadata"], got["ContentType"]) == (b"foo", {"m": "1"}, "text/csv")


def test_a_large_object_outlives_its_source(s3, bucket, body):
    data = bytes(range(256)) * 2000
    s3.put_object(Bucket=bucket, Key="a", Body=data)
    s3.copy_object(Bucket=bucket, Key="b", CopySource=f"{bucket}/a")
    s3.delete_object(Bucket=bucket, Key="a")
    assert body(s3.get_object(Bucket=bucket, Key="b")) == data


def test_with_other_metadata(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Metadata={"m": "1"}, Tagging="t=1")
    s3.copy_object(
        Bucket=bucket,
        Key="a",
        CopySource=f"{bucket}/a",
        MetadataDirective="REPLACE",
        Metadata={"n": "2"},
        TaggingDirective="REPLACE",
        Tagging="u=2",
    )
    assert s3.head_object(Bucket=bucket, Key="a")["Metadata"] == {"n": "2"}
    tags = s3.get_object_tagging(Bucket=bucket, Key="a")["TagSet"]
    assert tags == [{"Key": "u", "Value": "2"}]


def test_onto_itself_without_a_change(s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="a")
    with refused("InvalidRequest"):
        s3.copy_object(Bucket=bucket, Key="a", CopySource=f"{bucket}/a")


def test_an_old_version_becomes_the_current_one(s3, versioned, body):
    old = s3.put_object(Bucket=versioned, Key="a", Body=b"1")["VersionId"]
    s3.put_object(Bucket=versioned, Key="a", Body=b"2")
    copied = s3.copy_object(
        Bucket=versioned,
        Key="a",
        CopySource={"Bucket": versioned, "Key": "a", "VersionId": old},
    )
    assert copied["CopySourceVersionId"] == old
    assert copied["VersionId"] not in (None, old)
    assert body(s3.get_object(Bucket=versioned, Key="a")) == b"1"


def test_on_conditions(s3, bucket, refused):
    etag = s3.put_object(Bucket=bucket, Key="a")["ETag"]
    source = {"Bucket": bucket, "Key": "b", "CopySource": f"{bucket}/a"}
    for fails in ({"CopySourceIfMatch": '"x"'}, {"CopySourceIfNoneMatch": etag}):
        with refused("PreconditionFailed", 412):
            s3.copy_object(**source, **fails)
    s3.copy_object(**source, CopySourceIfMatch=etag)


def test_what_is_not_there(s3, bucket, refused):
    with refused("NoSuchKey", 404):
        s3.copy_object(Bucket=bucket, Key="b", CopySource=f"{bucket}/a")
    with refused("NoSuchBucket", 404):
        s3.copy_object(Bucket=bucket, Key="b", CopySource="there-is-no-such-bucket/a")
    with refused("InvalidArgument"):
        s3.copy_object(Bucket=bucket, Key="b", CopySource="nothing")


def test_what_one_may_not_read(s3, stranger, bucket, refused):
    s3.put_object(Bucket=bucket, Key="a")
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read-write")
    with refused("AccessDenied", 403):
        stranger.copy_object(Bucket=bucket, Key="b", CopySource=f"{bucket}/a")
