"""ASGI applications behind a handler."""

import asyncio

import pytest

from lenticular.apis.http import BufferedBody, Request
from lenticular.server.http.asgi import handler_of


async def answer(application, body=b""):
    request = Request(
        "id", "POST", "/a%20b", "/a b", "x=1", {"host": "h:8", "a": "b"}, BufferedBody(body)
    )
    sent = []

    async def send(response):
        chunks = response.body
        if not isinstance(chunks, bytes):
            chunks = [chunk async for chunk in chunks]
        sent.append((response.status, response.headers, chunks))

    await handler_of(application)(request, send)
    [only] = sent
    return only


def start(status=200):
    return {"type": "http.response.start", "status": status, "headers": [(b"x", b"y")]}


def piece(data, more=False):
    return {"type": "http.response.body", "body": data, "more_body": more}


async def test_a_request_and_its_whole_answer():
    seen = {}

    async def application(scope, receive, send):
        seen.update(scope, body=(await receive())["body"], end=await receive())
        await send(start(201))
        await send(piece(b"done"))

    assert await answer(application, b"body") == (201, [("x", "y")], b"done")
    assert (seen["path"], seen["raw_path"], seen["query_string"]) == ("/a b", b"/a%20b", b"x=1")
    assert seen["headers"] == [(b"host", b"h:8"), (b"a", b"b")]
    assert (seen["server"], seen["client"], seen["body"]) == (("h", 8), None, b"body")
    assert seen["end"] == {"type": "http.request", "body": b"", "more_body": False}


async def test_an_answer_in_pieces():
    async def application(scope, receive, send):
        await send(start())
        for number in range(5):
            await send(piece(b"%d" % number, more=True))
        await send(piece(b""))

    assert (await answer(application))[2] == [b"0", b"1", b"2", b"3", b"4"]


async def test_an_application_is_ended_when_nobody_takes_its_answer():
    ended = asyncio.Event()

    async def application(scope, receive, send):
        try:
            await send(start())
            while True:
                await send(piece(b"more", more=True))
        finally:
            ended.set()

    async def send(response):
        assert await anext(aiter(response.body)) == b"more"

    request = Request("id", "GET", "/", "/", "", {"host": "h"}, BufferedBody(b""))
    async with asyncio.timeout(5):
        await handler_of(application)(request, send)
        await ended.wait()


async def test_what_an_application_raises_comes_out():
    async def application(scope, receive, send):
        await asyncio.sleep(0)
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        await answer(application)


async def test_an_application_that_does_not_answer_is_told_of():
    async def application(scope, receive, send):
        await send(start())

    with pytest.raises(RuntimeError, match="ended before its response"):
        await answer(application)
