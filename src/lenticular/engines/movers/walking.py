"""Walking: through a tree in an order that does not change, beside the tree it is to become.

What is in a folder comes by name, a folder before what is in it. So a walk can begin anywhere
without having been at what comes before. The next folders are listed ahead, for a place far
away to answer meanwhile.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Final

from msgspec import Struct, field

from lenticular.engines.connectors.contract import Entry
from lenticular.engines.movers.filters import Filters
from lenticular.engines.movers.sorting import Listing
from lenticular.engines.movers.troubles import Trouble

_AHEAD: Final = 64
"""Entries of a folder that are looked at ahead, for folders among them."""
_LISTED: Final = 4
"""Of these: listed ahead."""

_NOTHING: Final = Entry("", "other")

Names = tuple[str, ...]


class Pair(Struct):
    """What the source has by a name, and what the destination has by it."""

    source: Entry | None
    destination: Entry | None

    @property
    def name(self) -> str:
        """The name."""
        return (self.source or self.destination or _NOTHING).name

    @property
    def is_folder(self) -> bool:
        """Whether there is something to go into."""
        return self.source is not None and self.source.kind == "dir"


class Visit(Struct):
    """Something that a walk came to."""

    names: Names
    """Its path below the item."""
    pair: Pair


class Lost(Struct):
    """A folder that could not be listed, or something in it that could not be told."""

    names: Names
    """Of the folder."""
    trouble: Trouble
    is_directory: bool
    """Whether it is the folder."""


class Both(Struct):
    """A folder's listing, and that of the folder it is to become (None: none is asked for)."""

    source: Listing
    destination: Listing | None

    async def pairs(self) -> AsyncGenerator[Pair, None]:
        """Iterate over all names of both, in their order."""
        async with aclosing(self.source.read()) as ours:
            if self.destination is None:
                async for entry in ours:
                    yield Pair(entry, None)
                return
            async with aclosing(self.destination.read()) as theirs:
                one, other = await anext(ours, None), await anext(theirs, None)
                while one or other:
                    if other is None or (one and one.name < other.name):
                        yield Pair(one, None)
                        one = await anext(ours, None)
                    elif one is None or other.name < one.name:
                        yield Pair(None, other)
                        other = await anext(theirs, None)
                    else:
                        yield Pair(one, other)
                        one, other = await anext(ours, None), await anext(theirs, None)

    def close(self) -> None:
        """Let go of both."""
        self.source.close()
        if self.destination is not None:
            self.destination.close()


Lister = Callable[[Names, bool], Coroutine[None, None, Both]]
"""Lists a folder by its names, and at the destination too, if that may be there. Raises
`Trouble` that does not pass."""


class _Frame(Struct):
    """A folder that a walk is in."""

    names: Names
    both: Both
    pairs: AsyncGenerator[Pair, None]
    rest: Names
    """The path below it that the walk is to go on behind."""
    window: deque[Pair] = field(default_factory=deque)
    """What comes next."""
    ahead: dict[Names, asyncio.Task[Both]] = field(default_factory=dict)
    is_read: bool = False

    async def close(self) -> None:
        await self.pairs.aclose()
        self.both.close()
        for task in self.ahead.values():
            task.cancel()
        for listed in await asyncio.gather(*self.ahead.values(), return_exceptions=True):
            if isinstance(listed, Both):
                listed.close()


class Walk:
    """A walk through the folders of an item."""

    def __init__(self, lister: Lister, filters: Filters, *, extras: bool = False) -> None:
        """Walk with what `lister` lists, where the filters let.

        `extras`: come also to what only the destination has, without going into it.
        """
        self._lister = lister
        self._filters = filters
        self._extras = extras

    async def visits(
        self, below: Names = (), after: Names = (), *, is_over: bool = False
    ) -> AsyncGenerator[Visit | Lost, None]:
        """Iterate over what is in the folder `below`, itself not, behind the path `after`.

        `is_over`: if there is a folder, also behind all that is in it.
        """
        frames: list[_Frame] = []
        coming: tuple[Names, Names, bool] | None = (below, after, True)
        try:
            while coming or frames:
                if coming:
                    opened = await self._open(*coming, frames[-1].ahead if frames else {})
                    coming = None
                    if isinstance(opened, Lost):
                        yield opened
                        continue
                    frames.append(opened)
                    if not opened.rest:
                        for fault in opened.both.source.faults:
                            yield Lost(opened.names, Trouble(fault, "source"), is_directory=False)
                frame = frames[-1]
                if (pair := await self._next(frame)) is None:
                    await frames.pop().close()
                    continue
                names, was_told = (*frame.names, pair.name), frame.rest[:1] == (pair.name,)
                if not was_told:
                    yield Visit(names, pair)
                rest = frame.rest[1:] if was_told else ()
                if pair.is_folder and not (was_told and is_over and not rest):
                    coming = (names, rest, _is_folder(pair.destination))
        finally:
            for frame in frames:
                await frame.close()

    async def _open(
        self,
        names: Names,
        rest: Names,
        beside: bool,
        ahead: dict[Names, asyncio.Task[Both]],
    ) -> _Frame | Lost:
        try:
            listed = ahead.pop(names, None)
            both = await (listed or self._lister(names, beside))
        except Trouble as trouble:
            return Lost(names, trouble, is_directory=True)
        return _Frame(names, both, both.pairs(), rest)

    async def _next(self, frame: _Frame) -> Pair | None:
        while len(frame.window) < _AHEAD and not frame.is_read:
            pair = await anext(frame.pairs, None)
            if pair is None:
                frame.is_read = True
            elif self._is_meant(pair) and frame.rest[:1] <= (pair.name,):
                frame.window.append(pair)
                names = (*frame.names, pair.name)
                if pair.is_folder and len(frame.ahead) < _LISTED:
                    listing = self._lister(names, _is_folder(pair.destination))
                    frame.ahead[names] = asyncio.ensure_future(listing)
        return frame.window.popleft() if frame.window else None

    def _is_meant(self, pair: Pair) -> bool:
        entry = pair.source
        if entry is None:
            entry = pair.destination if self._extras else None
        if entry is None:
            return False
        if entry.kind in ("file", "dir"):
            return self._filters.meant(entry.name, "dir" if entry.kind == "dir" else "file")
        return True


def _is_folder(entry: Entry | None) -> bool:
    return entry is not None and entry.kind == "dir"
