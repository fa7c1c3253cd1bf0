"""The progress of tasks, asked for or sent as it changes: this cloud's own operations.

``GET /v0.10/task/{task_id}/events`` is a stream of server-sent events (WHATWG HTML, section
9.2): ``progress`` with how far the task is, ``event`` with what has happened, and ``end``.
Whoever comes back with Last-Event-ID misses none.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

import msgspec

from lenticular.apis.globus.transfer.calls import ALL
from lenticular.apis.globus.transfer.operations.tasks import now, task_id
from lenticular.apis.globus.transfer.task_documents import event_document, progress_document
from lenticular.apis.globus.transfer.turns import Turns
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, Result, operation
from lenticular.apis.http import Response
from lenticular.primitives.transfers import Look, News, Transfers

_MOST_STREAMS: Final = 32
"""That one person may have open."""

_LONGEST: Final = 900.0
"""Seconds after which a stream ends: the token with which it was opened may be worth nothing
by then. Browsers come back by themselves."""


class EventOperations:
    """The operations that tell how tasks come on."""

    def __init__(self, transfers: Transfers) -> None:
        self._transfers = transfers
        self._turns = Turns(_MOST_STREAMS, "streams of events")

    @operation("GET", "/v0.10/task/{task_id}/progress", scopes=(ALL,), recorded=False)
    async def task_progress(self, call: Call) -> Result:
        """Return how far a task is."""
        task = await self._transfers.get(self._own(call), task_id(call))
        return progress_document(task, now(call))

    @operation("GET", "/v0.10/task/{task_id}/events", scopes=(ALL,), recorded=False)
    async def task_events(self, call: Call) -> Result:
        """Send how a task comes on, until it is over."""
        look, wanted = self._own(call), task_id(call)
        self._turns.check(call.caller.identity_id)
        await self._transfers.get(look, wanted)
        news = self._transfers.follow(look, wanted, _first(call))
        headers = [("Content-Type", "text/event-stream"), ("X-Accel-Buffering", "no")]
        return Response(200, headers, self._stream(news, call.caller.identity_id))

    def _own(self, call: Call) -> Look:
        return self._transfers.own(call.caller.own_ids)

    async def _stream(
        self, news: AsyncGenerator[News | None, None], identity_id: str
    ) -> AsyncGenerator[bytes, None]:
        ends = time.monotonic() + _LONGEST
        with self._turns.one(identity_id):
            async with aclosing(news):
                async for one in news:
                    yield b": still there\n\n" if one is None else _told(one)
                    if time.monotonic() >= ends:
                        return


def _first(call: Call) -> int:
    """Return the number of the first event that the client has not had."""
    last = call.request.headers.get("last-event-id", "")
    if not last:
        return 0
    if not last.isdecimal() or len(last) > 18:
        raise GlobusError(400, f"Last-Event-ID is a number, and not {last[:100]!r}")
    return int(last) + 1


def _told(news: News) -> bytes:
    sent = [_sent("event", event_document(event), number) for number, event in news.events]
    sent.append(_sent("progress", progress_document(news.task, news.at)))
    if news.is_last:
        sent.append(_sent("end", {"status": news.task.status}))
    return b"".join(sent)


def _sent(kind: str, document: dict[str, Any], number: int | None = None) -> bytes:
    lines = [f"event: {kind}".encode(), b"data: " + msgspec.json.encode(document)]
    if number is not None:
        lines.insert(0, f"id: {number}".encode())
    return b"\n".join(lines) + b"\n\n"
