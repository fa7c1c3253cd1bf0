"""Sends a file's bytes right from the system's memory to a socket (sendfile(2)).

For files of any size at the price of none: read into memory and written from there, a
gigabyte takes half a second of a processor more. What must come from the disk is waited for
on a thread, and a peer that is slow on none.
"""

import asyncio
import os
from collections.abc import Callable
from typing import Final

from lenticular.apis.http import FileSpan

_BLOCK: Final = 4 * 1024 * 1024
"""Bytes that are sent at once, at most."""


class FileCutShort(RuntimeError):
    """The file ends before the span does."""


async def send_file(
    descriptor: int, file: FileSpan, begin_wait: Callable[[], asyncio.Future[None]]
) -> int:
    """Send a span to the socket `descriptor`, nothing of which waits elsewhere; return its size.

    `begin_wait` returns a future for each wait until the socket takes more: it is done by
    others when the connection is lost, and what was sent until then is returned. Raises
    `FileCutShort`, OSError and what `file.check` raises.
    """
    loop = asyncio.get_running_loop()
    own = os.dup(descriptor)  # the loop watches the other one
    offset = file.start
    try:
        while offset < file.end:
            await file.check()
            count = min(_BLOCK, file.end - offset)
            sent = await loop.run_in_executor(None, _send, own, file.descriptor, offset, count)
            if sent == 0:
                raise FileCutShort(f"the file ends at byte {offset}, and not at {file.end}")
            if sent > 0:
                offset += sent
                continue
            waiter = begin_wait()
            loop.add_writer(own, _wake, waiter)
            try:
                await waiter
            finally:
                loop.remove_writer(own)
    finally:
        os.close(own)
    return offset - file.start


def _send(own: int, descriptor: int, offset: int, count: int) -> int:
    """Send what the socket takes; -1: nothing for now."""
    try:
        return os.sendfile(own, descriptor, offset, count)
    except BlockingIOError:
        return -1


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
