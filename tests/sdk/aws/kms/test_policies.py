"""Key policies: put, told, evaluated with those of users, and across accounts."""

import json

import pytest

from ..statements import allow, document


def letting(principal, *actions, effect="Allow", **more):
    return {
        "Effect": effect,
        "Principal": principal,
        "Action": list(actions),
        "Resource": "*",
        **more,
    }


def test_a_key_has_one_policy_that_lets_its_account_in(kms, account, key_id, refused):
    told = kms.get_key_policy(KeyId=key_id, PolicyName="default")
    assert told["PolicyName"] == "default"
    (statement,) = json.loads(told["Policy"])["Statement"]
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{account.account_id}:root"}
    assert (statement["Effect"], statement["Action"]) == ("Allow", "kms:*")
    assert kms.list_key_policies(KeyId=key_id)["PolicyNames"] == ["default"]
    refused("NotFoundException", kms.get_key_policy, KeyId=key_id, PolicyName="other")


def test_a_policy_is_put_and_told(kms, key_id, account):
    policy = json.dumps(document(letting({"AWS": account.account_id}, "kms:*")))
    kms.put_key_policy(KeyId=key_id, Policy=policy)
    assert kms.get_key_policy(KeyId=key_id)["Policy"] == policy
    made = kms.create_key(Policy=policy)["KeyMetadata"]
    assert kms.get_key_policy(KeyId=made["KeyId"])["Policy"] == policy


def test_what_is_no_policy_is_refused(kms, key_id, account, refused):
    unknown = letting({"AWS": f"arn:aws:iam::{account.account_id}:user/none"}, "kms:*")
    for wrong in ("{", "{}", json.dumps(document(allow("kms:*"))), json.dumps(document(unknown))):
        for call, more in ((kms.put_key_policy, {"KeyId": key_id}), (kms.create_key, {})):
            refused("MalformedPolicyDocumentException", call, Policy=wrong, **more)


def test_nobody_locks_themselves_out_by_mistake(kms, key_id, account, refused):
    policy = json.dumps(document(letting({"AWS": account.account_id}, "kms:DescribeKey")))
    for call, more in ((kms.put_key_policy, {"KeyId": key_id}), (kms.create_key, {})):
        refused("MalformedPolicyDocumentException", call, Policy=policy, **more)
    made = kms.create_key(Policy=policy, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]
    assert kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]["Enabled"] is True
    refused("AccessDeniedException", kms.get_key_policy, KeyId=made["KeyId"])


def test_a_policy_lets_a_user_in_or_keeps_them_out(
    aws, account, make_user, govern, key_id, refused
):
    credentials = make_user(account=account.account_id)
    theirs = aws("kms", credentials)
    refused("AccessDeniedException", theirs.encrypt, KeyId=key_id, Plaintext=b"x")
    govern(letting({"AWS": credentials.arn}, "kms:Encrypt"))
    theirs.encrypt(KeyId=key_id, Plaintext=b"x")
    trusted = make_user(allow("kms:*"), account=account.account_id)
    aws("kms", trusted).encrypt(KeyId=key_id, Plaintext=b"x")
    govern(letting({"AWS": trusted.arn}, "kms:Encrypt", effect="Deny"))
    refused("AccessDeniedException", aws("kms", trusted).encrypt, KeyId=key_id, Plaintext=b"x")
    refused("AccessDeniedException", theirs.encrypt, KeyId=key_id, Plaintext=b"x")


def test_another_account_comes_in_by_the_policy_and_its_own(
    aws, cloud, other, make_user, govern, kms, key, key_id, refused
):
    root = aws("kms", other)
    named = {"KeyId": key["Arn"]}
    denied = refused("AccessDeniedException", root.encrypt, **named, Plaintext=b"x")
    missing = {"KeyId": key["Arn"].replace(key_id[:8], "00000000")}
    told = refused("AccessDeniedException", root.encrypt, **missing, Plaintext=b"x")
    assert told.replace("00000000", key_id[:8]) == denied, "nothing is given away"
    govern(letting({"AWS": other.account_id}, "kms:*"))
    sealed = root.encrypt(**named, Plaintext=b"x")["CiphertextBlob"]
    assert root.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    refused("NotFoundException", root.encrypt, KeyId=key_id, Plaintext=b"x")
    guest = aws("kms", make_user(account=other.account_id))
    refused("AccessDeniedException", guest.encrypt, **named, Plaintext=b"x")
    allowed = make_user(allow("kms:Encrypt", resource=key["Arn"]), account=other.account_id)
    aws("kms", allowed).encrypt(**named, Plaintext=b"x")
    for call, more in (
        (root.disable_key, {}),
        (root.schedule_key_deletion, {}),
        (root.get_key_policy, {}),
        (root.tag_resource, {"Tags": [{"TagKey": "a", "TagValue": "b"}]}),
        (root.rotate_key_on_demand, {}),
    ):
        refused("AccessDeniedException", call, **named, **more)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"kms:EncryptionContext:project": "reef"}}, True),
        ({"StringEquals": {"kms:EncryptionContext:PROJECT": "reef"}}, True),
        ({"StringEquals": {"kms:EncryptionContext:project": "atoll"}}, False),
        ({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["project", "a"]}}, True),
        ({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["a"]}}, False),
        ({"Null": {"kms:EncryptionContextKeys": "true"}}, False),
        ({"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"}}, True),
        ({"StringEquals": {"kms:KeyUsage": "SIGN_VERIFY"}}, False),
        ({"StringEquals": {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}}, True),
        ({"StringEquals": {"kms:CallerAccount": "${aws:PrincipalAccount}"}}, True),
        ({"StringEquals": {"kms:CallerAccount": "000000000000"}}, False),
        ({"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}, False),
        ({"Null": {"kms:ViaService": "true"}}, True),
    ],
)
def test_conditions_count(user, key_id, refused, condition, expected):
    client = user(allow("kms:Encrypt", Condition=condition))
    asked = {"KeyId": key_id, "Plaintext": b"x", "EncryptionContext": {"project": "reef"}}
    if expected:
        client.encrypt(**asked)
    else:
        refused("AccessDeniedException", client.encrypt, **asked)


def test_a_deletion_may_have_to_be_slow(user, key_id, refused):
    slow = {"NumericGreaterThanEquals": {"kms:ScheduleKeyDeletionPendingWindowInDays": "20"}}
    client = user(allow("kms:ScheduleKeyDeletion", Condition=slow))
    refused(
        "AccessDeniedException", client.schedule_key_deletion, KeyId=key_id, PendingWindowInDays=7
    )
    client.schedule_key_deletion(KeyId=key_id)


def test_only_some_keys_may_be_made(user, refused):
    client = user(allow("kms:CreateKey", Condition={"StringEquals": {"kms:KeySpec": "HMAC_256"}}))
    refused("AccessDeniedException", client.create_key)
    client.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
