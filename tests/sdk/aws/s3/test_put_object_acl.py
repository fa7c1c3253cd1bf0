"""PutObjectAcl."""


def test_for_everybody_and_back(s3, nobody, bucket, refused, body):
    s3.put_object(Bucket=bucket, Key="k", Body=b"foo")
    s3.put_object_acl(Bucket=bucket, Key="k", ACL="public-read")
    assert body(nobody.get_object(Bucket=bucket, Key="k")) == b"foo"
    s3.put_object_acl(Bucket=bucket, Key="k", ACL="private")
    with refused("AccessDenied", 403):
        nobody.get_object(Bucket=bucket, Key="k")


def test_for_one_version(s3, nobody, versioned, refused, body):
    ids = [s3.put_object(Bucket=versioned, Key="k", Body=b"1")["VersionId"] for _ in range(2)]
    s3.put_object_acl(Bucket=versioned, Key="k", VersionId=ids[0], ACL="public-read")
    assert body(nobody.get_object(Bucket=versioned, Key="k", VersionId=ids[0])) == b"1"
    with refused("AccessDenied", 403):
        nobody.get_object(Bucket=versioned, Key="k", VersionId=ids[1])


def test_it_leaves_the_object_as_it_was(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"foo", Metadata={"m": "1"})
    before = s3.head_object(Bucket=bucket, Key="k")
    s3.put_object_acl(Bucket=bucket, Key="k", ACL="public-read")
    after = s3.head_object(Bucket=bucket, Key="k")
    for member in ("ETag", "LastModified", "Metadata"):
        assert after[member] == before[member]


def test_what_cannot_be(s3, stranger, bucket, refused):
    with refused("NoSuchKey", 404):
        s3.put_object_acl(Bucket=bucket, Key="k", ACL="private")
    s3.put_object(Bucket=bucket, Key="k")
    with refused("InvalidArgument"):
        s3.put_object_acl(Bucket=bucket, Key="k", ACL="everyone")
    with refused("AccessDenied", 403):
        stranger.put_object_acl(Bucket=bucket, Key="k", ACL="public-read")
