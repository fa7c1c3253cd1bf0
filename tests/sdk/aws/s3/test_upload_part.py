"""UploadPart."""

import hashlib

import pytest


@pytest.fixture
def target(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")
    return {"Bucket": bucket, "Key": "k", "UploadId": upload["UploadId"]}


def _listed(s3, target):
    return [(part["PartNumber"], part["Size"]) for part in s3.list_parts(**target).get("Parts", [])]


def test_in_any_order(s3, target):
    for number in (7, 1, 10_000):
        part = s3.upload_part(**target, PartNumber=number, Body=b"x" * number)
        assert part["ETag"] == f'"{hashlib.md5(b"x" * number).hexdigest()}"'
    assert _listed(s3, target) == [(1, 1), (7, 7), (10_000, 10_000)]


def test_again(s3, target):
    s3.upload_part(**target, PartNumber=1, Body=b"first")
    s3.upload_part(**target, PartNumber=1, Body=b"second")
    assert _listed(s3, target) == [(1, 6)]


@pytest.mark.parametrize("number", [0, 10_001])
def test_numbers_that_there_are_not(s3, target, number, refused):
    with refused("InvalidArgument"):
        s3.upload_part(**target, PartNumber=number, Body=b"x")


def test_bytes_that_are_not_those_claimed(s3, target, refused):
    with refused("BadDigest"):
        s3.upload_part(**target, PartNumber=1, Body=b"x", ChecksumCRC32="AAAAAA==")
    assert _listed(s3, target) == []


def test_for_no_upload(s3, target, refused):
    with refused("NoSuchUpload", 404):
        s3.upload_part(**target | {"UploadId": "none"}, PartNumber=1, Body=b"x")
    with refused("NoSuchUpload", 404):
        s3.upload_part(**target | {"Key": "other"}, PartNumber=1, Body=b"x")
