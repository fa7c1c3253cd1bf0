"""Connections: what they carry, what they refuse, how long they wait, and how they end."""

import asyncio
import http.client
import socket
import ssl
import time
from contextlib import suppress

import pytest

from lenticular.apis.http import BodyTruncated, Response
from lenticular.server.http import Limits, Listener
from lenticular.testing.cloud import running_cloud


def test_an_idle_client_does_not_hold_up_the_end_under_tls():
    with running_cloud(tls=True) as cloud:
        context = ssl.create_default_context(cafile=cloud.trusted)
        port = cloud.configuration.port("portal")
        client = http.client.HTTPSConnection("127.0.0.1", port, context=context)
        client.request("GET", "/health")
        assert client.getresponse().read()
        began = time.monotonic()
    assert time.monotonic() - began < 15  # asyncio waits 30 s for a peer's goodbye
    client.close()


def test_what_comes_behind_a_request_does_not_take_its_answer():
    request = b"PUT /samples/key HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"
    with running_cloud() as cloud:
        address = ("127.0.0.1", cloud.configuration.port("aws"))
        answers = []
        for sent in (request + b"bar", b"nonsense\r\n\r\n"):
            with socket.create_connection(address) as client:
                client.sendall(sent)
                with client.makefile("rb") as stream:
                    answers.append(stream.read())  # up to its end: the connection is closed
    assert b"NoSuchBucket" in answers[0] or b"AccessDenied" in answers[0]
    assert answers[0].count(b"HTTP/1.1 ") == 1
    assert answers[1].startswith(b"HTTP/1.1 400 ")


