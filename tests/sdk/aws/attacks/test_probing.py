"""Whether something is there is not told to those who may not know, by any difference.

Each attempt is made twice: for something that is there, and for something that is not. But
for the name that was sent, the two answers are the same.
"""

import uuid

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from ..statements import allow, trusting

CHANGING = {
    "date",
    "x-request-id",
    "x-amz-request-id",
    "x-amz-id-2",
    "x-amzn-requestid",
    "x-amz-crc32",
    "content-length",
    "x-amzn-encoded-authorization-message",
}
"""Headers that differ between any two answers."""


def told(operation, params, name):
    """Return all that a refusal tells, without the name that was sent."""
    with pytest.raises(ClientError) as caught:
        operation(**params)
    answer = caught.value.response
    metadata = answer["ResponseMetadata"]
    headers = metadata["HTTPHeaders"]
    error = {key: value for key, value in answer["Error"].items() if key != "RequestId"}
    text = repr((metadata["HTTPStatusCode"], error)).replace(name, "NAME")
    kept = {key: value for key, value in headers.items() if key not in CHANGING}
    return text, kept, headers.keys()


def assert_alike(operation, params, there, missing):
    """Make sure that `params` (of a name) are answered alike for both names."""
    assert len(there) == len(missing)
    found = told(operation, params(there), there)
    assert found == told(operation, params(missing), missing)
    return found[0]


def similar(name):
    """Return a name that nothing has, as long as another."""
    return (uuid.uuid4().hex * 4)[: len(name)]


@pytest.fixture
def key(s3, bucket):
    s3.put_object(Bucket=bucket, Key="the-real-key", Body=b"x", Tagging="a=b")
    return "the-real-key"


@pytest.fixture
def strangers(aws, cloud, other, make_user):
    """Makes the clients of a service of those who may know nothing: by who they are."""
    stranger = cloud.create_user(
        f"stranger-{uuid.uuid4().hex[:8]}",
        account=other.account_id,
        policies=[{"Version": "2012-10-17", "Statement": [allow("*")]}],
    )

    def make(service):
        return [
            aws(service, other),
            aws(service, stranger),
            aws(service, make_user()),
            aws(service, make_user(allow("sts:GetCallerIdentity"))),
        ]

    return make


@pytest.mark.parametrize(
    "operation",
    [
        "get_object",
        "head_object",
        "delete_object",
        "get_object_acl",
        "get_object_tagging",
        "get_object_attributes",
        "put_object",
        "create_multipart_upload",
        "put_object_tagging",
    ],
)
def test_objects(strangers, aws, bucket, key, operation):
    more = {
        "get_object_attributes": {"ObjectAttributes": ["ETag"]},
        "put_object_tagging": {"Tagging": {"TagSet": []}},
    }.get(operation, {})
    anonymous = aws("s3", config=Config(signature_version=UNSIGNED))
    for client in (*strangers("s3"), anonymous):
        assert_alike(
            getattr(client, operation),
            lambda name: {"Bucket": bucket, "Key": name, **more},
            key,
            similar(key),
        )


def test_versions(strangers, s3, bucket, key):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key=key, Body=b"y")["VersionId"]
    for client in strangers("s3"):
        for operation in ("get_object", "head_object", "get_object_tagging", "delete_object"):
            assert_alike(
                getattr(client, operation),
                lambda name: {"Bucket": bucket, "Key": key, "VersionId": name},
                version,
                similar(version),
            )


def test_copies(strangers, bucket, key):
    for client in strangers("s3")[:2]:
        target = f"stranger-{uuid.uuid4().hex[:12]}"
        client.create_bucket(Bucket=target)
        assert_alike(
            client.copy_object,
            lambda name, to=target: {
                "Bucket": to,
                "Key": "copy",
                "CopySource": {"Bucket": bucket, "Key": name},
            },
            key,
            similar(key),
        )


def test_tables(strangers, dynamodb, cloud):
    table = f"table-{uuid.uuid4().hex}"
    dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    key = {"p": {"S": "x"}}
    prefix = f"arn:aws:dynamodb:us-east-1:{cloud.credentials.account_id}:table/"
    for client in strangers("dynamodb"):
        for operation, more in (
            (client.describe_table, {}),
            (client.get_item, {"Key": key}),
            (client.put_item, {"Item": key}),
            (client.scan, {}),
            (client.delete_table, {}),
        ):
            assert_alike(
                operation,
                lambda name, more=more: {"TableName": prefix + name, **more},
                table,
                similar(table),
            )


def test_identities(strangers, iam, make_user, make_policy):
    """Within the account, by name; from outside, by ARN."""
    user = make_user()
    for client in strangers("iam")[2:]:
        for operation in (
            client.get_user,
            client.delete_user,
            client.list_access_keys,
            client.create_access_key,
            client.list_user_policies,
            client.get_login_profile,
        ):
            assert_alike(operation, lambda name: {"UserName": name}, user.name, similar(user.name))
    arn = make_policy(allow("s3:*"))
    name = arn.rpartition("/")[2]
    for client in strangers("iam"):
        for operation in (
            client.get_policy,
            client.list_policy_versions,
            client.list_entities_for_policy,
            client.delete_policy,
        ):
            assert_alike(
                operation,
                lambda each: {"PolicyArn": arn.replace(name, each)},
                name,
                similar(name),
            )


def test_access_keys_of_another_account(strangers, make_user):
    there = make_user().access_key_id
    for client in strangers("iam")[:2]:
        assert_alike(
            client.get_access_key_last_used,
            lambda name: {"AccessKeyId": name},
            there,
            "AKIA" + similar(there)[4:].upper(),
        )


def test_roles(strangers, make_role, cloud):
    arn = make_role(trusting({"Service": "ec2.amazonaws.com"}), allow("*"))
    name = arn.rpartition("/")[2]
    for client in strangers("sts"):
        for session in ("ok", "another"):
            assert_alike(
                client.assume_role,
                lambda each, session=session: {
                    "RoleArn": arn.replace(name, each),
                    "RoleSessionName": session,
                    "DurationSeconds": 43_200,
                },
                name,
                similar(name),
            )
