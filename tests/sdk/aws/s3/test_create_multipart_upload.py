"""CreateMultipartUpload."""


def test_the_object_gets_what_was_said_at_first(s3, nobody, bucket, body):
    upload = s3.create_multipart_upload(
        Bucket=bucket,
        Key="k",
        ACL="public-read",
        ContentType="text/csv",
        Metadata={"m": "1"},
        Tagging="t=1",
        StorageClass="STANDARD_IA",
    )
    target = {"Bucket": bucket, "Key": "k", "UploadId": upload["UploadId"]}
    part = s3.upload_part(**target, PartNumber=1, Body=b"foo")
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    s3.complete_multipart_upload(**target, MultipartUpload={"Parts": parts})
    got = nobody.get_object(Bucket=bucket, Key="k")
    assert (body(got), got["ContentType"], got["Metadata"]) == (b"foo", "text/csv", {"m": "1"})
    assert (got["TagCount"], got["StorageClass"]) == (1, "STANDARD_IA")


def test_with_a_checksum(s3, bucket, refused):
    for algorithm, kind in (("SHA256", "COMPOSITE"), ("CRC64NVME", "FULL_OBJECT")):
        upload = s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm=algorithm)
        assert (upload["ChecksumAlgorithm"], upload["ChecksumType"]) == (algorithm, kind)
    with refused("InvalidRequest"):
        s3.create_multipart_upload(
            Bucket=bucket, Key="k", ChecksumAlgorithm="SHA256", ChecksumType="FULL_OBJECT"
        )


def test_nothing_is_there_before_the_end(s3, bucket, refused):
    s3.create_multipart_upload(Bucket=bucket, Key="k")
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="k")


def test_what_cannot_be(s3, stranger, bucket, refused):
    with refused("InvalidStorageClass"):
        s3.create_multipart_upload(Bucket=bucket, Key="k", StorageClass="FLOPPY")
    with refused("NotImplemented", 501):
        s3.create_multipart_upload(Bucket=bucket, Key="k", ServerSideEncryption="aws:kms:dsse")
    with refused("AccessDenied", 403):
        stranger.create_multipart_upload(Bucket=bucket, Key="k")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
