"""The end in good order, and the hold on the data folder."""

import os
import time

import pytest

from lenticular.server import ports

from . import raw

SIZE = 4_000_000


def is_closed(server) -> bool:
    """Whether nobody listens any more."""
    return not ports.answers("127.0.0.1", server.port - 1)


def test_upload_under_way_is_finished(server, s3, bucket):
    body = os.urandom(SIZE)
    headers = raw.UNSIGNED | {"Content-Length": str(SIZE)}
    with raw.begin(server, "s3", "PUT", f"/{bucket}/key", headers) as connection:
        connection.send(body[: SIZE // 2])
        server.wait_until(server.blob_files, "the upload has begun")
        server.terminate()
        server.wait_until(lambda: is_closed(server), "nobody is let in any more")
        connection.send(body[SIZE // 2 :])
        assert connection.getresponse().status == 200
    assert server.wait() == 0
    server.start()
    assert server.client("s3").get_object(Bucket=bucket, Key="key")["Body"].read() == body


def test_download_under_way_is_finished(server, s3, bucket):
    body = os.urandom(5 * SIZE)
    s3.put_object(Bucket=bucket, Key="key", Body=body)
    with raw.begin(server, "s3", "GET", f"/{bucket}/key", raw.UNSIGNED) as connection:
        response = connection.getresponse()
        received = response.read(1000)
        server.terminate()
        server.wait_until(lambda: is_closed(server), "nobody is let in any more")
        received += response.read()
    assert received == body
    assert server.wait() == 0


def test_request_that_does_not_end_is_given_up(make_server, make_bucket):
    server = make_server(shutdown_timeout=1)
    server.start()
    bucket = make_bucket(server)
    headers = raw.UNSIGNED | {"Content-Length": str(SIZE)}
    with raw.begin(server, "s3", "PUT", f"/{bucket}/key", headers) as connection:
        connection.send(bytes(SIZE // 2))
        server.wait_until(server.blob_files, "the upload has begun")
        began = time.monotonic()
        server.stop()
        assert 0.5 < time.monotonic() - began < 15
    assert server.blob_files() == set()
    server.start()
    assert "Contents" not in server.client("s3").list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize("arguments", [("start", "--port-base=0"), ("start", "--port-base=1024")])
def test_second_server_on_a_folder_is_refused(server, s3, bucket, arguments):
    refused = server.run(*arguments)
    assert refused.returncode != 0
    assert f"process {server.running.pid}" in refused.stderr
    assert "lenticular stop" in refused.stderr
    s3.put_object(Bucket=bucket, Key="key", Body=b"still here")
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"still here"


def test_record_of_a_killed_server_is_not_believed(server):
    server.kill()
    assert (server.data / "server.json").exists()
    assert server.run("status").returncode == 3
    assert "No cloud runs" in server.run("stop").stdout
    server.start()
    assert server.run("status").returncode == 0
