"""Parameter Store as an account of its own."""

import uuid

import pytest
from botocore.exceptions import ClientError


@pytest.fixture(scope="module")
def account(cloud):
    return cloud.create_account(f"settings-{uuid.uuid4().hex[:8]}")


@pytest.fixture(scope="module")
def ssm(aws, account):
    return aws("ssm", account)


@pytest.fixture
def name():
    return f"/lab/{uuid.uuid4().hex[:10]}"


@pytest.fixture
def parameter(ssm, name):
    """The name of a parameter with the value ``first``."""
    ssm.put_parameter(Name=name, Value="first", Type="String")
    return name


@pytest.fixture
def value(ssm):
    """``value(name)``: the value of a parameter, decrypted."""
    return lambda name: ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]


@pytest.fixture
def refused():
    """``refused(code, call, **parameters)``: the message of the refusal."""

    def expect(code, call, **parameters):
        with pytest.raises(ClientError) as caught:
            call(**parameters)
        assert caught.value.response["Error"]["Code"] == code, caught.value
        return caught.value.response["Error"]["Message"]

    return expect
