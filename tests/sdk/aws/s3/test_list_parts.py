"""ListParts."""


def test_in_pages(s3, bucket, cloud):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", StorageClass="STANDARD_IA")
    target = {"Bucket": bucket, "Key": "k", "UploadId": upload["UploadId"]}
    etags = {
        number: s3.upload_part(**target, PartNumber=number, Body=b"%d" % number)["ETag"]
        for number in (1, 3, 20)
    }
    pages = list(
        s3.get_paginator("list_parts").paginate(**target, PaginationConfig={"PageSize": 2})
    )
    found = {part["PartNumber"]: part["ETag"] for page in pages for part in page["Parts"]}
    assert found == etags
    assert len(pages) == 2
    assert pages[0]["StorageClass"] == "STANDARD_IA"
    assert pages[0]["Owner"]["ID"] == pages[0]["Initiator"]["ID"] == cloud.credentials.canonical_id


def test_of_no_upload(s3, bucket, refused):
    with refused("NoSuchUpload", 404):
        s3.list_parts(Bucket=bucket, Key="k", UploadId="none")
