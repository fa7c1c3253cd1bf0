"""Every form of signature that SDKs use, by path and by host, with one bucket behind them."""

import io
import socket
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from botocore.auth import HmacV1QueryAuth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials


@pytest.fixture(autouse=True)
def names_below_localhost(monkeypatch):
    """Not every resolver knows that they are the loopback address (RFC 6761, section 6.3)."""
    resolve = socket.getaddrinfo

    def getaddrinfo(host, *arguments, **options):
        host = "127.0.0.1" if str(host).endswith("localhost") else host
        return resolve(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.fixture(params=["s3", "s3v4"])
def version(request):
    return request.param


@pytest.fixture(params=["path", "virtual"])
def client(request, aws, cloud, version):
    # "localhost" may have buckets below it; an address in numbers may not.
    return aws(
        "s3",
        endpoint_url=cloud.url.replace("127.0.0.1", "localhost"),
        config=Config(signature_version=version, s3={"addressing_style": request.param}),
    )


def test_signed_headers(client, bucket):
    client.put_object(Bucket=bucket, Key="a b/ü+%.txt", Body=b"bytes", Metadata={"note": "x  y"})
    answer = client.get_object(Bucket=bucket, Key="a b/ü+%.txt")
    assert answer["Body"].read() == b"bytes"
    assert [entry["Key"] for entry in client.list_objects(Bucket=bucket)["Contents"]] == [
        "a b/ü+%.txt"
    ]


def test_presigned_links(client, bucket):
    for key in ("plain", "a b/ü+%.txt"):
        put = client.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": key})
        get = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
        assert httpx.put(put, content=b"linked").status_code == 200
        assert httpx.get(get).content == b"linked"
        assert httpx.put(get, content=b"other").status_code == 403
        assert httpx.get(get.replace(bucket, bucket[:-1])).status_code == 403


def test_a_link_ends(cloud, bucket, s3, monkeypatch):
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    earlier = datetime.now(UTC) - timedelta(seconds=100)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: earlier)
    monkeypatch.setattr("botocore.auth.time.time", earlier.timestamp)
    url = f"{cloud.url}/{bucket}/a"
    for signer in (S3SigV4QueryAuth(own(cloud), "s3", "us-east-1", expires=99), legacy(cloud, 99)):
        request = AWSRequest("GET", url, auth_path=f"/{bucket}/a")
        signer.add_auth(request)
        answer = httpx.get(request.url)
        assert (answer.status_code, "Request has expired" in answer.text) == (403, True)


def own(cloud):
    return Credentials(cloud.credentials.access_key_id, cloud.credentials.secret_access_key)


def legacy(cloud, expires):
    return HmacV1QueryAuth(own(cloud), expires=expires)


def test_a_header_moved_into_the_query_counts(cloud, bucket):
    request = AWSRequest("PUT", f"{cloud.url}/{bucket}/a?x-amz-acl=public-read")
    S3SigV4QueryAuth(own(cloud), "s3", "us-east-1").add_auth(request)
    assert httpx.put(request.url, content=b"open").status_code == 200
    assert httpx.get(f"{cloud.url}/{bucket}/a").content == b"open"


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
@pytest.mark.parametrize("size", [0, 10, 200_000])
def test_trailing_checksums(aws, cloud, bucket, algorithm, size):
    client = aws("s3")
    body = iter_file(b"x" * size)
    client.put_object(Bucket=bucket, Key="a", Body=body, ChecksumAlgorithm=algorithm)
    answer = client.get_object(Bucket=bucket, Key="a", ChecksumMode="ENABLED")
    assert answer["Body"].read() == b"x" * size
    assert answer[f"Checksum{algorithm}"]


def iter_file(data):
    """A body that botocore streams, so that it sends the checksum behind it."""
    return io.BufferedReader(io.BytesIO(data))
