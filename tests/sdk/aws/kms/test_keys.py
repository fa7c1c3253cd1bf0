"""Keys: made, described, listed; enabled, disabled and deleted; and what each state allows."""

import datetime
import uuid

import pytest


def test_a_key_is_described(kms, account, key, key_id, alias):
    arn = f"arn:aws:kms:us-east-1:{account.account_id}:key/{key_id}"
    assert key["Arn"] == arn
    assert uuid.UUID(key_id)
    expected = {
        "AWSAccountId": account.account_id,
        "Description": "for tests",
        "Enabled": True,
        "KeyManager": "CUSTOMER",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyState": "Enabled",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "Origin": "AWS_KMS",
        "MultiRegion": False,
    }
    for name in (key_id, arn, alias, arn.replace(f"key/{key_id}", alias)):
        found = kms.describe_key(KeyId=name)["KeyMetadata"]
        assert found == key
        assert expected.items() <= found.items()


def test_a_description_is_changed(kms, key_id):
    kms.update_key_description(KeyId=key_id, Description="another")
    assert kms.describe_key(KeyId=key_id)["KeyMetadata"]["Description"] == "another"


def test_keys_are_listed_in_pages(kms, aws, other):
    made = {kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(3)}
    pages = kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2})
    found = [key["KeyId"] for page in pages for key in page["Keys"]]
    assert made <= set(found)
    assert len(found) == len(set(found))
    assert not made & {key["KeyId"] for key in aws("kms", other).list_keys()["Keys"]}
    elsewhere = aws("kms", region_name="eu-west-1").list_keys()["Keys"]
    assert not made & {key["KeyId"] for key in elsewhere}


def test_a_marker_of_another_listing_is_refused(kms, refused):
    for marker in ("not one", "é", "/w=="):
        refused("InvalidMarkerException", kms.list_keys, Marker=marker)


def test_a_disabled_key_does_nothing(kms, key_id, key, refused):
    sealed = kms.encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key_id)
    found = kms.describe_key(KeyId=key_id)["KeyMetadata"]
    assert (found["KeyState"], found["Enabled"]) == ("Disabled", False)
    message = refused("DisabledException", kms.encrypt, KeyId=key_id, Plaintext=b"x")
    assert message == f"{key['Arn']} is disabled."
    refused("DisabledException", kms.decrypt, CiphertextBlob=sealed)
    refused("DisabledException", kms.generate_data_key, KeyId=key_id, KeySpec="AES_256")
    refused("DisabledException", kms.enable_key_rotation, KeyId=key_id)
    refused("DisabledException", kms.rotate_key_on_demand, KeyId=key_id)
    kms.enable_key(KeyId=key_id)
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"


def test_a_key_that_is_to_be_deleted_only_waits(kms, key_id, key, alias, refused):
    sealed = kms.encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]
    now = datetime.datetime.now(datetime.UTC)
    scheduled = kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    assert (scheduled["KeyId"], scheduled["KeyState"]) == (key["Arn"], "PendingDeletion")
    days = (scheduled["DeletionDate"] - now) / datetime.timedelta(days=1)
    assert days == pytest.approx(7, abs=0.01)
    found = kms.describe_key(KeyId=key_id)["KeyMetadata"]
    assert found["DeletionDate"] == scheduled["DeletionDate"]
    for call, more in (
        (kms.encrypt, {"KeyId": key_id, "Plaintext": b"x"}),
        (kms.decrypt, {"CiphertextBlob": sealed}),
        (kms.generate_data_key, {"KeyId": key_id, "KeySpec": "AES_256"}),
        (kms.enable_key, {"KeyId": key_id}),
        (kms.disable_key, {"KeyId": key_id}),
        (kms.schedule_key_deletion, {"KeyId": key_id}),
        (kms.update_key_description, {"KeyId": key_id, "Description": ""}),
        (kms.enable_key_rotation, {"KeyId": key_id}),
        (kms.tag_resource, {"KeyId": key_id, "Tags": [{"TagKey": "a", "TagValue": "b"}]}),
        (kms.create_alias, {"TargetKeyId": key_id, "AliasName": f"{alias}-2"}),
        (
            kms.create_grant,
            {"KeyId": key_id, "GranteePrincipal": _root(key), "Operations": ["Decrypt"]},
        ),
    ):
        message = refused("KMSInvalidStateException", call, **more)
        assert message == f"{key['Arn']} is pending deletion."
    assert kms.cancel_key_deletion(KeyId=key_id)["KeyId"] == key["Arn"]
    assert kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] == "Disabled"
    refused("KMSInvalidStateException", kms.cancel_key_deletion, KeyId=key_id)
    kms.enable_key(KeyId=key_id)
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"


def test_a_deletion_takes_7_to_30_days(kms, key_id, refused):
    for days in (6, 31):
        refused(
            "ValidationException",
            kms.schedule_key_deletion,
            KeyId=key_id,
            PendingWindowInDays=days,
        )
    scheduled = kms.schedule_key_deletion(KeyId=key_id)
    assert scheduled["PendingWindowInDays"] == 30


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("01234567-89ab-cdef-0123-456789abcdef", "NotFoundException"),
        ("alias/none", "NotFoundException"),
        ("nothing", "NotFoundException"),
        ("arn:aws:kms:us-east-1", "InvalidArnException"),
        ("arn:aws:kms:us-east-1:{}:key/01234567-89ab-cdef-0123-456789abcdef", "NotFoundException"),
        ("arn:aws:kms:eu-west-1:{}:alias/x", "NotFoundException"),
    ],
)
def test_what_is_not_there_is_not_found(kms, account, refused, name, code):
    name = name.format(account.account_id)
    refused(code, kms.describe_key, KeyId=name)
    refused(code, kms.encrypt, KeyId=name, Plaintext=b"x")
    refused(code, kms.disable_key, KeyId=name)


def test_keys_that_are_not_made_here_are_refused(kms, refused):
    for parameters in (
        {"Origin": "EXTERNAL"},
        {"CustomKeyStoreId": "cks-1"},
        {"MultiRegion": True},
        {"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"},
    ):
        refused("UnsupportedOperationException", kms.create_key, **parameters)
    refused("ValidationException", kms.create_key, KeySpec="HMAC_256")


def test_the_managed_key_is_there_and_stays(kms, account, refused):
    found = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert found["KeyManager"] == "AWS"
    assert kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["KeyId"] == found["KeyId"]
    listed = kms.list_aliases(KeyId=found["KeyId"])["Aliases"]
    assert [alias["AliasName"] for alias in listed] == ["alias/aws/s3"]
    assert kms.get_key_rotation_status(KeyId=found["KeyId"])["KeyRotationEnabled"] is True
    named = {"KeyId": found["KeyId"]}
    for call, more in (
        (kms.disable_key, {}),
        (kms.schedule_key_deletion, {}),
        (kms.put_key_policy, {"Policy": kms.get_key_policy(**named)["Policy"]}),
        (kms.disable_key_rotation, {}),
        (kms.tag_resource, {"Tags": [{"TagKey": "a", "TagValue": "b"}]}),
        (kms.encrypt, {"Plaintext": b"x"}),
        (kms.generate_data_key, {"KeySpec": "AES_256"}),
    ):
        refused("AccessDeniedException", call, **named, **more)
    refused("NotAuthorizedException", kms.delete_alias, AliasName="alias/aws/s3")


def _root(key):
    return f"arn:aws:iam::{key['AWSAccountId']}:root"
