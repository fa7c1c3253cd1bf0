"""DeleteObject."""


def test_for_good(s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="k")
    for _ in range(2):
        deleted = s3.delete_object(Bucket=bucket, Key="k")
        assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204
        assert "VersionId" not in deleted
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="k")


def test_behind_a_marker(s3, versioned, refused, body):
    version = s3.put_object(Bucket=versioned, Key="k", Body=b"1")["VersionId"]
    deleted = s3.delete_object(Bucket=versioned, Key="k")
    assert deleted["DeleteMarker"] is True
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=versioned, Key="k")
    undone = s3.delete_object(Bucket=versioned, Key="k", VersionId=deleted["VersionId"])
    assert (undone["DeleteMarker"], undone["VersionId"]) == (True, deleted["VersionId"])
    got = s3.get_object(Bucket=versioned, Key="k")
    assert (body(got), got["VersionId"]) == (b"1", version)


def test_one_version(s3, versioned, body):
    ids = [
        s3.put_object(Bucket=versioned, Key="k", Body=data)["VersionId"] for data in (b"1", b"2")
    ]
    deleted = s3.delete_object(Bucket=versioned, Key="k", VersionId=ids[1])
    assert deleted["VersionId"] == ids[1]
    assert "DeleteMarker" not in deleted
    assert body(s3.get_object(Bucket=versioned, Key="k")) == b"1"


def test_which_is_somebody_elses(s3, stranger, nobody, bucket, refused):
    s3.put_object(Bucket=bucket, Key="k", ACL="public-read-write")
    for client in (stranger, nobody):
        with refused("AccessDenied", 403):
            client.delete_object(Bucket=bucket, Key="k")
    s3.head_object(Bucket=bucket, Key="k")
