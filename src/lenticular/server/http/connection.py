"""One HTTP/1.1 connection: reads requests one after the other, and sends their responses.

Bounds hold at every moment: how long a head may be, how much of a body waits in memory, how
long a peer may stay idle, take for a head, or let its end of a body stand still. Times are
looked at by the listener once a second (`end_if_overdue`), so that no request arms a timer.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import TYPE_CHECKING

import httptools

from lenticular.apis.http import BufferedBody, FileSpan, Request, Response
from lenticular.server.http.bodies import StreamBody
from lenticular.server.http.heads import (
    CONTINUE,
    FIELD_NAMES,
    HeadInvalid,
    length_of,
    new_request_id,
    plain_response,
    response_head,
    split_target,
)
from lenticular.server.http.pending import Pending
from lenticular.server.http.sendfile import send_file

if TYPE_CHECKING:
    from lenticular.server.http.listener import Listener

_JOINED = 64 * 1024
"""Bytes of a body up to which it is copied behind its head, to be sent as one."""

_LEAST = 4096
"""Bytes that a peer must take or send in the time for which it may be idle."""

_BODILESS = frozenset({204, 304})

_log = logging.getLogger("lenticular.connection")


class Connection(asyncio.Protocol):
    """Serves one peer."""

    def __init__(self, listener: "Listener") -> None:
        self._listener = listener
        self._limits = listener.limits
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._headers: dict[str, str] = {}
        self._head_size = 0
        self._current: Pending | None = None
        """The request that is being answered."""
        self._queue: deque[Pending] = deque()
        """Those that came behind it (pipelining)."""
        self._incoming: StreamBody | None = None
        """The body that is coming in."""
        self._in_head = False
        self._is_refused = False
        self._takes_more = True
        """False once nothing that comes can be understood."""
        self._is_lost = False
        self._is_paused = False
        self._is_drained: asyncio.Future[None] | None = None
        self._since = time.monotonic()
        """When the peer last did what it is waited for."""
        self._progress: int | None = None
        """How far the peer was at that time, where it is to read or to send."""

    # What the event loop tells

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin: the peer has as long for its first request as for any other."""
        # Of a stream, the loop gives no other; uvloop's does not derive from asyncio's.
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._client = peer[0] if isinstance(peer, tuple) else ""
        secured = transport.get_extra_info("ssl_object")
        self._scheme = "http" if secured is None else "https"
        self._tls = ("", "") if secured is None else (secured.version(), secured.cipher()[0])
        connections = self._listener.connections
        is_last = transport.get_extra_info("socket").fileno() >= self._limits.descriptors
        if is_last or len(connections) >= self._limits.connections:
            self._is_refused = not self._listener.make_room()
        connections.add(self)
        if is_last and self._is_refused:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """End: whoever waits for the peer learns of it."""
        self._is_lost = True
        self._listener.remove(self)
        self._queue.clear()
        if self._incoming is not None:
            self._incoming.break_off("the client went away")
        self.resume_writing()

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        if not self._takes_more:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # nothing else is spoken here: it is served as the request that it also is
        except httptools.HttpParserError:
            self._refuse_rest()

    def pause_writing(self) -> None:
        """Hold whoever writes: the peer does not take it."""
        self._is_paused = True

    def resume_writing(self) -> None:
        """Let whoever writes go on."""
        self._is_paused = False
        if self._is_drained is not None and not self._is_drained.done():
            self._is_drained.set_result(None)

    # What the parser tells

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._in_head = True
        self._since = time.monotonic()
        self._target = b""
        self._headers = {}
        self._head_size = 0

    def on_url(self, url: bytes) -> None:
        """Take (a piece of) the target."""
        self._count(len(url))
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; the values of a repeated one are joined (RFC 9110, section 5.3)."""
        self._count(len(name) + len(value))
        field, text = FIELD_NAMES[name], value.decode("latin-1")
        headers = self._headers
        headers[field] = f"{headers[field]},{text}" if field in headers else text

    def on_headers_complete(self) -> None:
        """Serve the request: at once, or behind those that came before it."""
        self._in_head = False
        parser, headers = self._parser, self._headers
        raw_path, path, raw_query = split_target(self._target)
        length = headers.get("content-length")
        if (length is None and "transfer-encoding" not in headers) or length == "0":
            body = None
        else:
            size = None if length is None else int(length)
            body = StreamBody(size, self._continue, self._transport.resume_reading)
        request = Request(
            id=new_request_id(),
            method=parser.get_method().decode("ascii"),
            raw_path=raw_path,
            path=path,
            raw_query=raw_query,
            headers=headers,
            body=BufferedBody() if body is None else body,
            scheme=self._scheme,
            client=self._client,
            received=time.time(),
            tls=self._tls,
        )
        self._incoming = body
        version = parser.get_http_version()
        pending = Pending(request, body, version)
        # Behind an upgrade, which is not made, the parser understands nothing any more.
        pending.keep_alive = (
            version != "1.0" and parser.should_keep_alive() and not parser.should_upgrade()
        )
        if self._current is None:
            self._start(pending)
        else:
            self._queue.append(pending)
            self._transport.pause_reading()

    def on_body(self, data: bytes) -> None:
        """Take a piece of a body; what nobody will read any more is dropped."""
        body = self._incoming
        if body is not None and body.feed(data):
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        """End a request."""
        self._since = time.monotonic()
        if self._incoming is not None:
            self._incoming.end()
            self._incoming = None

    # Answering

    def _start(self, pending: Pending) -> None:
        self._current = pending
        tasks = self._listener.tasks
        task = self._loop.create_task(self._serve(pending))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _serve(self, pending: Pending) -> None:
        try:
            if self._is_refused:
                await self.send(
                    plain_response(503, "There are too many connections: come again later.\n")
                )
            else:
                await self._listener.handler(pending.request, self.send)
        except asyncio.CancelledError:
            self._transport.abort()
            raise
        except Exception as error:
            if self._current is pending:  # else its answer is out, and the next may be under way
                _log.debug("%s broken off: %s", pending.request.path, error)
                self._transport.abort()
        else:
            if self._current is pending and not self._is_lost:
                _log.error("%s %s was not answered", pending.method, pending.request.path)
                self._transport.abort()

    async def send(self, response: Response) -> None:
        """Send the response to the request that is being answered.

        Raises what the body raises; the connection is broken off then. When the client goes
        away it returns early, with the body closed.
        """
        pending = self._current
        assert pending is not None, "a request has one response"
        body = response.body
        if self._is_paused:
            await self._drain()
        try:
            if self._is_lost:
                pass
            elif response.switch is not None:
                self._hand_over(response, response.switch)
            elif response.file is not None:
                await self._send_file(pending, response, response.file)
            elif isinstance(body, bytes):
                self._send_whole(pending, response, body)
            else:
                await self._send_stream(pending, response, body)
        finally:
            if response.file is not None:
                await response.file.close()
        if isinstance(body, AsyncGenerator):
            await body.aclose()  # what it holds open is let go now, not by the collector
        if not self._is_lost:
            self._finish(pending)

    def _hand_over(self, response: Response, switch: Callable[[asyncio.Transport], None]) -> None:
        """Let somebody else have the connection, who speaks another protocol on it."""
        head = response_head(response.status, response.headers)
        self._transport.write(f"{head}\r\n".encode("latin-1"))
        self._takes_more = False
        self._is_lost = True
        self._listener.remove(self)
        switch(self._transport)

    def _send_whole(self, pending: Pending, response: Response, body: bytes) -> None:
        head = response_head(response.status, response.headers)
        fields = head.lower()
        if "\r\ncontent-length:" not in fields and response.status not in _BODILESS:
            head += f"content-length: {len(body)}\r\n"
        data = self._closed(pending, head, fields)
        if pending.method == "HEAD" or response.status in _BODILESS:
            body = b""
        if len(body) <= _JOINED:
            self._transport.write(data + body)
        else:
            self._transport.writelines((data, body))
        response.sent = len(body)

    async def _send_file(self, pending: Pending, response: Response, file: FileSpan) -> None:
        head = response_head(response.status, response.headers)
        self._transport.set_write_buffer_limits(0)  # until all that waits is out
        self._transport.write(self._closed(pending, head, head.lower()))
        if self._is_paused:
            await self._drain()
        self._transport.set_write_buffer_limits()
        if pending.method == "HEAD" or self._is_lost:
            return
        descriptor = self._transport.get_extra_info("socket").fileno()
        try:
            response.sent = await send_file(descriptor, file, self._begin_wait)
        finally:
            self._is_drained = None

    def _begin_wait(self) -> asyncio.Future[None]:
        self._is_drained = self._loop.create_future()
        self._since, self._progress = time.monotonic(), None
        return self._is_drained

    async def _send_stream(
        self, pending: Pending, response: Response, body: AsyncIterator[bytes]
    ) -> None:
        head = response_head(response.status, response.headers)
        fields = head.lower()
        length = length_of(response)
        is_chunked = length is None and pending.version != "1.0"
        if is_chunked:
            head += "transfer-encoding: chunked\r\n"
        elif length is None:
            pending.keep_alive = False  # the end of the connection is that of the body
        data = self._closed(pending, head, fields)
        if pending.method == "HEAD":
            self._transport.write(data)
            return
        chunk = response.first or await anext(body, b"")
        while chunk and not self._is_lost:
            data += b"%x\r\n%b\r\n" % (len(chunk), chunk) if is_chunked else b""
            self._transport.writelines((data,) if is_chunked else (data, chunk))
            data = b""
            response.sent += len(chunk)
            if length is not None and response.sent > length:
                raise RuntimeError(f"the body of {pending.request.path} is longer than {length}")
            if self._is_paused:
                await self._drain()
            chunk = await anext(body, b"")
        if self._is_lost:
            return
        if length is not None and response.sent < length:
            raise RuntimeError(f"the body of {pending.request.path} is shorter than {length}")
        if data or is_chunked:
            self._transport.write(data + (b"0\r\n\r\n" if is_chunked else b""))

    def _closed(self, pending: Pending, head: str, fields: str) -> bytes:
        """Return the whole head as bytes, which says so where the connection ends with it."""
        if "\r\nconnection: close\r\n" in fields:
            pending.keep_alive = False
        elif not pending.keep_alive or self._is_refused:
            pending.keep_alive = False
            head += "connection: close\r\n"
        return (head + "\r\n").encode("latin-1", "replace")

    def _finish(self, pending: Pending) -> None:
        """Go on with the next request, or wait for it."""
        self._current = None
        self._since = time.monotonic()
        if pending.body is self._incoming:
            self._incoming = None  # the rest of it is dropped as it comes
        if not pending.keep_alive:
            self._takes_more = False
            self._transport.close()
            return
        if self._queue:
            self._start(self._queue.popleft())
        if not self._queue:
            self._transport.resume_reading()

    async def _drain(self) -> None:
        """Wait until the peer has taken enough of what was written, or is gone."""
        self._is_drained = self._loop.create_future()
        self._since, self._progress = time.monotonic(), None
        try:
            if self._is_paused and not self._is_lost:
                await self._is_drained
        finally:
            self._is_drained = None

    def _continue(self) -> None:
        """Ask for a body that the client holds back until it is wanted."""
        pending = self._current
        self._since, self._progress = time.monotonic(), None
        if (
            pending is not None
            and pending.version != "1.0"
            and pending.request.headers.get("expect", "").lower() == "100-continue"
            and not self._is_lost
        ):
            self._transport.write(CONTINUE)

    # Ending

    def _count(self, size: int) -> None:
        self._head_size += size
        if self._head_size > self._limits.head:
            raise HeadInvalid(f"the request's head is above {self._limits.head} bytes")

    def _refuse_rest(self) -> None:
        """Take nothing more: what came is no request.

        Where it came behind a whole request (whose body is longer than it says, perhaps),
        that one is answered first.
        """
        self._takes_more = False
        current = self._current
        if self._incoming is not None:
            self._incoming.break_off("what came is malformed")
        if current is not None:
            (self._queue[-1] if self._queue else current).keep_alive = False
        elif not self._transport.is_closing():
            self._refuse(400, "This is no HTTP request that is understood here.\n")

    def _refuse(self, status: int, text: str) -> None:
        response = plain_response(status, text)
        head = response_head(status, [*response.headers, ("connection", "close")])
        self._transport.write(f"{head}\r\n{text}".encode("latin-1"))
        self._takes_more = False
        self._transport.close()

    def shut_down(self) -> None:
        """Close an idle connection now, and a busy one once its response is sent.

        Over TLS a peer is asked for its goodbye first, and one that pools its connections
        answers only when it uses them again: nothing is lost by not waiting for that.
        """
        if self._current is None:
            if not self._transport.is_closing() and not self._transport.get_write_buffer_size():
                self._transport.abort()
            else:
                self._transport.close()
        else:
            (self._queue[-1] if self._queue else self._current).keep_alive = False

    @property
    def idle_since(self) -> float | None:
        """When the wait for a request (or the rest of its head) began; None: there is none."""
        is_idle = self._current is None and not self._transport.is_closing()
        return self._since if is_idle else None

    def abort(self) -> None:
        """Break the connection off, whatever it is at."""
        self._transport.abort()

    def end_if_overdue(self, now: float) -> None:
        """Close the connection if its peer has let it wait for too long."""
        if now - self._since < self._limits.idle or self._is_lost:
            return
        current = self._current
        if self._is_drained is not None:
            self._end_without_progress(now, -self._transport.get_write_buffer_size())
        elif current is not None and current.body is not None and current.body.is_awaited:
            self._end_without_progress(now, current.body.received)
        elif current is not None:
            return  # it is we who take long
        elif self._in_head and not self._transport.is_closing():
            self._refuse(408, "The request did not come in time.\n")
        else:
            self._transport.abort()

    def _end_without_progress(self, now: float, measure: int) -> None:
        if self._progress is not None and measure - self._progress < _LEAST:
            self._transport.abort()
        self._since, self._progress = now, measure
