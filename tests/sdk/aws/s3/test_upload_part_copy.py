"""UploadPartCopy."""

import pytest

DATA = bytes(range(256)) * 1000


@pytest.fixture
def target(s3, bucket):
    s3.put_object(Bucket=bucket, Key="from", Body=DATA)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")
    return {
        "Bucket": bucket,
        "Key": "k",
        "UploadId": upload["UploadId"],
        "CopySource": {"Bucket": bucket, "Key": "from"},
    }


def _complete(s3, target, *copied):
    parts = [
        {"PartNumber": number, "ETag": part["CopyPartResult"]["ETag"]}
        for number, part in enumerate(copied, 1)
    ]
    where = {name: target[name] for name in ("Bucket", "Key", "UploadId")}
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})


def test_the_whole(s3, bucket, target, body):
    _complete(s3, target, s3.upload_part_copy(**target, PartNumber=1))
    assert body(s3.get_object(Bucket=bucket, Key="k")) == DATA


def test_a_range(s3, bucket, target, body):
    copied = s3.upload_part_copy(**target, PartNumber=1, CopySourceRange="bytes=100-200")
    _complete(s3, target, copied)
    assert body(s3.get_object(Bucket=bucket, Key="k")) == DATA[100:201]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("bytes=0-", "InvalidArgument"),
        ("0-2", "InvalidArgument"),
        (f"bytes=0-{len(DATA)}", "InvalidRange"),
    ],
)
def test_ranges_that_there_are_not(s3, target, header, code, refused):
    with refused(code):
        s3.upload_part_copy(**target, PartNumber=1, CopySourceRange=header)


def test_on_conditions(s3, target, refused):
    with refused("PreconditionFailed", 412):
        s3.upload_part_copy(**target, PartNumber=1, CopySourceIfMatch='"x"')


def test_what_is_not_there(s3, target, refused):
    with refused("NoSuchKey", 404):
        s3.upload_part_copy(**target | {"CopySource": f"{target['Bucket']}/other"}, PartNumber=1)
