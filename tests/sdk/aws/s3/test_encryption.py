"""Server-side encryption by boto3: SSE-S3, SSE-KMS and SSE-C, and copies between them."""

import hashlib
import json
from base64 import b64encode

import pytest
from botocore.exceptions import ClientError

from .encrypting import BIG, KEY_A, KEY_B, SMALL, allow, code, customer, document, md5


@pytest.fixture
def modes(kms_key):
    """How objects are written, read and copied, by method."""
    return {
        "clear": ({}, {}, {}),
        "AES256": ({"ServerSideEncryption": "AES256"}, {}, {}),
        "aws:kms": ({"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key}, {}, {}),
        "customer": (customer(KEY_A), customer(KEY_A), customer(KEY_A, "CopySource")),
    }


METHODS = ["clear", "AES256", "aws:kms", "customer"]
SECRET = [method for method in METHODS if method != "clear"]


@pytest.mark.parametrize("method", SECRET)
@pytest.mark.parametrize("data", [b"", SMALL, BIG], ids=["empty", "small", "big"])
def test_what_was_put_is_got_whole_and_by_ranges(s3, bucket, modes, method, data):
    write, read, _ = modes[method]
    put = s3.put_object(Bucket=bucket, Key="a", Body=data, **write)
    got = s3.get_object(Bucket=bucket, Key="a", **read)
    head = s3.head_object(Bucket=bucket, Key="a", **read)
    assert got["Body"].read() == data
    assert got["ETag"] == put["ETag"] == head["ETag"]
    assert head["ContentLength"] == len(data)
    for answer in (put, got, head):
        if method == "customer":
            assert answer["SSECustomerAlgorithm"] == "AES256"
            assert answer["SSECustomerKeyMD5"] == md5(KEY_A)
        else:
            assert answer["ServerSideEncryption"] == method
            assert answer.get("SSEKMSKeyId") == write.get("SSEKMSKeyId")
    plain = hashlib.md5(data).hexdigest()
    assert (put["ETag"].strip('"') == plain) is (method == "AES256")
    if data:
        part = s3.get_object(Bucket=bucket, Key="a", Range="bytes=3-70000", **read)
        assert part["Body"].read() == data[3:70001]


@pytest.mark.parametrize("method", SECRET)
def test_an_upload_in_parts_is_read_by_ranges_and_parts(s3, bucket, modes, method):
    write, read, _ = modes[method]
    upload = s3.create_multipart_upload(Bucket=bucket, Key="a", **write)
    where = {"Bucket": bucket, "Key": "a", "UploadId": upload["UploadId"]}
    parts = []
    for number, data in ((1, BIG), (2, SMALL)):
        part = s3.upload_part(**where, PartNumber=number, Body=data, **read)
        assert part.get("ServerSideEncryption") == upload.get("ServerSideEncryption")
        parts.append({"PartNumber": number, "ETag": part["ETag"]})
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts}, **read)
    whole = BIG + SMALL
    got = s3.get_object(Bucket=bucket, Key="a", **read)
    assert got["Body"].read() == whole
    edge = s3.get_object(Bucket=bucket, Key="a", Range=f"bytes={len(BIG) - 5}-", **read)
    assert edge["Body"].read() == whole[len(BIG) - 5 :]
    second = s3.get_object(Bucket=bucket, Key="a", PartNumber=2, **read)
    assert second["Body"].read() == SMALL


