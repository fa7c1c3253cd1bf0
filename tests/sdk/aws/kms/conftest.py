"""KMS as an account of its own."""

import json
import uuid

import pytest
from botocore.exceptions import ClientError

from ..statements import document


@pytest.fixture(scope="module")
def account(cloud):
    return cloud.create_account(f"keeper-{uuid.uuid4().hex[:8]}")


@pytest.fixture(scope="module")
def kms(aws, account):
    return aws("kms", account)


@pytest.fixture
def key(kms):
    """The metadata of a symmetric key."""
    return kms.create_key(Description="for tests")["KeyMetadata"]


@pytest.fixture
def key_id(key):
    return key["KeyId"]


@pytest.fixture
def alias(kms, key_id):
    """An alias of the key."""
    name = f"alias/lab/{uuid.uuid4().hex[:10]}"
    kms.create_alias(AliasName=name, TargetKeyId=key_id)
    return name


@pytest.fixture
def user(aws, account, make_user):
    """``user(*statements)``: KMS as a user of the account that may do what they say."""
    return lambda *statements: aws("kms", make_user(*statements, account=account.account_id))


@pytest.fixture
def govern(kms, key_id, account):
    """``govern(*statements)``: lets the key's policy say this, and what it says by default."""

    def put(*statements):
        root = {"AWS": f"arn:aws:iam::{account.account_id}:root"}
        default = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
        kms.put_key_policy(KeyId=key_id, Policy=json.dumps(document(default, *statements)))

    return put


@pytest.fixture
def refused():
    """``refused(code, call, **parameters)``: the message of the refusal."""

    def expect(code, call, **parameters):
        with pytest.raises(ClientError) as caught:
            call(**parameters)
        assert caught.value.response["Error"]["Code"] == code, caught.value
        return caught.value.response["Error"]["Message"]

    return expect
