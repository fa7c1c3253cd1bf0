"""What the parts of this package share: one store, one clock, one set of opened materials."""

from collections.abc import Callable
from typing import TypeVar

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.keys.materials import Materials
from lenticular.primitives.vault import Vault

T = TypeVar("T")


class KeyStore:
    """Reads and changes keys."""

    def __init__(self, store: KeyValueStore, vault: Vault, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self.materials = Materials(vault)

    def now(self) -> int:
        """Return the time in milliseconds since the epoch."""
        return int(self._clock() * 1000)

    async def read(self, fn: Callable[[Reader], T]) -> T:
        """Read as `KeyValueStore.read` does."""
        return await self._store.read(fn)

    async def change(self, fn: Callable[[Transaction], T]) -> T:
        """Run a transaction as `KeyValueStore.transact` does."""
        return await self._store.transact(fn)
