"""ListMultipartUploads."""


def test_in_pages(s3, bucket):
    begun = [
        (key, s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"])
        for key in ("a b", "c", "c", "d/1")
    ]
    for size in (1, 2, 3):
        pages = s3.get_paginator("list_multipart_uploads").paginate(
            Bucket=bucket, PaginationConfig={"PageSize": size}
        )
        found = [
            (upload["Key"], upload["UploadId"]) for page in pages for upload in page["Uploads"]
        ]
        assert found == begun


def test_folded(s3, bucket):
    for key in ("a/1", "a/2", "b"):
        s3.create_multipart_upload(Bucket=bucket, Key=key)
    page = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [entry["Prefix"] for entry in page["CommonPrefixes"]] == ["a/"]
    assert [upload["Key"] for upload in page["Uploads"]] == ["b"]


def test_what_is_told(s3, bucket, cloud):
    s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm="SHA256")
    [upload] = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert upload["Owner"]["ID"] == cloud.credentials.canonical_id
    assert (upload["ChecksumAlgorithm"], upload["ChecksumType"]) == ("SHA256", "COMPOSITE")
    assert upload["StorageClass"] == "STANDARD"
