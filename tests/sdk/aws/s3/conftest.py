"""Clients of S3 and what its tests have in common."""

import uuid
from contextlib import contextmanager

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError


@pytest.fixture(scope="session")
def stranger(aws, other):
    """S3 as another account."""
    return aws("s3", other)


@pytest.fixture(scope="session")
def nobody(aws):
    """S3 without credentials."""
    return aws("s3", config=Config(signature_version=UNSIGNED))


@pytest.fixture
def versioned(s3, bucket):
    """A bucket that keeps versions."""
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


@pytest.fixture
def locked(s3):
    """A bucket whose versions can be locked."""
    name = f"locked-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


@pytest.fixture(scope="session")
def refused():
    """``with refused("NoSuchKey", 404):`` for calls that fail so; gives the error's answer.

    The answer to a HEAD has no document: there the status is the code.
    """

    @contextmanager
    def refused(code, status=400):
        answer = {}
        with pytest.raises(ClientError) as raised:
            yield answer
        answer |= raised.value.response
        found = answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]
        assert found == (code, status)

    return refused


@pytest.fixture(scope="session")
def body():
    """The bytes of a GetObject's answer."""

    def body(answer):
        with answer["Body"] as stream:
            return stream.read()

    return body


@pytest.fixture(scope="module")
def kms(aws):
    return aws("kms")


@pytest.fixture
def kms_key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]
