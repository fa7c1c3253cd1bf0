"""Where an agent serves bytes: it asks the cloud about everybody who comes.

One with an address listens there, and runs the relay. Others go to that relay whenever the
cloud says that somebody waits, and show a certificate that is known by its fingerprint.
"""

import asyncio
import errno
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from lenticular.agent import certificates
from lenticular.agent.control import Control, trusting
from lenticular.agent.orders import Dialler
from lenticular.agent.relay import Relay, come
from lenticular.agent.serving import Door, Gate, OpenPlace
from lenticular.agent.settings import Listening, Settings
from lenticular.engines.movers.messages import (
    Admission,
    Called,
    Knock,
    SignedIn,
    SignIn,
    Visitor,
)
from lenticular.server.http import Limits, Listener

T = TypeVar("T")

_LIMITS: Final = Limits(head=64 * 1024, idle=75.0, connections=4096)
_PATIENCE: Final = 5.0
"""Seconds that requests have to end when the agent does."""

_BACKLOG: Final = 2048
_AGAIN: Final = 0.2
_ATTEMPTS: Final = 50
"""How often the port is tried, that an agent before this one may not have let go of."""

_RENEWAL: Final = 3600.0
"""Seconds between two readings of the certificate, which may have been renewed."""

_log = logging.getLogger("lenticular.connect")


class ControlledCloud:
    """The cloud, as the door asks it: over the control channel (`serving.Cloud`)."""

    def __init__(self, control: Control) -> None:
        self._control = control

    async def admit(self, visitor: Visitor) -> Admission:
        return await self._ask("admissions", visitor, Admission)

    async def sign_in(self, sign_in: SignIn) -> SignedIn:
        return await self._ask("sign-ins", sign_in, SignedIn)

    async def knock(self, knock: Knock) -> Called:
        return await self._ask("knocks", knock, Called)

    async def _ask(self, path: str, document: object, kind: type[T]) -> T:
        answer: T = await self._control.call("POST", path, document, kind)
        return answer


@dataclass(frozen=True, slots=True)
class DataChannel:
    """How others reach the bytes that an agent serves."""

    fingerprint: str
    """Of its certificate; empty where authorities vouch for that, or it is served without TLS."""
    dial: Dialler | None
    """Goes to the relay, and serves whoever waits there; None: this is where the relay is."""


@asynccontextmanager
async def data_channel(
    settings: Settings, control: Control, open_place: OpenPlace
) -> AsyncIterator[DataChannel]:
    """Serve who comes while the context lasts. Raises OSError."""
    at, cloud = settings.listening, ControlledCloud(control)
    relay = None if at is None else Relay(cloud, at.url)
    door = Door(Gate(cloud, open_place), relay=relay)
    own, fingerprint = certificates.own_context() if at is None else (None, "")
    secured = own if at is None else _secured(at)
    listener = Listener(door, _LIMITS, secured)
    await listener.open(None if at is None else await _socket(at))
    renewing = None if at is None else asyncio.create_task(_renew(secured, at))
    if at is not None:
        _log.info("serves bytes at %s", at.url)
    trusted = trusting(settings)
    try:
        yield DataChannel(
            fingerprint,
            partial(come, listener=listener, secured=own, trusted=trusted)
            if own is not None
            else None,
        )
    finally:
        if renewing is not None:
            renewing.cancel()
        if relay is not None:
            relay.close()
        await listener.close(_PATIENCE)
        await door.close()


async def _socket(at: Listening) -> socket.socket:
    family = socket.AF_INET6 if ":" in at.host else socket.AF_INET
    for _ in range(_ATTEMPTS):
        try:
            return socket.create_server((at.host, at.port), family=family, backlog=_BACKLOG)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        await asyncio.sleep(_AGAIN)
    return socket.create_server((at.host, at.port), family=family, backlog=_BACKLOG)


def _secured(at: Listening) -> ssl.SSLContext | None:
    if not at.certificate:
        return None
    return certificates.given_context(Path(at.certificate), Path(at.key))


async def _renew(secured: ssl.SSLContext | None, at: Listening) -> None:
    """Let new connections have the certificate as it is in its file by then."""
    while secured is not None:
        await asyncio.sleep(_RENEWAL)
        try:
            secured.load_cert_chain(at.certificate, at.key)
        except (OSError, ssl.SSLError):
            _log.exception("the certificate was not read again")
