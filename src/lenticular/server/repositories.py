"""Looks after repositories of backups: lists their snapshots, verifies and prunes them."""

from collections.abc import Collection, Mapping

from msgspec import Struct

from lenticular.primitives import backups
from lenticular.primitives.backups import (
    FileDamaged,
    Keeping,
    Manifest,
    Pruned,
    Report,
    Snapshot,
    Verified,
)
from lenticular.server.backups import Target


class Shown(Struct, frozen=True, kw_only=True):
    """A snapshot as its owner sees it."""

    id: str
    problem: str = ""
    """Why nothing more can be told of it."""
    cloud: str = ""
    host: str = ""
    release: str = ""
    taken: float = 0.0
    """Seconds since the epoch."""
    keys: int = 0
    blobs: int = 0
    blob_bytes: int = 0
    added_files: int = 0
    added_bytes: int = 0
    has_secrets: bool = False
    master_key: str = ""
    """Fingerprint of the key that it is opened with."""
    damages: list[backups.Damage] = []

    @classmethod
    def of(cls, snapshot: Snapshot, manifest: Manifest) -> "Shown":
        """Return what a manifest says of a snapshot."""
        return cls(
            id=snapshot.id,
            cloud=manifest.cloud,
            host=manifest.host,
            release=manifest.release,
            taken=manifest.taken,
            keys=manifest.keys.pairs,
            blobs=manifest.blob_count,
            blob_bytes=manifest.blob_bytes,
            added_files=manifest.added_files,
            added_bytes=manifest.added_bytes,
            has_secrets=any(file.secret for file in manifest.files),
            master_key=manifest.master_key,
            damages=manifest.damages,
        )


async def shown(target: Target) -> list[Shown]:
    """Return the snapshots, the oldest first. Raises as `lenticular.server.backups`."""
    repository = await target.open()
    found = []
    for snapshot in await repository.snapshots():
        try:
            found.append(Shown.of(snapshot, await repository.manifest(snapshot)))
        except FileDamaged as error:
            found.append(Shown(id=snapshot.id, problem=str(error)))
    return found


async def verify(
    target: Target, wanted: str, report: Report, *, remove_damaged: bool = False
) -> Verified:
    """Verify a snapshot, or all when none is wanted. Raises as `shown`."""
    repository = await target.open()
    snapshots = [await repository.find(wanted)] if wanted else await repository.snapshots()
    return await backups.verify(repository, snapshots, report, remove_damaged=remove_damaged)


async def prune(target: Target, rules: Mapping[str, int], removed: Collection[str]) -> Pruned:
    """Prune by rules, which are the fields of `Keeping`. Raises as `shown`."""
    return await backups.prune(await target.open(), Keeping(**rules), removed)
