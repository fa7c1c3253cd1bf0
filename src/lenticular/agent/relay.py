"""The relay: two connections that come in become one, for agents that nobody can connect to.

A visitor asks for the agent of a collection and is held. If the cloud lets them, it tells the
agent, which connects and shows a ticket. From then on the relay hands bytes from the one to the
other, and understands none of them: the two speak TLS, and know each other by what the cloud
told them. Before that, the agent says by one byte that it listens.
"""

import asyncio
import hmac
import logging
import re
import secrets
import socket
import ssl
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from lenticular.agent.serving.answers import Refusal
from lenticular.agent.serving.gate import Cloud
from lenticular.apis.http import Request, Response
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.peer.channel import Channel, request_head
from lenticular.engines.connectors.peer.wire import RELAY
from lenticular.engines.movers.messages import Dial, Knock
from lenticular.server.http import Listener

PATH: Final = "/relay/"
"""Where agents come to; with a collection's id behind it, where visitors do."""

_READY: Final = b"\n"
_PATIENCE: Final = 20.0
"""Seconds within which an agent has to come."""

_MOST: Final = 2048
"""Visitors that wait or are connected."""

_VISITOR: Final = re.compile(rf"{PATH}([0-9A-Za-z-]{{1,64}})(/.*)?", re.ASCII)
_UPGRADE: Final = [("Connection", "Upgrade"), ("Upgrade", RELAY)]

_log = logging.getLogger("lenticular.connect")


class Relay:
    """Brings visitors and agents together."""

    def __init__(self, cloud: Cloud, url: str) -> None:
        """Ask `cloud` who may meet; `url` is where this is, without `PATH`."""
        self._cloud = cloud
        self._url = f"{url}{PATH}"
        self._meetings: dict[str, _Meeting] = {}
        self._open: set[_Meeting] = set()

    async def __call__(self, request: Request) -> Response:
        """Answer whoever comes. Raises `Refusal`."""
        if request.method != "GET" or request.headers.get("upgrade", "").lower() != RELAY:
            raise Refusal(426, "UpgradeRequired", "Agents meet here", (("Upgrade", RELAY),))
        if request.raw_path == PATH:
            meeting = self._expected(_bearer(request))
            return Response(101, list(_UPGRADE), switch=meeting.agent.begin)
        match = _VISITOR.fullmatch(request.raw_path)
        if match is None:
            raise Refusal(404, "NotFound", "There is nothing at this address")
        meeting = await self._arrange(match[1], _bearer(request))
        return Response(101, list(_UPGRADE), switch=meeting.visitor.begin)

    def close(self) -> None:
        """End all connections."""
        for meeting in list(self._open):
            meeting.end()

    async def _arrange(self, collection_id: str, token: str) -> "_Meeting":
        """Return once the agent of a collection is there. Raises `Refusal`."""
        if len(self._open) >= _MOST:
            raise Refusal(503, "ServiceUnavailable", "There are too many visitors: come later")
        meeting = _Meeting(self._open)
        ticket = secrets.token_urlsafe(32)
        self._meetings[ticket] = meeting  # the agent may come before the cloud's answer does
        try:
            called = await self._cloud.knock(Knock(collection_id, token, self._url, ticket))
            if not called.is_told:
                raise Refusal(403, "PermissionDenied", called.reason or "You are not let in")
            async with asyncio.timeout(_PATIENCE):
                await meeting.agent_came.wait()
        except TimeoutError:
            meeting.end()
            raise Refusal(
                503, "EndpointError", "The agent of the collection does not come"
            ) from None
        except BaseException:
            meeting.end()
            raise
        finally:
            self._meetings.pop(ticket, None)
        return meeting

    def _expected(self, shown: str) -> "_Meeting":
        for ticket in list(self._meetings):
            if hmac.compare_digest(ticket.encode(), shown.encode()):
                meeting = self._meetings.pop(ticket)
                meeting.agent_came.set()
                return meeting
        raise Refusal(403, "PermissionDenied", "Nobody waits for who has this ticket")


