"""Values: GetSecretValue, PutSecretValue, BatchGetSecretValue, stages, passwords, rotation."""

import json
import string
import uuid

import boto3
import pytest

TOKEN = "0123456789abcdef0123456789abcdef"


def test_get_secret_value_tells_its_version(secretsmanager, secret, name):
    found = secretsmanager.get_secret_value(SecretId=name)
    assert found["SecretString"] == "first"
    assert "SecretBinary" not in found
    assert (found["ARN"], found["Name"]) == (secret["ARN"], name)
    assert found["VersionId"] == secret["VersionId"]
    assert found["VersionStages"] == ["AWSCURRENT"]
    assert found["CreatedDate"]


def test_bytes_come_back_as_bytes(secretsmanager, name):
    secretsmanager.create_secret(Name=name, SecretBinary=bytes(range(256)))
    found = secretsmanager.get_secret_value(SecretId=name)
    assert found["SecretBinary"] == bytes(range(256))
    assert "SecretString" not in found


def test_put_secret_value_moves_the_stages(secretsmanager, secret, name, value):
    put = secretsmanager.put_secret_value(SecretId=name, SecretString="second")
    assert put["VersionStages"] == ["AWSCURRENT"]
    assert (value(), value(VersionStage="AWSPREVIOUS")) == ("second", "first")
    pending = secretsmanager.put_secret_value(
        SecretId=name, SecretString="third", VersionStages=["AWSPENDING", "blue"]
    )
    assert sorted(pending["VersionStages"]) == ["AWSPENDING", "blue"]
    assert (value(), value(VersionStage="blue")) == ("second", "third")


def test_put_secret_value_again_is_the_same(secretsmanager, refused, secret, name):
    put = {"SecretId": name, "ClientRequestToken": TOKEN}
    for _ in range(2):
        made = secretsmanager.put_secret_value(**put, SecretString="second")
        assert made["VersionId"] == TOKEN
    message = refused(
        "ResourceExistsException", secretsmanager.put_secret_value, **put, SecretString="other"
    )
    assert TOKEN in message
    assert "other" not in message


def test_put_secret_value_needs_a_value(secretsmanager, refused, secret, name):
    refused("InvalidParameterException", secretsmanager.put_secret_value, SecretId=name)


def test_versions_that_are_not_there(secretsmanager, refused, secret, name):
    get = secretsmanager.get_secret_value
    for which in (
        {"VersionStage": "nothing"},
        {"VersionId": TOKEN},
        {"VersionId": secret["VersionId"], "VersionStage": "AWSPREVIOUS"},
    ):
        refused("ResourceNotFoundException", get, SecretId=name, **which)


def test_update_secret_version_stage(secretsmanager, refused, secret, name, value):
    second = secretsmanager.put_secret_value(SecretId=name, SecretString="second")["VersionId"]
    move = secretsmanager.update_secret_version_stage
    current = {"SecretId": name, "VersionStage": "AWSCURRENT"}
    message = refused(
        "InvalidParameterException", move, **current, MoveToVersionId=secret["VersionId"]
    )
    assert second in message
    refused("InvalidParameterException", move, **current)
    refused("InvalidParameterException", move, **current, RemoveFromVersionId=second)
    refused("ResourceNotFoundException", move, **current, MoveToVersionId=TOKEN)
    move(**current, MoveToVersionId=secret["VersionId"], RemoveFromVersionId=second)
    assert (value(), value(VersionStage="AWSPREVIOUS")) == ("first", "second")


def test_list_secret_version_ids(secretsmanager, secret, name):
    for number in range(3):
        secretsmanager.put_secret_value(SecretId=name, SecretString=str(number))
    listed = secretsmanager.list_secret_version_ids(SecretId=name)
    assert listed["ARN"] == secret["ARN"]
    stages = [version["VersionStages"] for version in listed["Versions"]]
    assert sorted(stages) == [["AWSCURRENT"], ["AWSPREVIOUS"]]
    everything = secretsmanager.list_secret_version_ids(SecretId=name, IncludeDeprecated=True)
    assert len(everything["Versions"]) == 4
    page = secretsmanager.list_secret_version_ids(SecretId=name, MaxResults=1)
    rest = secretsmanager.list_secret_version_ids(SecretId=name, NextToken=page["NextToken"])
    assert len(page["Versions"]) == len(rest["Versions"]) == 1
    assert "NextToken" not in rest


def test_batch_get_secret_value(secretsmanager, refused, secret, name):
    found = secretsmanager.batch_get_secret_value(SecretIdList=[name, "lab/nobody"])
    assert [each["SecretString"] for each in found["SecretValues"]] == ["first"]
    [error] = found["Errors"]
    assert (error["SecretId"], error["ErrorCode"]) == ("lab/nobody", "ResourceNotFoundException")
    filters = [{"Key": "name", "Values": [name]}]
    [by_filter] = secretsmanager.batch_get_secret_value(Filters=filters)["SecretValues"]
    assert by_filter["Name"] == name
    batch = secretsmanager.batch_get_secret_value
    refused("InvalidParameterException", batch)
    refused("InvalidParameterException", batch, SecretIdList=[name], Filters=filters)
    refused("InvalidParameterException", batch, SecretIdList=[name], MaxResults=5)


