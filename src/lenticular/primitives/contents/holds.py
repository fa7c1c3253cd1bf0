"""Holds: while one is there, no content that was released is removed.

Who copies a state of the cloud (a backup) takes one before it reads that state. Every blob
that the state refers to then stays until it is copied, whatever is deleted meanwhile. A hold
is durable, so that every process on the store heeds it, and expires by itself, so that one
whose owner was killed does not hold up deletion for ever.
"""

import os
import time
from collections.abc import Callable

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import Subspace

HOLDS = Subspace("contents", "hold")  # (hold id) -> milliseconds since the epoch at its end


class HoldExpired(RuntimeError):
    """A hold was not renewed in time: contents may have been removed since."""


class Holds:
    """The holds on the contents of one cloud."""

    def __init__(self, store: KeyValueStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    async def begin(self, seconds: float) -> bytes:
        """Begin a hold for so long and return its id. Forgets those that have expired."""
        hold_id = os.urandom(8)

        def begin(tx: Transaction) -> None:
            now = self._clock()
            for key, end in tx.range(*HOLDS.range()):
                if not _lasts(end, now):
                    tx.delete(key)
            tx.set(HOLDS.pack(hold_id), _end(now + seconds))

        await self._store.transact(begin)
        return hold_id

    async def renew(self, hold_id: bytes, seconds: float) -> None:
        """Let a hold last so long from now on. Raises `HoldExpired` when it is too late."""

        def renew(tx: Transaction) -> None:
            now = self._clock()
            end = tx.get(HOLDS.pack(hold_id))
            if end is None or not _lasts(end, now):
                raise HoldExpired("the hold on deleted contents has expired: begin anew")
            tx.set(HOLDS.pack(hold_id), _end(now + seconds))

        await self._store.transact(renew)

    async def end(self, hold_id: bytes) -> None:
        """End a hold. That it has ended already is as good."""
        await self._store.transact(lambda tx: tx.delete(HOLDS.pack(hold_id)))


def is_held(reader: Reader, clock: Callable[[], float] = time.time) -> bool:
    """Tell whether nothing may be removed now."""
    now = clock()
    return any(_lasts(end, now) for _, end in reader.range(*HOLDS.range()))


def forget_all(tx: Transaction) -> None:
    """Forget every hold: of a copied store, whose holds are on the contents of the other."""
    tx.delete_range(*HOLDS.range())


def _end(moment: float) -> bytes:
    return int(moment * 1000).to_bytes(8, "big")


def _lasts(end: bytes, now: float) -> bool:
    return int.from_bytes(end, "big") > now * 1000
