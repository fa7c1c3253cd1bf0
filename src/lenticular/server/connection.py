"""One HTTP connection: uvicorn's, with bounds on how long a head may be and an idle peer stay.

It also sends a response's head together with the beginning of its body: uvicorn writes
them one after the other, and each write is a system call, a fifth of a small response.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lenticular.server.asgi import TLS


class Connection(HttpToolsProtocol):
    """Refuses a request whose head is too long, and closes a connection that never sends one."""

    max_head = 64 * 1024
    """Longest request line and headers together, in bytes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Arm the timer that otherwise starts with the first response."""
        # uvicorn uses no more of a transport than this one has.
        super().connection_made(_Corked(transport, self.loop))  # type: ignore[arg-type]
        secured = transport.get_extra_info("ssl_object")
        self._tls = (secured.version(), secured.cipher()[0]) if secured is not None else None
        self._head_size = 0
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def on_message_begin(self) -> None:
        """Begin a request's head."""
        self._head_size = 0
        super().on_message_begin()
        if self._tls is not None:
            self.scope[TLS] = self._tls  # type: ignore[literal-required]  # a key of our own

    def on_url(self, url: bytes) -> None:
        """Count the request line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request.

        Where it came behind a whole request (whose body is longer than it says, perhaps),
        that one is answered first, and nothing more is taken.
        """
        cycle = self.cycle
        if cycle is not None and not cycle.more_body and not cycle.response_complete:
            cycle.keep_alive = False
        elif not self.transport.is_closing():
            super().send_400_response(msg)

    def shutdown(self) -> None:
        """Close an idle connection now, and a busy one once its response is sent.

        Over TLS a peer is asked for its goodbye first, and one that pools its connections
        answers only when it uses them again: nothing is lost by not waiting for that.
        """
        # Asked before it closes: a transport that has closed does not know what it has written.
        is_idle = (
            (self.cycle is None or self.cycle.response_complete)
            and not self.transport.is_closing()
            and not self.transport.get_write_buffer_size()
        )
        super().shutdown()
        if is_idle:
            self.transport.abort()

    def _count(self, size: int) -> None:
        self._head_size += size
        if self._head_size > self.max_head:
            # The parser reports it as a malformed request: 400, and the connection closed.
            raise ValueError(f"the request's head is above {self.max_head} bytes")


def connection_class(max_head: int) -> type[Connection]:
    """Return the protocol class with its bound set: uvicorn makes the instances itself."""
    return type("Connection", (Connection,), {"max_head": max_head})


class _Corked:
    """A transport that keeps a response's head back until what follows it is there."""

    __slots__ = ("_head", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""

    def write(self, data: bytes) -> None:
        """Send `data`, behind the head that is kept back; keep it back itself if it is one."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.writelines((head, data))
        elif data.startswith(b"HTTP/1.1 "):
            self._head = data
            self._loop.call_soon(self._flush)  # if nothing follows in this turn, it goes alone
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Close the connection when all is sent."""
        self._flush()
        self._transport.close()

    def is_closing(self) -> bool:
        """Tell whether the connection is closed or closing."""
        return self._transport.is_closing()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _flush(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)
