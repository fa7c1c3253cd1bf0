"""Between ASGI and the APIs: requests are read as they came, responses are sent as they are."""

import asyncio

import pytest

from lenticular.apis.http import BodyTooLarge, BodyTruncated, Response
from lenticular.server.asgi import new_request_id, read_request, send_response


def scope(**changes):
    return {
        "method": "GET",
        "raw_path": b"/b%C3%BCcket/a%2Fb",
        "query_string": b"prefix=a%20b&flag&x=1&x=2&plus=a+b&eq=a=b",
        "headers": [(b"host", b"example.org"), (b"x-a", b"1"), (b"x-a", b"2")],
        "scheme": "http",
        "client": ("127.0.0.1", 1234),
    } | changes


def receiving(*messages):
    left = list(messages)

    async def receive():
        return left.pop(0) if left else {"type": "http.disconnect"}

    return receive


def chunk(data, more=True):
    return {"type": "http.request", "body": data, "more_body": more}


def test_a_request_is_read_as_it_came():
    request = read_request(scope(), receiving())
    assert (request.raw_path, request.path) == ("/b%C3%BCcket/a%2Fb", "/bücket/a/b")
    assert request.query == [
        ("prefix", "a b"),
        ("flag", ""),
        ("x", "1"),
        ("x", "2"),
        ("plus", "a b"),
        ("eq", "a=b"),
    ]
    assert request.parameters["x"] == "1"
    assert request.headers == {"host": "example.org", "x-a": "1,2"}
    assert (request.host, request.client) == ("example.org", "127.0.0.1")


def test_request_ids_are_never_the_same():
    assert len({new_request_id() for _ in range(1000)}) == 1000


async def test_a_body_comes_in_chunks():
    headers = [(b"content-length", b"6")]
    request = read_request(
        scope(headers=headers), receiving(chunk(b"abc"), chunk(b""), chunk(b"def", more=False))
    )
    assert request.body.size == 6
    assert [piece async for piece in request.body] == [b"abc", b"def"]


async def test_no_length_and_no_encoding_mean_no_body():
    request = read_request(scope(), receiving(chunk(b"smuggled", more=False)))
    assert (request.body.size, await request.body.read(10)) == (0, b"")


async def test_a_body_above_the_limit_is_refused():
    for headers in ([(b"content-length", b"6")], [(b"transfer-encoding", b"chunked")]):
        request = read_request(scope(headers=headers), receiving(chunk(b"abcdef", more=False)))
        with pytest.raises(BodyTooLarge):
            await request.body.read(5)


async def test_a_client_that_goes_away_truncates_the_body():
    headers = [(b"content-length", b"6")]
    request = read_request(scope(headers=headers), receiving(chunk(b"abc")))
    with pytest.raises(BodyTruncated, match="after 3 bytes of 6"):
        await request.body.read(10)


async def sent(response, receive=None):
    messages = []

    async def send(message):
        messages.append(message)

    async def stays():
        await asyncio.Event().wait()

    await send_response(send, receive or stays, response)
    return messages


async def test_a_whole_body_has_its_length():
    head, body = await sent(Response(201, [("ETag", "x")], b"abc"))
    assert head["status"] == 201
    assert head["headers"] == [(b"etag", b"x"), (b"content-length", b"3")]
    assert body["body"] == b"abc"


async def test_a_stream_is_closed_when_the_client_goes_away():
    closed = asyncio.Event()

    async def endless():
        try:
            while True:
                yield b"x"
                await asyncio.sleep(0)
        finally:
            closed.set()

    messages = await sent(Response(200, [], endless()), receiving(chunk(b"", more=False)))
    assert closed.is_set()
    assert len(messages) < 10


async def test_a_stream_that_fails_is_closed_and_raises():
    async def failing():
        yield b"x"
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        await sent(Response(200, [], failing()))
