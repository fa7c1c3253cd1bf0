"""Persistence: asking a place again and again for as long as what is wrong may pass."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from lenticular.engines.movers.ends import Ends, Pair
from lenticular.engines.movers.ledger import Ledger
from lenticular.engines.movers.pacing import Pace
from lenticular.engines.movers.troubles import Trouble, is_cancelled

Answer = TypeVar("Answer")


class Persistence:
    """How a job asks its places."""

    def __init__(self, ends: Ends, ledger: Ledger, pace: Pace) -> None:
        self.ends = ends
        self._ledger = ledger
        self._pace = pace

    async def ask(self, do: Callable[[Pair], Awaitable[Answer]]) -> Answer:
        """Return what is answered in the end. Raises `Trouble` that does not pass by itself."""
        tries = 0
        while True:
            try:
                async with self.ends.both() as pair:
                    answer = await do(pair)
                if tries:
                    self._ledger.progressed()
                return answer
            except Trouble as trouble:
                if not trouble.is_passing or is_cancelled():
                    raise
                self._ledger.fault(trouble.fault)
                tries += 1
                await asyncio.sleep(self._pace.pause(tries))
