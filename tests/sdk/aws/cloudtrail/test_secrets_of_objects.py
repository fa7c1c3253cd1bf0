"""Keys of customers, plaintexts of KMS, post policies: no log of any kind has them."""

import base64
import hashlib
import json
import logging
import os
from contextlib import suppress

import httpx
import pytest
from botocore.exceptions import ClientError

KEY, WRONG = os.urandom(32), os.urandom(32)
PLAINTEXT = b"the position of the wreck"
TOKEN = "a token of a session that nobody has"


def customer(key, prefix=""):
    names = (f"{prefix}SSECustomerAlgorithm", f"{prefix}SSECustomerKey")
    return dict(zip(names, ("AES256", key), strict=True))


def hoisted(key):
    """What of a customer's key a link may have in its query."""
    texts = ("AES256", key, hashlib.md5(key).digest())
    names = ("algorithm", "key", "key-MD5")
    return {
        f"x-amz-server-side-encryption-customer-{name}": (
            text if isinstance(text, str) else base64.b64encode(text).decode()
        )
        for name, text in zip(names, texts, strict=True)
    }


@pytest.fixture
def sealed(client, logs):
    """Where an object is that is sealed with a customer's key."""
    place = {"Bucket": logs, "Key": "sealed"}
    client("s3").put_object(**place, Body=PLAINTEXT, **customer(KEY))
    return place


def use(client, place):
    """Seal and open with every way to tell a key, the right one and a wrong one."""
    s3, kms, copy = client("s3"), client("kms"), place | {"Key": "copy"}
    for key in (KEY, WRONG):
        with suppress(ClientError):
            s3.get_object(**place, **customer(key))
        with suppress(ClientError):
            s3.head_object(**place, **customer(key))
        source = customer(key, "CopySource")
        with suppress(ClientError):
            s3.copy_object(**copy, CopySource=place, **source, **customer(key))
        upload = s3.create_multipart_upload(**copy, **customer(KEY))["UploadId"]
        part = {**copy, "UploadId": upload, "PartNumber": 1}
        with suppress(ClientError):
            s3.upload_part(**part, Body=PLAINTEXT, **customer(key))
        with suppress(ClientError):
            s3.upload_part_copy(**part, CopySource=place, **source, **customer(key))
        s3.abort_multipart_upload(**copy, UploadId=upload)
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key_id, Plaintext=PLAINTEXT)["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob)
    made = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")["Plaintext"]
    pair = kms.generate_data_key_pair(KeyId=key_id, KeyPairSpec="ECC_NIST_P256")
    return [made, pair["PrivateKeyPlaintext"]]


def post(client, place):
    """Post forms, one of them refused; return the policies and signatures in them."""
    secrets = []
    for more in ({}, {"x-amz-security-token": TOKEN}, {"acl": "public-read"}):
        form = client("s3").generate_presigned_post(place["Bucket"], "posted")
        fields = form["fields"] | more
        httpx.post(form["url"], data=fields, files={"file": ("name", PLAINTEXT)})
        secrets += [fields[name] for name in ("policy", "x-amz-signature") if name in fields]
    return [*secrets, TOKEN]


def test_no_log_has_what_opens_objects(cloudtrail, client, trail, deliver, sealed, caplog):
    caplog.set_level(logging.DEBUG)
    for noisy in ("botocore", "urllib3", "httpx", "httpcore", "asyncio"):
        caplog.set_level(logging.WARNING, logger=noisy)
    selector = {"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}
    cloudtrail.put_event_selectors(TrailName=trail["Name"], EventSelectors=[selector])
    cloudtrail.start_logging(Name=trail["Name"])
    secrets = use(client, sealed) + post(client, sealed)
    link = client("s3").generate_presigned_url("get_object", Params=sealed)
    for key in (KEY, WRONG):
        httpx.get(httpx.URL(link).copy_merge_params(hoisted(key)))
    records = deliver(trail)
    told = json.dumps(records) + caplog.text
    names = {record["eventName"] for record in records}
    assert names >= {"GetObject", "CopyObject", "UploadPartCopy", "Decrypt", "GenerateDataKeyPair"}
    assert "PostObject" in names or "PutObject" in names
    for secret in (KEY, WRONG, PLAINTEXT, *secrets):
        if isinstance(secret, str):
            assert secret not in told
            continue
        for text in (base64.b64encode(secret).decode(), secret.hex(), repr(secret)[2:-1]):
            assert text not in told
    assert "AES256" in told
