"""Between ASGI and the APIs: makes a `Request` of a connection scope, and sends a `Response`.

See the ASGI specification, "HTTP & WebSocket ASGI Message Format".
"""

import asyncio
import itertools
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote

from lenticular.apis.http import (
    Body,
    BodyTruncated,
    BufferedBody,
    Measures,
    Request,
    Response,
)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

TLS = "lenticular.tls"
"""Where a scope has the version of TLS and the cipher suite."""

_PROCESS = os.urandom(5).hex().upper()
_requests = itertools.count(int.from_bytes(os.urandom(2), "big"))


def new_request_id() -> str:
    """Return an id that no other request has: random for the process, then counted."""
    return f"{_PROCESS}{next(_requests):010X}"


class StreamBody(Body):
    """The body of a request, as ASGI receives it."""

    def __init__(self, receive: Receive, size: int | None) -> None:
        self._receive = receive
        self._size = size
        self.is_begun = False
        """Whether it was asked for; until then the server holds its `100 Continue` back."""
        self.received = 0
        """Bytes that came."""
        self.ended = 0.0
        """When the last of them came, by the performance counter; 0: they have not all come."""

    @property
    def size(self) -> int | None:
        return self._size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.is_begun = True
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise BodyTruncated(
                    f"the client went away after {self.received} bytes of "
                    f"{'an unknown number' if self._size is None else self._size}"
                )
            chunk = message.get("body", b"")
            if chunk:
                self.received += len(chunk)
            if not message.get("more_body", False):
                self.ended = time.perf_counter()
            if chunk:
                yield chunk
            if self.ended:
                return


def read_request(scope: Scope, receive: Receive) -> Request:
    """Make a request of an ASGI scope."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    raw_path = scope["raw_path"].decode("latin-1")
    client = scope.get("client")
    return Request(
        id=new_request_id(),
        method=scope["method"],
        raw_path=raw_path,
        path=unquote(raw_path) if "%" in raw_path else raw_path,
        raw_query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=_body(headers, receive),
        scheme=scope["scheme"],
        client=client[0] if client else "",
        received=time.time(),
        tls=scope.get(TLS, ("", "")),
    )


def _body(headers: dict[str, str], receive: Receive) -> Body:
    length = headers.get("content-length")
    if length is not None:
        return StreamBody(receive, int(length)) if length != "0" else BufferedBody()
    return StreamBody(receive, None) if "transfer-encoding" in headers else BufferedBody()


def measure(body: Body, begin: float, ready: float) -> Measures:
    """Return what a request took that ends now.

    It began, and the answer was ready, at these times of the performance counter.
    """
    received, ended = (body.received, body.ended) if isinstance(body, StreamBody) else (0, 0.0)
    return Measures(received, ready - max(begin, ended), time.perf_counter() - begin)


def is_unasked(body: Body, request: Request) -> bool:
    """Tell whether a client may still hold its body back (RFC 9110, section 10.1.1).

    It expected `100 Continue` and did not get it. After a refusal it may send the body or
    not, so what comes next on the connection cannot be understood.
    """
    return (
        isinstance(body, StreamBody)
        and not body.is_begun
        and request.headers.get("expect", "").lower() == "100-continue"
    )


async def send_response(send: Send, receive: Receive, response: Response) -> None:
    """Send a response, its body piece by piece as the client takes it.

    Returns early, with the stream closed, when the client goes away.
    """
    body = response.body
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
        for name, value in response.headers
    ]
    if isinstance(body, bytes):
        if not any(name == b"content-length" for name, _ in headers):
            headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        response.sent = len(body)
        return
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    # The server tells that a client went away only to those who receive; sending is silent.
    gone = asyncio.ensure_future(_disconnected(receive))
    try:
        if response.first:
            await send({"type": "http.response.body", "body": response.first, "more_body": True})
            response.sent = len(response.first)
        async for chunk in body:
            if gone.done():
                return
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            response.sent += len(chunk)
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        if isinstance(body, AsyncGenerator):
            await body.aclose()  # what it holds open is let go now, not by the collector


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def handle_with(handler: Callable[[Request], Awaitable[Response]]) -> Application:
    """Return an application that answers each request with what `handler` returns."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await send_response(send, receive, await handler(read_request(scope, receive)))

    return application
