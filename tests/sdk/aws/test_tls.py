"""A cloud over TLS: real clients that trust its authority, and nobody else."""

import os
import ssl
import subprocess
import sys

import boto3
import httpx
import pytest
from botocore.exceptions import SSLError

from lenticular.testing.cloud import running_cloud


@pytest.fixture(scope="module")
def secure():
    with running_cloud(tls=True) as running:
        yield running


def test_boto3_works_and_uploads_with_trailing_checksums(secure):
    s3 = boto3.client("s3", **secure.boto3())
    s3.create_bucket(Bucket="samples")
    data = os.urandom(6 << 20)
    s3.put_object(Bucket="samples", Key="big", Body=data, ChecksumAlgorithm="SHA256")
    assert s3.get_object(Bucket="samples", Key="big")["Body"].read() == data
    link = s3.generate_presigned_url("get_object", Params={"Bucket": "samples", "Key": "big"})
    context = ssl.create_default_context(cafile=secure.trusted)
    assert httpx.get(link, verify=context).content == data
    s3.close()


def test_who_does_not_trust_the_authority_sends_nothing(secure):
    options = secure.boto3() | {"verify": True}
    client = boto3.client("s3", **options)
    with pytest.raises(SSLError):
        client.list_buckets()
    client.close()


@pytest.mark.parametrize("interface", ["portal", "aws", "globus"])
def test_every_port_is_served_over_tls(secure, interface):
    context = ssl.create_default_context(cafile=secure.trusted)
    url = f"{secure.configuration.url(interface)}/health"
    assert url.startswith("https://")
    assert httpx.get(url, verify=context).json()["status"] == "ok"


def test_policies_see_that_a_request_came_over_tls(secure):
    s3 = boto3.client("s3", **secure.boto3())
    s3.create_bucket(Bucket="sealed")
    s3.put_object(Bucket="sealed", Key="a", Body=b"data")
    s3.put_bucket_policy(
        Bucket="sealed",
        Policy="""{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::sealed/*",
            "Condition": {"Bool": {"aws:SecureTransport": "true"}}}}""",
    )
    context = ssl.create_default_context(cafile=secure.trusted)
    assert httpx.get(f"{secure.url}/sealed/a", verify=context).content == b"data"
    s3.close()


def lenticular(*arguments, **more):
    command = [sys.executable, "-m", "lenticular", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, **more).stdout


def test_the_environment_is_all_that_a_client_needs(tmp_path):
    data = ["--data", str(tmp_path / "cloud")]
    lenticular("start", "--tls", "--detach", "--quiet", "--set", "port_base=0", *data)
    try:
        shell = f'{lenticular("env", *data)}\nexec {sys.executable} -c "$PROGRAM"'
        program = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
        shown = subprocess.run(
            ["sh", "-c", shell],
            capture_output=True,
            text=True,
            check=True,
            env={"PATH": os.environ["PATH"], "PROGRAM": program},
        )
        assert len(shown.stdout.strip()) == 12
    finally:
        lenticular("stop", *data)
