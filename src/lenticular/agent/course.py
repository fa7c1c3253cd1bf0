"""A job's tie to the cloud: what was submitted comes page by page, reports go until they arrive."""

import logging
from collections.abc import AsyncIterator, Sequence

from lenticular.agent.control import Control, ControlError, Disowned
from lenticular.engines.movers.contract import Item, Job, Report, Verdict

_log = logging.getLogger("lenticular.connect")


class CloudCourse:
    """The `Course` of one job, over the control channel."""

    def __init__(self, control: Control, job: Job) -> None:
        self._control = control
        self._job_id = job.job_id

    async def items(self, start: int) -> AsyncIterator[Sequence[Item]]:
        """Iterate over the job's items; the cloud may be away for a while."""
        while True:
            path = f"jobs/{self._job_id}/items?start={start}"
            page: list[Item] = await self._control.insist("GET", path, kind=list[Item])
            if not page:
                return
            yield page
            start += len(page)

    async def report(self, report: Report) -> Verdict:
        """Deliver a report; one that the cloud does not understand ends the attempt."""
        try:
            verdict: Verdict = await self._control.insist("POST", "reports", report, Verdict)
        except Disowned:
            raise
        except ControlError as error:
            _log.error("job %s: its report was refused: %s", self._job_id, error)
            return Verdict("stop")
        return verdict
