"""The connections to a peer: made when needed, used again, at whichever address answers.

An address is the base URL of a collection at an agent. Over ``https`` the agent shows a
certificate of its own making, which is known by its fingerprint, or one that is trusted. An
address at the cloud's relay (``.../relay/AGENT/collections/ID``) is reached in two steps: the
relay is asked for a connection to the agent, and on that one TLS is begun with the agent
itself, so that the relay sees nothing.
"""

import asyncio
import hashlib
import hmac
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.peer.channel import Channel, Head, request_head
from lenticular.engines.connectors.peer.wire import RELAY
from lenticular.engines.connectors.places import Peer

MOST = 64
"""Connections to one peer."""

_CONNECTING = 15.0
"""Seconds in which an address has to answer."""

_IDLE = 30.0
"""Seconds after which a connection is not used again: agents close them after a while."""

_RELAY_PATH = "/relay/"


@dataclass(frozen=True, slots=True)
class Address:
    """A base URL, taken apart."""

    host: str
    port: int
    secured: bool
    base: str
    """The path of the collection at the agent."""
    relay: str = ""
    """Path at the host that leads to the agent; empty: the host is the agent's."""

    @property
    def authority(self) -> str:
        """As it stands in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def read_address(url: str) -> Address | None:
    """Take a base URL apart; None: it is none that leads anywhere."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    path, relay = parts.path.rstrip("/"), ""
    if path.startswith(_RELAY_PATH):
        at = path.find("/", len(_RELAY_PATH))
        at = len(path) if at < 0 else at
        relay, path = path[:at], path[at:]
    return Address(parts.hostname, port, parts.scheme == "https", path, relay)


class Pool:
    """The connections to one peer."""

    def __init__(self, peer: Peer, trusted: ssl.SSLContext | None = None) -> None:
        """Reach `peer`; `trusted` knows the authorities of what shows no known fingerprint."""
        self._peer = peer
        self._trusted = trusted
        found = map(read_address, peer.addresses)
        self._addresses = [address for address in found if address is not None]
        self._idle: list[tuple[Channel, Address]] = []
        self._places = asyncio.Semaphore(MOST)
        self._open: set[Channel] = set()

    @asynccontextmanager
    async def channel(self, *, fresh: bool = False) -> AsyncIterator[tuple[Channel, Address]]:
        """Lend a connection; one that was not used to its end is closed.

        `fresh`: it must be a new one. Raises `Fault` ``CONNECT_FAILED``.
        """
        async with self._places:
            channel, address = (None if fresh else self._used()) or await self._connect()
            try:
                yield channel, address
            finally:
                if channel.is_idle:
                    channel.since = asyncio.get_running_loop().time()
                    self._idle.append((channel, address))
                else:
                    self._open.discard(channel)
                    channel.close()

    def headers(self, address: Address) -> list[tuple[str, str]]:
        """Return what every request has."""
        headers = [("Host", address.authority)]
        if self._peer.token:
            headers.append(("Authorization", f"Bearer {self._peer.token}"))
        return headers

    def close(self) -> None:
        """Close all connections."""
        for channel in self._open:
            channel.close()
        self._open.clear()
        self._idle.clear()

    def _used(self) -> tuple[Channel, Address] | None:
        now = asyncio.get_running_loop().time()
        while self._idle:
            channel, address = self._idle.pop()
            if channel.is_idle and now - channel.since < _IDLE:
                return channel, address
            self._open.discard(channel)
            channel.close()
        return None

    async def _connect(self) -> tuple[Channel, Address]:
        faults = []
        for address in list(self._addresses):
            try:
                async with asyncio.timeout(_CONNECTING if not address.relay else 3 * _CONNECTING):
                    channel = await self._reach(address)
            except TimeoutError:
                faults.append(f"{address.authority} does not answer")
            except ssl.SSLError as error:
                faults.append(f"{address.authority}: {error.reason or 'TLS failed'}")
            except OSError as error:
                faults.append(f"{address.authority}: {error.strerror or 'it cannot be reached'}")
            except Fault as fault:
                faults.append(f"{address.authority}: {fault.description}")
            else:
                self._addresses.remove(address)
                self._addresses.insert(0, address)  # the one that answers is tried first from now
                self._open.add(channel)
                return channel, address
        why = "; ".join(faults) or "it has told no address"
        raise Fault("CONNECT_FAILED", f"The other agent cannot be reached: {why}")

    async def _reach(self, address: Address) -> Channel:
        loop = asyncio.get_running_loop()
        ends_here = not address.relay
        if self._peer.fingerprint and ends_here and not address.secured:
            raise Fault("CONNECT_FAILED", "it is to show a certificate, and this is without TLS")
        secured = self._context(ends_here) if address.secured else None
        transport, channel = await loop.create_connection(
            Channel,
            address.host,
            address.port,
            ssl=secured,
            server_hostname=address.host if secured is not None else None,
        )
        try:
            if address.relay:
                transport = await self._through(address, transport, channel)
            if self._peer.fingerprint and (address.secured or address.relay):
                self._check(transport)
        except BaseException:
            channel.close()
            raise
        return channel

    async def _through(
        self, address: Address, transport: asyncio.Transport, channel: Channel
    ) -> asyncio.Transport:
        """Have the relay connect the agent, and begin TLS with that."""
        upgrade = [("Connection", "Upgrade"), ("Upgrade", RELAY), ("Accept", "application/json")]
        target = f"{address.relay}{address.base}"
        await channel.begin(request_head("GET", target, [*self.headers(address), *upgrade]))
        head = await channel.answer(2 * _CONNECTING)
        if head.status != 101:
            raise Fault("CONNECT_FAILED", refusal(head))
        context = self._context(ends_here=True)
        inner = await asyncio.get_running_loop().start_tls(
            transport, channel, context, server_hostname=address.host
        )
        if inner is None:
            raise Fault("CONNECT_FAILED", "The other agent closed the connection")
        channel.attach(inner)
        return inner

    def _context(self, ends_here: bool) -> ssl.SSLContext:
        """Return how to begin TLS; `ends_here`: with the agent, whose fingerprint may be known."""
        if not (ends_here and self._peer.fingerprint):
            return self._trusted or ssl.create_default_context()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the fingerprint says it all: see `_check`
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def _check(self, transport: asyncio.Transport) -> None:
        """Raise `Fault` unless the agent shows the certificate that it announced."""
        secured = transport.get_extra_info("ssl_object")
        shown = secured.getpeercert(binary_form=True) if secured is not None else None
        fingerprint = hashlib.sha256(shown or b"").hexdigest()
        if not hmac.compare_digest(fingerprint, self._peer.fingerprint.lower()):
            raise Fault("CONNECT_FAILED", "it shows another certificate than the agent announced")


def refusal(head: Head) -> str:
    """Return what a status says, for people."""
    return {
        401: "it does not know the ticket any more",
        403: "the ticket is not for this",
        404: "it does not serve this collection",
        503: "it is busy, or cannot reach the agent",
    }.get(head.status, f"it answered {head.status}")
