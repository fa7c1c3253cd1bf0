"""Grants: made, listed, used, retired and revoked."""

import json

import pytest
from botocore.exceptions import ClientError

from ..statements import allow, document, trusting


@pytest.fixture
def person(aws, account, make_user):
    """A user without any policy: its ARN and KMS as it."""
    credentials = make_user(account=account.account_id)
    return credentials.arn, aws("kms", credentials)


def test_a_grant_is_told_and_counts_at_once(kms, key_id, key, person, account, refused):
    arn, theirs = person
    sealed = kms.encrypt(KeyId=key_id, Plaintext=b"x", EncryptionContext={"a": "1"})
    decrypt = {"CiphertextBlob": sealed["CiphertextBlob"], "EncryptionContext": {"a": "1"}}
    refused("AccessDeniedException", theirs.decrypt, **decrypt)
    made = kms.create_grant(
        KeyId=key_id,
        GranteePrincipal=arn,
        Operations=["Decrypt", "DescribeKey"],
        Constraints={"EncryptionContextSubset": {"a": "1"}},
        Name="job",
    )
    assert theirs.decrypt(**decrypt, GrantTokens=[made["GrantToken"]])["Plaintext"] == b"x"
    assert theirs.decrypt(**decrypt)["Plaintext"] == b"x"
    assert theirs.describe_key(KeyId=key["Arn"])["KeyMetadata"]["KeyId"] == key_id
    refused("AccessDeniedException", theirs.encrypt, KeyId=key_id, Plaintext=b"x")
    other = kms.encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]
    refused("AccessDeniedException", theirs.decrypt, CiphertextBlob=other)
    (listed,) = kms.list_grants(KeyId=key_id)["Grants"]
    assert listed.pop("CreationDate")
    assert listed == {
        "KeyId": key["Arn"],
        "GrantId": made["GrantId"],
        "Name": "job",
        "GranteePrincipal": arn,
        "IssuingAccount": f"arn:aws:iam::{account.account_id}:root",
        "Operations": ["Decrypt", "DescribeKey"],
        "Constraints": {"EncryptionContextSubset": {"a": "1"}},
    }
    kms.revoke_grant(KeyId=key_id, GrantId=made["GrantId"])
    refused("AccessDeniedException", theirs.decrypt, **decrypt)
    refused("NotFoundException", kms.revoke_grant, KeyId=key_id, GrantId=made["GrantId"])


def test_grants_are_found_by_id_and_grantee(kms, key_id, person, account):
    arn, _ = person
    root = f"arn:aws:iam::{account.account_id}:root"
    made = [
        kms.create_grant(KeyId=key_id, GranteePrincipal=who, Operations=["Encrypt"])["GrantId"]
        for who in (arn, arn, root)
    ]
    pages = kms.get_paginator("list_grants").paginate(
        KeyId=key_id, PaginationConfig={"PageSize": 2}
    )
    assert {grant["GrantId"] for page in pages for grant in page["Grants"]} == set(made)
    of_root = kms.list_grants(KeyId=key_id, GranteePrincipal=root)["Grants"]
    assert [grant["GrantId"] for grant in of_root] == [made[2]]
    by_id = kms.list_grants(KeyId=key_id, GrantId=made[0])["Grants"]
    assert [grant["GranteePrincipal"] for grant in by_id] == [arn]


def test_a_grant_is_retired_by_its_token_or_its_id(kms, key_id, key, person, refused):
    arn, theirs = person
    give = {
        "KeyId": key_id,
        "GranteePrincipal": arn,
        "RetiringPrincipal": arn,
        "Operations": ["Encrypt"],
    }
    one, other = kms.create_grant(**give), kms.create_grant(**give)
    retirable = kms.list_retirable_grants(RetiringPrincipal=arn)["Grants"]
    assert {grant["GrantId"] for grant in retirable} == {one["GrantId"], other["GrantId"]}
    refused(
        "DryRunOperationException", theirs.retire_grant, GrantToken=one["GrantToken"], DryRun=True
    )
    theirs.retire_grant(GrantToken=one["GrantToken"])
    theirs.retire_grant(KeyId=key["Arn"], GrantId=other["GrantId"])
    assert kms.list_retirable_grants(RetiringPrincipal=arn)["Grants"] == []
    refused("ValidationException", theirs.retire_grant, KeyId=key["Arn"])
    refused("InvalidGrantTokenException", theirs.retire_grant, GrantToken="bm90IG9uZQ==")
    refused("AccessDeniedException", theirs.encrypt, KeyId=key_id, Plaintext=b"x")


def test_a_grant_is_made_once_by_one_name(kms, key_id, person):
    give = {"KeyId": key_id, "GranteePrincipal": person[0], "Operations": ["Encrypt"]}
    first, again = (kms.create_grant(**give, Name="n") for _ in range(2))
    assert (first["GrantId"], first["GrantToken"]) == (again["GrantId"], again["GrantToken"])


def test_what_is_no_grant_is_refused(kms, key_id, person, refused):
    arn, _ = person
    give = {"KeyId": key_id, "Operations": ["Decrypt"]}
    refused("InvalidArnException", kms.create_grant, **give, GranteePrincipal=f"{arn}-none")
    refused(
        "ValidationException",
        kms.create_grant,
        KeyId=key_id,
        GranteePrincipal=arn,
        Operations=["Sign"],
    )
    refused(
        "InvalidGrantTokenException",
        kms.encrypt,
        KeyId=key_id,
        Plaintext=b"x",
        GrantTokens=["made-up"],
    )
    refused("DryRunOperationException", kms.create_grant, **give, GranteePrincipal=arn, DryRun=True)
    assert kms.list_grants(KeyId=key_id)["Grants"] == []


def test_policies_may_ask_what_is_granted(kms, key_id, user, person, refused):
    arn, _ = person
    giver = user(
        allow(
            "kms:CreateGrant",
            Condition={
                "ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt"]},
                "StringEquals": {
                    "kms:GranteePrincipal": arn,
                    "kms:GrantConstraintType": "EncryptionContextEquals",
                },
                "Bool": {"kms:GrantIsForAWSResource": "false"},
            },
        )
    )
    constraints = {"EncryptionContextEquals": {"a": "1"}}
    give = {"KeyId": key_id, "GranteePrincipal": arn, "Operations": ["Decrypt"]}
    refused("AccessDeniedException", giver.create_grant, **give)
    refused(
        "AccessDeniedException",
        giver.create_grant,
        Constraints=constraints,
        **give | {"Operations": ["Decrypt", "Encrypt"]},
    )
    giver.create_grant(**give, Constraints=constraints)


def test_a_role_is_given_what_its_sessions_do(
    kms, aws, account, key_id, make_role, make_user, as_session
):
    arn = make_role(trusting({"AWS": account.account_id}), credentials=account)
    kms.create_grant(KeyId=key_id, GranteePrincipal=arn, Operations=["Encrypt"])
    caller = make_user(allow("sts:AssumeRole"), account=account.account_id)
    issued = aws("sts", caller).assume_role(RoleArn=arn, RoleSessionName="job")
    assert as_session("kms", issued).encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]
    limited = aws("sts", caller).assume_role(
        RoleArn=arn, RoleSessionName="job", Policy=json.dumps(document(allow("s3:*")))
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        as_session("kms", limited).encrypt(KeyId=key_id, Plaintext=b"x")
