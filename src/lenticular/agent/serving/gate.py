"""Who may come in, as the cloud says it, and the places that they are let into.

What the cloud said holds for a few seconds, so that a right that is taken away ends as soon as
that: also for who is in the middle of a file, which is asked about again and again.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec

from lenticular.agent.serving.answers import Refusal
from lenticular.agent.serving.narrowing import OpenPlace, open_admitted, place_of
from lenticular.engines.connectors.contract import Connector
from lenticular.engines.connectors.places import Place
from lenticular.engines.movers.messages import (
    Admission,
    Called,
    Knock,
    SignedIn,
    SignIn,
    Visitor,
)

LONGEST: Final = 4.0
"""Seconds for which an admission is believed, at most: a right ends within five."""

_BEGUN: Final = 0.5
"""Seconds more for who is in already: what has just begun is not broken off at once."""

_REFUSED: Final = 1.0
"""Seconds for which a refusal is: whoever was given a right tries again soon."""

_IDLE: Final = 60.0
"""Seconds for which a place is kept open that nobody is in."""

_MOST: Final = 4096
"""Admissions that are remembered."""


class Cloud(Protocol):
    """What the cloud is asked by whoever serves bytes for it. Calls raise OSError."""

    async def admit(self, visitor: Visitor) -> Admission:
        """Tell what a visitor may do."""

    async def sign_in(self, sign_in: SignIn) -> SignedIn:
        """Exchange the code with which a browser came back."""

    async def knock(self, knock: Knock) -> Called:
        """Have another agent come to the relay."""


@dataclass(slots=True)
class Opened:
    """A place that is open."""

    connector: Connector
    visits: int = 0
    """That are in it now."""
    left: float = 0.0
    """When the last one ended."""


@dataclass(slots=True)
class Known:
    """What the cloud said of a visitor."""

    admission: Admission
    until: float


@dataclass(slots=True)
class Visit:
    """Somebody who was let in."""

    gate: "Gate"
    visitor: Visitor
    admission: Admission
    place: Place
    opened: Opened
    until: float
    name: str = field(init=False)
    """Tells one visitor from any other, and nothing of the token."""

    def __post_init__(self) -> None:
        self.name = _digest(self.visitor)

    @property
    def files(self) -> Connector:
        """The files, as far as the visitor may use them."""
        return self.opened.connector

    async def renew(self) -> None:
        """Ask again, if it is time, whether the visitor may still be in. Raises `Refusal`."""
        if self.until > self.gate.clock():
            return
        known = await self.gate.known(self.visitor)
        place = place_of(known.admission)
        if known.admission.verdict != "admitted" or place is None:
            raise denied(known.admission)
        self.admission, self.place = known.admission, place
        self.until = known.until + _BEGUN


class Gate:
    """The door of an agent."""

    def __init__(
        self, cloud: Cloud, open_place: OpenPlace, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.cloud = cloud
        self.clock = clock
        self._open_place = open_place
        self._known: dict[str, Known] = {}
        self._asking: dict[str, asyncio.Task[Known]] = {}
        self._opened: dict[bytes, Opened] = {}

    async def known(self, visitor: Visitor) -> Known:
        """Return what the cloud says of a visitor, or said a moment ago.

        Raises `Refusal` (503) when it does not answer.
        """
        name = _digest(visitor)
        known = self._known.get(name)
        if known is not None and known.until > self.clock():
            return known
        asking = self._asking.get(name)
        if asking is None:
            asking = self._asking[name] = asyncio.create_task(self._ask(visitor, name))
            asking.add_done_callback(lambda task: self._asking.pop(name, None))
        try:
            return await asyncio.shield(asking)
        except OSError:
            raise Refusal(
                503,
                "ServiceUnavailable",
                "The cloud that knows who may come in does not answer: please try again",
                (("Retry-After", "5"),),
            ) from None

    async def enter(self, visitor: Visitor) -> Visit:
        """Let a visitor in; `leave` must follow. Raises `Refusal`."""
        known = await self.known(visitor)
        admission = known.admission
        place = place_of(admission)
        if admission.verdict != "admitted" or place is None:
            raise denied(admission)
        key = msgspec.msgpack.encode((admission.place, admission.paths))
        opened = self._opened.get(key)
        if opened is None:
            files = open_admitted(admission, place, self._open_place)
            opened = self._opened[key] = Opened(files)
        opened.visits += 1
        return Visit(self, visitor, admission, place, opened, known.until + _BEGUN)

    async def leave(self, opened: Opened) -> None:
        """Note that a visit has ended, and close what nobody has been in for a while."""
        opened.visits -= 1
        opened.left = now = self.clock()
        for key, one in list(self._opened.items()):
            if one.visits == 0 and one.left < now - _IDLE:
                del self._opened[key]
                await one.connector.close()

    async def close(self) -> None:
        """Close all places."""
        for one in self._opened.values():
            await one.connector.close()
        self._opened.clear()

    async def _ask(self, visitor: Visitor, name: str) -> Known:
        asked = self.clock()
        admission = await self.cloud.admit(visitor)
        is_in = admission.verdict == "admitted"
        known = Known(admission, asked + min(admission.seconds, LONGEST if is_in else _REFUSED))
        if len(self._known) >= _MOST:
            self._known = {key: one for key, one in self._known.items() if one.until > asked}
            for key in list(self._known)[: len(self._known) - _MOST + 1]:
                del self._known[key]
        self._known[name] = known
        return known


def denied(admission: Admission) -> Refusal:
    """Return why somebody is not let in."""
    if admission.verdict == "refused":
        reason = admission.reason or "You may not use these files"
        return Refusal(403, "PermissionDenied", reason)
    return Refusal(
        401,
        "AuthenticationFailed",
        admission.reason or "A valid access token of this collection's https scope is needed",
        (("WWW-Authenticate", 'Bearer realm="lenticular"'),),
    )


def _digest(visitor: Visitor) -> str:
    named = msgspec.msgpack.encode((visitor.collection_id, visitor.token))
    return hashlib.sha256(named).hexdigest()
