"""Secrets as such: made, described, updated, tagged, deleted and restored."""

import datetime
import re
import uuid

import pytest

TOKEN = "0123456789abcdef0123456789abcdef"


def test_create_secret_gives_an_arn_with_a_random_end(secretsmanager, account, secret, name):
    arn = rf"arn:aws:secretsmanager:us-east-1:{account.account_id}:secret:{name}-[A-Za-z0-9]{{6}}"
    assert re.fullmatch(arn, secret["ARN"])
    assert secret["Name"] == name
    assert uuid.UUID(secret["VersionId"])


def test_a_secret_is_found_by_name_and_by_arn_with_and_without_its_end(
    secretsmanager, secret, name
):
    for given in (name, secret["ARN"], secret["ARN"][:-7]):
        assert secretsmanager.get_secret_value(SecretId=given)["ARN"] == secret["ARN"]


def test_a_name_that_ends_like_an_arn_is_found(secretsmanager):
    name = f"{uuid.uuid4().hex[:8]}-abcdef"
    arn = secretsmanager.create_secret(Name=name, SecretString="x")["ARN"]
    for given in (name, arn, arn[:-7]):
        assert secretsmanager.describe_secret(SecretId=given)["Name"] == name


def test_another_end_is_another_secret(secretsmanager, refused, secret):
    wrong = secret["ARN"][:-6] + "AAAAAA"
    refused("ResourceNotFoundException", secretsmanager.describe_secret, SecretId=wrong)


def test_creating_again(secretsmanager, refused, name):
    made = secretsmanager.create_secret(Name=name, SecretString="x", ClientRequestToken=TOKEN)
    again = secretsmanager.create_secret(Name=name, SecretString="x", ClientRequestToken=TOKEN)
    assert made["ARN"] == again["ARN"]
    create = secretsmanager.create_secret
    refused("ResourceExistsException", create, Name=name, SecretString="x")
    refused(
        "ResourceExistsException", create, Name=name, SecretString="y", ClientRequestToken=TOKEN
    )


def test_a_secret_without_a_value(secretsmanager, refused, name):
    made = secretsmanager.create_secret(Name=name, Description="later")
    assert "VersionId" not in made
    described = secretsmanager.describe_secret(SecretId=name)
    assert "VersionIdsToStages" not in described
    message = refused("ResourceNotFoundException", secretsmanager.get_secret_value, SecretId=name)
    assert "staging label: AWSCURRENT" in message


@pytest.mark.parametrize(
    ("code", "parameters"),
    [
        ("ValidationException", {"Name": "with space"}),
        ("ValidationException", {"Name": "ä"}),
        ("InvalidParameterException", {"SecretString": "a", "SecretBinary": b"b"}),
        ("InvalidParameterException", {"Tags": [{"Key": "a"}, {"Key": "a"}]}),
        ("InvalidParameterException", {"Tags": [{"Key": "aws:a", "Value": "b"}]}),
        ("InvalidParameterException", {"Type": "Something"}),
        ("EncryptionFailure", {"KmsKeyId": "alias/mine"}),
        ("InvalidRequestException", {"AddReplicaRegions": [{"Region": "eu-west-1"}]}),
    ],
)
def test_create_secret_refuses(secretsmanager, refused, name, code, parameters):
    refused(code, secretsmanager.create_secret, **{"Name": name} | parameters)


def test_too_large_values_are_refused(secretsmanager, refused, name):
    message = refused(
        "ValidationException", secretsmanager.create_secret, Name=name, SecretString="x" * 65537
    )
    assert "xxx" not in message, "a secret is not repeated in the refusal of it"
    secretsmanager.create_secret(Name=name, SecretString="x" * 65536)


def test_describe_secret_tells_all_but_the_value(secretsmanager, name):
    tags = [{"Key": "team", "Value": "ice"}]
    made = secretsmanager.create_secret(
        Name=name,
        Description="of the database",
        SecretString="treasure",
        Tags=tags,
        KmsKeyId="alias/aws/secretsmanager",
    )
    found = secretsmanager.describe_secret(SecretId=name)
    assert found["ARN"] == made["ARN"]
    assert found["Description"] == "of the database"
    assert found["Tags"] == tags
    assert found["KmsKeyId"] == "alias/aws/secretsmanager"
    assert found["VersionIdsToStages"] == {made["VersionId"]: ["AWSCURRENT"]}
    assert found["LastChangedDate"] - found["CreatedDate"] < datetime.timedelta(seconds=1)
    assert "LastAccessedDate" not in found
    assert "treasure" not in str(found)
    secretsmanager.get_secret_value(SecretId=name)
    accessed = secretsmanager.describe_secret(SecretId=name)["LastAccessedDate"]
    assert accessed.astimezone(datetime.UTC).hour == 0


