"""Aliases: made, moved, deleted and listed."""

import pytest

from ..statements import allow, unique


def test_an_alias_stands_for_a_key_until_it_is_moved(kms, key_id, key, alias, refused):
    other = kms.create_key()["KeyMetadata"]
    before = kms.encrypt(KeyId=alias, Plaintext=b"x")
    kms.update_alias(AliasName=alias, TargetKeyId=other["Arn"])
    assert before["KeyId"] == key["Arn"]
    assert kms.encrypt(KeyId=alias, Plaintext=b"x")["KeyId"] == other["Arn"]
    assert kms.list_aliases(KeyId=key_id)["Aliases"] == []
    (listed,) = kms.list_aliases(KeyId=other["KeyId"])["Aliases"]
    assert (listed["AliasName"], listed["TargetKeyId"]) == (alias, other["KeyId"])
    assert listed["AliasArn"] == other["Arn"].replace(f"key/{other['KeyId']}", alias)
    assert listed["LastUpdatedDate"] >= listed["CreationDate"]
    assert kms.decrypt(CiphertextBlob=before["CiphertextBlob"])["Plaintext"] == b"x"
    refused(
        "IncorrectKeyException",
        kms.decrypt,
        CiphertextBlob=before["CiphertextBlob"],
        KeyId=alias,
    )
    kms.delete_alias(AliasName=alias)
    message = refused("NotFoundException", kms.describe_key, KeyId=alias)
    assert message == f"Alias {listed['AliasArn']} is not found."
    refused("NotFoundException", kms.delete_alias, AliasName=alias)
    refused("NotFoundException", kms.update_alias, AliasName=alias, TargetKeyId=key_id)


def test_an_alias_is_there_once(kms, key_id, alias, refused):
    message = refused(
        "AlreadyExistsException", kms.create_alias, AliasName=alias, TargetKeyId=key_id
    )
    assert message.endswith(f"{alias} already exists")


def test_an_alias_moves_between_keys_of_a_kind(kms, alias, refused):
    mac = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    refused("ValidationException", kms.update_alias, AliasName=alias, TargetKeyId=mac)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("raw", "InvalidAliasNameException"),
        ("alias/raw data", "ValidationException"),
        ("alias/aws/mine", "NotAuthorizedException"),
        ("alias/aws/s3", "NotAuthorizedException"),
    ],
)
def test_names_that_no_alias_has(kms, key_id, refused, name, code):
    refused(code, kms.create_alias, AliasName=name, TargetKeyId=key_id)


def test_aliases_are_listed_in_pages(kms, key_id):
    made = [f"alias/{unique('page')}" for _ in range(3)]
    for name in made:
        kms.create_alias(AliasName=name, TargetKeyId=key_id)
    pages = kms.get_paginator("list_aliases").paginate(
        KeyId=key_id, PaginationConfig={"PageSize": 2}
    )
    found = [[alias["AliasName"] for alias in page["Aliases"]] for page in pages]
    assert [len(page) for page in found] == [2, 1]
    assert [name for page in found for name in page] == sorted(made)


def test_an_alias_and_its_key_must_both_allow_it(kms, user, key, refused):
    name = f"alias/{unique('both')}"
    arn = key["Arn"].replace(f"key/{key['KeyId']}", name)
    create = {"AliasName": name, "TargetKeyId": key["KeyId"]}
    for resource in (arn, key["Arn"]):
        one = user(allow("kms:CreateAlias", resource=resource))
        refused("AccessDeniedException", one.create_alias, **create)
    both = user(allow("kms:CreateAlias", "kms:DeleteAlias", resource=[arn, key["Arn"]]))
    both.create_alias(**create)
    refused(
        "AccessDeniedException",
        user(allow("kms:DeleteAlias", resource=arn)).delete_alias,
        AliasName=name,
    )
    both.delete_alias(AliasName=name)


def test_policies_may_ask_for_aliases(kms, user, key, key_id, alias, refused):
    by_request = user(
        allow("kms:Encrypt", Condition={"StringLike": {"kms:RequestAlias": "alias/lab/*"}})
    )
    by_request.encrypt(KeyId=alias, Plaintext=b"x")
    refused("AccessDeniedException", by_request.encrypt, KeyId=key_id, Plaintext=b"x")
    condition = {"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/lab/*"}}
    by_resource = user(allow("kms:Encrypt", Condition=condition))
    by_resource.encrypt(KeyId=key_id, Plaintext=b"x")
    kms.delete_alias(AliasName=alias)
    refused("AccessDeniedException", by_resource.encrypt, KeyId=key_id, Plaintext=b"x")
