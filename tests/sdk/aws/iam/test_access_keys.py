"""Access keys: two for each identity, switched off, rotated, and last used."""

from datetime import UTC, datetime, timedelta

import pytest

from lenticular.testing.policies import allow


@pytest.fixture
def signed(aws, cloud):
    """STS as whoever has a key that CreateAccessKey answered."""

    def client(key):
        return aws(
            "sts",
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
        )

    return client


def test_keys_are_rotated(root, signed, arn, refused):
    root.create_user(UserName="ada")
    old = root.create_access_key(UserName="ada")["AccessKey"]
    new = root.create_access_key(UserName="ada")["AccessKey"]
    assert (old["UserName"], old["Status"]) == ("ada", "Active")
    with refused("LimitExceeded", 409, "Cannot exceed quota for AccessKeysPerUser: 2"):
        root.create_access_key(UserName="ada")
    for key in (old, new):
        assert signed(key).get_caller_identity()["Arn"] == arn("user/ada")
    root.update_access_key(UserName="ada", AccessKeyId=old["AccessKeyId"], Status="Inactive")
    with refused("InvalidClientTokenId", 403):
        signed(old).get_caller_identity()
    root.update_access_key(UserName="ada", AccessKeyId=old["AccessKeyId"], Status="Active")
    signed(old).get_caller_identity()
    root.delete_access_key(UserName="ada", AccessKeyId=old["AccessKeyId"])
    with refused("InvalidClientTokenId", 403):
        signed(old).get_caller_identity()
    [left] = root.list_access_keys(UserName="ada")["AccessKeyMetadata"]
    assert left["AccessKeyId"] == new["AccessKeyId"]
    assert "SecretAccessKey" not in left


def test_s3_does_not_know_a_key_that_is_off(root, aws, refused):
    root.create_user(UserName="ada")
    key = root.create_access_key(UserName="ada")["AccessKey"]
    root.update_access_key(UserName="ada", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    s3 = aws(
        "s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    with refused("InvalidAccessKeyId", 403):
        s3.list_buckets()


def test_a_root_identity_has_keys_of_its_own(root, signed, account, arn):
    key = root.create_access_key()["AccessKey"]
    assert "UserName" not in key
    assert signed(key).get_caller_identity()["Arn"] == arn("root")
    listed = {each["AccessKeyId"] for each in root.list_access_keys()["AccessKeyMetadata"]}
    assert listed == {key["AccessKeyId"], account.access_key_id}
    root.delete_access_key(AccessKeyId=key["AccessKeyId"])


def test_a_user_manages_its_own_keys_if_it_may(as_user, arn, refused):
    ada = as_user("ada", allow("iam:*AccessKey*", resource=arn("user/${aws:username}")))
    key = ada.create_access_key()["AccessKey"]
    assert key["UserName"] == "ada"
    ada.delete_access_key(AccessKeyId=key["AccessKeyId"])
    as_user("bob")
    with refused("AccessDenied", 403):
        ada.create_access_key(UserName="bob")


def test_a_key_is_deleted_for_its_owner_only(root, refused):
    for name in ("ada", "bob"):
        root.create_user(UserName=name)
    key_id = root.create_access_key(UserName="ada")["AccessKey"]["AccessKeyId"]
    for change in (
        lambda: root.delete_access_key(UserName="bob", AccessKeyId=key_id),
        lambda: root.delete_access_key(AccessKeyId=key_id),
        lambda: root.update_access_key(UserName="bob", AccessKeyId=key_id, Status="Inactive"),
    ):
        with refused("NoSuchEntity", 404, f"The Access Key with id {key_id} cannot be found."):
            change()


def test_the_last_use_is_told(root, signed):
    root.create_user(UserName="ada")
    key = root.create_access_key(UserName="ada")["AccessKey"]
    told = root.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    assert told["UserName"] == "ada"
    assert told["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    signed(key).get_caller_identity()
    used = root.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
    assert (used["ServiceName"], used["Region"]) == ("sts", "us-east-1")
    assert datetime.now(UTC) - used["LastUsedDate"] < timedelta(minutes=1)


def test_a_refused_signature_is_no_use(root, aws, refused):
    root.create_user(UserName="ada")
    key_id = root.create_access_key(UserName="ada")["AccessKey"]["AccessKeyId"]
    wrong = aws("sts", aws_access_key_id=key_id, aws_secret_access_key="wrong")
    with refused("SignatureDoesNotMatch", 403):
        wrong.get_caller_identity()
    used = root.get_access_key_last_used(AccessKeyId=key_id)["AccessKeyLastUsed"]
    assert "LastUsedDate" not in used


def test_the_last_use_of_another_accounts_key_is_not_told(root, other, refused):
    with refused("NoSuchEntity", 404):
        root.get_access_key_last_used(AccessKeyId=other.access_key_id)
