"""What is held for a peer between two of its requests: writers, and listings that go on.

Each is known by a random name, and to nobody but the visitor for whom it was made. What is not
heard of for a while is let go: a writer is suspended, so that it can be gone on with later.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from lenticular.agent.serving.gate import Opened, Visit
from lenticular.engines.connectors.faults import Fault

T = TypeVar("T")

MOST: Final = 4096
"""That are held at once, for all visitors."""

MOST_OF_ONE: Final = 512
"""For one person, or for one visitor who is nobody in particular."""

_LOOK: Final = 5.0


@dataclass(slots=True)
class Holding(Generic[T]):
    """Something that is held."""

    what: T
    visitor: str
    person: str
    path: str
    opened: Opened
    last: float
    uses: int = 0
    """Requests that are about it now."""


class Held(Generic[T]):
    """Things of one kind."""

    def __init__(
        self,
        let_go: Callable[[T], Awaitable[object]],
        leave: Callable[[Opened], Awaitable[None]],
        seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Hold each for `seconds` after its last use, then `let_go`."""
        self._let_go = let_go
        self._leave = leave
        self._seconds = seconds
        self._clock = clock
        self._held: dict[str, Holding[T]] = {}
        self._watching: asyncio.Task[None] | None = None

    async def hold(self, visit: Visit, path: str, what: T) -> str:
        """Hold something for a visitor, and return its name.

        Raises `Fault` when there is no room for it; then it is let go.
        """
        person = visit.admission.identity_id or visit.name
        own = sum(one.person == person for one in self._held.values())
        if own >= MOST_OF_ONE or len(self._held) >= MOST:
            await self._let_go(what)
            raise Fault("ENDPOINT_ERROR", "So much is under way here that no more is begun")
        name = secrets.token_urlsafe(16)
        visit.opened.visits += 1  # the place stays open as long
        self._held[name] = Holding(what, visit.name, person, path, visit.opened, self._clock())
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        return name

    def find(self, visit: Visit, name: str) -> Holding[T]:
        """Return what is held. Raises `Fault` ``CONNECTION_BROKEN``: it can be gone on with."""
        holding = self._held.get(name)
        if holding is None or holding.visitor != visit.name:
            raise Fault("CONNECTION_BROKEN", "This was let go meanwhile: open it again")
        holding.last = self._clock()
        return holding

    def of(self, visit: Visit, path: str) -> list[tuple[str, Holding[T]]]:
        """Return what a visitor has that concerns a path."""
        return [
            (name, one)
            for name, one in self._held.items()
            if one.visitor == visit.name and one.path == path
        ]

    def has(self, name: str) -> bool:
        """Tell whether something is held by this name."""
        return name in self._held

    async def drop(self, name: str) -> T | None:
        """Hold it no more, and return it: the caller ends it. None: it is not held."""
        holding = self._held.pop(name, None)
        if holding is None:
            return None
        await self._leave(holding.opened)
        return holding.what

    async def close(self) -> None:
        """Let go of everything."""
        if self._watching is not None:
            self._watching.cancel()
        for name in list(self._held):
            await self._end(name)

    async def _watch(self) -> None:
        while self._held:
            await asyncio.sleep(_LOOK)
            latest = self._clock() - self._seconds
            for name, one in list(self._held.items()):
                if one.last < latest and not one.uses:
                    await self._end(name)
        self._watching = None

    async def _end(self, name: str) -> None:
        holding = self._held.pop(name, None)
        if holding is not None:
            with suppress(Fault, OSError):
                await self._let_go(holding.what)
            await self._leave(holding.opened)
