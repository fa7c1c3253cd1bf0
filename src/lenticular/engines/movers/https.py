"""The mover of agents: from any place to any place that a connector reaches, HTTPS among them."""

import asyncio
import contextlib
import logging
import tempfile
from pathlib import Path

import msgspec

from lenticular.engines.connectors.faults import Fault
from lenticular.engines.movers.bundling import Carrier
from lenticular.engines.movers.checkpoints import Checkpoint, decoded
from lenticular.engines.movers.contract import Course, Ended, Job, Verdict
from lenticular.engines.movers.deleting import Deletion
from lenticular.engines.movers.ends import Ends, Opener
from lenticular.engines.movers.ledger import Ledger, ended
from lenticular.engines.movers.pacing import Pace
from lenticular.engines.movers.sorting import Shelf
from lenticular.engines.movers.transferring import Transfer
from lenticular.engines.movers.troubles import Failure

_log = logging.getLogger(__name__)


class HttpsMover:
    """Does jobs over two connectors (`contract.Mover`). One may do several at once."""

    def __init__(
        self, opener: Opener, *, scratch: Path | None = None, pace: Pace | None = None
    ) -> None:
        """Reach places with `opener`; sort what is too much for memory in the folder `scratch`."""
        self._opener = opener
        self._scratch = scratch or Path(tempfile.gettempdir())
        self._pace = pace or Pace()

    async def run(self, job: Job, course: Course) -> None:
        """Do a job (see the contract)."""
        ledger = Ledger(job)
        try:
            ends = Ends(job, self._opener)
        except Failure as failure:
            ledger.fault(failure.fault)
            await course.report(ledger.report(job.checkpoint, ended("failed", failure.fault)))
            return
        shelf = Shelf(self._scratch)
        given = (job, course, ends, ledger, self._pace, shelf, _checkpoint(job))
        work = Deletion(*given) if job.kind == "delete" else Transfer(*given, self.carrier(job))
        try:
            await _Attempt(course, ends, ledger, self._pace, work).run()
        finally:
            await ends.close()

    def carrier(self, job: Job) -> Carrier | None:
        """Return what moves the files' bytes in the stead of the connectors; None: they do."""
        return None


class _Attempt:
    """A job that is being done."""

    def __init__(
        self, course: Course, ends: Ends, ledger: Ledger, pace: Pace, work: Transfer | Deletion
    ) -> None:
        self._course = course
        self._ends = ends
        self._ledger = ledger
        self._pace = pace
        self._work = work

    async def run(self) -> None:
        work = asyncio.create_task(self._work.run())
        try:
            verdict = await self._report_until(work)
            if verdict.what == "stop":
                self._work.give_up()
                await _cancel(work)
                return
            if verdict.what == "yield":
                await _cancel(work)
                how = ended("yielded") if work.cancelled() else self._outcome(work)
            else:
                how = self._outcome(work)
        finally:
            await _cancel(work)
        await self._course.report(self._ledger.report(self._work.checkpoint(), how))

    async def _report_until(self, work: asyncio.Task[None]) -> Verdict:
        """Report again and again, until it is over or the verdict is another one."""
        while True:
            urgent = asyncio.create_task(self._ledger.is_urgent.wait())
            try:
                await asyncio.wait(
                    {work, urgent},
                    timeout=self._pace.report_every,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            finally:
                urgent.cancel()
            if work.done():
                return Verdict()
            report = self._ledger.report(self._work.checkpoint())
            verdict = await self._course.report(report)
            if verdict.what != "go on":
                return verdict
            try:
                await self._ends.renew(verdict)
            except Failure as failure:
                self._ledger.fault(failure.fault)

    def _outcome(self, work: asyncio.Task[None]) -> Ended:
        error = work.exception()
        if error is None:
            return ended("succeeded")
        if isinstance(error, Failure):
            return ended("failed", error.fault)
        _log.error("a job met what was not foreseen", exc_info=error)
        return ended("failed", Fault("UNKNOWN", f"The mover failed: {type(error).__name__}."))


async def _cancel(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait for its end, whatever that is."""
    task.cancel()
    await asyncio.wait([task])


def _checkpoint(job: Job) -> Checkpoint:
    """Return where to go on; one that cannot be read is from another mover: it is done anew."""
    with contextlib.suppress(msgspec.DecodeError, msgspec.ValidationError):
        return decoded(job.checkpoint)
    return Checkpoint()