@pytest.mark.parametrize("source", METHODS)
@pytest.mark.parametrize("target", METHODS)
def test_a_copy_from_any_method_to_any(s3, bucket, modes, source, target):
    for key, data in (("small", SMALL), ("big", BIG[: 200 * 1024])):
        write, _, source_key = modes[source]
        s3.put_object(Bucket=bucket, Key=key, Body=data, **write)
        write, read, _ = modes[target]
        copied = s3.copy_object(
            Bucket=bucket, Key="copy", CopySource=f"{bucket}/{key}", **write, **source_key
        )
        got = s3.get_object(Bucket=bucket, Key="copy", **read)
        assert got["Body"].read() == data
        assert got.get("ServerSideEncryption") == write.get("ServerSideEncryption")
        if target in ("clear", "AES256"):
            assert copied["CopyObjectResult"]["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'
        s3.delete_object(Bucket=bucket, Key=key)
        assert s3.get_object(Bucket=bucket, Key="copy", **read)["Body"].read() == data


@pytest.mark.parametrize("target", SECRET)
def test_a_part_is_copied_from_any_method(s3, bucket, modes, target):
    write, read, _ = modes[target]
    upload = s3.create_multipart_upload(Bucket=bucket, Key="joined", **write)
    where = {"Bucket": bucket, "Key": "joined", "UploadId": upload["UploadId"]}
    source_write, _, source_key = modes["customer"]
    s3.put_object(Bucket=bucket, Key="a", Body=BIG, **source_write)
    part = s3.upload_part_copy(
        **where, PartNumber=1, CopySource=f"{bucket}/a", CopySourceRange="bytes=1-99999",
        **source_key, **read,
    )  # fmt: skip
    named = [{"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]}]
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": named}, **read)
    got = s3.get_object(Bucket=bucket, Key="joined", **read)
    assert got["Body"].read() == BIG[1:100000]


def test_an_object_is_copied_onto_itself_to_be_encrypted(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=SMALL)
    itself = {"Bucket": bucket, "Key": "a", "CopySource": f"{bucket}/a"}
    assert code(s3.copy_object, **itself) == (400, "InvalidRequest")
    s3.copy_object(**itself, ServerSideEncryption="AES256")
    got = s3.get_object(Bucket=bucket, Key="a")
    assert (got["ServerSideEncryption"], got["Body"].read()) == ("AES256", SMALL)


# Customers' keys.


def test_a_customers_object_needs_its_key_for_whatever_tells_of_its_bytes(s3, bucket):
    at = {"Bucket": bucket, "Key": "a"}
    s3.put_object(**at, Body=SMALL, **customer(KEY_A))
    attributes = {"ObjectAttributes": ["ETag"]}
    assert code(s3.get_object, **at) == (400, "InvalidRequest")
    assert code(s3.head_object, **at) == (400, "400")
    assert code(s3.get_object_attributes, **at, **attributes) == (400, "InvalidRequest")
    assert code(s3.get_object, **at, **customer(KEY_B)) == (400, "InvalidRequest")
    assert code(s3.head_object, **at, **customer(KEY_B)) == (400, "400")
    copy = {"Bucket": bucket, "Key": "b", "CopySource": f"{bucket}/a"}
    assert code(s3.copy_object, **copy) == (400, "InvalidRequest")
    wrong = customer(KEY_B, "CopySource")
    assert code(s3.copy_object, **copy, **wrong) == (400, "InvalidRequest")
    s3.put_object_tagging(**at, Tagging={"TagSet": []})  # tells nothing of them
    s3.delete_object(**at)


def test_a_key_for_what_is_not_a_customers_is_refused(s3, bucket):
    for write in ({}, {"ServerSideEncryption": "AES256"}):
        s3.put_object(Bucket=bucket, Key="a", Body=SMALL, **write)
        wrong = {"Bucket": bucket, "Key": "a", **customer(KEY_A)}
        assert code(s3.get_object, **wrong) == (400, "InvalidRequest")


@pytest.mark.parametrize(
    ("parameters", "expected", "message"),
    [
        ({"SSECustomerAlgorithm": "AES256"}, "InvalidArgument", "an appropriate secret key"),
        (
            {"SSECustomerAlgorithm": "AES128", "SSECustomerKey": KEY_A},
            "InvalidEncryptionAlgorithmError",
            "AES256",
        ),
        ({"SSECustomerKey": KEY_A}, "InvalidArgument", "a valid encryption algorithm"),
        (customer(b"short"), "InvalidArgument", "was invalid for the specified algorithm"),
        (
            customer(b64encode(KEY_A).decode()) | {"SSECustomerKeyMD5": md5(KEY_B)},
            "InvalidArgument",
            "did not match the hash that was provided",
        ),
        (
            customer(KEY_A) | {"ServerSideEncryption": "AES256"},
            "InvalidArgument",
            "incompatible with the encryption method",
        ),
        ({"SSEKMSKeyId": "alias/x"}, "InvalidArgument", "aws:kms"),
        (
            {"ServerSideEncryption": "AES256", "SSEKMSKeyId": "alias/x"},
            "InvalidArgument",
            "aws:kms",
        ),
        ({"ServerSideEncryption": "aes:kms"}, "InvalidArgument", "not supported"),
        ({"ServerSideEncryption": "aws:kms:dsse"}, "NotImplemented", "not implemented"),
        (
            {"ServerSideEncryption": "aws:kms", "SSEKMSEncryptionContext": "no JSON"},
            "InvalidArgument",
            "string-string map",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(s3, bucket, parameters, expected, message):
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="a", Body=SMALL, **parameters)
    error = caught.value.response["Error"]
    assert error["Code"] == expected
    assert message in error["Message"]
    assert b64encode(KEY_A).decode() not in str(caught.value.response)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_an_upload_keeps_to_the_key_that_it_was_begun_with(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="a", **customer(KEY_A))
    where = {"Bucket": bucket, "Key": "a", "UploadId": upload["UploadId"]}
    part = where | {"PartNumber": 1, "Body": SMALL}
    assert code(s3.upload_part, **part) == (400, "InvalidRequest")
    assert code(s3.upload_part, **part, **customer(KEY_B)) == (400, "InvalidRequest")
    etag = s3.upload_part(**part, **customer(KEY_A))["ETag"]
    end = where | {"MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": etag}]}}
    assert code(s3.complete_multipart_upload, **end) == (400, "InvalidRequest")
    s3.complete_multipart_upload(**end, **customer(KEY_A))
    got = s3.get_object(Bucket=bucket, Key="a", **customer(KEY_A))
    assert got["Body"].read() == SMALL
    assert code(s3.get_object, Bucket=bucket, Key="a", PartNumber=2) == (400, "InvalidPart")
    assert code(s3.get_object, Bucket=bucket, Key="a", PartNumber=1) == (400, "InvalidRequest")


# Keys of KMS.


def test_a_disabled_key_opens_and_seals_nothing(s3, kms, bucket, kms_key):
    write = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key}
    s3.put_object(Bucket=bucket, Key="a", Body=SMALL, **write)
    kms.disable_key(KeyId=kms_key)
    assert code(s3.get_object, Bucket=bucket, Key="a") == (400, "KMS.DisabledException")
    refused = code(s3.put_object, Bucket=bucket, Key="b", Body=SMALL, **write)
    assert refused == (400, "KMS.DisabledException")
    assert s3.head_object(Bucket=bucket, Key="a")["SSEKMSKeyId"] == kms_key
    kms.enable_key(KeyId=kms_key)
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == SMALL
    kms.schedule_key_deletion(KeyId=kms_key)
    assert code(s3.get_object, Bucket=bucket, Key="a") == (400, "KMS.KMSInvalidStateException")


def test_a_key_that_is_not_there(s3, bucket):
    write = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/nobody"}
    refused = code(s3.put_object, Bucket=bucket, Key="b", Body=SMALL, **write)
    assert refused == (400, "KMS.NotFoundException")


def test_without_a_key_the_accounts_own_is_used(s3, kms, bucket):
    put = s3.put_object(Bucket=bucket, Key="a", Body=SMALL, ServerSideEncryption="aws:kms")
    own = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert put["SSEKMSKeyId"] == own["Arn"]
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == SMALL


def test_reader_and_writer_need_the_key_by_way_of_s3(aws, cloud, s3, bucket, kms_key):
    write = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key}
    at = {"Bucket": bucket, "Key": "a"}
    via = {"StringEquals": {"kms:ViaService": f"s3.{cloud.configuration.region}.amazonaws.com"}}
    about = {"StringEquals": {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{bucket}/a"}}
    clients = {
        name: aws("s3", cloud.create_user(f"{name}-{bucket}", policies=[document(*statements)]))
        for name, statements in {
            "neither": [allow("s3:*")],
            "writer": [allow("s3:*"), allow("kms:GenerateDataKey", kms_key, Condition=via)],
            "reader": [allow("s3:*"), allow("kms:Decrypt", kms_key, Condition=via | about)],
            "elsewhere": [
                allow("s3:*"),
                allow(
                    "kms:*",
                    Condition={"StringEquals": {"kms:ViaService": "sqs.us-east-1.amazonaws.com"}},
                ),
            ],
        }.items()
    }
    denied = (403, "AccessDenied")
    for name in ("neither", "reader", "elsewhere"):
        assert code(clients[name].put_object, **at, Body=SMALL, **write) == denied
    clients["writer"].put_object(**at, Body=SMALL, **write)
    for name in ("neither", "writer", "elsewhere"):
        assert code(clients[name].get_object, **at) == denied
    assert clients["reader"].get_object(**at)["Body"].read() == SMALL
    upload = clients["writer"].create_multipart_upload(**at, **write)
    part = at | {"UploadId": upload["UploadId"], "PartNumber": 1, "Body": SMALL}
    assert code(clients["writer"].upload_part, **part) == denied  # S3 must open its key again


def test_the_context_of_the_caller_counts(aws, cloud, s3, bucket, kms_key):
    context = b64encode(json.dumps({"team": "ice"}).encode()).decode()
    s3.put_object(
        Bucket=bucket, Key="a", Body=SMALL, ServerSideEncryption="aws:kms", SSEKMSKeyId=kms_key,
        SSEKMSEncryptionContext=context, BucketKeyEnabled=True,
    )  # fmt: skip
    bucket_arn = f"arn:aws:s3:::{bucket}"
    for team, arn, allowed in (
        ("ice", bucket_arn, True),
        ("fire", bucket_arn, False),
        ("ice", f"{bucket_arn}/a", False),
    ):
        condition = {
            "StringEquals": {
                "kms:EncryptionContext:team": team,
                "kms:EncryptionContext:aws:s3:arn": arn,
            }
        }
        user = cloud.create_user(
            f"reader-{bucket}-{team}-{len(arn)}",
            policies=[document(allow("s3:*"), allow("kms:Decrypt", kms_key, Condition=condition))],
        )
        reader = aws("s3", user)
        if allowed:
            got = reader.get_object(Bucket=bucket, Key="a")
            assert (got["Body"].read(), got["BucketKeyEnabled"]) == (SMALL, True)
        else:
            assert code(reader.get_object, Bucket=bucket, Key="a") == (403, "AccessDenied")
