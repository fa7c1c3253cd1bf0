"""A large object streams in and out, and the server's memory does not notice.

``FAULTS=long`` uses 5 GiB, the largest object that one request may bring; ``FAULTS=slow``
1 GiB; `make test` 200 MiB.
"""

import hashlib
import http.client
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

MEBIBYTE = 1 << 20
SIZE = {"long": 5120, "slow": 1024}.get(os.environ.get("FAULTS", ""), 200) * MEBIBYTE
LIMIT = 64 * MEBIBYTE
"""By how much the memory may grow, in bytes."""


class Stream:
    """`SIZE` bytes made while they are read, no two mebibytes alike."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        block = bytearray(os.urandom(MEBIBYTE))
        for number in range(SIZE // MEBIBYTE):
            block[:8] = number.to_bytes(8, "big")
            self.digest.update(block)
            yield bytes(block)


@contextmanager
def request(
    method: str, url: str, body: Stream | None = None
) -> Iterator[http.client.HTTPResponse]:
    """Send a request to a presigned URL and give the response, of which the body is not read."""
    address = urlsplit(url)
    assert address.hostname
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=600)
    headers = {"Content-Length": str(SIZE)} if body else {}
    try:
        connection.request(method, f"{address.path}?{address.query}", body, headers)
        yield connection.getresponse()
    finally:
        connection.close()


def test_memory_does_not_grow_with_the_object(server, s3, bucket):
    before = server.memory("VmRSS")
    where = {"Bucket": bucket, "Key": "large"}

    stream = Stream()
    with request("PUT", s3.generate_presigned_url("put_object", where), stream) as response:
        assert response.status == 200, response.read()
    assert server.memory("VmHWM") - before <= LIMIT

    url = s3.generate_presigned_url("get_object", where)
    digest, size = hashlib.sha256(), 0
    with request("GET", url) as response:
        assert response.status == 200
        time.sleep(0.5)  # a client that takes its time: the server must not read ahead
        while data := response.read(MEBIBYTE):
            digest.update(data)
            size += len(data)
    assert size == SIZE
    assert digest.digest() == stream.digest.digest()
    assert server.memory("VmHWM") - before <= LIMIT

    s3.delete_object(**where)
