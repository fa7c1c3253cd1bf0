"""boto3 clients of a real server, one server for a test session."""

import uuid

import boto3
import pytest
from botocore.config import Config

from lenticular.testing.cloud import running_cloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory):
    """A cloud on the engines that people use: SQLite and files."""
    with running_cloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running


@pytest.fixture(scope="session")
def aws(cloud):
    """``aws("s3")``: the client of the first account; ``aws("s3", other)``: of another."""

    clients = []

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
