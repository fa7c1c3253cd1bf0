"""Verification: everything that snapshots are made of is read once against its name."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field

from lenticular.primitives.backups.backup import Report, Step
from lenticular.primitives.backups.errors import FileDamaged
from lenticular.primitives.backups.flow import in_order
from lenticular.primitives.backups.locks import locked
from lenticular.primitives.backups.records import Manifest
from lenticular.primitives.backups.references import References
from lenticular.primitives.backups.repository import Repository, Snapshot, object_path

_AHEAD = 8


@dataclass(slots=True)
class Verified:
    """What was found."""

    files: int = 0
    damages: dict[str, str] = field(default_factory=dict)
    """What is wrong with a file, by its path."""
    snapshots: dict[str, list[str]] = field(default_factory=dict)
    """By the id of a snapshot that is not whole: the paths of its damaged files."""


async def verify(
    repository: Repository,
    snapshots: Collection[Snapshot],
    report: Report,
    *,
    remove_damaged: bool = False,
) -> Verified:
    """Read all that these snapshots are made of.

    With `remove_damaged` damaged files are removed, so that a complete backup writes them
    again. Raises `RepositoryInUse`, and what the repository's place raises.
    """
    found = Verified()
    async with locked(repository.files, "verify", is_exclusive=False):
        manifests: dict[Snapshot, Manifest] = {}
        for snapshot in snapshots:
            found.files += 1
            try:
                manifests[snapshot] = await repository.manifest(snapshot)
            except FileDamaged as error:
                found.damages[error.path] = str(error)
                found.snapshots[snapshot.id] = [error.path]
        references = References(repository, manifests.values())
        for part in references.parts():
            await _verify(repository, await references.names(part), found, report)
        if found.damages:
            for snapshot, manifest in manifests.items():
                await _trace(repository, snapshot, manifest, found)
        if remove_damaged and found.damages:
            await repository.files.delete(*found.damages)
    return found


async def _verify(
    repository: Repository, names: Collection[bytes], found: Verified, report: Report
) -> None:
    async def each() -> AsyncIterator[bytes]:
        for name in sorted(names):
            yield name

    async def check(name: bytes) -> FileDamaged | None:
        try:
            await repository.get(name)
        except FileDamaged as error:
            return error
        return None

    total = found.files + len(names)
    async for damage in in_order(each(), check, _AHEAD):
        found.files += 1
        if damage is not None:
            found.damages[damage.path] = str(damage)
        report(Step("files", found.files, total))


async def _trace(
    repository: Repository, snapshot: Snapshot, manifest: Manifest, found: Verified
) -> None:
    """Note which of the damaged files a snapshot is made of."""
    references = References(repository, [manifest])
    for part in references.parts():
        paths = {object_path(name) for name in await references.names(part)}
        if hit := sorted(paths & found.damages.keys()):
            found.snapshots.setdefault(snapshot.id, []).extend(hit)
