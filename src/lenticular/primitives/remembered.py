"""What is remembered by name for a moment: small things that every request asks the store for.

Each hardly ever changes: it is kept for `REMEMBERED` seconds, and forgotten at once when this
process changes it; when another does, as soon as that is signalled.
"""

import time
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction

N = TypeVar("N", bound=Hashable)
V = TypeVar("V")

REMEMBERED: Final = 1.0
"""Seconds after which what another process changed is known here at the latest."""

CHANGED: Final = b"remembered"
"""The topic that is signalled when something changes that may be remembered."""

_MOST: Final = 10_000


class Remembered(Generic[N, V]):
    """What one primitive finds under names."""

    def __init__(
        self,
        store: KeyValueStore,
        find: Callable[[Reader, N], V],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Remember what `find` reads under a name."""
        self._store = store
        self._find = find
        self._clock = clock
        self._remembered: dict[N, tuple[float, V]] = {}
        self._forgotten = 0

    async def named(self, name: N) -> V:
        """Return what is found under a name."""
        found = self._remembered.get(name)
        if found is not None and self._clock() < found[0]:
            return found[1]
        forgotten = self._forgotten
        value = await self._store.read(lambda reader: self._find(reader, name))
        if forgotten != self._forgotten:
            return value  # it may be of before a change
        if len(self._remembered) >= _MOST:
            self._remembered.clear()
        self._remembered[name] = (self._clock() + REMEMBERED, value)
        return value

    def forget(self, name: N) -> None:
        """Ask anew the next time: it was made, changed or deleted."""
        self._forgotten += 1
        self._remembered.pop(name, None)

    def forget_all(self) -> None:
        """Ask anew for everything."""
        self._forgotten += 1
        self._remembered.clear()


def tell_changed(tx: Transaction) -> None:
    """Let every process forget what it remembers: the transaction changes some of it."""
    tx.signal(CHANGED)
