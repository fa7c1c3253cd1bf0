"""DecodeAuthorizationMessage: what a refusal's header says to those who may know."""

import json

import pytest
from botocore.exceptions import ClientError

from ..statements import allow

HEADER = "x-amzn-encoded-authorization-message"


def message_of(operation, **params):
    with pytest.raises(ClientError) as caught:
        operation(**params)
    return caught.value.response["ResponseMetadata"]["HTTPHeaders"][HEADER]


def decoded(sts, message):
    answer = sts.decode_authorization_message(EncodedMessage=message)
    return json.loads(answer["DecodedMessage"])


@pytest.mark.parametrize(
    ("service", "operation", "params", "action"),
    [
        ("iam", "create_user", {"UserName": "mallory"}, "iam:CreateUser"),
        ("dynamodb", "list_tables", {}, "dynamodb:ListTables"),
        ("s3", "list_buckets", {}, "s3:ListAllMyBuckets"),
        ("s3", "create_bucket", {"Bucket": "a-bucket-of-mallory"}, "s3:CreateBucket"),
        (
            "sts",
            "assume_role",
            {"RoleArn": "arn:aws:iam::123456789012:role/x", "RoleSessionName": "me"},
            "sts:AssumeRole",
        ),
    ],
)
def test_every_service_explains(aws, make_user, service, operation, params, action):
    alice = make_user({"Effect": "Deny", "Action": action, "Resource": "*", "Sid": "NotThis"})
    message = message_of(getattr(aws(service, alice), operation), **params)
    document = decoded(aws("sts"), message)
    assert document["explicitDeny"] is True
    assert document["context"]["action"] == action
    assert document["context"]["principal"]["arn"] == alice.arn
    [statement] = document["matchedStatements"]["items"]
    assert statement["statementId"] == "NotThis"


def test_only_the_account_and_only_with_permission(aws, other, make_user, refused):
    alice = make_user()
    message = message_of(aws("iam", alice).list_users)
    able = make_user(allow("sts:DecodeAuthorizationMessage"))
    assert decoded(aws("sts", able), message)["allowed"] is False
    operation = "decode_authorization_message"
    for credentials, expected in (
        (alice, "AccessDenied"),
        (other, "InvalidAuthorizationMessageException"),
    ):
        client = aws("sts", credentials)
        assert refused(getattr(client, operation), EncodedMessage=message)[0] == expected
    code, _ = refused(aws("sts").decode_authorization_message, EncodedMessage=message[:-1])
    assert code == "InvalidAuthorizationMessageException"
