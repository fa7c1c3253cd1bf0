"""A transfer: walks through what was submitted, and moves what is to be moved."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

from lenticular.engines.connectors.contract import Entry
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.movers.bundling import Carrier
from lenticular.engines.movers.carrying import Carrying
from lenticular.engines.movers.checkpoints import Checkpoint, Cursor, encoded
from lenticular.engines.movers.comparing import BY_CHECKSUM, differs
from lenticular.engines.movers.contract import Course, Item, Job
from lenticular.engines.movers.ends import Ends, Pair
from lenticular.engines.movers.extras import Extras
from lenticular.engines.movers.filters import Filters
from lenticular.engines.movers.items import every, some
from lenticular.engines.movers.ledger import Ledger
from lenticular.engines.movers.listings import Listings
from lenticular.engines.movers.pacing import Pace
from lenticular.engines.movers.persistence import Persistence
from lenticular.engines.movers.scheduling import Lane, skipped
from lenticular.engines.movers.sorting import Shelf
from lenticular.engines.movers.steps import Step
from lenticular.engines.movers.troubles import Failure, Trouble, at, is_cancelled
from lenticular.engines.movers.walking import Lost, Visit, Walk

_AHEAD: Final = 32
"""Items whose kind is asked for ahead."""


class Transfer:
    """A job that moves."""

    def __init__(
        self,
        job: Job,
        course: Course,
        ends: Ends,
        ledger: Ledger,
        pace: Pace,
        shelf: Shelf,
        checkpoint: Checkpoint,
        carrier: Carrier | None = None,
    ) -> None:
        """Go on from `checkpoint`; `carrier` moves the files, if that is not to be done here."""
        self._course = course
        self._ends = ends
        self._ledger = ledger
        self._shelf = shelf
        self._options = job.options
        self._filters = Filters(job.options.filter_rules)
        self._persistence = Persistence(ends, ledger, pace)
        self._walks = Lane(1, self._walk_aside)
        self._carrying = Carrying(job, ends, ledger, pace, self._walks, carrier)
        self._schedule = self._carrying.schedule
        self._from = checkpoint
        self._cursor = checkpoint.cursor
        self._aside: Cursor | None = checkpoint.aside
        self._walking: Step | None = None
        """The step of the walk aside."""
        self._extras = Extras(job, course, self._persistence, ledger, shelf, pace)
        self._is_removing = checkpoint.is_removing

    def checkpoint(self) -> bytes:
        """Return from where to go on, as things stand in this moment."""
        if self._is_removing:
            return encoded(Checkpoint(Cursor(self._extras.item), is_removing=True))
        pending = self._schedule.pending()
        kept = [step.kept() for step in pending if step is not self._walking]
        return encoded(Checkpoint(self._cursor, self._aside, kept))

    def give_up(self) -> None:
        """Throw away what is half there when it is cancelled: nobody will go on with it."""
        self._carrying.terms.is_over = True

    async def run(self) -> None:
        """Do it until all is done. Raises `Failure`."""
        if not self._is_removing:
            await self._restore()
            await self._schedule.run([*self._carrying.lanes, self._walks], self._feed)
        has_skipped = self._ledger.counts.subtasks_skipped_errors > 0
        if self._options.delete_destination_extra and not has_skipped:
            if not self._is_removing:
                self._is_removing = True
                self._from = Checkpoint()
            self._extras.item = self._from.cursor.item
            await self._extras.run()

    async def _restore(self) -> None:
        """Take up what an earlier attempt began with."""
        kept, aside = self._from.kept, self._from.aside
        wanted = {each.item for each in kept} | ({aside.item} if aside else set())
        given = await some(self._course, wanted)
        if aside is not None:
            self._walking = Step("walk", aside.item, given[aside.item], aside.below)
            self._walking.is_resumed = True
            self._schedule.add(self._walking)
        for each in kept:
            self._schedule.add(Step.again(each, given[each.item]))

    async def _feed(self) -> None:
        """Go through the items."""
        async with aclosing(self._resolved()) as items:
            async for number, given, found in items:
                await self._schedule.room()
                if self._cursor.item < number:
                    self._cursor = Cursor(number)
                await self._begin(number, given, found)
                self._cursor = Cursor(number + 1)

    async def _resolved(self) -> AsyncGenerator[tuple[int, Item, Entry | Trouble | None], None]:
        """Iterate over the items and what is there; several are asked for at once."""
        ahead: deque[tuple[int, Item, asyncio.Task[Entry | Trouble | None]]] = deque()
        try:
            async with aclosing(every(self._course, self._cursor.item)) as items:
                async for number, given in items:
                    ahead.append((number, given, asyncio.create_task(self._find(given))))
                    if len(ahead) > _AHEAD:
                        first, item, task = ahead.popleft()
                        yield first, item, await task
            while ahead:
                first, item, task = ahead.popleft()
                yield first, item, await task
        finally:
            for _, _, task in ahead:
                task.cancel()

    async def _find(self, given: Item) -> Entry | Trouble | None:
        """Return what is there, or why that cannot be told; None for a link, which is not asked."""

        async def once(pair: Pair) -> Entry:
            with at("source"):
                return await pair.source.stat(given.source)

        if given.is_symlink:
            return None
        try:
            return await self._persistence.ask(once)
        except Trouble as trouble:
            return trouble

    async def _begin(self, number: int, given: Item, found: Entry | Trouble | None) -> None:
        counts = self._ledger.counts
        if isinstance(found, Trouble):
            self._schedule.add(Step("walk", number, given), found)
        elif found is None:
            counts.symlinks += 1
            self._schedule.add(Step("link", number, given))
        elif self._is_tree(given, found):
            await self._walk(number, given, self._cursor, self._go_on)
        else:
            counts.files += 1
            self._schedule.add(self._named_file(Step("walk", number, given), found))

    def _go_on(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def _go_on_aside(self, cursor: Cursor) -> None:
        self._aside = cursor

    def _is_tree(self, given: Item, found: Entry) -> bool:
        """Tell whether an item is a folder with all in it. Raises `Failure` for what cannot be."""
        fault = None
        if found.kind == "dir" and given.recursive is False:
            fault = Fault("IS_A_DIRECTORY", f"{given.source!r} is a folder: make it recursive")
        elif found.kind == "file" and given.recursive:
            fault = Fault("NOT_A_DIRECTORY", f"{given.source!r} is a file, not to be recursive")
        elif found.kind not in ("dir", "file"):
            fault = Fault("NOT_SUPPORTED", f"{given.source!r} is neither a file nor a folder")
        elif found.kind == "dir" and self._ends.is_within(given.source, given.destination):
            fault = Fault("INVALID_PATH", f"{given.source!r} cannot be copied into itself")
        if fault is not None:
            self._ledger.fault(fault)
            raise Failure(fault)
        return found.kind == "dir"

    def _named_file(self, step: Step, found: Entry) -> Step:
        step.kind = "file"
        step.size = found.size
        step.is_checked = self._options.sync_level is None
        return step

    async def _walk_aside(self, steps: list[Step]) -> None:
        """Walk through what could not be walked through, or not be found, when its turn was."""
        (step,) = steps
        cursor = self._aside if step is self._walking else None
        if cursor is None:
            if step.is_named:
                found = await self._find(step.given)
                if isinstance(found, Trouble):
                    raise found
                if found is not None and not self._is_tree(step.given, found):
                    self._ledger.counts.files += 1
                    self._schedule.pass_on(self._named_file(step, found))
                    return
            cursor = Cursor(step.item, step.names)
        self._aside, self._walking = cursor, step
        try:
            await self._walk(step.item, step.given, cursor, self._go_on_aside)
        finally:
            # When it is cancelled a last checkpoint is still to have where it came to.
            if not is_cancelled():
                self._aside = self._walking = None
        self._schedule.done(step)

    async def _walk(
        self, number: int, given: Item, cursor: Cursor, go_on: Callable[[Cursor], None]
    ) -> None:
        """Walk through a folder and take in all that is in it.

        The cursor is set in the same moment in which something is taken in: a checkpoint is
        never made between. Raises `Trouble` when the folder itself cannot be listed at the
        beginning of a walk aside.
        """
        compares = self._options.sync_level is not None
        listings = Listings(self._persistence, self._shelf, given, compares=compares)
        walk = Walk(listings.folder, self._filters)
        base = cursor.below
        if cursor.names is None and not base:
            self._take_folder(Step("dir", number, given), None)
            go_on(Cursor(number, base, ()))
        visits = walk.visits(base, cursor.names or (), is_over=cursor.is_over)
        async with aclosing(visits):
            async for found in visits:
                await self._schedule.room()
                if isinstance(found, Visit):
                    self._take(number, given, found)
                    go_on(Cursor(number, base, found.names[len(base) :]))
                elif not found.is_directory:
                    self._lose(given, found)
                elif found.names == base and go_on == self._go_on_aside:
                    raise found.trouble
                else:
                    self._schedule.add(Step("walk", number, given, found.names), found.trouble)
                    beyond = Cursor(number, base, found.names[len(base) :], is_over=True)
                    go_on(Cursor(number + 1) if found.names == base else beyond)

    def _take(self, number: int, given: Item, visit: Visit) -> None:
        """Take in what a walk came to; links, devices and the like are passed by."""
        entry, beside = visit.pair.source, visit.pair.destination
        if entry is None or entry.kind not in ("file", "dir"):
            return
        if entry.kind == "dir":
            self._take_folder(Step("dir", number, given, visit.names), beside)
            return
        self._ledger.counts.files += 1
        step = Step("file", number, given, visit.names, size=entry.size, is_checked=True)
        if not differs(self._options.sync_level, entry, beside):
            step.is_checked = False
            if self._options.sync_level != BY_CHECKSUM:
                self._ledger.counts.files_skipped += 1
                self._schedule.count_done()
                return
        self._schedule.add(step)

    def _take_folder(self, step: Step, beside: Entry | None) -> None:
        self._ledger.counts.directories += 1
        if beside is not None and beside.kind == "dir":
            self._carrying.folders.know(step.destination)
            self._schedule.count_done()
        else:
            self._schedule.add(step)

    def _lose(self, given: Item, lost: Lost) -> None:
        """Meet something in a folder that cannot be told. Raises `Failure` if that counts."""
        if not lost.trouble.is_skipped(self._options):
            self._ledger.fault(lost.trouble.fault)
            raise Failure(lost.trouble.fault)
        self._ledger.counts.subtasks_total += 1
        self._ledger.skipped(skipped(Step("file", 0, given, lost.names), lost.trouble))
