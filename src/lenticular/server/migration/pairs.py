"""The pairs of key-value stores: read page by page, copied, compared and removed.

A page is read with few pairs at a time, because each may have 16 MiB, and one by one where they
are large: what is in memory stays bounded whatever is stored.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass, field
from functools import partial

from lenticular.engines.kv.contract import MAX_KEY_SIZE, KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import after, unpack
from lenticular.server.migration.progress import Progress

Pairs = list[tuple[bytes, bytes]]

PAGE = 4 * 1024 * 1024
"""Bytes of keys and values after which a page, or a transaction, ends."""
_LONGEST_PAGE = 4096
"""Pairs after which it ends in any case."""
_STEP = 8
"""Pairs that are asked for at once."""
_SMALL, _LARGE = 1024, 128 * 1024
"""Bytes of pairs behind which more, or only one, are asked for."""

_END = b"\xff" * (MAX_KEY_SIZE + 1)


class Difference(Exception):
    """Two stores do not hold the same; the message says where they differ."""


async def pages(store: KeyValueStore, start: bytes = b"") -> AsyncIterator[Pairs]:
    """Iterate over all pairs from a key on, in their order; the next page is read meanwhile."""
    step = _STEP
    reading = asyncio.create_task(_read(store, start, step))
    try:
        while page := await reading:
            step = _step_behind(page[-_STEP:])
            reading = asyncio.create_task(_read(store, after(page[-1][0]), step))
            yield page
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def copy(
    source: KeyValueStore,
    target: KeyValueStore,
    without: Collection[bytes],
    start: bytes,
    progress: Progress,
) -> None:
    """Copy all pairs from a key on, but some, in transactions of about `PAGE` bytes."""
    async for page in pages(source, start):
        for batch in _batches(page):
            wanted = [pair for pair in batch if pair[0] not in without]
            await target.transact(partial(_set, pairs=wanted))
            progress.add(len(wanted), size_of(wanted))
            await progress.reach(batch[-1][0].hex())


async def compare(
    source: KeyValueStore, target: KeyValueStore, without: Collection[bytes], progress: Progress
) -> str:
    """Read both stores whole and return the digest of all pairs, in order, but some.

    Raises `Difference`.
    """
    ours, theirs = _Side(source, without), _Side(target, without)
    while True:
        await asyncio.gather(ours.fill(), theirs.fill())
        count = min(len(ours.pairs), len(theirs.pairs))
        if not count:
            break
        left, right = ours.take(count), theirs.take(count)
        if left != right:
            raise Difference(_first_difference(left, right))
        progress.add(count, size_of(left))
    for side, where in ((ours, "missing in the target"), (theirs, "only in the target")):
        if side.pairs:
            raise Difference(f"{_shown(side.pairs[0][0])} is {where}")
    if ours.digest() != theirs.digest():
        raise Difference("the digests of all pairs are not the same")
    return ours.digest()


async def remove_all(store: KeyValueStore, without: Collection[bytes]) -> None:
    """Remove all pairs but some."""
    async for page in pages(store):
        await store.transact(partial(_remove, page=page, without=without))


async def holds_more(store: KeyValueStore, keys: Collection[bytes]) -> bool:
    """Tell whether there are other keys than these."""
    few = await store.read(lambda reader: reader.range(b"", _END, limit=len(keys) + 1))
    return any(key not in keys for key, _ in few)


def size_of(pairs: Pairs) -> int:
    """Return how many bytes pairs have."""
    return sum(len(key) + len(value) for key, value in pairs)


@dataclass(slots=True)
class _Side:
    """One of two stores that are compared."""

    store: KeyValueStore
    without: Collection[bytes]
    pairs: Pairs = field(default_factory=list)
    _pages: AsyncIterator[Pairs] | None = None
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    async def fill(self) -> None:
        """Read on, unless there are pairs; afterwards there are none only at the end."""
        if self._pages is None:
            self._pages = pages(self.store)
        while not self.pairs and (page := await anext(self._pages, None)):
            self.pairs = [pair for pair in page if pair[0] not in self.without]

    def take(self, count: int) -> Pairs:
        """Take the first of the pairs, which are digested."""
        taken, self.pairs = self.pairs[:count], self.pairs[count:]
        for key, value in taken:
            self._digest.update(b"%d:%b%d:%b" % (len(key), key, len(value), value))
        return taken

    def digest(self) -> str:
        """Return the digest of what was taken."""
        return self._digest.hexdigest()


async def _read(store: KeyValueStore, start: bytes, step: int) -> Pairs:
    return await store.read(partial(_page, start=start, step=step), long=True)


def _page(reader: Reader, start: bytes, step: int) -> Pairs:
    page: Pairs = []
    size = 0
    while size < PAGE and len(page) < _LONGEST_PAGE:
        found = reader.range(start, _END, limit=step)
        page += found
        size += size_of(found)
        if len(found) < step:
            break
        start, step = after(found[-1][0]), _step_behind(found)
    return page


def _step_behind(pairs: Pairs) -> int:
    """Return how many pairs to ask for behind these."""
    mean = size_of(pairs) // len(pairs)
    if mean > _LARGE:
        return 1
    return 4 * _STEP if mean < _SMALL else _STEP


def _batches(page: Pairs) -> Iterator[Pairs]:
    """Cut a page, which may be larger, into transactions of about `PAGE` bytes."""
    batch: Pairs = []
    size = 0
    for pair in page:
        if batch and size + len(pair[1]) > PAGE:
            yield batch
            batch, size = [], 0
        batch.append(pair)
        size += len(pair[0]) + len(pair[1])
    if batch:
        yield batch


def _set(tx: Transaction, pairs: Pairs) -> None:
    for key, value in pairs:
        tx.set(key, value)


def _remove(tx: Transaction, page: Pairs, without: Collection[bytes]) -> None:
    kept = [(key, value) for key, value in page if key in without]
    tx.delete_range(page[0][0], after(page[-1][0]))
    _set(tx, kept)


def _first_difference(left: Pairs, right: Pairs) -> str:
    mine, other = next(two for two in zip(left, right, strict=True) if two[0] != two[1])
    if mine[0] == other[0]:
        return f"{_shown(mine[0])} has another value in the target"
    if mine[0] < other[0]:
        return f"{_shown(mine[0])} is missing in the target"
    return f"{_shown(other[0])} is only in the target"


def _shown(key: bytes) -> str:
    """Return which key it is, without what may be private in it."""
    try:
        subspace = str(unpack(key)[0])
    except (ValueError, IndexError):
        subspace = ""
    digest = hashlib.sha256(key).hexdigest()[:16]
    return f"the key {digest} of {subspace or 'no subspace'}"
