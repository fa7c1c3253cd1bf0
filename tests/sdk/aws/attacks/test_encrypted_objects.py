"""Whoever may read objects but not use their keys, and keys where none should be."""

import base64
import json
import re

import pytest

from ..statements import allow


@pytest.fixture
def sealed(aws, s3, bucket):
    """An object whose bytes can be guessed, sealed with a key that is not for everybody."""
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    place = {"Bucket": bucket, "Key": "diagnosis"}
    s3.put_object(
        **place,
        Body=b"positive",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=key,
        ChecksumAlgorithm="SHA256",
    )
    return place


def test_checksums_do_not_confirm_what_somebody_guesses(aws, s3, make_user, sealed, refused):
    reader = aws("s3", make_user(allow("s3:*")))
    assert refused(reader.get_object, **sealed)[0] == "AccessDenied"
    assert refused(reader.head_object, **sealed, ChecksumMode="ENABLED")[0] == "403"
    for attribute in ("Checksum", "ObjectParts"):
        asked = {**sealed, "ObjectAttributes": [attribute, "ObjectSize"]}
        assert refused(reader.get_object_attributes, **asked)[0] == "AccessDenied"
    told = reader.head_object(**sealed)
    told |= reader.get_object_attributes(**sealed, ObjectAttributes=["ETag", "ObjectSize"])
    assert not any(name.startswith("Checksum") for name in told)
    assert told["ObjectSize"] == 8
    assert "ChecksumSHA256" in s3.head_object(**sealed, ChecksumMode="ENABLED")


def test_parts_are_listed_for_those_who_may_decrypt_them(
    aws, s3, make_user, bucket, sealed, refused
):
    key = s3.head_object(**sealed)["SSEKMSKeyId"]
    place = {"Bucket": bucket, "Key": "parts"}
    method = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    upload = {**place, "UploadId": s3.create_multipart_upload(**place, **method)["UploadId"]}
    s3.upload_part(**upload, PartNumber=1, Body=b"positive")
    reader = aws("s3", make_user(allow("s3:*")))
    assert refused(reader.list_parts, **upload)[0] == "AccessDenied"
    assert len(s3.list_parts(**upload)["Parts"]) == 1


def test_no_way_to_the_bytes_leaves_the_key_out(aws, make_user, bucket, sealed, refused):
    reader = aws("s3", make_user(allow("s3:*")))
    copy = {"Bucket": bucket, "Key": "copy"}
    upload = {**copy, "UploadId": reader.create_multipart_upload(**copy)["UploadId"]}
    select = {
        "Expression": "SELECT * FROM S3Object",
        "ExpressionType": "SQL",
        "InputSerialization": {"CSV": {}},
        "OutputSerialization": {"CSV": {}},
    }
    for operation, params in (
        (reader.get_object, {**sealed, "Range": "bytes=0-1"}),
        (reader.copy_object, {**copy, "CopySource": sealed}),
        (reader.upload_part_copy, {**upload, "PartNumber": 1, "CopySource": sealed}),
        (reader.select_object_content, {**sealed, **select}),
    ):
        code, message = refused(operation, **params)
        assert (code, "kms:Decrypt" in message) == ("AccessDenied", True)


def test_keys_of_other_regions_are_neither_used_nor_made(aws, s3, cloud, bucket, refused):
    account_id = cloud.credentials.account_id
    elsewhere = f"arn:aws:kms:moon-1:{account_id}:alias/aws/s3"
    put = {"Bucket": bucket, "Key": "key", "ServerSideEncryption": "aws:kms"}
    assert refused(s3.put_object, **put, SSEKMSKeyId=elsewhere)[0] == "KMS.NotFoundException"
    assert aws("kms", region_name="moon-1").list_keys()["Keys"] == []


@pytest.mark.parametrize("context", [{"AWS:S3:ARN": "mine"}, {"patient": "1", "Patient": "2"}])
def test_a_context_that_policies_could_not_tell_apart_is_refused(s3, bucket, context, refused):
    encoded = base64.b64encode(json.dumps(context).encode()).decode()
    put = {"Bucket": bucket, "Key": "key", "ServerSideEncryption": "aws:kms"}
    code, message = refused(s3.put_object, **put, SSEKMSEncryptionContext=encoded)
    assert code == "InvalidRequest"
    assert re.search("twice, in different cases", message)
