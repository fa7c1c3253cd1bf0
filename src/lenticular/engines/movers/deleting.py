"""Deleting: files, links, and folders with all in them, the deepest first."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from lenticular.engines.connectors.contract import Entry
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.paths import child, clean
from lenticular.engines.movers.checkpoints import Checkpoint, Cursor, encoded
from lenticular.engines.movers.contract import Counts, Course, Job
from lenticular.engines.movers.ends import Ends, Pair
from lenticular.engines.movers.globs import Glob, interpreted
from lenticular.engines.movers.items import every, some
from lenticular.engines.movers.ledger import Ledger
from lenticular.engines.movers.pacing import Pace
from lenticular.engines.movers.persistence import Persistence
from lenticular.engines.movers.scheduling import Lane, Schedule
from lenticular.engines.movers.sorting import Listing, Shelf
from lenticular.engines.movers.steps import Step
from lenticular.engines.movers.troubles import Failure, Trouble, at


class _Folder:
    """A folder that is being emptied."""

    def __init__(self, path: str, listing: Listing) -> None:
        self.path = path
        self.stays = False
        """Whether only what is in it is removed."""
        self._listing = listing
        self.entries: AsyncGenerator[Entry, None] = listing.read()
        self.tasks: set[asyncio.Task[None]] = set()
        self.trouble: Trouble | None = None
        """What keeps something in it, first of all."""

    def spawn(self, task: asyncio.Task[None]) -> None:
        self.tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            if not isinstance(error, Trouble):
                raise error
            self.trouble = self.trouble or error

    async def close(self) -> None:
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.entries.aclose()
        self._listing.close()


class Remover:
    """Removes at the destination."""

    def __init__(self, persistence: Persistence, counts: Counts, shelf: Shelf, pace: Pace) -> None:
        """Count what is removed in `counts`."""
        self._persistence = persistence
        self._counts = counts
        self._shelf = shelf
        self._slots = asyncio.Semaphore(pace.removals)
        self._hands = asyncio.Semaphore(pace.bundles)
        """Folders that are emptied beside others."""

    async def remove(self, path: str, kind: str) -> None:
        """Remove what is at a path. Raises the `Trouble` that does not pass; the rest is gone."""
        if kind == "dir":
            await self._empty(await self._open(path))
        else:
            await self._remove_one(path)
            self._counts.files += 1

    async def remove_meant(self, glob: Glob, *, recursive: bool) -> int:
        """Remove what a pattern means, and return of how much there was. Raises as `remove`."""
        folder = await self._open(glob.folder)
        folder.stays = True
        found = 0

        async def meant(entries: AsyncGenerator[Entry, None]) -> AsyncGenerator[Entry, None]:
            nonlocal found
            async with aclosing(entries):
                async for entry in entries:
                    if not glob.means(entry):
                        continue
                    found += 1
                    if entry.kind != "dir" or recursive:
                        yield entry
                    elif folder.trouble is None:
                        folder.trouble = _is_a_folder(child(glob.folder, entry.name))

        folder.entries = meant(folder.entries)
        await self._empty(folder)
        return found

    async def _empty(self, root: _Folder) -> None:
        """Remove a folder with all in it. Not recursive: a tree may be deeper than a stack."""
        folders = [root]
        try:
            while True:
                folder = folders[-1]
                entry = await anext(folder.entries, None)
                if entry is not None:
                    inner = child(folder.path, entry.name)
                    if entry.kind != "dir":
                        await self._slots.acquire()
                        folder.spawn(asyncio.create_task(self._remove_file(inner)))
                    elif self._hands.locked():
                        folders.append(await self._open(inner))
                    else:
                        await self._hands.acquire()
                        folder.spawn(asyncio.create_task(self._empty_beside(inner)))
                    continue
                await self._end(folder)
                folders.pop()
                if not folders:
                    if folder.trouble is not None:
                        raise folder.trouble
                    return
                folders[-1].trouble = folders[-1].trouble or folder.trouble
        finally:
            for folder in folders:
                await folder.close()

    async def _open(self, path: str) -> _Folder:
        async def once(pair: Pair) -> Listing:
            with at("destination"):
                return await self._shelf.listing(pair.destination.entries(path))

        try:
            return _Folder(path, await self._persistence.ask(once))
        except Trouble as trouble:
            folder = _Folder(path, Listing(self._shelf))
            if trouble.fault.code != "FILE_NOT_FOUND":
                folder.trouble = trouble
            return folder

    async def _end(self, folder: _Folder) -> None:
        """Remove a folder of which all entries were come to."""
        while folder.tasks:
            await asyncio.wait(set(folder.tasks))
            await asyncio.sleep(0)  # for what is done to be noted
        await folder.close()
        if folder.trouble is None and not folder.stays:
            try:
                await self._remove_one(folder.path)
                self._counts.directories += 1
            except Trouble as trouble:
                folder.trouble = trouble

    async def _empty_beside(self, path: str) -> None:
        try:
            await self._empty(await self._open(path))
        finally:
            self._hands.release()

    async def _remove_file(self, path: str) -> None:
        try:
            await self._remove_one(path)
            self._counts.files += 1
        finally:
            self._slots.release()

    async def _remove_one(self, path: str) -> None:
        async def once(pair: Pair) -> None:
            with at("destination"):
                try:
                    await pair.destination.remove(path)
                except Fault as fault:
                    if fault.code != "FILE_NOT_FOUND":  # somebody was sooner
                        raise

        await self._persistence.ask(once)


class Deletion:
    """A job that deletes."""

    def __init__(
        self,
        job: Job,
        course: Course,
        ends: Ends,
        ledger: Ledger,
        pace: Pace,
        shelf: Shelf,
        checkpoint: Checkpoint,
    ) -> None:
        """Go on from `checkpoint`."""
        self._course = course
        self._ledger = ledger
        self._options = job.options
        self._from = checkpoint
        self._item = checkpoint.cursor.item
        persistence = Persistence(ends, ledger, pace)
        self._persistence = persistence
        self._remover = Remover(persistence, ledger.counts, shelf, pace)
        self._lane = Lane(pace.removals, self._remove)
        self._schedule = Schedule(ledger, job.options, pace, lambda _: self._lane)

    def checkpoint(self) -> bytes:
        """Return from where to go on, as things stand in this moment."""
        kept = [step.kept() for step in self._schedule.pending()]
        return encoded(Checkpoint(Cursor(self._item), kept=kept))

    def give_up(self) -> None:
        """Nothing is half there."""

    async def run(self) -> None:
        """Do it until all is done. Raises `Failure`."""
        given = await some(self._course, {each.item for each in self._from.kept})
        for kept in self._from.kept:
            self._schedule.add(Step.again(kept, given[kept.item]))
        await self._schedule.run([self._lane], self._feed)

    async def _feed(self) -> None:
        async with aclosing(every(self._course, self._item)) as items:
            async for number, given in items:
                await self._schedule.room()
                self._schedule.add(Step("remove", number, given))
                self._item = number + 1

    async def _remove(self, steps: list[Step]) -> None:
        (step,) = steps
        path = step.given.source
        meant = interpreted(path) if self._options.interpret_globs else clean(path)
        recursive = step.given.recursive is not False
        if isinstance(meant, Glob):
            if not await self._remover.remove_meant(meant, recursive=recursive):
                told = f"{path!r} means nothing that is there"
                self._missing(step, Trouble(Fault("FILE_NOT_FOUND", told), "destination"))
        elif (found := await self._find(step, meant)) is not None:
            if found.kind == "dir" and not recursive:
                raise _is_a_folder(path)
            await self._remover.remove(meant, found.kind)
        self._schedule.done(step)

    async def _find(self, step: Step, path: str) -> Entry | None:
        """Return what is to be deleted; None: it is gone, and may be."""

        async def once(pair: Pair) -> Entry:
            with at("destination"):
                return await pair.destination.stat(path, follow=False)

        try:
            return await self._persistence.ask(once)
        except Trouble as trouble:
            if trouble.fault.code != "FILE_NOT_FOUND":
                raise
            self._missing(step, trouble)
            return None

    def _missing(self, step: Step, trouble: Trouble) -> None:
        """Raise `Failure` for what is not there, unless it may be gone."""
        # What an earlier attempt was about to delete, or this one, it may have deleted.
        if self._options.ignore_missing or step.is_resumed or step.tries:
            return
        self._ledger.fault(trouble.fault)
        raise Failure(trouble.fault) from trouble


def _is_a_folder(path: str) -> Trouble:
    return Trouble(
        Fault("IS_A_DIRECTORY", f"{path!r} is a folder: ask for recursive"), "destination"
    )
