"""Keeps the search engine's index beside the entries of the store, from which it is derived.

Before a query, an index is brought to the last change that the store knows: what was
acknowledged, in whichever process, is found. Where the changes since then are not listed any
more, or the index is of another history (a backup was restored), it is begun anew.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator

from lenticular.engines.kv.contract import KeyValueStore, Reader
from lenticular.engines.kv.keys import after
from lenticular.engines.search.contract import Batch, Document, Mark, SearchEngine
from lenticular.primitives.search import records
from lenticular.primitives.search.content import document
from lenticular.primitives.search.records import ENTRY, decode_entry, key_of_entry

_PAGE = 500
"""Entries that are read at a time."""


class Following:
    """Brings the indexes of a search engine up to the store."""

    def __init__(self, store: KeyValueStore, engine: SearchEngine) -> None:
        self._store = store
        self._engine = engine
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._reached: dict[str, Mark] = {}
        """How far each index has come at least."""

    async def follow(self, index_id: str) -> None:
        """Return when the engine's index has all that the store has now. Raises `SearchFailed`."""
        wanted = await self._wanted(index_id)
        while wanted is not None and self._reached.get(index_id) != wanted:
            async with self._locks[index_id]:
                await self._advance(index_id)
            wanted = await self._wanted(index_id)

    async def drop(self, index_id: str) -> None:
        """Remove an index that there is no more."""
        async with self._locks[index_id]:
            await self._engine.drop(index_id)
        self._reached.pop(index_id, None)
        self._locks.pop(index_id, None)

    def forget(self, index_id: str) -> None:
        """Look again how far an index has come, which somebody may have removed."""
        self._reached.pop(index_id, None)

    async def _wanted(self, index_id: str) -> Mark | None:
        tally = await self._store.read(lambda reader: records.tally(reader, index_id))
        return None if tally is None else tally.mark

    async def _advance(self, index_id: str) -> None:
        base = await self._engine.mark(index_id)

        def look(reader: Reader) -> tuple[Mark, Batch | None] | None:
            tally = records.tally(reader, index_id)
            if tally is None:
                return None
            return tally.mark, None if base is None else _since(reader, index_id, base)

        found = await self._store.read(look, long=True)
        if found is None:
            return
        mark, batch = found
        if batch is None:
            done = await self._engine.advance(index_id, None, mark, self._everything(index_id))
        elif mark == base:
            done = True
        else:
            done = await self._engine.advance(index_id, base, mark, _one(batch))
        if done:
            self._reached[index_id] = mark

    async def _everything(self, index_id: str) -> AsyncIterator[Batch]:
        """Give all entries, page by page.

        What is changed meanwhile is listed among the changes after the mark: it may be given
        as it is before or after, and is given once more.
        """
        start, stop = ENTRY.range(index_id)

        def read(reader: Reader) -> tuple[list[Document], bytes]:
            schema = records.schema(reader, index_id)
            pairs = reader.range(start, stop, limit=_PAGE)
            return [
                document(key_of_entry(key), decode_entry(data), schema) for key, data in pairs
            ], after(pairs[-1][0]) if pairs else b""

        while True:
            documents, start = await self._store.read(read, long=True)
            if not start:
                return
            yield Batch(documents)


def _since(reader: Reader, index_id: str, base: Mark) -> Batch | None:
    """Return what was changed since a mark, as it is now; None: it cannot be told."""
    changes = records.changes_after(reader, index_id, base)
    if changes is None:
        return None
    schema = records.schema(reader, index_id)
    documents, removed = [], []
    for key in dict.fromkeys(key for change in changes for key in change.keys):
        entry = records.entry(reader, index_id, key)
        if entry is None:
            removed.append(key)
        else:
            documents.append(document(key, entry, schema))
    return Batch(documents, removed)


async def _one(batch: Batch) -> AsyncIterator[Batch]:
    yield batch
