"""What the tests of encryption have in common."""

import hashlib
import os
from base64 import b64encode

import pytest
from botocore.exceptions import ClientError

KEY_A, KEY_B = bytes(range(32)), bytes(range(1, 33))
BIG = os.urandom(5 * 1024 * 1024 + 3)
SMALL = b"a few bytes"


def customer(key, prefix=""):
    return {
        f"{prefix}SSECustomerAlgorithm": "AES256",
        f"{prefix}SSECustomerKey": key,
    }


def md5(key):
    return b64encode(hashlib.md5(key).digest()).decode()


def code(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"]


def allow(actions, resource="*", **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}
