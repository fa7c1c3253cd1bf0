"""Secrets Manager as an account of its own."""

import uuid

import pytest
from botocore.exceptions import ClientError


@pytest.fixture(scope="module")
def account(cloud):
    return cloud.create_account(f"keeper-{uuid.uuid4().hex[:8]}")


@pytest.fixture(scope="module")
def secretsmanager(aws, account):
    return aws("secretsmanager", account)


@pytest.fixture
def name():
    return f"lab/{uuid.uuid4().hex[:10]}"


@pytest.fixture
def secret(secretsmanager, name):
    """The answer of CreateSecret, for a secret with the value ``first``."""
    return secretsmanager.create_secret(Name=name, SecretString="first")


@pytest.fixture
def value(secretsmanager, name):
    """``value(**which)``: the text of a version of the secret."""
    return lambda **which: secretsmanager.get_secret_value(SecretId=name, **which)["SecretString"]


@pytest.fixture
def refused():
    """``refused(code, call, **parameters)``: the message of the refusal."""

    def expect(code, call, **parameters):
        with pytest.raises(ClientError) as caught:
            call(**parameters)
        assert caught.value.response["Error"]["Code"] == code, caught.value
        return caught.value.response["Error"]["Message"]

    return expect
