"""Rotation: a new key-encryption key takes over, and the older ones are retired.

Data keys that an older key has wrapped are wrapped anew, page by page, in the background; no byte
that they seal is touched. When one look at everything at once finds nothing that is left of an
older key, that key is destroyed. It cannot come back: whatever is wrapped is wrapped by the
current key, in the transaction that writes it.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import KeyRange, after
from lenticular.primitives.encryption.keyring import EncryptionKey, Keyring, id_of

_PAGE = 256
"""Records that one step looks at."""


class WrappedKeys(NamedTuple):
    """Where a primitive keeps data keys that the keyring has wrapped."""

    range: KeyRange
    find: Callable[[bytes], bytes]
    """Returns the wrapped data key of a record; empty: it has none."""
    replace: Callable[[bytes, bytes], bytes]
    """Returns a record with another wrapped data key."""


class Rotation:
    """The key-encryption keys of one cloud, for its owner and for the background worker."""

    def __init__(
        self, store: KeyValueStore, keyring: Keyring, holders: Sequence[WrappedKeys]
    ) -> None:
        """`holders` are all places where data keys are: a key is lost to any other."""
        self._store = store
        self._keyring = keyring
        self._holders = holders

    async def rotate(self) -> EncryptionKey:
        """Make a new key, which wraps from now on, and return it."""
        return await self._store.transact(self._keyring.rotate)

    async def list(self) -> list[EncryptionKey]:
        """Return the keys, the oldest first."""
        return await self._store.read(self._keyring.all)

    async def maintain(self) -> int:
        """Wrap anew what older keys have wrapped, and destroy those that are left with nothing.

        Return how many data keys were wrapped anew.
        """
        older = {key.id for key in await self.list() if not key.is_current}
        if not older:
            return 0
        count = 0
        for holder in self._holders:
            count += await self._rewrap_all(holder, older)
        used = await self._store.read(self._used, long=True)
        for key_id in older - used:
            await self._store.transact(partial(self._keyring.destroy, key_id=key_id))
        return count

    async def _rewrap_all(self, holder: WrappedKeys, older: set[int]) -> int:
        start, stop = holder.range
        count = 0
        while True:
            page = await self._store.read(partial(_page, start=start, stop=stop), long=True)
            stale = [row for row, data in page if _key_of(holder, data) in older]
            if stale:
                rewrap = partial(self._rewrap, holder=holder, rows=stale, older=older)
                count += await self._store.transact(rewrap)
            if len(page) < _PAGE:
                return count
            start = after(page[-1][0])

    def _rewrap(
        self, tx: Transaction, holder: WrappedKeys, rows: Sequence[bytes], older: set[int]
    ) -> int:
        count = 0
        for row in rows:
            data = tx.get(row)
            if data is not None and _key_of(holder, data) in older:
                data_key = self._keyring.unwrap(tx, holder.find(data))
                tx.set(row, holder.replace(data, self._keyring.wrap(tx, data_key)))
                count += 1
        return count

    def _used(self, reader: Reader) -> set[int]:
        """Return the ids of the keys by which anything is wrapped, all in one view."""
        used: set[int] = set()
        for holder in self._holders:
            start, stop = holder.range
            while page := _page(reader, start, stop):
                used |= {_key_of(holder, data) for _, data in page}
                start = after(page[-1][0])
        return used


def _page(reader: Reader, start: bytes, stop: bytes) -> list[tuple[bytes, bytes]]:
    return reader.range(start, stop, limit=_PAGE)


def _key_of(holder: WrappedKeys, data: bytes) -> int:
    """Return the id of the key that wrapped a record's data key; 0: it has none."""
    return id_of(holder.find(data))
