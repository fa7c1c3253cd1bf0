"""Holders by name, remembered: whom a request to a bucket or table is charged to.

Every request asks, and the answer hardly ever changes: it is kept for `REMEMBERED` seconds,
and forgotten at once when this process changes it.
"""

import time
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

from lenticular.engines.kv.contract import KeyValueStore, Reader
from lenticular.primitives.meters.levels import Holder

N = TypeVar("N", bound=Hashable)

REMEMBERED: Final = 1.0
"""Seconds after which what another process changed is known here."""

_MOST: Final = 10_000


class Holders(Generic[N]):
    """The holders of one primitive."""

    def __init__(
        self,
        store: KeyValueStore,
        find: Callable[[Reader, N], Holder | None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Find holders by what `find` reads under a name."""
        self._store = store
        self._find = find
        self._clock = clock
        self._remembered: dict[N, tuple[float, Holder | None]] = {}

    async def named(self, name: N) -> Holder | None:
        """Return the holder of a name, if there is one."""
        found = self._remembered.get(name)
        if found is not None and self._clock() < found[0]:
            return found[1]
        holder = await self._store.read(lambda reader: self._find(reader, name))
        if len(self._remembered) >= _MOST:
            self._remembered.clear()
        self._remembered[name] = (self._clock() + REMEMBERED, holder)
        return holder

    def forget(self, name: N) -> None:
        """Ask anew the next time: it was made, changed or deleted."""
        self._remembered.pop(name, None)
