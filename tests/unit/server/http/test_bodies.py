"""The body of a request, as it comes in."""

import asyncio

import pytest

from lenticular.apis.http import BodyTooLarge, BodyTruncated
from lenticular.server.http.bodies import HIGH_WATER, StreamBody


def nothing():
    pass


def body_of(*chunks, size=None, whole=True):
    body = StreamBody(size, nothing, nothing)
    for chunk in chunks:
        body.feed(chunk)
    if whole:
        body.end()
    return body


async def test_a_body_comes_in_chunks():
    body = body_of(b"abc", b"def", size=6)
    assert body.size == 6
    assert [piece async for piece in body] == [b"abc", b"def"]
    assert (body.received, body.waiting, body.ended > 0) == (6, 0, True)


async def test_its_reader_waits_for_what_comes():
    body = StreamBody(None, nothing, nothing)
    reading = asyncio.ensure_future(body.read(10))
    for chunk in (b"ab", b"cd"):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert body.is_awaited
        body.feed(chunk)
    body.end()
    assert await reading == b"abcd"


@pytest.mark.parametrize("size", [6, None])
async def test_a_body_above_the_limit_is_refused(size):
    with pytest.raises(BodyTooLarge):
        await body_of(b"abcdef", size=size).read(5)


async def test_a_client_that_goes_away_truncates_the_body():
    body = body_of(b"abc", size=6, whole=False)
    body.break_off("the client went away")
    with pytest.raises(BodyTruncated, match="after 3 bytes of 6"):
        await body.read(10)


async def test_what_came_whole_is_not_broken_off():
    body = body_of(b"abc", size=3)
    body.break_off("the client went away")
    assert await body.read(10) == b"abc"


async def test_the_client_is_asked_once_and_held_back_above_the_mark():
    calls = []
    body = StreamBody(None, lambda: calls.append("begin"), lambda: calls.append("resume"))
    half = bytes(HIGH_WATER // 2 + 1)
    assert [body.feed(half), body.feed(half)] == [False, True]
    body.end()
    assert calls == []
    assert len(await body.read(2 * HIGH_WATER)) == 2 * len(half)
    assert calls == ["begin", "resume"]


async def test_a_small_body_that_is_there_is_read_at_once():
    body = body_of(b"abc", b"def", size=6)
    assert await body.read(6) == b"abcdef"
    assert (body.received, body.waiting, body.is_begun) == (6, 0, True)
    assert await body.read(6) == b""