def test_update_secret_changes_settings_and_value(secretsmanager, secret, name, value):
    changed = secretsmanager.update_secret(SecretId=name, Description="new")
    assert "VersionId" not in changed
    assert secretsmanager.describe_secret(SecretId=name)["Description"] == "new"
    changed = secretsmanager.update_secret(SecretId=name, SecretString="second")
    assert value() == "second"
    assert value(VersionStage="AWSPREVIOUS") == "first"
    assert value(VersionId=changed["VersionId"]) == "second"


def test_delete_secret_leaves_a_way_back(secretsmanager, refused, secret, name, value):
    deleted = secretsmanager.delete_secret(SecretId=name)
    window = deleted["DeletionDate"] - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(days=29) < window <= datetime.timedelta(days=30)
    described = secretsmanager.describe_secret(SecretId=name)
    assert described["DeletedDate"] < deleted["DeletionDate"]
    refused("InvalidRequestException", secretsmanager.get_secret_value, SecretId=name)
    refused("InvalidRequestException", secretsmanager.create_secret, Name=name)
    message = refused("InvalidRequestException", secretsmanager.delete_secret, SecretId=name)
    assert "currently marked deleted" in message
    secretsmanager.restore_secret(SecretId=name)
    assert value() == "first"
    assert "DeletedDate" not in secretsmanager.describe_secret(SecretId=name)


def test_delete_secret_at_once(secretsmanager, refused, secret, name):
    force = {"ForceDeleteWithoutRecovery": True}
    secretsmanager.delete_secret(SecretId=name, **force)
    refused("ResourceNotFoundException", secretsmanager.describe_secret, SecretId=name)
    assert secretsmanager.delete_secret(SecretId=name, **force)["Name"] == name
    refused("ResourceNotFoundException", secretsmanager.delete_secret, SecretId=name)
    refused("ResourceNotFoundException", secretsmanager.restore_secret, SecretId=name)
    assert secretsmanager.create_secret(Name=name)["ARN"] != secret["ARN"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"RecoveryWindowInDays": 6},
        {"RecoveryWindowInDays": 31},
        {"RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": True},
    ],
)
def test_delete_secret_refuses(secretsmanager, refused, secret, name, parameters):
    delete = secretsmanager.delete_secret
    refused("InvalidParameterException", delete, SecretId=name, **parameters)


def test_tags_are_added_and_taken_away(secretsmanager, refused, secret, name):
    def tags():
        found = secretsmanager.describe_secret(SecretId=name)["Tags"]
        return {tag["Key"]: tag["Value"] for tag in found}

    given = [{"Key": "team", "Value": "ice"}, {"Key": "cost", "Value": "7"}]
    secretsmanager.tag_resource(SecretId=name, Tags=given)
    secretsmanager.tag_resource(SecretId=name, Tags=[{"Key": "team", "Value": "sea"}])
    assert tags() == {"team": "sea", "cost": "7"}
    secretsmanager.untag_resource(SecretId=name, TagKeys=["cost", "nothing"])
    assert tags() == {"team": "sea"}
    many = [{"Key": f"k{number}", "Value": ""} for number in range(50)]
    refused("InvalidParameterException", secretsmanager.tag_resource, SecretId=name, Tags=many)


def test_regions_are_apart(aws, account, refused, secret, name):
    elsewhere = aws("secretsmanager", account, region_name="eu-west-1")
    for given in (name, secret["ARN"]):
        refused("ResourceNotFoundException", elsewhere.describe_secret, SecretId=given)


def test_replication_is_not_written(secretsmanager, refused, secret, name):
    refused(
        "NotImplemented",
        secretsmanager.replicate_secret_to_regions,
        SecretId=name,
        AddReplicaRegions=[{"Region": "eu-west-1"}],
    )
