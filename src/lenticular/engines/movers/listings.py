"""Listings of folders at both ends of an item, for walks."""

import asyncio

from lenticular.engines.movers.contract import Item
from lenticular.engines.movers.ends import Pair
from lenticular.engines.movers.persistence import Persistence
from lenticular.engines.movers.sorting import Listing, Shelf
from lenticular.engines.movers.steps import below
from lenticular.engines.movers.troubles import Side, Trouble, at
from lenticular.engines.movers.walking import Both, Names


class Listings:
    """Lists the folders of an item."""

    def __init__(
        self, persistence: Persistence, shelf: Shelf, given: Item, *, compares: bool
    ) -> None:
        """`compares`: the destination's folders are listed as well."""
        self._persistence = persistence
        self._shelf = shelf
        self._given = given
        self._compares = compares

    async def folder(self, names: Names, beside: bool) -> Both:
        """Return what is in a folder; it is a `walking.Lister`."""
        if not (self._compares and beside):
            return Both(await self._list("source", below(self._given.source, names)), None)
        results = await asyncio.gather(
            self._list("source", below(self._given.source, names)),
            self._list("destination", below(self._given.destination, names)),
            return_exceptions=True,
        )
        one, other = results
        if isinstance(other, Trouble) and other.fault.code == "FILE_NOT_FOUND":
            other = Listing(self._shelf)
        if isinstance(one, Listing) and isinstance(other, Listing):
            return Both(one, other)
        for listing in (one, other):
            if isinstance(listing, Listing):
                listing.close()
        raise next(each for each in (one, other) if isinstance(each, BaseException))

    async def _list(self, side: Side, path: str) -> Listing:
        async def once(pair: Pair) -> Listing:
            end = pair.source if side == "source" else pair.destination
            with at(side):
                return await self._shelf.listing(end.entries(path))

        return await self._persistence.ask(once)
