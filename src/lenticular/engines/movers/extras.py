"""Extras: what only the destination has, removed when all that the source has is there.

What the filter rules leave out is left alone at both ends. Nothing is removed where a folder of
the source cannot be listed.
"""

import asyncio
from contextlib import aclosing

from lenticular.engines.connectors.contract import Entry
from lenticular.engines.movers.contract import Counts, Course, Item, Job
from lenticular.engines.movers.deleting import Remover
from lenticular.engines.movers.ends import Pair
from lenticular.engines.movers.filters import Filters
from lenticular.engines.movers.items import every
from lenticular.engines.movers.ledger import Ledger
from lenticular.engines.movers.listings import Listings
from lenticular.engines.movers.pacing import Pace
from lenticular.engines.movers.persistence import Persistence
from lenticular.engines.movers.sorting import Shelf
from lenticular.engines.movers.steps import below
from lenticular.engines.movers.troubles import Trouble, at, is_cancelled
from lenticular.engines.movers.walking import Lost, Walk


class Extras:
    """The removal after a transfer with ``delete_destination_extra``."""

    def __init__(
        self,
        job: Job,
        course: Course,
        persistence: Persistence,
        ledger: Ledger,
        shelf: Shelf,
        pace: Pace,
    ) -> None:
        self.item = 0
        """Number of the item that it is at; again from its beginning after a break."""
        self._options = job.options
        self._filters = Filters(job.options.filter_rules)
        self._course = course
        self._persistence = persistence
        self._ledger = ledger
        self._shelf = shelf
        self._pace = pace
        self._remover = Remover(persistence, Counts(), shelf, pace)

    async def run(self) -> None:
        """Remove what is to be removed."""
        async with aclosing(every(self._course, self.item)) as items:
            async for number, given in items:
                self.item = number
                tries = 0
                while (trouble := await self._sweep(given)) is not None:
                    if trouble.is_skipped(self._options) or is_cancelled():
                        return
                    self._ledger.fault(trouble.fault)
                    tries += 1
                    await asyncio.sleep(self._pace.pause(tries))

    async def _sweep(self, given: Item) -> Trouble | None:
        """Remove what is to be removed within an item; return what it failed of."""
        try:
            if not given.is_symlink and (await self._find(given)).kind == "dir":
                await self._sweep_folder(given)
        except Trouble as trouble:
            return trouble
        return None

    async def _find(self, given: Item) -> Entry:
        async def once(pair: Pair) -> Entry:
            with at("source"):
                return await pair.source.stat(given.source)

        return await self._persistence.ask(once)

    async def _sweep_folder(self, given: Item) -> None:
        listings = Listings(self._persistence, self._shelf, given, compares=True)
        walk = Walk(listings.folder, self._filters, extras=True)
        async with aclosing(walk.visits()) as visits:
            async for found in visits:
                if isinstance(found, Lost):
                    raise found.trouble
                extra = found.pair.destination
                if found.pair.source is None and extra is not None:
                    await self._remover.remove(below(given.destination, found.names), extra.kind)
