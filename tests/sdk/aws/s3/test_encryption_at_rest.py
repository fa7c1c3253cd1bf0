"""What of encrypted objects lies on the disk, and what becomes of it when somebody meddles."""

import os

import boto3
import pytest
from botocore.exceptions import ClientError

from lenticular.testing.cloud import running_cloud

from .encrypting import KEY_A, customer


def test_the_plain_bytes_are_nowhere_on_the_disk_and_come_back_after_a_restart(tmp_path):
    marker = b"the plain text of a measurement"
    objects = {"small": marker, "big": marker * 40_000}
    methods = {
        "AES256": {"ServerSideEncryption": "AES256"},
        "aws:kms": {"ServerSideEncryption": "aws:kms"},
        "customer": customer(KEY_A),
    }
    with running_cloud(tmp_path, default_encryption="AES256") as cloud:
        s3 = boto3.client("s3", **cloud.boto3())
        s3.create_bucket(Bucket="lab")
        for method, write in methods.items():
            for name, data in objects.items():
                s3.put_object(Bucket="lab", Key=f"{method}/{name}", Body=data, **write)
        upload = s3.create_multipart_upload(Bucket="lab", Key="parts")
        where = {"Bucket": "lab", "Key": "parts", "UploadId": upload["UploadId"]}
        etag = s3.upload_part(**where, PartNumber=1, Body=objects["big"])["ETag"]
        parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
        s3.complete_multipart_upload(**where, MultipartUpload=parts)
        s3.copy_object(Bucket="lab", Key="copy", CopySource="lab/aws:kms/big")
        assert s3.put_object(Bucket="lab", Key="x", Body=marker)["ServerSideEncryption"] == "AES256"
        shown = s3.get_bucket_encryption(Bucket="lab")["ServerSideEncryptionConfiguration"]
        assert shown["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
        s3.close()
        cloud.run(cloud.engines.rotation.rotate())
        assert cloud.run(cloud.engines.rotation.maintain()) > 0
        assert len(cloud.run(cloud.engines.rotation.list())) == 1
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 5
    for path in files:
        content = path.read_bytes()
        assert marker not in content, path
        assert KEY_A not in content, path
    with running_cloud(tmp_path) as cloud:
        s3 = boto3.client("s3", **cloud.boto3())
        for method, write in methods.items():
            read = write if method == "customer" else {}
            for name, data in objects.items():
                got = s3.get_object(Bucket="lab", Key=f"{method}/{name}", **read)
                assert got["Body"].read() == data
        for name in ("parts", "copy"):
            assert s3.get_object(Bucket="lab", Key=name)["Body"].read() == objects["big"]
        s3.close()


def test_a_blob_that_was_tampered_with_gives_no_wrong_byte(tmp_path):
    data = os.urandom(1_000_000)
    with running_cloud(tmp_path) as cloud:
        s3 = boto3.client("s3", **cloud.boto3())
        s3.create_bucket(Bucket="lab")
        s3.put_object(Bucket="lab", Key="a", Body=data, ServerSideEncryption="AES256")
        blob = max((tmp_path / "blobs").rglob("*"), key=lambda path: path.stat().st_size)
        content = bytearray(blob.read_bytes())
        content[500_000] ^= 1
        blob.chmod(0o600)
        blob.write_bytes(content)
        before = s3.get_object(Bucket="lab", Key="a", Range="bytes=0-99999")
        assert before["Body"].read() == data[:100_000]
        with pytest.raises(ClientError) as caught:
            s3.get_object(Bucket="lab", Key="a", Range="bytes=490000-510000")
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
        s3.close()
