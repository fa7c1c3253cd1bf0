"""CompleteMultipartUpload."""

import io

import pytest
from boto3.s3.transfer import TransferConfig

MIB = 1024 * 1024
LARGE = bytes(range(256)) * (5 * MIB // 256)


@pytest.fixture
def target(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")
    return {"Bucket": bucket, "Key": "k", "UploadId": upload["UploadId"]}


def _put(s3, target, *bodies):
    return [
        {
            "PartNumber": number,
            "ETag": s3.upload_part(**target, PartNumber=number, Body=data)["ETag"],
        }
        for number, data in enumerate(bodies, 1)
    ]


def test_parts_become_the_object(s3, bucket, target, body):
    parts = _put(s3, target, LARGE, b"end")
    completed = s3.complete_multipart_upload(**target, MultipartUpload={"Parts": parts})
    assert completed["ETag"].endswith('-2"')
    assert completed["Location"].endswith(f"/{bucket}/k")
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["ETag"] == completed["ETag"]
    assert body(got) == LARGE + b"end"
    part = s3.get_object(Bucket=bucket, Key="k", PartNumber=2)
    assert (body(part), part["PartsCount"]) == (b"end", 2)


def test_only_the_parts_that_are_named(s3, bucket, target, body):
    parts = _put(s3, target, b"1", b"2", b"3")
    s3.complete_multipart_upload(**target, MultipartUpload={"Parts": parts[1:2]})
    assert body(s3.get_object(Bucket=bucket, Key="k")) == b"2"


def test_a_range_across_parts(s3, bucket, target, body):
    parts = _put(s3, target, LARGE, LARGE, b"end")
    s3.complete_multipart_upload(**target, MultipartUpload={"Parts": parts})
    start = len(LARGE) - 10
    got = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={start}-{start + 19}")
    assert body(got) == LARGE[-10:] + LARGE[:10]


def test_out_of_order(s3, target, refused):
    parts = _put(s3, target, LARGE, b"end")
    with refused("InvalidPartOrder"):
        s3.complete_multipart_upload(**target, MultipartUpload={"Parts": parts[::-1]})
    s3.complete_multipart_upload(**target, MultipartUpload={"Parts": parts})


def test_with_a_part_that_is_too_small(s3, target, refused):
    parts = _put(s3, target, b"small", b"end")
    with refused("EntityTooSmall") as answer:
        s3.complete_multipart_upload(**target, MultipartUpload={"Parts": parts})
    assert answer["Error"]["MinSizeAllowed"] == str(5 * MIB)


@pytest.mark.parametrize("change", [{"PartNumber": 2}, {"ETag": '"x"'}])
def test_with_a_part_that_is_not_there(s3, target, change, refused):
    [part] = _put(s3, target, b"1")
    with refused("InvalidPart"):
        s3.complete_multipart_upload(**target, MultipartUpload={"Parts": [part | change]})


def test_of_nothing(s3, target, refused):
    with refused("MalformedXML"):
        s3.complete_multipart_upload(**target, MultipartUpload={"Parts": []})


def test_again(s3, target):
    document = {"Parts": _put(s3, target, b"1")}
    first = s3.complete_multipart_upload(**target, MultipartUpload=document)
    again = s3.complete_multipart_upload(**target, MultipartUpload=document)
    assert first["ETag"] == again["ETag"]


def test_on_conditions(s3, bucket, target, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"before")
    document = {"Parts": _put(s3, target, b"1")}
    with refused("PreconditionFailed", 412):
        s3.complete_multipart_upload(**target, MultipartUpload=document, IfNoneMatch="*")
    s3.complete_multipart_upload(**target, MultipartUpload=document)


def test_as_boto3_does_it_by_itself(s3, bucket):
    data = LARGE * 4
    config = TransferConfig(multipart_threshold=MIB, multipart_chunksize=8 * MIB)
    s3.upload_fileobj(io.BytesIO(data), bucket, "k", Config=config)
    assert s3.head_object(Bucket=bucket, Key="k")["ETag"].endswith('-3"')
    found = io.BytesIO()
    s3.download_fileobj(bucket, "k", found, Config=config)
    assert found.getvalue() == data
