"""What the audit log may have of parameters and results: no secrets, nothing large."""

import datetime

import pytest

from lenticular.apis.aws.wire.kinds import DATA_OPERATIONS, kind_of
from lenticular.apis.aws.wire.models import load
from lenticular.apis.aws.wire.redaction import Redactor, without
from lenticular.apis.aws.wire.resources import resource_type
from lenticular.primitives.audit import HIDDEN


def redact(service, operation, value, *, output=False, opaque=()):
    found = load(service).operations[operation]
    secrets = []
    shape = found.output if output else found.input
    return Redactor(service, opaque).document(shape, value, secrets), secrets


@pytest.mark.parametrize(
    ("service", "operation", "given", "member"),
    [
        ("iam", "CreateLoginProfile", {"Password": "s3cr3t-1"}, "password"),
        ("iam", "ChangePassword", {"OldPassword": "s3cr3t-1"}, "oldPassword"),
        ("iam", "UploadServerCertificate", {"PrivateKey": "s3cr3t-1"}, "privateKey"),
        ("secretsmanager", "CreateSecret", {"SecretString": "s3cr3t-1"}, "secretString"),
        ("secretsmanager", "PutSecretValue", {"SecretBinary": b"s3cr3t-1"}, "secretBinary"),
        ("ssm", "PutParameter", {"Value": "s3cr3t-1"}, "value"),
        ("sts", "AssumeRoleWithWebIdentity", {"WebIdentityToken": "e30"}, "webIdentityToken"),
        ("sts", "GetSessionToken", {"TokenCode": "123456"}, "tokenCode"),
        ("s3", "PutObject", {"SSECustomerKey": "s3cr3t-1"}, None),
        ("dynamodb", "PutItem", {"Item": {"iban": {"S": "GB33"}}}, "item"),
    ],
)
def test_secrets_in_parameters_are_hidden(service, operation, given, member):
    document, secrets = redact(service, operation, given)
    assert list(document.values()) == [HIDDEN]
    assert member is None or list(document) == [member]
    assert secrets == [value for value in given.values() if isinstance(value, str)]


def test_secrets_in_results_are_hidden_at_any_depth():
    key = {"UserName": "ada", "AccessKeyId": "AKIA1", "SecretAccessKey": "s3cr3t", "Status": "x"}
    document, _ = redact("iam", "CreateAccessKey", {"AccessKey": key}, output=True)
    assert document["accessKey"] == {
        "userName": "ada",
        "accessKeyId": "AKIA1",
        "secretAccessKey": HIDDEN,
        "status": "x",
    }
    given = {"AccessKeyId": "ASIA1", "SecretAccessKey": "s", "SessionToken": "t"}
    document, _ = redact("sts", "AssumeRole", {"Credentials": given}, output=True)
    assert document["credentials"] == {
        "accessKeyId": "ASIA1",
        "secretAccessKey": HIDDEN,
        "sessionToken": HIDDEN,
    }


def test_names_and_simple_values_are_told():
    given = {
        "TableName": "people",
        "Key": {"name": {"S": "ada"}},
        "ConsistentRead": True,
    }
    document, _ = redact("dynamodb", "GetItem", given, opaque=("AttributeValue",))
    assert document == {
        "tableName": "people",
        "key": {"name": {"S": "ada"}},
        "consistentRead": True,
    }


def test_times_bytes_and_streams():
    noon = datetime.datetime(2027, 1, 15, 12, tzinfo=datetime.UTC)
    document, _ = redact("cloudtrail", "LookupEvents", {"StartTime": noon, "MaxResults": 5})
    assert document == {"startTime": "2027-01-15T12:00:00Z", "maxResults": 5}
    document, _ = redact("dynamodb", "DeleteTable", {"TableName": "t"})
    assert document == {"tableName": "t"}
    document, _ = redact("s3", "PutObject", {"Bucket": "b", "Key": "k", "Body": object()})
    assert document == {"bucketName": "b", "key": "k"}
    document, _ = redact("s3", "PutObject", {"ACL": "private", "StorageClass": "STANDARD"})
    assert document == {"x-amz-acl": "private", "x-amz-storage-class": "STANDARD"}


def test_large_values_are_cut():
    document, _ = redact("iam", "CreateRole", {"Description": "x" * 50_000})
    assert len(document["description"]) < 21_000
    tags = [{"Key": str(number), "Value": "v"} for number in range(500)]
    document, _ = redact("iam", "TagUser", {"Tags": tags})
    assert len(document["tags"]) == 201
    assert document["tags"][-1] == "... (500 members)"


def test_nothing_is_null():
    assert redact("iam", "ListUsers", {})[0] is None
    assert Redactor("iam").document(None, {"a": 1}, []) is None


def test_an_error_message_repeats_no_secret():
    message = "Value 's3cr3t-1' at 'password' is too short"
    assert without(["s3cr3t-1"], message) == f"Value '{HIDDEN}' at 'password' is too short"
    assert without(["a", "at"], message) == message


@pytest.mark.parametrize(
    ("service", "operation", "read_only", "is_data", "has_result"),
    [
        ("iam", "CreateUser", False, False, True),
        ("iam", "ListUsers", True, False, False),
        ("iam", "SimulatePrincipalPolicy", True, False, False),
        ("sts", "AssumeRole", True, False, True),
        ("sts", "GetCallerIdentity", True, False, True),
        ("s3", "GetObject", True, True, False),
        ("s3", "PutObject", False, True, True),
        ("s3", "PutBucketAcl", False, False, True),
        ("s3", "ListBuckets", True, False, False),
        ("dynamodb", "TransactWriteItems", False, True, True),
        ("dynamodb", "TransactGetItems", True, True, False),
        ("dynamodb", "BatchGetItem", True, True, False),
        ("dynamodb", "BatchWriteItem", False, True, True),
        ("dynamodb", "DescribeTable", True, False, False),
        ("secretsmanager", "GetSecretValue", True, False, False),
        ("secretsmanager", "RotateSecret", False, False, True),
    ],
)
def test_kinds(service, operation, read_only, is_data, has_result):
    kind = kind_of(service, operation)
    assert (kind.read_only, kind.is_data, kind.has_result) == (read_only, is_data, has_result)


def test_data_operations_are_operations():
    for service, operations in DATA_OPERATIONS.items():
        assert operations <= load(service).operations.keys()


def test_a_listing_has_one_name_whatever_its_version():
    assert kind_of("s3", "ListObjectsV2").event_name == "ListObjects"


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        ("arn:aws:s3:::bucket", "AWS::S3::Bucket"),
        ("arn:aws:s3:::bucket/key", "AWS::S3::Object"),
        ("arn:aws:iam::123456789012:user/staff/ada", "AWS::IAM::User"),
        ("arn:aws:iam::123456789012:oidc-provider/x", "AWS::IAM::OIDCProvider"),
        ("arn:aws:iam::123456789012:instance-profile/x", "AWS::IAM::InstanceProfile"),
        ("arn:aws:dynamodb:us-east-1:123456789012:table/t", "AWS::DynamoDB::Table"),
        ("arn:aws:cloudtrail:us-east-1:123456789012:trail/t", "AWS::CloudTrail::Trail"),
        ("arn:aws:secretsmanager:us-east-1:123456789012:secret:s", "AWS::SecretsManager::Secret"),
        ("arn:aws:ssm:us-east-1:123456789012:parameter/p", "AWS::SSM::Parameter"),
    ],
)
def test_types_of_resources(arn, expected):
    assert resource_type(arn) == expected
