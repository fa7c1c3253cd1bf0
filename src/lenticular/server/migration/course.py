"""The course of a migration: stage by stage, each of which can be cut off and gone on with.

========== ==============================================================================
prepare    notes are left in both key-value stores, and the target's is emptied
count      how much there is to move, and whether there is room for it
blobs      copied under their ids, but for those that are there
keys       copied in their order
check ...  every blob is read in the target, every key and value in both places
switch     the target is a cloud, the configuration names it, and the source is left
remove     the source is emptied, if that is wanted
========== ==============================================================================

Until the switch nothing of the source changes, but for the note in it. From then on the
target is whole, and the source is kept as it was.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from lenticular.engines.blobs.contract import BlobStoreFull, BlobStoreUnavailable
from lenticular.engines.kv.contract import KeyValueStore, StoreFailed, Transaction
from lenticular.engines.kv.keys import after
from lenticular.primitives.leases import anybody_lives
from lenticular.server import blobstore, keyvaluestore
from lenticular.server.blobplaces import BlobPlace, open_place
from lenticular.server.blobstore import BlobStoreError
from lenticular.server.configuration import Configuration
from lenticular.server.keyvaluestore import StoreError
from lenticular.server.migration import blobs, journal, notes, pairs, settings
from lenticular.server.migration.journal import Count, Journal, MigrationError
from lenticular.server.migration.notes import ARRIVING, LEAVING, LEFT, NOTE, Note
from lenticular.server.migration.progress import DurableProgress, Report, Step

OWN = frozenset({NOTE, blobstore.PLACE})
"""The keys that tell where a cloud is: they differ, and are not copied."""

OUTSIDE = (OSError, StoreFailed, BlobStoreFull, BlobStoreUnavailable)
"""What goes wrong in stores and on disks, and may be mended there."""


@dataclass(slots=True)
class Ends:
    """Both ends of a migration, open. What does not move is the same, or absent."""

    source: KeyValueStore
    target: KeyValueStore
    source_blobs: BlobPlace | None = None
    target_blobs: BlobPlace | None = None


@asynccontextmanager
async def opened(configuration: Configuration, plan: Journal) -> AsyncIterator[Ends]:
    """Open both ends. Raises `MigrationError`."""
    async with AsyncExitStack() as stack:
        try:
            source = await _open_store(stack, journal.store_at(configuration, plan, "source"))
            ends = Ends(source, source)
            if plan.moves_keys:
                there = journal.store_at(configuration, plan, "target")
                ends.target = await _open_store(stack, there)
            if plan.moves_blobs:
                here = journal.blobs_at(configuration, plan, "source")
                there = journal.blobs_at(configuration, plan, "target")
                ends.source_blobs = await _open_blobs(stack, here)
                ends.target_blobs = await _open_blobs(stack, there)
            yield ends
        except (StoreError, BlobStoreError) as error:
            raise MigrationError(str(error)) from error
        except OUTSIDE as error:
            if not plan.stage:
                raise MigrationError(f"{error}. Nothing has begun") from error
            raise MigrationError(
                f"{error}. Nothing is lost: mend that and go on with `lenticular migrate`, or "
                f"give the migration up with `lenticular migrate --abandon`"
            ) from error


async def _open_store(stack: AsyncExitStack, configuration: Configuration) -> KeyValueStore:
    store = await keyvaluestore.open_store(configuration)
    stack.push_async_callback(store.close)
    return store


async def _open_blobs(stack: AsyncExitStack, configuration: Configuration) -> BlobPlace:
    place = await open_place(configuration)
    stack.push_async_callback(place.blobs.close)
    return place


class Course:
    """One migration on its way."""

    def __init__(
        self, configuration: Configuration, file: Path, plan: Journal, ends: Ends, report: Report
    ) -> None:
        self._configuration = configuration
        self._data = configuration.data
        self._file = file
        self._plan = plan
        self._ends = ends
        self._report = report
        self._stages: dict[str, Callable[[], Awaitable[None]]] = {
            "prepare": self._prepare,
            "count": self._count,
            "blobs": self._copy_blobs,
            "keys": self._copy_keys,
            "check blobs": self._check_blobs,
            "check keys": self._check_keys,
            "switch": self._switch,
            "remove": self._remove,
        }

    async def begin(self) -> None:
        """Make sure that the cloud may leave the source and that the target is free for it.

        Raises `MigrationError`, or `BlobStoreError`, and changes nothing then.
        """
        plan, ends = self._plan, self._ends
        await notes.check_none(ends.source)
        await self._check_still()
        plan.cloud = (await blobstore.place_of(ends.source)).cloud
        if plan.moves_keys:
            await _check_free(ends.target, plan.cloud, plan.target.told()["store"])
        if ends.target_blobs is not None:
            await ends.target_blobs.claim(plan.cloud)

    async def run(self) -> None:
        """Go through all stages from the one that has begun. Raises `MigrationError`."""
        names = list(self._stages)
        begun = names.index(self._plan.stage) if self._plan.stage else 0
        for name in names[begun:]:
            await self._enter(name)
            await self._stages[name]()

    async def _enter(self, stage: str) -> None:
        self._plan.enter(stage)
        await asyncio.to_thread(self._plan.save, self._data)

    async def _prepare(self) -> None:
        await notes.put(self._ends.source, self._note(LEAVING, "target"))
        if self._plan.moves_keys:
            await notes.put(self._ends.target, self._note(ARRIVING, "source"))
            await pairs.remove_all(self._ends.target, {NOTE})

    async def _count(self) -> None:
        plan = self._plan
        progress = self._progress(Count())
        if plan.moves_blobs:
            plan.blobs = await blobs.count(self._ends.source)
        if plan.moves_keys:
            async for page in pairs.pages(self._ends.source):
                wanted = [pair for pair in page if pair[0] not in OWN]
                progress.add(len(wanted), pairs.size_of(wanted))
            plan.keys = progress.done
            self._report(Step("count", plan.keys, plan.keys))
        await self._check_room()

    async def _check_room(self) -> None:
        """Raise `MigrationError` where the data folder's disk cannot hold what is to come."""
        plan = self._plan
        needed = 0
        if plan.moves_keys and not plan.target.store:
            needed += plan.keys.size
        if self._ends.target_blobs is not None and not plan.target.blob_store:
            there = [entry.size async for entry in self._ends.target_blobs.blobs.list()]
            needed += max(plan.blobs.size - sum(there), 0)
        free = (await asyncio.to_thread(shutil.disk_usage, self._data)).free
        if needed > free:
            raise MigrationError(
                f"{self._data} has room for {free:,} bytes, and {needed:,} are to come: make room "
                f"and go on with `lenticular migrate`, or give it up with "
                f"`lenticular migrate --abandon`"
            )

    async def _check_still(self) -> None:
        """Raise `MigrationError` while the cloud runs on another machine."""
        if self._plan.source.store and await anybody_lives(self._ends.source):
            raise MigrationError(
                "the cloud runs on another machine: stop it there, with `lenticular stop`"
            )

    async def _copy_blobs(self) -> None:
        source, target = self._ends.source_blobs, self._ends.target_blobs
        if source is not None and target is not None:
            await blobs.copy(
                self._ends.source,
                source.blobs,
                target.blobs,
                self._plan.cursor,
                self._progress(self._plan.blobs),
            )

    async def _copy_keys(self) -> None:
        if self._plan.moves_keys:
            cursor = bytes.fromhex(self._plan.cursor)
            start = after(cursor) if cursor else b""
            progress = self._progress(self._plan.keys)
            await pairs.copy(self._ends.source, self._ends.target, OWN, start, progress)

    async def _check_blobs(self) -> None:
        target = self._ends.target_blobs
        if target is None:
            return
        progress = self._progress(self._plan.blobs)
        try:
            await blobs.check(self._ends.source, target.blobs, self._plan.cursor, progress)
        except blobs.BlobMissing as error:
            await self._enter("blobs")
            raise _copied_anew(str(error)) from error

    async def _check_keys(self) -> None:
        if self._plan.moves_keys:
            await self._compare_keys()
        await self._check_still()

    async def _compare_keys(self) -> None:
        self._plan.done = Count()  # the digest is of all pairs
        progress = self._progress(self._plan.keys)
        try:
            self._plan.digest = await pairs.compare(
                self._ends.source, self._ends.target, OWN, progress
            )
        except pairs.Difference as error:
            await self._enter("prepare")
            raise _copied_anew(str(error)) from error
        self._plan.keys = progress.done

    async def _switch(self) -> None:
        plan, ends = self._plan, self._ends
        place = blobstore.Place(plan.cloud, plan.target.blob_store)

        def arrive(tx: Transaction) -> None:
            blobstore.placing(place)(tx)
            tx.delete(NOTE)

        await ends.target.transact(arrive)
        await asyncio.to_thread(settings.switch, self._file, self._data, plan.target)
        if plan.moves_keys:
            await notes.put(ends.source, self._note(LEFT, "target"))
        if ends.source_blobs is not None:
            await ends.source_blobs.leave(plan.cloud, plan.target.told()["blob_store"])

    async def _remove(self) -> None:
        plan, ends = self._plan, self._ends
        if not plan.remove_source:
            return
        if ends.source_blobs is not None:
            await blobs.remove_all(ends.source_blobs.blobs)
        if plan.moves_keys and plan.source.store:
            await pairs.remove_all(ends.source, {NOTE})
        elif plan.moves_keys:
            await self._replace_file()

    async def _replace_file(self) -> None:
        """Let the SQLite file give its room back: only the note is left in a new one."""
        await self._ends.source.close()
        for path in self._data.glob(f"{keyvaluestore.DATABASE_NAME}*"):
            path.unlink()
        store = await keyvaluestore.open_store(
            journal.store_at(self._configuration, self._plan, "source")
        )
        try:
            await notes.put(store, self._note(LEFT, "target"))
        finally:
            await store.close()

    def _note(self, state: str, other: journal.End) -> Note:
        places = self._plan.target if other == "target" else self._plan.source
        return Note(self._plan.cloud, self._plan.id, state, places.told()["store"])

    def _progress(self, total: Count) -> DurableProgress:
        return DurableProgress(self._plan, self._data, total, self._report)


async def _check_free(store: KeyValueStore, cloud: str, name: str) -> None:
    """Raise `MigrationError` unless a store is empty, or was left or not reached by the cloud."""
    note = await notes.find(store)
    if note is None:
        if await pairs.holds_more(store, ()):
            raise MigrationError(
                f"{name} holds a cloud already: name another place, or remove what is there"
            )
    elif note.cloud != cloud or note.state == LEAVING:
        raise MigrationError(f"{name} is taken by another migration: name another place")


def _copied_anew(difference: str) -> MigrationError:
    return MigrationError(
        f"the copy is not the same: {difference}. Nothing has been switched, and the cloud is "
        f"where it was: `lenticular migrate` copies again what differs"
    )
