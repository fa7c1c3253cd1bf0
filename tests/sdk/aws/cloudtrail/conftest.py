"""CloudTrail as an account of its own, so that no other test's events are in the way."""

import contextlib
import gzip
import json
import uuid

import pytest
from botocore.exceptions import ClientError


@pytest.fixture(scope="module")
def account(cloud):
    """The credentials of a new account."""
    return cloud.create_account(f"audited-{uuid.uuid4().hex[:8]}")


@pytest.fixture(scope="module")
def client(aws, account):
    """``client("iam")``: a client of the account's root identity."""
    return lambda service, **options: aws(service, account, **options)


@pytest.fixture(scope="module")
def cloudtrail(client):
    return client("cloudtrail")


@pytest.fixture(scope="module")
def logs(client):
    """A bucket for log files."""
    name = f"logs-{uuid.uuid4().hex[:12]}"
    client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def trail(cloudtrail, logs):
    """A trail that is not logging; gone at the end, for an account may have few."""
    name = f"trail-{uuid.uuid4().hex[:8]}"
    made = cloudtrail.create_trail(Name=name, S3BucketName=logs, S3KeyPrefix=name)
    yield made
    with contextlib.suppress(cloudtrail.exceptions.TrailNotFoundException):
        cloudtrail.delete_trail(Name=name)


@pytest.fixture
def deliver(cloud, client):
    """``deliver(trail)``: the records that are in its files after a delivery."""

    def run(trail):
        cloud.run(cloud.engines.audit.flush())
        cloud.run(cloud.engines.delivery.deliver())
        s3 = client("s3")
        listed = s3.list_objects_v2(Bucket=trail["S3BucketName"], Prefix=trail["S3KeyPrefix"])
        records = []
        for entry in listed.get("Contents", ()):
            if "/CloudTrail/" in entry["Key"]:
                answer = s3.get_object(Bucket=trail["S3BucketName"], Key=entry["Key"])
                records += json.loads(gzip.decompress(answer["Body"].read()))["Records"]
        return records

    return run


@pytest.fixture
def refused():
    """``refused(code, call, **parameters)``: the message of the refusal."""

    def expect(code, call, **parameters):
        with pytest.raises(ClientError) as caught:
            call(**parameters)
        assert caught.value.response["Error"]["Code"] == code
        return caught.value.response["Error"]["Message"]

    return expect