def test_get_random_password(secretsmanager, refused):
    draw = secretsmanager.get_random_password
    assert len(draw()["RandomPassword"]) == 32
    digits = draw(
        PasswordLength=50, ExcludeLowercase=True, ExcludeUppercase=True, ExcludePunctuation=True
    )["RandomPassword"]
    assert set(digits) <= set(string.digits)
    assert not set(draw(ExcludeCharacters="aeiou")["RandomPassword"]) & set("aeiou")
    refused("InvalidParameterException", draw, PasswordLength=3)
    refused("ValidationException", draw, PasswordLength=4097)


def test_rotate_secret_draws_a_password(secretsmanager, name, value):
    document = json.dumps({"username": "ada", "password": "old"})
    secretsmanager.create_secret(Name=name, SecretString=document, Type="RandomPassword")
    rotated = secretsmanager.rotate_secret(
        SecretId=name,
        RotationRules={"AutomaticallyAfterDays": 30},
        ExternalSecretRotationMetadata=[{"Key": "PasswordLength", "Value": "20"}],
    )
    found = json.loads(value())
    assert found["username"] == "ada"
    assert len(found["password"]) == 20
    assert json.loads(value(VersionStage="AWSPREVIOUS"))["password"] == "old"
    described = secretsmanager.describe_secret(SecretId=name)
    assert described["RotationEnabled"] is True
    assert described["RotationRules"] == {"AutomaticallyAfterDays": 30}
    assert described["Type"] == "RandomPassword"
    assert (described["NextRotationDate"] - described["LastRotatedDate"]).days == 30
    assert described["VersionIdsToStages"][rotated["VersionId"]] == ["AWSCURRENT"]
    secretsmanager.cancel_rotate_secret(SecretId=name)
    cancelled = secretsmanager.describe_secret(SecretId=name)
    assert cancelled["RotationEnabled"] is False
    assert "NextRotationDate" not in cancelled


def test_rotate_secret_later(secretsmanager, name, value):
    secretsmanager.create_secret(Name=name, SecretString="old", Type="RandomPassword")
    rotated = secretsmanager.rotate_secret(
        SecretId=name,
        RotateImmediately=False,
        RotationRules={"ScheduleExpression": "rate(10 days)", "Duration": "3h"},
    )
    assert "VersionId" not in rotated
    assert value() == "old"
    rules = secretsmanager.describe_secret(SecretId=name)["RotationRules"]
    assert rules == {"ScheduleExpression": "rate(10 days)", "Duration": "3h"}


def test_rotate_secret_makes_an_access_key_that_works(
    secretsmanager, aws, account, cloud, name, value
):
    iam = aws("iam", account)
    user = f"robot-{uuid.uuid4().hex[:6]}"
    iam.create_user(UserName=user)
    secretsmanager.create_secret(Name=name, Type="AccessKey")
    metadata = [{"Key": "UserName", "Value": user}]
    secretsmanager.rotate_secret(SecretId=name, ExternalSecretRotationMetadata=metadata)
    made = json.loads(value())
    sts = boto3.client(
        "sts",
        endpoint_url=cloud.url,
        region_name="us-east-1",
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
    )
    assert sts.get_caller_identity()["Arn"].endswith(f":user/{user}")
    sts.close()
    for _ in range(2):
        secretsmanager.rotate_secret(SecretId=name)
    keys = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    assert made["AccessKeyId"] not in [key["AccessKeyId"] for key in keys]
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("code", "kind", "parameters"),
    [
        ("InvalidRequestException", "", {}),
        ("InvalidRequestException", "AccessKey", {}),
        ("InvalidParameterException", "RandomPassword", {"RotationLambdaARN": "arn:aws:lambda"}),
        (
            "InvalidRequestException",
            "RandomPassword",
            {"RotationRules": {"ScheduleExpression": "cron(0 8 1 * ? *)"}},
        ),
        (
            "InvalidParameterException",
            "RandomPassword",
            {
                "RotationRules": {
                    "ScheduleExpression": "rate(1 day)",
                    "AutomaticallyAfterDays": 1,
                }
            },
        ),
        (
            "InvalidParameterException",
            "RandomPassword",
            {"ExternalSecretRotationMetadata": [{"Key": "PasswordLength", "Value": "x"}]},
        ),
    ],
)
def test_rotate_secret_refuses(secretsmanager, refused, name, value, code, kind, parameters):
    given = {"Type": kind} if kind else {}
    secretsmanager.create_secret(Name=name, SecretString="old", **given)
    refused(code, secretsmanager.rotate_secret, SecretId=name, **parameters)
    assert value() == "old"
