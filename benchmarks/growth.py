"""What an operation costs while one bucket grows: it must not depend on how much there is.

Keys come in random order, which is the hardest for an ordered store. All requests are
anonymous, to a public bucket, so that no time goes into signatures.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import uvloop

from benchmarks.report import Table
from benchmarks.servers import Server, lenticular

BUCKET = "growth"
CONNECTIONS = 32
BODY = bytes(range(256)) * 4
SAMPLES = {"put": 5000, "get": 10_000, "list": 500}
"""How many operations are timed at each size."""


def measure_growth(sizes: Iterable[int]) -> Table:
    """Fill a bucket up to each of `sizes` in turn, and time operations on it."""
    table = Table(
        "One bucket that grows: microseconds per operation, 32 connections",
        ["objects", "PUT new", "PUT again", "GET", "list of 1,000", "memory MB", "disk MB"],
        notes=["Objects of 1 KiB, keys in random order."],
    )
    with tempfile.TemporaryDirectory() as scratch, lenticular(Path(scratch)) as server:
        _make_public_bucket(server)
        filled = 0
        for size in sizes:
            requests = _Requests(server, size)
            new = _cost(server, (requests.put(number) for number in range(filled, size)))
            filled = size
            again = _cost(server, requests.sample("put"))
            get = _cost(server, requests.sample("get"))
            listing = _cost(server, requests.sample("list"))
            disk = sum(path.stat().st_size for path in server.data.rglob("*") if path.is_file())
            row = [f"{size:,}", *(f"{cost:.0f}" for cost in (new, again, get, listing))]
            table.rows.append([*row, f"{server.resident() / 1e6:.0f}", f"{disk / 1e6:,.0f}"])
            print("  ".join(table.rows[-1]), flush=True)
    return table


def _make_public_bucket(server: Server) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=server.url,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        region_name="us-east-1",
    )
    client.create_bucket(Bucket=BUCKET, ACL="public-read-write")


class _Requests:
    """The bytes of each request on a bucket that has the keys of the first `size` numbers."""

    def __init__(self, server: Server, size: int) -> None:
        self.host = urlsplit(server.url).netloc
        self.size = size
        self.random = random.Random(size)

    def put(self, number: int) -> bytes:
        more = f"x-amz-acl: public-read\r\nContent-Length: {len(BODY)}\r\n"
        return self._head("PUT", f"/{BUCKET}/{self._key(number)}", more) + BODY

    def get(self, number: int) -> bytes:
        return self._head("GET", f"/{BUCKET}/{self._key(number)}")

    def list(self, number: int) -> bytes:
        return self._head("GET", f"/{BUCKET}?list-type=2&start-after={self._key(number)}")

    def sample(self, operation: str) -> Iterator[bytes]:
        """Iterate over requests of one kind for numbers drawn by chance."""
        make = getattr(self, operation)
        for _ in range(SAMPLES[operation]):
            yield make(self.random.randrange(self.size))

    def _key(self, number: int) -> str:
        # An odd factor permutes the numbers below 2**32: each key once, in no order.
        return f"sample-{number * 2654435761 % 2**32:08x}"

    def _head(self, method: str, path: str, more: str = "") -> bytes:
        return f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\n{more}\r\n".encode()


def _cost(server: Server, requests: Iterator[bytes]) -> float:
    """Send all requests and return the microseconds that each took of the whole time."""
    address = urlsplit(server.url)
    began = time.perf_counter()
    count = uvloop.run(_send(str(address.hostname), address.port or 80, requests))
    return (time.perf_counter() - began) * 1e6 / count


async def _send(host: str, port: int, requests: Iterator[bytes]) -> int:
    """Send the requests over all connections, each its next one after an answer."""
    counts = await asyncio.gather(*(_connection(host, port, requests) for _ in range(CONNECTIONS)))
    return sum(counts)


async def _connection(host: str, port: int, requests: Iterator[bytes]) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    count = 0
    for request in requests:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200 "):
            raise RuntimeError(f"unexpected answer: {head.decode()}")
        if b"content-length: " in head:
            await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
        else:
            await _skip_chunks(reader)
        count += 1
    writer.close()
    await writer.wait_closed()
    return count


async def _skip_chunks(reader: asyncio.StreamReader) -> None:
    while size := int(await reader.readline(), 16):
        await reader.readexactly(size + 2)
    await reader.readline()
