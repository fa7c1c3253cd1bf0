"""Restoration: a snapshot becomes the store and the blobs of a new cloud, and is then checked."""

from collections.abc import AsyncIterator

from lenticular.engines.blobs.contract import BlobCorrupt, BlobNotFound, BlobStore
from lenticular.engines.kv.contract import KeyValueStore, Transaction
from lenticular.primitives.backups.backup import Report, Step
from lenticular.primitives.backups.blobtable import SavedBlob
from lenticular.primitives.backups.dumping import ALL_KEYS, table_of
from lenticular.primitives.backups.errors import BackupError, FileDamaged
from lenticular.primitives.backups.flow import in_order
from lenticular.primitives.backups.records import Damage, Manifest
from lenticular.primitives.backups.repository import Repository
from lenticular.primitives.backups.tables import pairs_of
from lenticular.primitives.contents import blobs_in_use

_BLOBS_AHEAD = 4
_PIECES_AHEAD = 2
_TOGETHER = 16
"""Chunks of pairs that one transaction writes."""


class Restoration:
    """Brings a snapshot into empty engines. Blobs that are there already are left as they are."""

    def __init__(
        self,
        repository: Repository,
        manifest: Manifest,
        store: KeyValueStore,
        blobs: BlobStore,
        report: Report,
    ) -> None:
        self._repository = repository
        self._manifest = manifest
        self._store = store
        self._blobs = blobs
        self._report = report

    async def run(self, *, incomplete: bool = False) -> list[Damage]:
        """Restore everything and check the result.

        Returns the blobs that are missing: those that the cloud had already lost when it was
        backed up and, with `incomplete`, those that the repository has lost. Raises
        `FileDamaged` for what the repository has lost otherwise, and `BackupError` where the
        result is not what was backed up.
        """
        if await self._store.read(lambda reader: reader.range(*ALL_KEYS, limit=1)):
            raise BackupError("there are keys in the store already: restore into an empty one")
        lost = await self._restore_blobs(incomplete=incomplete)
        await self._restore_keys()
        missing = [*self._manifest.damages, *lost]
        await self._check_keys(missing)
        await self._check_blobs({damage.blob for damage in missing})
        return missing

    async def _restore_blobs(self, *, incomplete: bool) -> list[Damage]:
        lost, done, copied = [], 0, 0
        async for blob, damage in in_order(self._saved_blobs(), self._bring, _BLOBS_AHEAD):
            if damage is not None:
                if not incomplete:
                    raise damage
                lost.append(Damage(blob.id, str(damage)))
            done, copied = done + 1, copied + blob.size
            self._report(Step("blobs", done, self._manifest.blob_count, copied))
        return lost

    async def _saved_blobs(self) -> AsyncIterator[SavedBlob]:
        async for pair in self._repository.pairs(self._manifest.blobs):
            yield SavedBlob.of(pair)

    async def _bring(self, blob: SavedBlob) -> tuple[SavedBlob, FileDamaged | None]:
        if await self._is_there(blob):
            return blob, None

        async def names() -> AsyncIterator[bytes]:
            for name in blob.pieces:
                yield name

        try:
            async with self._blobs.recreate(blob.id) as writer:
                async for piece in in_order(names(), self._repository.get, _PIECES_AHEAD):
                    await writer.write(piece)
                await writer.commit()
        except FileDamaged as error:
            return blob, FileDamaged(
                error.path, f"{str(error)[len(error.path) + 1 :]} (blob {blob.id})"
            )
        except BlobCorrupt as error:
            return blob, FileDamaged(f"blob {blob.id}", f"is not as it was written: {error}")
        return blob, None

    async def _is_there(self, blob: SavedBlob) -> bool:
        """Tell whether a blob is there already: it is whole then."""
        try:
            size = 0
            async for chunk in self._blobs.read(blob.id, max(blob.size - 1, 0), 1):
                size += len(chunk)
        except (BlobNotFound, BlobCorrupt):
            return False
        return size == min(blob.size, 1)

    async def _restore_keys(self) -> None:
        keys, done = self._manifest.keys, 0
        together: list[bytes] = []
        async for chunk in self._repository.chunks(keys):
            together.append(chunk)
            done += 1
            if len(together) == _TOGETHER or done == len(keys.chunks):
                await self._write(together)
                together = []
            self._report(Step("keys", done, len(keys.chunks)))

    async def _write(self, chunks: list[bytes]) -> None:
        def write(tx: Transaction) -> None:
            for chunk in chunks:
                for key, value in pairs_of(chunk):
                    tx.set(key, value)

        await self._store.transact(write)

    async def _check_keys(self, missing: list[Damage]) -> None:
        """Raise unless the keys are those of the snapshot, and refer to its blobs."""
        name = self._repository.frames.name
        table, count = await self._store.read(
            lambda reader: (table_of(reader, name), sum(1 for _ in blobs_in_use(reader))), long=True
        )
        if table.names != self._manifest.keys.names:
            raise BackupError(
                f"the restored keys are not those of the snapshot ({table.pairs} instead of "
                f"{self._manifest.keys.pairs}): restore into another folder"
            )
        expected = self._manifest.blob_count + len(self._manifest.damages)
        if count != expected:
            raise BackupError(
                f"the restored keys refer to {count} blobs, and the snapshot has {expected}"
            )

    async def _check_blobs(self, missing: set[str]) -> None:
        done = 0
        async for blob in self._saved_blobs():
            if blob.id not in missing and not await self._is_there(blob):
                raise BackupError(f"blob {blob.id} is not there after all: restore again")
            done += 1
            self._report(Step("checked blobs", done, self._manifest.blob_count))
