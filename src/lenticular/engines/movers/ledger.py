"""The ledger of an attempt: counts, events, what arrived and what was skipped, until reported."""

import asyncio
import time
from typing import Final, Literal

import msgspec

from lenticular.engines.connectors.faults import Fault
from lenticular.engines.movers.contract import (
    Counts,
    Ended,
    Happening,
    Job,
    Moved,
    Report,
    Skipped,
)

_EVENTS: Final = 50
"""Of a report; beyond, faults are counted and no more told one by one."""
_SOON: Final = 2_000
"""Files that arrived since the last report, from which on the next one does not wait."""
_FULL: Final = 8_000
"""From which on nothing more is begun until they are reported."""

_WORDS: Final = {
    "AUTH": "authentication failed",
    "CONNECT_FAILED": "connection failed",
    "CONNECTION_BROKEN": "connection broken",
    "CONNECTION_RESET": "connection reset",
    "ENDPOINT_ERROR": "endpoint error",
    "EXISTS": "something else is there",
    "EXTERNAL_CHECKSUM_MISMATCH": "not the checksum that was given",
    "FILE_NOT_FOUND": "file not found",
    "FILE_SIZE_CHANGED": "file changed while it was read",
    "GC_NOT_CONNECTED": "endpoint not connected",
    "INVALID_PATH": "path not usable",
    "IS_A_DIRECTORY": "is a directory",
    "NOT_A_DIRECTORY": "not a directory",
    "NOT_EMPTY": "directory not empty",
    "NOT_SUPPORTED": "not supported",
    "NO_SPACE_LEFT": "no space left",
    "PERMISSION_DENIED": "permission denied",
    "QUOTA_EXCEEDED": "quota exceeded",
    "TIMEOUT": "timeout",
    "VERIFY_CHECKSUM": "checksum verification failed",
}


class Ledger:
    """What an attempt has to tell."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._number = 0
        self._events: list[Happening] = []
        self._moved: list[Moved] = []
        self._skipped: list[Skipped] = []
        self._has_room = asyncio.Event()
        self._has_room.set()
        self.is_urgent = asyncio.Event()
        self.counts = msgspec.structs.replace(job.counts) if job.counts else Counts()
        self.retrying = 0
        """Subtasks that wait to be tried again."""
        self._fault = ""
        self._unchanged = job.checkpoint

    def fault(self, fault: Fault) -> None:
        """Note that something went wrong."""
        self.counts.faults += 1
        self._fault = fault.code
        if len(self._events) < _EVENTS:
            told = _WORDS.get(fault.code, "unknown error")
            self._events.append(
                Happening(fault.code, told, fault.description, is_error=True, time=time.time())
            )

    def progressed(self) -> None:
        """Note that something went well: the last fault is over."""
        self._fault = ""

    def arrived(self, moved: Moved) -> None:
        """Note a file that arrived."""
        self.progressed()
        self.counts.files_transferred += 1
        self._moved.append(moved)
        self._crowd()

    def skipped(self, skipped: Skipped) -> None:
        """Note what was left out for an error of the source."""
        self.counts.subtasks_skipped_errors += 1
        self._skipped.append(skipped)
        self._crowd()

    def _crowd(self) -> None:
        untold = len(self._moved) + len(self._skipped)
        if untold >= _SOON:
            self.is_urgent.set()
        if untold >= _FULL:
            self._has_room.clear()

    async def room(self) -> None:
        """Wait while there is more to report than should be kept."""
        await self._has_room.wait()

    def report(self, checkpoint: bytes, ended: Ended | None = None) -> Report:
        """Return all that was not reported yet, with the checkpoint of this same moment."""
        self._number += 1
        counts = msgspec.structs.replace(self.counts, subtasks_retrying=self.retrying)
        counts.subtasks_pending = counts.subtasks_total - (
            counts.subtasks_succeeded
            + counts.subtasks_retrying
            + counts.subtasks_failed
            + counts.subtasks_skipped_errors
        )
        report = Report(
            self._job.job_id,
            self._job.attempt,
            self._number,
            counts,
            checkpoint if checkpoint != self._unchanged else None,
            tuple(self._events),
            tuple(self._moved),
            tuple(self._skipped),
            ended,
            self._fault or "OK",
        )
        self._events, self._moved, self._skipped = [], [], []
        self._unchanged = checkpoint
        self.is_urgent.clear()
        self._has_room.set()
        return report


def ended(how: Literal["succeeded", "failed", "yielded"], fault: Fault | None = None) -> Ended:
    """Return how an attempt ended."""
    return Ended(how, fault.code, fault.description) if fault else Ended(how)