class Speaking:
    """A listener with a handler, and bare connections to it."""

    def __init__(self, handler, **limits):
        self.listener = Listener(
            handler, Limits(**{"head": 1000, "idle": 60.0, "connections": 10} | limits)
        )

    async def __aenter__(self):
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        await self.listener.open(listening)
        return self

    async def __aexit__(self, *_):
        await self.listener.close(1)

    async def talk(self, *pieces):
        """Send pieces on one connection; return all that comes back until it is closed."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        async with asyncio.timeout(20):
            answer = await reader.read()
        writer.close()
        return answer


async def echo(request, send):
    body = await request.body.read(10_000_000)
    await send(Response(200, [("x-path", request.path)], request.method.encode() + b" " + body))


GET = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST = b"GET /z HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


async def test_requests_come_one_after_the_other_and_behind_each_other():
    put = b"PUT /b HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"
    chunked = (
        b"PUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nch\r\n0\r\n\r\n"
    )
    async with Speaking(echo) as server:
        for pieces in (
            (GET, put, chunked, LAST),
            (GET + put + chunked + LAST,),
            [bytes([byte]) for byte in GET + LAST],
        ):
            answer = await server.talk(*pieces)
            paths = [line for line in answer.split(b"\r\n") if line.startswith(b"x-path")]
            expected = [b"a", b"b", b"c", b"z"] if len(pieces) < 10 else [b"a", b"z"]
            assert paths == [b"x-path: /" + name for name in expected]
            assert answer.endswith(b"connection: close\r\n\r\nGET ")
            assert len(pieces) > 10 or (b"PUT body" in answer and b"PUT ch" in answer)


async def test_a_body_that_is_held_back_is_asked_for_when_it_is_wanted():
    head = b"PUT /b HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n"
    async with Speaking(echo) as server:
        answer = await server.talk(head + b"Connection: close\r\n\r\n", b"body")
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"PUT body")


async def stream(request, send):
    async def body():
        for chunk in (b"abc", b"defg"):
            yield chunk

    known = {
        "/known": [("Content-Length", "7")],
        "/short": [("Content-Length", "9")],
        "/long": [("Content-Length", "5")],
    }
    await send(Response(200, known.get(request.path, []), body()))


@pytest.mark.parametrize(
    ("head", "end"),
    [
        (b"GET /known HTTP/1.1", b"content-length: 7\r\nconnection: close\r\n\r\nabcdefg"),
        (b"GET /chunks HTTP/1.1", b"\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"),
        (b"GET /end HTTP/1.0", b"connection: close\r\n\r\nabcdefg"),
        (b"HEAD /known HTTP/1.1", b"content-length: 7\r\nconnection: close\r\n\r\n"),
        (b"HEAD /chunks HTTP/1.1", b"transfer-encoding: chunked\r\nconnection: close\r\n\r\n"),
    ],
)
async def test_streams(head, end):
    async with Speaking(stream) as server:
        answer = await server.talk(head + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.replace(b"Content-Length", b"content-length").endswith(end)


@pytest.mark.parametrize("path", [b"/short", b"/long"])
async def test_a_stream_of_another_length_is_broken_off(path):
    async with Speaking(stream) as server:
        with suppress(ConnectionResetError):
            answer = await server.talk(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path)
            assert len(answer.partition(b"\r\n\r\n")[2]) != (9 if path == b"/short" else 5)


async def test_a_response_without_a_body():
    async def nothing(request, send):
        await send(Response(204, []))

    async with Speaking(nothing) as server:
        answer = await server.talk(LAST)
    assert b"content-length" not in answer
    assert answer.endswith(b"\r\n\r\n")


async def test_a_handler_that_fails_or_forgets_breaks_off():
    async def failing(request, send):
        if request.path == "/z":
            raise OSError("disk")

    async with Speaking(failing) as server:
        for request in (GET, LAST):
            with suppress(ConnectionResetError):
                assert await server.talk(request) == b""


@pytest.mark.parametrize(
    "request_",
    [
        b"nonsense\r\n\r\n",
        b"GET /a HTTP/1.1\r\nX: " + bytes(2000) + b"\r\n\r\n",
        b"GET /" + b"a" * 2000 + b" HTTP/1.1\r\n\r\n",
        b"GET /\xc3\xbc HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PUT /a HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"PUT /a HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"PUT /a HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    ],
)
async def test_what_is_no_request_is_refused(request_):
    async with Speaking(echo) as server:
        answer = await server.talk(request_)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


async def test_a_malformed_body_is_truncated_for_its_reader():
    errors = []

    async def reading(request, send):
        try:
            await request.body.read(100)
        except BodyTruncated as error:
            errors.append(str(error))
        await send(Response(400, [], b"cut"))

    async with Speaking(reading) as server:
        answer = await server.talk(
            b"PUT /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n"
        )
    assert answer.endswith(b"cut")
    assert errors == ["what came is malformed after 3 bytes of an unknown number"]


async def test_too_many_connections_are_told_to_come_again():
    async with Speaking(echo, connections=1) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        await asyncio.sleep(0.05)
        assert (await server.talk(GET)).startswith(b"HTTP/1.1 503 ")
        writer.close()
        await asyncio.sleep(0.05)
        assert (await server.talk(LAST)).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", b""),
        (GET, None),
        (b"GET /a HTTP/1.1\r\nHost:", b"HTTP/1.1 408 Request Timeout\r\n"),
        (b"PUT /a HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc", b""),
    ],
)
async def test_a_peer_that_stands_still_is_let_go(sent, answer):
    async with Speaking(echo, idle=0.05) as server:
        with suppress(ConnectionResetError):
            got = await server.talk(sent)
            assert got.startswith(answer if answer is not None else b"HTTP/1.1 200 ")
            assert answer != b"" or got == b""


async def test_a_slow_reader_is_waited_for_and_one_that_reads_nothing_is_not():
    size = 50_000_000
    outcome = asyncio.Event()

    async def large(request, send):
        async def body():
            try:
                for _ in range(size // 1_000_000):
                    yield bytes(1_000_000)
            finally:
                outcome.set()

        await send(Response(200, [("content-length", str(size))], body()))

    async with Speaking(large, idle=0.3) as server:
        _reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(GET)
        async with asyncio.timeout(20):
            await outcome.wait()  # nothing is read: it is broken off
        writer.close()
        assert len(await server.talk(LAST)) > size
