"""The supervisor of several processes: what it makes of what a worker says."""

import asyncio
import socket

from lenticular.server import orders, supervisor


async def heard(say, *, reads: bool):
    """Return what the supervisor hears of a worker that says something, and is gone."""
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)
    writer.write(b"orders\n")
    await writer.drain()
    if reads:
        theirs.recv(100)
    theirs.send(say)
    theirs.close()
    try:
        return orders.answer(await supervisor.answer_of(reader))
    finally:
        writer.close()


async def test_worker_that_begins_is_heard():
    assert await heard(orders.line(orders.Begun()), reads=True) == orders.Begun()


async def test_worker_that_is_killed_while_it_starts_says_nothing():
    assert await heard(b"", reads=True) is None
    assert await heard(b"", reads=False) is None  # the connection is reset then
