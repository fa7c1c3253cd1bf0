"""Copying: the blobs of a state are brought into a repository, each of them once.

Blobs never change, so what the snapshot before has, or a backup that was cut short has already
copied, is taken from their tables without a look at a byte.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass

from lenticular.engines.blobs.contract import BlobCorrupt, BlobNotFound, BlobStore
from lenticular.engines.blobs.digests import Digests
from lenticular.engines.blobs.ids import CHECKSUM, BlobId
from lenticular.primitives.backups.blobtable import PIECE, SavedBlob
from lenticular.primitives.backups.flow import in_order
from lenticular.primitives.backups.records import Chunk, Damage, Progress, Table
from lenticular.primitives.backups.repository import Repository
from lenticular.primitives.backups.tables import Cutter, Pair

_BLOBS_AHEAD = 4
_PIECES_AHEAD = 2
"""Of each blob. So at most some fifty megabytes are on their way."""

_NOTED = 30.0
"""Seconds between two notes of how far a backup has come."""

Step = Callable[[int], None]
"""Is told after each blob how many bytes of it were copied."""


@dataclass(slots=True)
class Copied:
    """The blobs of a snapshot."""

    table: Table
    count: int
    bytes: int
    damages: list[Damage]


class BlobCopies:
    """Copies blobs of one cloud into a repository."""

    def __init__(self, repository: Repository, blobs: BlobStore, cloud: str, run: str) -> None:
        self._repository = repository
        self._blobs = blobs
        self._cloud = cloud
        self._run = run
        self._chunks: list[Chunk] = []
        self._cutter = Cutter()
        self._noted = time.monotonic()
        self.notes: list[str] = []
        """Paths of the notes of how far this backup has come."""

    async def copy(self, ids: Iterable[str], known: AsyncIterator[Pair], step: Step) -> Copied:
        """Copy the blobs of these `ids`, which come in order; `known` is a table, too."""
        copied = Copied(Table(), 0, 0, [])
        async for outcome in in_order(self._paired(ids, known), self._bring, _BLOBS_AHEAD):
            if isinstance(outcome, Damage):
                copied.damages.append(outcome)
                continue
            blob, is_new = outcome
            copied.count += 1
            copied.bytes += blob.size
            if self._cutter.add(*blob.pair):
                await self._keep()
            if time.monotonic() - self._noted > _NOTED:
                await self._note_progress()
            step(blob.size if is_new else 0)
        if self._cutter.pairs:
            await self._keep()
        copied.table = Table(self._chunks)
        return copied

    async def _paired(
        self, ids: Iterable[str], known: AsyncIterator[Pair]
    ) -> AsyncIterator[tuple[str, SavedBlob | None]]:
        """Iterate over the blobs, each with what is known of it."""
        pair = await anext(known, None)
        for blob_id in ids:
            key = blob_id.encode()
            while pair is not None and pair[0] < key:
                pair = await anext(known, None)
            is_known = pair is not None and pair[0] == key
            yield blob_id, SavedBlob.of(pair) if is_known and pair is not None else None

    async def _bring(self, wanted: tuple[str, SavedBlob | None]) -> tuple[SavedBlob, bool] | Damage:
        blob_id, known = wanted
        if known is not None:
            return known, False
        try:
            return await self._copy(blob_id), True
        except (BlobNotFound, BlobCorrupt) as error:
            return Damage(blob_id, str(error))

    async def _copy(self, blob_id: str) -> SavedBlob:
        digests, size = Digests([CHECKSUM]), 0

        async def pieces() -> AsyncIterator[bytearray]:
            nonlocal size
            piece = bytearray()
            async for chunk in self._blobs.read(blob_id):
                digests.update(chunk)
                size += len(chunk)
                piece += chunk
                if len(piece) >= PIECE:
                    yield piece[:PIECE]
                    piece = piece[PIECE:]
            if piece:
                yield piece

        add = self._repository.add
        names = tuple([name async for name in in_order(pieces(), add, _PIECES_AHEAD)])
        BlobId.within(blob_id).check(size, digests.result()[CHECKSUM])
        return SavedBlob(blob_id, size, names)

    async def _keep(self) -> None:
        pairs, chunk = self._cutter.pairs, self._cutter.take()
        name = await self._repository.add(chunk)
        self._chunks.append(Chunk(name.hex(), pairs, len(chunk)))

    async def _note_progress(self) -> None:
        """Note what is copied, so that after a kill it need not be read again."""
        chunks = list(self._chunks)
        if self._cutter.pairs:
            chunk = self._cutter.so_far()
            name = await self._repository.add(chunk)
            chunks.append(Chunk(name.hex(), self._cutter.pairs, len(chunk)))
        progress = Progress(cloud=self._cloud, blobs=Table(chunks))
        note = await self._repository.note_progress(self._run, progress)
        if self.notes:
            await self._repository.files.delete(*self.notes)
        self.notes = [note]
        self._noted = time.monotonic()
