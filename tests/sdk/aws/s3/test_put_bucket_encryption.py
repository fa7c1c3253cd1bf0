"""PutBucketEncryption and policies: what is sealed though its writer names nothing."""

import json

import pytest

from .encrypting import KEY_A, SMALL, code, customer, document


def rules(method, **more):
    default = {"SSEAlgorithm": method} | (
        {"KMSMasterKeyID": more.pop("key")} if "key" in more else {}
    )
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": default, **more}]}


def test_the_default_of_a_bucket_holds_for_who_names_nothing(s3, bucket, kms_key):
    missing = (404, "ServerSideEncryptionConfigurationNotFoundError")
    assert code(s3.get_bucket_encryption, Bucket=bucket) == missing
    wanted = rules("aws:kms", key=kms_key, BucketKeyEnabled=True)
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=wanted)
    shown = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    assert shown == wanted
    put = s3.put_object(Bucket=bucket, Key="a", Body=SMALL)
    assert (put["SSEKMSKeyId"], put["BucketKeyEnabled"]) == (kms_key, True)
    named = s3.put_object(Bucket=bucket, Key="b", Body=SMALL, ServerSideEncryption="AES256")
    assert named["ServerSideEncryption"] == "AES256"
    upload = s3.create_multipart_upload(Bucket=bucket, Key="c")
    assert upload["SSEKMSKeyId"] == kms_key
    copied = s3.copy_object(Bucket=bucket, Key="d", CopySource=f"{bucket}/b")
    assert copied["SSEKMSKeyId"] == kms_key
    s3.delete_bucket_encryption(Bucket=bucket)
    assert "ServerSideEncryption" not in s3.put_object(Bucket=bucket, Key="a", Body=SMALL)
    assert code(s3.get_bucket_encryption, Bucket=bucket) == missing


def test_a_bucket_may_take_no_keys_of_customers(s3, bucket):
    wanted = rules("AES256", BlockedEncryptionTypes={"EncryptionType": ["SSE-C"]})
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=wanted)
    refused = code(s3.put_object, Bucket=bucket, Key="a", Body=SMALL, **customer(KEY_A))
    assert refused == (403, "AccessDenied")
    s3.put_object(Bucket=bucket, Key="a", Body=SMALL)


@pytest.mark.parametrize(
    "configuration",
    [
        {"Rules": []},
        rules("aws:kms:dsse"),
        rules("AES512"),
        rules("AES256", key="alias/x"),
        rules("AES256", BlockedEncryptionTypes={"EncryptionType": ["everything"]}),
    ],
)
def test_a_default_that_cannot_be_is_refused(s3, bucket, configuration):
    status, _ = code(
        s3.put_bucket_encryption, Bucket=bucket, ServerSideEncryptionConfiguration=configuration
    )
    assert status in (400, 501)


def deny(bucket, condition):
    return json.dumps(
        document(
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:PutObject",
                "Resource": f"arn:aws:s3:::{bucket}/*",
                "Condition": condition,
            }
        )
    )


def test_a_policy_demands_a_method_and_a_key(s3, bucket, kms_key):
    name = "s3:x-amz-server-side-encryption"
    put = {"Bucket": bucket, "Key": "a", "Body": SMALL}
    denied = (403, "AccessDenied")
    s3.put_bucket_policy(Bucket=bucket, Policy=deny(bucket, {"Null": {name: "true"}}))
    assert code(s3.put_object, **put) == denied
    s3.put_object(**put, ServerSideEncryption="AES256")
    other = {"StringNotEquals": {f"{name}-aws-kms-key-id": kms_key}}
    s3.put_bucket_policy(Bucket=bucket, Policy=deny(bucket, other))
    assert code(s3.put_object, **put, ServerSideEncryption="aws:kms") == denied
    s3.put_object(**put, ServerSideEncryption="aws:kms", SSEKMSKeyId=kms_key)
    customers = {"Null": {f"{name}-customer-algorithm": "false"}}
    s3.put_bucket_policy(Bucket=bucket, Policy=deny(bucket, customers))
    assert code(s3.put_object, **put, **customer(KEY_A)) == denied
    # To whom the bucket refuses it, what else is wrong is not said.
    assert code(s3.put_object, **put, SSECustomerAlgorithm="AES192") == denied
