"""The blobs that contents are made of: copied into another place under their ids, and checked.

Those of an archive stay where they are. So do those that nothing refers to: the sweep would
remove them.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from itertools import islice

from lenticular.engines.blobs.contract import BlobCorrupt, BlobNotFound, BlobStore
from lenticular.engines.kv.contract import KeyValueStore, Reader
from lenticular.primitives.contents import blobs_in_use
from lenticular.server.blobplaces import is_archived, size_of
from lenticular.server.migration.journal import Count, MigrationError
from lenticular.server.migration.progress import Progress

IN_FLIGHT = 8
"""Blobs that are copied, or checked, at once."""
_PAGE = 256
"""Blobs after which is noted how far a migration is."""


class BlobMissing(MigrationError):
    """The target does not hold a blob as it was written: it must be copied again."""


async def pages(store: KeyValueStore, after: str = "") -> AsyncIterator[list[str]]:
    """Iterate over the ids of all blobs that are to move, behind one of them."""
    while page := await store.read(partial(_page, after=after), long=True):
        after = page[-1]
        yield [blob_id for blob_id in page if not is_archived(blob_id)]


async def count(store: KeyValueStore) -> Count:
    """Return how much is to move."""
    found = Count()
    async for page in pages(store):
        found = found.plus(len(page), sum(map(size_of, page)))
    return found


async def copy(
    store: KeyValueStore, source: BlobStore, target: BlobStore, after: str, progress: Progress
) -> None:
    """Copy all blobs behind one that the target does not have. Raises `MigrationError`."""
    await _for_each(store, after, progress, partial(_copy, source, target, progress))


async def check(store: KeyValueStore, target: BlobStore, after: str, progress: Progress) -> None:
    """Read all blobs behind one in the target, against their checksums.

    What is not as it was written is removed there, so that it can be copied again. Raises
    `BlobMissing`.
    """
    await _for_each(store, after, progress, partial(_check, target, progress))


async def compare(store: KeyValueStore, target: BlobStore, progress: Progress) -> None:
    """Read all blobs in the target, against their checksums. Raises `BlobMissing`."""
    await _for_each(store, "", progress, partial(_verify, target, progress))


async def remove_all(blobs: BlobStore) -> None:
    """Remove all blobs of a store, orphans too."""
    page: list[str] = []
    async for entry in blobs.list():
        page.append(entry.id)
        if len(page) == _PAGE:
            await _side_by_side(page, blobs.delete)
            page.clear()
    await _side_by_side(page, blobs.delete)


def _page(reader: Reader, after: str) -> list[str]:
    return list(islice(blobs_in_use(reader, after), _PAGE))


async def _for_each(
    store: KeyValueStore, after: str, progress: Progress, work: Callable[[str], Awaitable[object]]
) -> None:
    async for page in pages(store, after):
        await _side_by_side(page, work)
        if page:
            await progress.reach(page[-1])


async def _side_by_side(blob_ids: list[str], work: Callable[[str], Awaitable[object]]) -> None:
    """Do some work for each blob, for `IN_FLIGHT` at a time; raise the first error of any."""
    waiting = iter(blob_ids)

    async def go_on() -> None:
        for blob_id in waiting:
            await work(blob_id)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(IN_FLIGHT):
                group.create_task(go_on())
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None


async def _copy(source: BlobStore, target: BlobStore, progress: Progress, blob_id: str) -> None:
    if await _has(target, blob_id):
        progress.add(1, size_of(blob_id))
        return
    try:
        async with target.recreate(blob_id) as writer:
            async for chunk in source.read(blob_id):
                await writer.write(chunk)
                progress.add(0, len(chunk))
            await writer.commit()
    except (BlobCorrupt, BlobNotFound) as error:
        raise MigrationError(
            f"the cloud is damaged where it is, and such blobs are not moved: {error}"
        ) from error
    progress.add(1, 0)


async def _has(blobs: BlobStore, blob_id: str) -> bool:
    try:
        async for _ in blobs.read(blob_id, 0, 0):
            pass
    except BlobNotFound:
        return False
    return True


async def _check(target: BlobStore, progress: Progress, blob_id: str) -> None:
    try:
        await _verify(target, progress, blob_id)
    except BlobMissing:
        await target.delete(blob_id)
        raise


async def _verify(target: BlobStore, progress: Progress, blob_id: str) -> None:
    try:
        progress.add(1, await target.verify(blob_id))
    except (BlobCorrupt, BlobNotFound) as error:
        raise BlobMissing(f"a blob in the target is not as it was written: {error}") from error
