"""An agent's data channel on the event loop of a test: real sockets, a cloud made of a dict."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lenticular.agent.relay import Relay
from lenticular.agent.serving import Door, Gate
from lenticular.apis.http import Request
from lenticular.engines.connectors.contract import Connector
from lenticular.engines.connectors.opening import open_place
from lenticular.engines.connectors.places import Folder, Place, Rule
from lenticular.engines.movers.messages import (
    Admission,
    Called,
    Knock,
    SignedIn,
    SignIn,
    Visitor,
)
from lenticular.server.http import Limits, Listener, Send

SHOWN = "a-token"
COLLECTION = "8f0e2a34-1111-4222-8333-944445555666"


@dataclass
class TestCloud:
    """Says who may come in, as a test wants it."""

    __test__ = False

    admissions: dict[tuple[str, str], Admission] = field(default_factory=dict)
    """By collection and token."""
    signed_in: dict[str, SignedIn] = field(default_factory=dict)
    """By code."""
    asked: list[Visitor] = field(default_factory=list)
    sign_ins: list[SignIn] = field(default_factory=list)
    call: Callable[[Knock], Called] = lambda knock: Called(reason="Nobody is called here")
    error: OSError | None = None

    def let_in(
        self, root: Path, *rules: Rule, token: str = SHOWN, collection: str = COLLECTION
    ) -> None:
        """Let who has a token into a folder."""
        place = Place(Folder(str(root)), rules=rules or (Rule("/", "rw"),))
        self.admissions[collection, token] = Admission("admitted", place, "an identity")

    async def admit(self, visitor: Visitor) -> Admission:
        self.asked.append(visitor)
        if self.error is not None:
            raise self.error
        key = visitor.collection_id, visitor.token
        return self.admissions.get(key, Admission("unknown"))

    async def sign_in(self, sign_in: SignIn) -> SignedIn:
        self.sign_ins.append(sign_in)
        return self.signed_in.get(sign_in.code, SignedIn())

    async def knock(self, knock: Knock) -> Called:
        return self.call(knock)


@dataclass
class OpenDoor:
    """A data channel that listens."""

    cloud: TestCloud
    port: int
    listener: Listener
    clock: "Clock"
    scheme: str = "http"
    requests: list[Request] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The base of the collection."""
        return f"{self.origin}/collections/{COLLECTION}"


class Clock:
    """Seconds, as a test says it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def open_door(
    secured: ssl.SSLContext | None = None, opener: Callable[[Place], Connector] = open_place
) -> AsyncIterator[OpenDoor]:
    """Serve on a free port while the context lasts; `opener` opens the places."""
    listening = socket.create_server(("127.0.0.1", 0))
    cloud, clock, port = TestCloud(), Clock(), listening.getsockname()[1]
    scheme = "http" if secured is None else "https"
    relay = Relay(cloud, f"{scheme}://127.0.0.1:{port}")
    door = Door(Gate(cloud, opener, clock=clock), relay=relay)
    seen: list[Request] = []

    async def handle(request: Request, send: Send) -> None:
        seen.append(request)
        await door(request, send)

    listener = Listener(handle, Limits(head=65536, idle=60, connections=1000), secured)
    await listener.open(listening)
    try:
        yield OpenDoor(cloud, port, listener, clock, scheme, seen)
    finally:
        relay.close()
        await listener.close(2.0)
        await door.close()
        await asyncio.sleep(0)
