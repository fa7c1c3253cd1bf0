"""The store as the parts of this package share it: one clock, one vault, one word of change."""

import time
from collections.abc import Callable
from typing import TypeVar

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.identities import spaces
from lenticular.primitives.throttle import Throttle
from lenticular.primitives.vault import Vault

T = TypeVar("T")

CHANGED = b"identities"
"""The topic that each change signals."""


class IdentityStore:
    """Reads and changes identities; whoever remembers something of them hears of each change."""

    def __init__(
        self, store: KeyValueStore, vault: Vault, *, time: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self.vault = vault
        self._time = time
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> int:
        """Return the time in milliseconds since the epoch."""
        return int(self._time() * 1000)

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each change, of this process or another."""
        self._listeners.append(listener)

    def throttle(self, kind: str) -> Throttle:
        """Return what counts attempts of one kind that fail."""
        return Throttle(self._store, kind, clock=self._time)

    async def read(self, fn: Callable[[Reader], T]) -> T:
        """Read as `KeyValueStore.read` does."""
        return await self._store.read(fn)

    async def change(self, fn: Callable[[Transaction], T]) -> T:
        """Run a transaction as `KeyValueStore.transact` does, and tell the listeners.

        It counts as a change also in the store, where other processes see it.
        """

        def counted(tx: Transaction) -> T:
            result = fn(tx)
            tx.set(spaces.CHANGES, b"%d" % (int(tx.get(spaces.CHANGES) or b"0") + 1))
            tx.signal(CHANGED)
            return result

        result = await self._store.transact(counted)
        self.tell_changed()
        return result

    def tell_changed(self) -> None:
        """Tell the listeners of a change."""
        for listener in self._listeners:
            listener()

    async def write(self, fn: Callable[[Transaction], T]) -> T:
        """Run a transaction that changes nobody's credentials or permissions."""
        return await self._store.transact(fn)
