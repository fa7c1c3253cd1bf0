"""What CloudTrail has of calls of KMS: who, which key, which context, and nothing secret."""

import json

import pytest


@pytest.fixture
def events(aws, account):
    def read():
        trail = aws("cloudtrail", account)
        pages = trail.get_paginator("lookup_events").paginate()
        found = [event for page in pages for event in page["Events"]]
        return [json.loads(event["CloudTrailEvent"]) for event in found]

    return read


def test_every_use_of_a_key_is_recorded_without_what_is_secret(kms, key, key_id, alias, events):
    context = {"project": "reef"}
    sealed = kms.encrypt(KeyId=alias, Plaintext=b"a secret text", EncryptionContext=context)
    kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=context)
    kms.generate_data_key(KeyId=alias, KeySpec="AES_256")
    found = {event["eventName"]: event for event in reversed(events())}
    for name in ("Encrypt", "Decrypt", "GenerateDataKey"):
        event = found[name]
        assert event["eventSource"] == "kms.amazonaws.com"
        assert (event["readOnly"], event["managementEvent"]) == (True, True)
        assert [each["ARN"] for each in event["resources"]] == [key["Arn"]]
        assert event["responseElements"] is None
    assert found["Decrypt"]["requestParameters"]["encryptionContext"] == context
    assert found["CreateKey"]["responseElements"]["keyMetadata"]["keyId"]
    assert "a secret text" not in json.dumps(events())


def test_refusals_are_recorded_with_the_key(user, key, key_id, events, refused):
    refused("AccessDeniedException", user().encrypt, KeyId=key_id, Plaintext=b"x")
    event = next(event for event in events() if event["eventName"] == "Encrypt")
    assert event["errorCode"] == "AccessDeniedException"
    assert [each["ARN"] for each in event["resources"]] == [key["Arn"]]


def test_the_keys_own_account_sees_what_another_did_with_it(aws, other, govern, key, events):
    govern(
        {
            "Effect": "Allow",
            "Principal": {"AWS": other.account_id},
            "Action": "kms:Encrypt",
            "Resource": "*",
        }
    )
    aws("kms", other).encrypt(KeyId=key["Arn"], Plaintext=b"x")
    event = next(event for event in events() if event["eventName"] == "Encrypt")
    assert event["userIdentity"]["accountId"] == other.account_id
