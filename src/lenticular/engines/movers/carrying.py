"""Carrying: does the steps of a transfer, each kind in a lane of its own."""

from contextlib import aclosing

from lenticular.engines.connectors.contract import Entry
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.paths import parent
from lenticular.engines.movers.bundling import Carrier, move_bundle
from lenticular.engines.movers.comparing import BY_CHECKSUM, differs, has_other_bytes
from lenticular.engines.movers.contract import Job, Moved
from lenticular.engines.movers.copying import Copy, Terms
from lenticular.engines.movers.ends import Ends, Pair
from lenticular.engines.movers.folders import Folders
from lenticular.engines.movers.ledger import Ledger
from lenticular.engines.movers.pacing import Pace
from lenticular.engines.movers.scheduling import Lane, Schedule
from lenticular.engines.movers.steps import Step
from lenticular.engines.movers.troubles import Trouble, at


class Carrying:
    """Who moves, makes and compares."""

    def __init__(
        self,
        job: Job,
        ends: Ends,
        ledger: Ledger,
        pace: Pace,
        walks: Lane,
        carrier: Carrier | None,
    ) -> None:
        """Steps that are to be walked go to the lane `walks`; `carrier` moves all files, if any."""
        self._carrier = carrier or move_bundle
        self._carries_all = carrier is not None
        self._ends = ends
        self._ledger = ledger
        self._pace = pace
        self._level = job.options.sync_level
        self.folders = Folders()
        self.terms = Terms(
            ledger,
            pace,
            verifies=job.options.verify_checksum,
            keeps_times=job.options.preserve_timestamp,
        )
        self.schedule = Schedule(ledger, job.options, pace, self._lane)
        self._walks = walks
        self._bundles = Lane(pace.bundles, self._move_bundle, bundles=True)
        self._files = Lane(pace.files, self._move_file)
        self._large = Lane(pace.large_files, self._move_file)
        self._checks = Lane(pace.checks, self._check)
        self._makings = Lane(pace.removals, self._make)
        self.lanes = (self._bundles, self._files, self._large, self._checks, self._makings)

    def _lane(self, step: Step) -> Lane:
        match step.kind:
            case "walk":
                return self._walks
            case "dir" | "link":
                return self._makings
            case _ if not step.is_checked:
                return self._checks
        if self._carries_all or (step.size <= self._pace.small and not step.given.checksum):
            return self._bundles
        return self._files if step.size < self._pace.large else self._large

    async def _move_bundle(self, steps: list[Step]) -> None:
        left = dict.fromkeys(steps)
        try:
            async with self._ends.both() as ends:
                moving = self._carrier(self.terms, ends, self.folders, steps)
                async with aclosing(moving):
                    async for step, result in moving:
                        del left[step]
                        if isinstance(result, Trouble):
                            self._learn(step, result)
                            self.schedule.failed([step], result)
                        else:
                            self._arrived(step, result)
        except Trouble as trouble:  # all others met it
            self.schedule.failed(list(left), trouble)

    async def _move_file(self, steps: list[Step]) -> None:
        (step,) = steps
        async with self._ends.both() as ends:
            try:
                with at("destination"):
                    await self.folders.make(ends.destination, parent(step.destination))
                moved = await Copy(self.terms, ends, step).run()
            except Trouble as trouble:
                self._learn(step, trouble)
                raise
        self._arrived(step, moved)

    def _learn(self, step: Step, trouble: Trouble) -> None:
        """Draw conclusions from a trouble."""
        if trouble.fault.code == "FILE_NOT_FOUND" and trouble.side == "destination":
            self.folders.forget(parent(step.destination))  # somebody has removed it
        if trouble.fault.code == "FILE_SIZE_CHANGED":
            step.size = max(step.size, self._pace.small + 1)  # it may be too large for a bundle

    def _arrived(self, step: Step, moved: Moved) -> None:
        self._ledger.arrived(moved)
        self.schedule.done(step)

    async def _check(self, steps: list[Step]) -> None:
        """Find out whether a file has to be moved."""
        (step,) = steps
        async with self._ends.both() as ends:
            has_to_move = await self._differs(ends, step)
        if has_to_move:
            step.is_checked = True
            self.schedule.pass_on(step)
        else:
            self._ledger.counts.files_skipped += 1
            self.schedule.done(step)

    async def _differs(self, ends: Pair, step: Step) -> bool:
        with at("source"):
            here = await ends.source.stat(step.source)
        there = await _found(ends, step)
        if differs(self._level, here, there):
            return True
        if self._level != BY_CHECKSUM:
            return False
        self._ledger.counts.bytes_checksummed += here.size
        return await has_other_bytes(ends, step.source, step.destination)

    async def _make(self, steps: list[Step]) -> None:
        """Make a folder or a link."""
        (step,) = steps
        async with self._ends.both() as ends:
            if step.kind == "link":
                await self._make_link(ends, step)
            else:
                with at("destination"):
                    await self.folders.make(ends.destination, step.destination)
        self._ledger.progressed()
        self.schedule.done(step)

    async def _make_link(self, ends: Pair, step: Step) -> None:
        with at("source"):
            found = await ends.source.stat(step.source, follow=False)
            if found.kind != "link":
                raise Fault("NOT_SUPPORTED", f"{step.source!r} is no symbolic link")
            if not found.link_target:
                raise Fault("NOT_SUPPORTED", f"what {step.source!r} leads to cannot be told")
        with at("destination"):
            await self.folders.make(ends.destination, parent(step.destination))
            await ends.destination.make_link(step.destination, found.link_target)


async def _found(ends: Pair, step: Step) -> Entry | None:
    """Return what the destination has; None: nothing."""
    with at("destination"):
        try:
            return await ends.destination.stat(step.destination, follow=False)
        except Fault as fault:
            if fault.code in ("FILE_NOT_FOUND", "NOT_A_DIRECTORY"):
                return None
            raise