class _Meeting:
    """A visitor and an agent."""

    def __init__(self, meetings: "set[_Meeting]") -> None:
        self.agent_came = asyncio.Event()
        self.visitor = _End(self)
        self.agent = _End(self)
        self.visitor.other, self.agent.other = self.agent, self.visitor
        self._meetings = meetings
        meetings.add(self)
        loop = asyncio.get_running_loop()
        self._late = loop.call_later(2 * _PATIENCE, self.end)

    def listens(self, data: bytes) -> None:
        """Take what the agent says first: that it listens, and nothing else."""
        if data == _READY:
            self.agent.is_ready = True
            self.begin()
        else:
            self.end()

    def begin(self) -> None:
        """Let bytes through, if both are here and the agent listens."""
        if self.agent.is_ready and self.visitor.transport and self.agent.transport:
            self._late.cancel()
            self.visitor.transport.resume_reading()

    def end(self) -> None:
        """Close both connections, once what was said has been handed on."""
        self._late.cancel()
        self._meetings.discard(self)
        for one in (self.visitor, self.agent):
            if one.transport is not None:
                one.transport.close()


class _End(asyncio.Protocol):
    """One of the two connections."""

    other: "_End"

    def __init__(self, meeting: _Meeting) -> None:
        self.transport: asyncio.Transport | None = None
        self.is_ready = False
        self._meeting = meeting

    def begin(self, transport: asyncio.Transport) -> None:
        """Take the connection over, which was an HTTP request."""
        self.transport = transport
        transport.set_protocol(self)
        keep_alive(transport)
        if self is self._meeting.visitor:
            transport.pause_reading()
            self._meeting.begin()
        else:
            transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        if not self._meeting.agent.is_ready:
            self._meeting.listens(data)
        elif self.other.transport is not None:
            self.other.transport.write(data)

    def pause_writing(self) -> None:
        if self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other.transport is not None:
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._meeting.end()


async def come(
    dial: Dial, listener: Listener, secured: ssl.SSLContext, trusted: ssl.SSLContext | None
) -> None:
    """Go to the relay, and serve whoever waits there as if they had come here.

    `secured` is with what the agent shows itself, `trusted` knows who vouches for the relay.
    Never raises for what goes wrong on the way: the visitor asks again.
    """
    try:
        async with asyncio.timeout(_PATIENCE):
            transport, held = await _connected(dial, secured, trusted)
    except (Fault, OSError, TimeoutError) as error:
        # What the loop raises when a connection ends in the middle of TLS has no words.
        _log.warning("nobody was met at the relay: %s", str(error) or type(error).__name__)
        return
    listener.adopt(transport, held)


async def _connected(
    dial: Dial, secured: ssl.SSLContext, trusted: ssl.SSLContext | None
) -> tuple[asyncio.Transport, bytes]:
    loop = asyncio.get_running_loop()
    url = urlsplit(dial.url)
    is_secured = url.scheme == "https"
    host, port = url.hostname or "", url.port or (443 if is_secured else 80)
    context = (trusted or ssl.create_default_context()) if is_secured else None
    transport, channel = await loop.create_connection(Channel, host, port, ssl=context)
    try:
        headers = [("Host", url.netloc), ("Authorization", f"Bearer {dial.ticket}"), *_UPGRADE]
        await channel.begin(request_head("GET", PATH, headers))
        head = await channel.answer()
        if head.status != 101:
            raise Fault("CONNECT_FAILED", f"it answered {head.status}")
        holding = _Holding()
        # Nothing comes before this byte is there, and then TLS is what takes it.
        transport.write(_READY)
        inner = await loop.start_tls(transport, holding, secured, server_side=True)
        if inner is None:
            raise Fault("CONNECT_FAILED", "the visitor has gone")
    except BaseException:
        transport.abort()
        raise
    return inner, bytes(holding.held)


class _Holding(asyncio.Protocol):
    """Keeps what comes until somebody else takes the connection."""

    def __init__(self) -> None:
        self.held = bytearray()

    def data_received(self, data: bytes) -> None:
        self.held += data


def keep_alive(transport: asyncio.Transport) -> None:
    """Have the system notice when the other machine is gone."""
    connected: socket.socket | None = transport.get_extra_info("socket")
    if connected is not None:
        with suppress(OSError):
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
