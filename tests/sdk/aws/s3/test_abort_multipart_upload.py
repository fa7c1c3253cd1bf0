"""AbortMultipartUpload."""


def test_it_is_gone(s3, bucket, refused):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")
    target = {"Bucket": bucket, "Key": "k", "UploadId": upload["UploadId"]}
    s3.upload_part(**target, PartNumber=1, Body=b"x")
    aborted = s3.abort_multipart_upload(**target)
    assert aborted["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("NoSuchUpload", 404):
        s3.list_parts(**target)
    with refused("NoSuchUpload", 404):
        s3.abort_multipart_upload(**target)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
