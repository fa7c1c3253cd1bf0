"""IAM as the first account (``iam``), or as an account with nothing in it and its users."""

import json
import uuid
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

from lenticular.testing.policies import policy


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


@pytest.fixture
def trust():
    """A trust policy for machines."""
    statement = {"Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return json.dumps(policy({"Effect": "Allow", **statement}))


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
