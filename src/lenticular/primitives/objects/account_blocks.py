"""Blocks of public access that an account puts on all of its buckets.

A block is written into the record of each bucket, so that whoever asks for an object looks
at one record only.
"""

from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.objects.keys import ACCOUNT_BLOCK, BUCKET, OWNED
from lenticular.primitives.objects.records import decode_bucket, encode


def account_block(reader: Reader, account_id: str) -> int | None:
    """Return what an account blocks (``publicity.Block``); None: it never said."""
    data = reader.get(ACCOUNT_BLOCK.pack(account_id))
    return None if data is None else data[0]


class AccountBlocks:
    """The blocks of all accounts. Who may change one is for the interface to ask."""

    def __init__(self, store: KeyValueStore) -> None:
        self._store = store

    async def get(self, account_id: str) -> int | None:
        """Return what an account blocks; None: it never said."""
        return await self._store.read(lambda reader: account_block(reader, account_id))

    async def set(self, account_id: str, blocked: int | None) -> None:
        """Block this in all buckets of an account, also those to come; None: forget it."""

        def commit(tx: Transaction) -> None:
            if blocked is None:
                tx.delete(ACCOUNT_BLOCK.pack(account_id))
            else:
                tx.set(ACCOUNT_BLOCK.pack(account_id), bytes([blocked]))
            for key, _ in tx.range(*OWNED.range(account_id)):
                at = BUCKET.pack(OWNED.unpack(key)[1])
                data = tx.get(at)
                if data is not None:
                    bucket = replace(decode_bucket(data), account_public_access=blocked or 0)
                    tx.set(at, encode(bucket))

        await self._store.transact(commit)
