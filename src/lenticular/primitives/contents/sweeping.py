"""Sweeping: removes what was released a while ago, and blobs that nothing ever pointed at."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from itertools import groupby

import msgspec

from lenticular.engines.blobs.contract import BlobEntry, BlobStore
from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.contents.holds import is_held
from lenticular.primitives.contents.records import Content, Piece, blobs_of
from lenticular.primitives.contents.spaces import DATA, HOLDER, LAYOUT, RELEASED

Moment = Callable[[], Awaitable[float]]
"""Returns a moment that goes on, in seconds since the epoch."""

Pieces = Callable[[Reader, Content], list[Piece]]
"""Returns what a content is made of."""

_PAGE = 256

_decode_content = msgspec.msgpack.Decoder(Content).decode


async def sweep_released(
    store: KeyValueStore,
    blobs: BlobStore,
    before: float,
    pieces: Pieces,
    is_read: Callable[[bytes], bool],
) -> int:
    """Remove what was released before a moment, in seconds since the epoch; return how much.

    `is_read` tells which contents, by id, are just being read: these are left.
    """
    start, _ = RELEASED.range()
    stop = RELEASED.pack(max(int(before * 1000), 0))
    removed = 0
    while True:
        page = await store.read(partial(_released, start=start, stop=stop))
        for key, value in page:
            content = _decode_content(value)
            if is_read(content.id):
                continue
            unused = await store.transact(
                partial(_forget, key=key, content=content, pieces_of=pieces)
            )
            for blob in unused:
                await blobs.delete(blob)
            removed += 1
        if len(page) < _PAGE:
            return removed
        start = page[-1][0] + b"\x00"


async def sweep_orphans(store: KeyValueStore, blobs: BlobStore, older_than: float | Moment) -> int:
    """Delete the blobs that no content uses; see `Contents.sweep_orphans`."""
    begun = older_than if callable(older_than) else _always(older_than)
    removed = 0
    await blobs.sweep(await begun())
    async for page in _pages(blobs.list()):
        # Asked when they are listed: whoever made one of them is known by now, or is gone.
        limit = await begun()
        for entry in page:
            if entry.created < limit and not await store.read(partial(_is_used, blob=entry.id)):
                removed += await blobs.delete(entry.id)
    return removed


def blobs_in_use(reader: Reader, after: str = "") -> Iterator[str]:
    """Iterate over the blobs that contents of this state are made of, in the order of text.

    Those behind `after`, for whoever reads page by page.
    """
    start, stop = HOLDER.range()
    start = HOLDER.range(after)[1] if after else start
    while page := reader.range(start, stop, limit=_PAGE):
        for blob, _ in groupby(HOLDER.unpack(key)[0] for key, _ in page):
            yield blob
        start = HOLDER.range(blob)[1]


def _released(reader: Reader, start: bytes, stop: bytes) -> list[tuple[bytes, bytes]]:
    return [] if is_held(reader) else reader.range(start, stop, limit=_PAGE)


def _forget(tx: Transaction, key: bytes, content: Content, pieces_of: Pieces) -> list[str]:
    """Remove a released content's keys; return the blobs that nothing uses any more."""
    if is_held(tx) or tx.get(key) is None:  # since the content was looked up
        return []
    pieces = pieces_of(tx, content)
    if content.is_layout:
        tx.delete(LAYOUT.pack(content.id))
    tx.delete(key)
    for piece in pieces:
        if not piece.blob:
            tx.delete(DATA.pack(piece.value))
    unused = []
    for blob in blobs_of(pieces):
        tx.delete(HOLDER.pack(blob, content.id))
        if not _is_used(tx, blob):
            unused.append(blob)
    return unused


def _is_used(reader: Reader, blob: str) -> bool:
    return bool(reader.range(*HOLDER.range(blob), limit=1))


def _always(moment: float) -> Moment:
    async def begun() -> float:
        return moment

    return begun


async def _pages(entries: AsyncIterator[BlobEntry]) -> AsyncIterator[list[BlobEntry]]:
    page: list[BlobEntry] = []
    async for entry in entries:
        page.append(entry)
        if len(page) == _PAGE:
            yield page
            page = []
    yield page
