"""Pruning: snapshots that nobody keeps are removed, and then what no other is made of.

First the snapshots go, then the files. So whenever it is cut off, every snapshot that is left
is whole, and the next pruning removes what is left over.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from lenticular.primitives.backups.errors import BackupError, FileDamaged
from lenticular.primitives.backups.locks import Lock, locked
from lenticular.primitives.backups.records import Manifest
from lenticular.primitives.backups.references import References
from lenticular.primitives.backups.repository import Repository, Snapshot, object_folder

_PAGE = 256
"""Files that are removed at once."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """Which snapshots of each cloud to keep: those that any of the rules asks for."""

    last: int = 0
    """So many of the latest."""
    daily: int = 0
    """The latest of each of the last so many days, in UTC, that have any; and so on."""
    weekly: int = 0
    monthly: int = 0

    def __bool__(self) -> bool:
        return any((self.last, self.daily, self.weekly, self.monthly))

    def kept(self, taken: Iterable[float]) -> set[float]:
        """Return which of the snapshots of one cloud to keep, by when they were taken."""
        latest_first = sorted(taken, reverse=True)
        kept = set(latest_first[: self.last])
        for count, form in (
            (self.daily, "%Y-%m-%d"),
            (self.weekly, "%G-%V"),
            (self.monthly, "%Y-%m"),
        ):
            periods: dict[str, float] = {}
            for moment in latest_first:
                periods.setdefault(datetime.fromtimestamp(moment, UTC).strftime(form), moment)
            kept.update(list(periods.values())[:count])
        return kept


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was done."""

    kept: list[Snapshot]
    removed: list[Snapshot]
    files: int
    """How many files went."""


async def prune(
    repository: Repository,
    keeping: Keeping,
    removed: Collection[str] = (),
    report: Callable[[int], None] = lambda files: None,
) -> Pruned:
    """Remove the snapshots that `keeping` does not keep, or that `removed` names by their ids.

    Without any rule all others are kept. Raises `BackupError`.
    """
    async with locked(repository.files, "prune", is_exclusive=True) as lock:
        gone = [await repository.find(wanted) for wanted in removed]
        left = [each for each in await repository.snapshots() if each not in gone]
        manifests = {each: await _manifest(repository, each) for each in left}
        if keeping:
            kept = _kept(manifests, keeping)
            gone += [each for each in left if each not in kept]
            manifests = {each: manifests[each] for each in left if each in kept}
        # Notes go before what they name: whoever reads one believes that all of it is there.
        await repository.forget_unfinished()
        for each in gone:
            await repository.forget(each)
        files = await _sweep(repository, lock, manifests.values(), report)
    return Pruned(list(manifests), gone, files)


async def _manifest(repository: Repository, snapshot: Snapshot) -> Manifest:
    try:
        return await repository.manifest(snapshot)
    except FileDamaged as error:
        raise _undecided(snapshot.id, error) from error


def _undecided(what: str, error: FileDamaged) -> BackupError:
    return BackupError(
        f"{error}: what {what} is made of cannot be told, so nothing is removed; remove the "
        f"snapshots that `lenticular backup verify` names, with --remove"
    )


def _kept(manifests: dict[Snapshot, Manifest], keeping: Keeping) -> set[Snapshot]:
    by_cloud: defaultdict[str, dict[float, Snapshot]] = defaultdict(dict)
    for snapshot, manifest in manifests.items():
        by_cloud[manifest.cloud][manifest.taken] = snapshot
    return {each[moment] for each in by_cloud.values() for moment in keeping.kept(each)}


async def _sweep(
    repository: Repository,
    lock: Lock,
    manifests: Collection[Manifest],
    report: Callable[[int], None],
) -> int:
    """Remove what no snapshot is made of; return how many files that were."""
    references, removed = References(repository, manifests), 0
    for part in references.parts():
        names = await references.names(part)
        if references.damages:
            raise _undecided("a snapshot", references.damages[0])
        for number in part:
            folder = object_folder(number)
            unused = [
                f"{folder}/{entry}"
                async for entry in repository.files.names(folder)
                if _name(entry) not in names
            ]
            for at in range(0, len(unused), _PAGE):
                await lock.check()
                await repository.files.delete(*unused[at : at + _PAGE])
                removed += len(unused[at : at + _PAGE])
                report(removed)
    return removed


def _name(entry: str) -> bytes:
    try:
        return bytes.fromhex(entry)
    except ValueError:
        return b""
