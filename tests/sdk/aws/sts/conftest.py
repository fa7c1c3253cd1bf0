"""Fixtures: users and roles of the first account, and their clients."""

import json
import time
import uuid

import pytest
from botocore.exceptions import ClientError

CLIENT_ID = "telescope"
"""The audience that tokens are accepted for."""


def unique(stem):
    return f"{stem}-{uuid.uuid4().hex[:8]}"


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*actions, resource="*", **more):
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def trusting(principal, *actions, **more):
    statement = {"Effect": "Allow", "Principal": principal, **more}
    return document({**statement, "Action": list(actions) or ["sts:AssumeRole"]})


@pytest.fixture(scope="session")
def issuer(cloud):
    """The URL of the cloud's own OpenID Connect issuer."""
    return cloud.configuration.url("globus")


@pytest.fixture(scope="session")
def provider(aws, issuer):
    """The ARN of that issuer as an identity provider of the first account."""
    made = aws("iam").create_open_id_connect_provider(Url=issuer, ClientIDList=[CLIENT_ID])
    return made["OpenIDConnectProviderArn"]


@pytest.fixture
def sign(cloud, issuer):
    """Makes an ID token of the cloud for somebody."""

    def make(subject="alice", **claims):
        now = int(time.time())
        usual = {"iss": issuer, "sub": subject, "aud": CLIENT_ID, "iat": now, "exp": now + 600}
        return cloud.run(cloud.engines.oauth.keys.sign(usual | claims))

    return make


@pytest.fixture
def make_user(cloud):
    """Makes a user that may do what its statements say; returns its credentials."""

    def make(*statements, **options):
        policies = [document(*statements)] if statements else []
        return cloud.create_user(unique("user"), policies=policies, **options)

    return make


@pytest.fixture
def make_role(aws):
    """Makes a role with a trust policy, and what it may do; returns its ARN."""

    def make(trust, *statements, credentials=None, **options):
        iam, name = aws("iam", credentials), unique("role")
        made = iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), **options
        )["Role"]
        if statements:
            iam.put_role_policy(
                RoleName=name, PolicyName="own", PolicyDocument=json.dumps(document(*statements))
            )
        return made["Arn"]

    return make


@pytest.fixture
def as_session(aws):
    """Returns a client that signs with temporary credentials."""

    def client(service, issued, **options):
        keys = issued["Credentials"]
        return aws(
            service,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            **options,
        )

    return client


@pytest.fixture
def refused():
    """Calls something that must fail; returns the code and the message of the error."""

    def call(operation, **params):
        with pytest.raises(ClientError) as caught:
            operation(**params)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return call
