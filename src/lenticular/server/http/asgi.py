"""Serves an ASGI application, such as the portal, as a handler of requests.

See the ASGI specification, "HTTP & WebSocket ASGI Message Format", version 2.3.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from lenticular.apis.http import BodyTruncated, Request, Response
from lenticular.server.http.contract import Handler, Send

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]


def handler_of(application: Application) -> Handler:
    """Return what hands requests to an application, and sends what it answers."""

    async def handle(request: Request, send: Send) -> None:
        await _Run(application, request).answer(send)

    return handle


class _Run:
    """One run of an application."""

    def __init__(self, application: Application, request: Request) -> None:
        self._application = application
        self._request = request
        self._chunks = aiter(request.body)
        self._is_read = False
        self._is_sent = False
        self._head: Message = {}
        self._messages: asyncio.Queue[Message] = asyncio.Queue(1)

    async def answer(self, send: Send) -> None:
        """Run it, and send its response while it writes that. Raises what it raises."""
        running = asyncio.ensure_future(
            self._application(_scope(self._request), self._receive, self._messages.put)
        )
        try:
            self._head = await self._next(running)
            first = await self._next(running)
            headers = [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in self._head.get("headers", ())
            ]
            body = first.get("body", b"")
            if first.get("more_body", False):
                stream = self._stream(body, running)
                await send(Response(self._head["status"], headers, stream))
                if not self._is_sent:
                    return  # the client went away: the application would wait for it
            else:
                await send(Response(self._head["status"], headers, body))
            await running
        finally:
            running.cancel()

    async def _next(self, running: asyncio.Future[None]) -> Message:
        """Return the next message of the application. Raises what it raised instead."""
        waiting = asyncio.ensure_future(self._messages.get())
        try:
            either: set[asyncio.Future[Any]] = {waiting, running}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                return waiting.result()
            running.result()
            if not self._messages.empty():
                return self._messages.get_nowait()
            raise RuntimeError("the application ended before its response did")
        finally:
            waiting.cancel()

    async def _stream(self, first: bytes, running: asyncio.Future[None]) -> AsyncIterator[bytes]:
        if first:
            yield first
        while True:
            message = await self._next(running)
            if body := message.get("body", b""):
                yield body
            if not message.get("more_body", False):
                self._is_sent = True
                return

    async def _receive(self) -> Message:
        if self._is_read:
            await asyncio.Event().wait()  # until the run is cancelled
        try:
            chunk = await anext(self._chunks, b"")
        except BodyTruncated:
            self._is_read = True
            return {"type": "http.disconnect"}
        self._is_read = not chunk
        return {"type": "http.request", "body": chunk, "more_body": bool(chunk)}


def _scope(request: Request) -> Message:
    headers = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.items()
    ]
    host, _, port = request.host.rpartition(":")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.scheme,
        "path": request.path,
        "raw_path": request.raw_path.encode("latin-1"),
        "query_string": request.raw_query.encode("latin-1"),
        "root_path": "",
        "headers": headers,
        "client": (request.client, 0) if request.client else None,
        "server": (host, int(port)) if port.isdecimal() else (request.host, None),
    }
