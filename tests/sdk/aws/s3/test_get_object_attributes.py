"""GetObjectAttributes."""

ALL = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]


def test_of_a_simple_object(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"foo")
    found = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=ALL)
    assert found["ETag"] == put["ETag"].strip('"')
    assert found["Checksum"] == {
        "ChecksumCRC32": put["ChecksumCRC32"],
        "ChecksumType": "FULL_OBJECT",
    }
    assert found["StorageClass"] == "STANDARD"
    assert found["ObjectSize"] == 3
    assert "ObjectParts" not in found


def test_only_what_is_asked_for(s3, versioned):
    version = s3.put_object(Bucket=versioned, Key="k", Body=b"foo")["VersionId"]
    found = s3.get_object_attributes(
        Bucket=versioned, Key="k", VersionId=version, ObjectAttributes=["ObjectSize"]
    )
    assert found["VersionId"] == version
    assert set(found) == {"ResponseMetadata", "LastModified", "VersionId", "ObjectSize"}


def test_which_is_not_there(s3, bucket, refused):
    with refused("NoSuchKey", 404):
        s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=ALL)


def test_what_there_is_not(s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="k")
    with refused("InvalidArgument"):
        s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["Colour"])
