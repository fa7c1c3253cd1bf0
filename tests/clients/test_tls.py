"""Clients without botocore under TLS, with nothing but what docs/tls.md says that they need."""

import json
import shutil

import boto3
import pytest

from .clouds import lenticular, started
from .pages import python
from .test_duckdb import INSTALL

BARE = """
eval "$(lenticular env)"
bundle=$AWS_CA_BUNDLE
unset AWS_CA_BUNDLE REQUESTS_CA_BUNDLE CURL_CA_BUNDLE SSL_CERT_FILE
"""

DUCKDB = """
from os import environ
import duckdb

database = duckdb.connect()
database.sql("LOAD httpfs")
database.sql("SET ca_cert_file = '{BUNDLE}'".format(**environ))
database.sql(
    "CREATE SECRET (TYPE s3, URL_STYLE 'path', ENDPOINT '{}', KEY_ID '{}', SECRET '{}')".format(
        environ["AWS_ENDPOINT_URL"].removeprefix("https://"),
        environ["AWS_ACCESS_KEY_ID"],
        environ["AWS_SECRET_ACCESS_KEY"],
    )
)
database.sql("COPY (SELECT 1) TO 's3://secure/duckdb/1.csv'")
"""

PYARROW = """
import os
from pyarrow.fs import S3FileSystem

store = S3FileSystem(endpoint_override=os.environ["AWS_ENDPOINT_URL"])
with store.open_output_stream("secure/pyarrow/1") as file:
    file.write(b"1")
"""

RCLONE = """
rclone config create lab s3 provider=Other env_auth=true endpoint="$AWS_ENDPOINT_URL"
echo 1 | rclone rcat lab:secure/rclone/1
"""

RESTIC = """
export RESTIC_PASSWORD=1
restic init --repo "s3:$AWS_ENDPOINT_URL/secure/restic"
"""

WRITING = {
    "duckdb": ("BUNDLE", python(INSTALL) + python(DUCKDB)),
    "pyarrow": ("SSL_CERT_FILE", python(PYARROW)),
    "rclone": ("SSL_CERT_FILE", RCLONE),
    "restic": ("SSL_CERT_FILE", RESTIC),
}
"""What each client trusts by, and how it writes something below its own name."""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The data folder of a cloud that serves TLS."""
    with started(tmp_path_factory.mktemp("cloud"), "--tls") as folder:
        yield folder


@pytest.fixture(scope="module")
def bucket(data):
    """The bucket "secure", as boto3 has it."""
    variables = json.loads(lenticular("env", "--json", f"--data={data}"))
    resource = boto3.resource(
        "s3",
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        region_name=variables["AWS_DEFAULT_REGION"],
        verify=variables["AWS_CA_BUNDLE"],
    )
    yield resource.create_bucket(Bucket="secure")
    resource.meta.client.close()


@pytest.mark.parametrize("client", WRITING)
def test_client_writes_under_tls(run, bucket, client):
    if client in {"rclone", "restic"} and not shutil.which(client):
        pytest.skip(f"{client} is not installed: `make clients`")
    variable, commands = WRITING[client]
    run(f"{BARE}export {variable}=$bundle\n{commands}")
    assert list(bucket.objects.filter(Prefix=f"{client}/"))
