"""One HTTP connection: uvicorn's, with bounds on how long a head may be and an idle peer stay."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Connection(HttpToolsProtocol):
    """Refuses a request whose head is too long, and closes a connection that never sends one."""

    max_head = 64 * 1024
    """Longest request line and headers together, in bytes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Arm the timer that otherwise starts with the first response."""
        super().connection_made(transport)
        self._head_size = 0
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def on_message_begin(self) -> None:
        """Begin a request's head."""
        self._head_size = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Count the request line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def _count(self, size: int) -> None:
        self._head_size += size
        if self._head_size > self.max_head:
            # The parser reports it as a malformed request: 400, and the connection closed.
            raise ValueError(f"the request's head is above {self.max_head} bytes")


def connection_class(max_head: int) -> type[Connection]:
    """Return the protocol class with its bound set: uvicorn makes the instances itself."""
    return type("Connection", (Connection,), {"max_head": max_head})
