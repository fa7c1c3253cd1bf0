"""When keys and roles were last used: noted in memory, written now and then.

A write for each request would cost more than most requests. What was not written when a
process is killed is forgotten.
"""

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.identities import spaces
from lenticular.primitives.identities.records import Use, decode, encode
from lenticular.primitives.identities.store import IdentityStore


class Uses:
    """Remembers the last use of everything that has an id."""

    def __init__(self, store: IdentityStore) -> None:
        self._store = store
        self._noted: dict[str, Use] = {}

    def note(self, used: str, service: str, region: str) -> None:
        """Note that the key or role with the id `used` is used now."""
        self._noted[used] = Use(self._store.now(), service, region)

    def find(self, reader: Reader, used: str) -> Use | None:
        """Return the last use of a key or role, or None."""
        noted = self._noted.get(used)
        return _stored(reader, used) if noted is None else noted

    async def last(self, used: str) -> Use | None:
        """Return the last use of a key or role, or None."""
        return await self._store.read(lambda reader: self.find(reader, used))

    def forget(self, tx: Transaction, used: str) -> None:
        """Forget the uses of a key or role that is deleted."""
        self._noted.pop(used, None)
        tx.delete(spaces.USE.pack(used))

    async def flush(self) -> None:
        """Write what was noted."""
        noted, self._noted = self._noted, {}
        if not noted:
            return

        def write(tx: Transaction) -> None:
            for used, use in noted.items():
                known = _stored(tx, used)
                if known is None or known.time < use.time:  # another process may know a later one
                    tx.set(spaces.USE.pack(used), encode(use))

        try:
            await self._store.write(write)
        except BaseException:
            self._noted = noted | self._noted
            raise


def _stored(reader: Reader, used: str) -> Use | None:
    raw = reader.get(spaces.USE.pack(used))
    return None if raw is None else decode(raw, Use)
