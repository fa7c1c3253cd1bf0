"""Clients that idle, dawdle, or come by the hundred; a process that runs out of descriptors."""

import asyncio
import os
import random
import resource
import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from . import raw
from .server import Server

IDLE = 3
"""Seconds after which a peer has waited too long."""
FILES = 400
"""Descriptors that the process may have."""
LARGE = 4_000_000
"""Bytes of an upload, more than are gathered before they are written."""
MEDIUM = 1_000_000

CLIENTS = 1000
ROUNDS = 10 if os.environ.get("FAULTS") == "long" else 1


@pytest.fixture(scope="module", autouse=True)
def files_for_clients():
    """Let this process open as many connections as it may."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    if before[1] < 3 * CLIENTS:
        pytest.skip("this process may not open as many connections as the tests need")
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture(scope="module")
def server(tmp_path_factory, zygote):
    """A server that may open few files."""
    folder = tmp_path_factory.mktemp("limited")
    server = Server(folder / "cloud", zygote=zygote, idle_timeout=IDLE)
    server.conditions["files"] = FILES
    server.start()
    yield server
    server.close()


@pytest.fixture
def unlimited(make_server, zygote):
    server = make_server(zygote=zygote)
    server.start()
    return server


@pytest.fixture
def content(s3, bucket):
    content = random.Random(3).randbytes(MEDIUM)
    s3.put_object(Bucket=bucket, Key="large", Body=content)
    return content


def connect(server):
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def connections(stack, server, count):
    return [stack.enter_context(connect(server)) for _ in range(count)]


def is_closed(connection):
    """Tell whether the server has closed a connection, within the time that it has for that."""
    connection.settimeout(IDLE + 5)
    with suppress(ConnectionError):
        while connection.recv(65536):
            pass
    return True


def processor_time(server):
    """Return the seconds of processor time that the process has had."""
    fields = Path(f"/proc/{server.running.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def open_files(server):
    return len(list(Path(f"/proc/{server.running.pid}/fd").iterdir()))


def test_idle_connections_up_to_the_limit(server, s3, bucket, content):
    with ExitStack() as stack:
        idle = connections(stack, server, 2 * FILES)
        server.wait_until(lambda: open_files(server) < FILES, "descriptors are left")
        time.sleep(1.2)  # after which they count as idle
        for number in range(5):
            fresh = server.client("s3")  # on a connection of its own
            fresh.put_object(Bucket=bucket, Key=f"{number}", Body=b"new")
            assert fresh.get_object(Bucket=bucket, Key="large")["Body"].read() == content
        begin = processor_time(server)
        time.sleep(1)
        assert processor_time(server) - begin < 0.5, "it does not spin"
        assert all(map(is_closed, idle))
    server.wait_until(lambda: open_files(server) < FILES // 4, "nothing is left open")


def test_heads_that_trickle_in(server, s3, bucket):
    with ExitStack() as stack:
        slow = connections(stack, server, 50)
        deadline = time.monotonic() + IDLE + 4
        closed = 0
        head = b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + b"X-Slow: yes\r\n" * 100
        for at in range(len(head)):
            if not slow or time.monotonic() > deadline:
                break
            for connection in list(slow):
                connection.settimeout(0)
                try:
                    connection.send(head[at : at + 1])
                    answer = connection.recv(1000)
                except BlockingIOError:
                    continue
                except ConnectionError:
                    answer = b""
                assert answer.startswith((b"HTTP/1.1 408 ", b""))
                slow.remove(connection)
                closed += 1
            s3.list_objects_v2(Bucket=bucket)
            time.sleep(0.1)
        assert closed == 50


def test_bodies_that_stand_still(server, s3, bucket):
    files = server.blob_files()
    headers = raw.UNSIGNED | {"Content-Length": str(LARGE)}
    with ExitStack() as stack:
        uploads = []
        for number in range(20):
            begun = raw.begin(server, "s3", "PUT", f"/{bucket}/{number}", headers)
            uploads.append(stack.enter_context(begun))
            uploads[-1].send(bytes(LARGE // 2))
        server.wait_until(lambda: len(server.blob_files() - files) == 20, "they have begun")
        for upload in uploads:
            with suppress(ConnectionError):
                upload.send(b".")
        assert all(is_closed(upload.sock) for upload in uploads)
    server.wait_until(lambda: server.blob_files() == files, "nothing is left of them")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_readers_that_stand_still(server, bucket, content, s3):
    body = content * 20
    s3.put_object(Bucket=bucket, Key="larger", Body=body)
    with ExitStack() as stack:
        begun = [
            raw.begin(server, "s3", "GET", f"/{bucket}/larger", raw.UNSIGNED) for _ in range(10)
        ]
        readers = [stack.enter_context(each) for each in begun]
        for reader in readers:
            assert reader.getresponse().status == 200
        assert open_blobs(server)
        server.wait_until(lambda: not open_blobs(server), "they are given up")
    assert s3.get_object(Bucket=bucket, Key="larger")["Body"].read() == body


def open_blobs(server):
    """Return which blobs the process has open."""
    names = set()
    for path in Path(f"/proc/{server.running.pid}/fd").iterdir():
        with suppress(OSError):
            names.add(path.readlink())
    return names & server.blob_files()


def test_more_requests_than_descriptors(server, s3, bucket, content):
    """Who gets in gets the right bytes; the others are turned away, and may come again."""
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "large"})
    answers = asyncio.run(gather([request("GET", url) for _ in range(2 * FILES)], server))
    whole = [answer for answer in answers if answer is not None and answer[0] == 200]
    assert len(whole) > FILES // 4
    assert all(body == content for _, body in whole)
    assert {answer[0] for answer in answers if answer is not None} <= {200, 503}
    s3.put_object(Bucket=bucket, Key="after", Body=content)
    assert s3.get_object(Bucket=bucket, Key="after")["Body"].read() == content
    server.wait_until(lambda: open_files(server) < FILES // 4, "nothing is left open")


def test_a_thousand_clients_at_once(unlimited, make_bucket):
    """Each gets the answer to what it asked, and what each wrote is there."""
    bucket = make_bucket(unlimited)
    s3 = unlimited.client("s3")
    for turn in range(ROUNDS):
        bodies = [b"%d of %d " % (number, turn) * (1 + number % 500) for number in range(CLIENTS)]
        names = [{"Bucket": bucket, "Key": f"{number:04d}"} for number in range(CLIENTS)]
        puts = [s3.generate_presigned_url("put_object", Params=name) for name in names]
        gets = [s3.generate_presigned_url("get_object", Params=name) for name in names]
        requests = [request("PUT", url, body) for url, body in zip(puts, bodies, strict=True)]
        answers = asyncio.run(gather(requests, unlimited))
        assert [answer and answer[0] for answer in answers] == [200] * CLIENTS
        answers = asyncio.run(gather([request("GET", url) for url in gets], unlimited))
        assert answers == [(200, body) for body in bodies]


def request(method, url, body=b""):
    """Return the bytes of a request."""
    target = url[url.index("/", len("http://")) :]
    host = url[len("http://") : -len(target)]
    head = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body


async def gather(requests, server):
    """Send requests at the same moment, each on its own connection; return what is answered.

    Status and body; None where the connection was broken off.
    """
    connected = asyncio.Barrier(len(requests))

    async def ask(data):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        await connected.wait()
        try:
            writer.write(data)
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
            return int(head.split()[1]), await reader.readexactly(length_in(head))
        except (ConnectionError, asyncio.IncompleteReadError):
            return None
        finally:
            writer.close()

    return await asyncio.gather(*map(ask, requests))


def length_in(head):
    (line,) = (line for line in head.lower().splitlines() if line.startswith(b"content-length:"))
    return int(line.split(b":")[1])
