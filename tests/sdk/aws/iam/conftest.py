"""IAM as the first account (``iam``), or as an account with nothing in it and its users."""

import json
import uuid
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

from lenticular.testing.policies import allow, policy


@pytest.fixture
def iam(aws):
    """IAM as the root identity of the first account."""
    return aws("iam")


@pytest.fixture
def name():
    """A name that nothing has."""
    return f"name-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def account(cloud):
    """The root credentials of an account with nothing in it."""
    return cloud.create_account(f"iam-{uuid.uuid4().hex}")


@pytest.fixture
def root(aws, account):
    """IAM as the root identity of `account`."""
    return aws("iam", account)


@pytest.fixture
def as_user(cloud, aws, account):
    """``as_user("ada", allow("iam:GetUser"))``: IAM as a new user of `account` that may do that."""

    def make(name, *statements, **options):
        policies = [policy(*statements)] if statements else []
        made = cloud.create_user(name, account=account.account_id, policies=policies, **options)
        return aws("iam", made)

    return make


@pytest.fixture
def arn(account):
    """``arn("user/ada")``: an ARN of `account`."""
    return lambda rest: f"arn:aws:iam::{account.account_id}:{rest}"


TRUST = json.dumps(
    policy(
        {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    )
)

# What a value must look like, by the name of its member or of its shape.
SAMPLES = {
    "AccessKeyId": "AKIAVICTIMVICTIMVICT",
    "AccountAlias": "{name}",
    "ActionNames": ["s3:GetObject"],
    "AssumeRolePolicyDocument": TRUST,
    "AuthenticationCode1": "123456",
    "AuthenticationCode2": "123456",
    "AWSServiceName": "{name}.amazonaws.com",
    "Marker": "dmljdGlt",
    "NewPassword": "Nimbus-rain-1",
    "OpenIDConnectProviderArn": "arn:aws:iam::{account}:oidc-provider/{name}.example",
    "Password": "Nimbus-rain-1",
    "Path": "/x/",
    "PathPrefix": "/x/",
    "PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "PolicyArn": "arn:aws:iam::{account}:policy/{name}",
    "PolicyDocument": json.dumps(policy(allow("s3:GetObject"))),
    "PolicyInputList": [json.dumps(policy(allow("s3:GetObject")))],
    "PolicySourceArn": "arn:aws:iam::{account}:user/{name}",
    "ResourceArns": ["arn:aws:s3:::bucket/{name}"],
    "SerialNumber": "arn:aws:iam::{account}:mfa/{name}",
    "Tags": [{"Key": "{name}", "Value": "{name}"}],
    "SSHPublicKeyId": "APKAVICTIMVICTIMVICT",
    "ThumbprintList": ["ab" * 20],
    "Url": "https://{name}.example",
    "VersionId": "v1",
}
OPTIONAL = (("UserName",), ("Tags", "Path"), ("PathPrefix", "PermissionsBoundary"))
"""Members that a call may have, by the bits of its options."""


@pytest.fixture(scope="session")
def sampled():
    """``sampled(client, "create_user", account_id, name)``: an operation, and a call of it.

    Answers the operation's name, the client's method, and parameters that the model allows,
    about something named `name` in an account.
    """

    def filled(value, texts):
        if isinstance(value, str):
            return value.replace("{name}", texts["name"]).replace("{account}", texts["account"])
        if isinstance(value, list):
            return [filled(each, texts) for each in value]
        return {key: filled(each, texts) for key, each in value.items()}

    def member(called, shape, texts):
        if called in SAMPLES:
            return filled(SAMPLES[called], texts)
        match shape.type_name:
            case "list":
                return [member(called, shape.member, texts)]
            case "structure":
                return {each: member(each, shape.members[each], texts) for each in shape.members}
            case "integer":
                return shape.metadata.get("min", 1)
            case "boolean":
                return False
        return shape.enum[0] if shape.enum else texts["name"]

    def sample(client, handler, account_id, name, *, options=0):
        methods = {method.replace("_", ""): method for method in dir(client)}
        method = methods[handler.replace("_", "")]
        operation = client.meta.method_to_api_mapping[method]
        shape = client.meta.service_model.operation_model(operation).input_shape
        members = shape.members if shape else {}
        wanted = list(shape.required_members) if shape else []
        for bit, names in enumerate(OPTIONAL):
            if options >> bit & 1:
                wanted += [each for each in names if each in members and each not in wanted]
        texts = {"name": name, "account": account_id}
        params = {each: member(each, members[each], texts) for each in wanted}
        if operation == "UpdateAssumeRolePolicy":
            params["PolicyDocument"] = TRUST
        return operation, getattr(client, method), params

    return sample


@pytest.fixture
def trust():
    """A trust policy for machines."""
    return TRUST


@pytest.fixture
def refused():
    """``with refused("NoSuchEntity", 404, "cannot be found")``: expect this error of IAM."""

    @contextmanager
    def expect(code, status, text=""):
        with pytest.raises(ClientError) as caught:
            yield caught
        answer = caught.value.response
        error, status_found = answer["Error"], answer["ResponseMetadata"]["HTTPStatusCode"]
        assert (error["Code"], status_found) == (code, status), error
        assert text in error["Message"]

    return expect
