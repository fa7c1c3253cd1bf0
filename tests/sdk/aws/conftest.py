"""boto3 clients of a real server, one server for a test session."""

import json
import uuid

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from lenticular.testing.cloud import running_cloud

from .statements import document, unique


@pytest.fixture(scope="session")
def cloud(tmp_path_factory):
    """A cloud on the engines that people use: SQLite and files."""
    with running_cloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running


@pytest.fixture(scope="session")
def clients():
    """Those that `aws` has made and that somebody may still use."""
    return []


@pytest.fixture(autouse=True)
def close_clients(clients):
    """Close what a test has made: each takes a megabyte. What lives longer connects again."""
    before = len(clients)
    yield
    for made in clients[before:]:
        made.close()
    del clients[before:]


@pytest.fixture(scope="session")
def aws(cloud, clients):
    """``aws("s3")``: the client of the first account; ``aws("s3", other)``: of another."""

    def client(service, credentials=None, **options):
        config = Config(retries={"max_attempts": 1}).merge(options.pop("config", Config()))
        made = boto3.client(service, **cloud.boto3(credentials) | options, config=config)
        clients.append(made)
        return made

    yield client
    for made in clients:
        made.close()


@pytest.fixture(scope="session")
def other(cloud):
    """The credentials of a second account."""
    return cloud.create_account(f"other-{uuid.uuid4().hex[:8]}")


@pytest.fixture(scope="session")
def s3(aws):
    """S3 as the first account."""
    return aws("s3")


@pytest.fixture(scope="session")
def dynamodb(aws):
    """DynamoDB as the first account."""
    return aws("dynamodb")


@pytest.fixture
def bucket(s3):
    """A bucket of the first account with a name of its own."""
    name = f"samples-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    return name


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
