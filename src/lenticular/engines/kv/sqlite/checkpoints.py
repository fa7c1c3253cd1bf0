"""Moves what is committed from the write-ahead log into the file, so that the log stays short.

Most of it is moved beside the writer, by a thread with a connection of its own. While
that goes on the log grows, so it would never be empty under load: therefore the writer
moves the small rest itself, between two batches, and its next commit begins the log anew.
Only a reader that stays in an old state holds this up, for as long as it stays.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import apsw

from lenticular.engines.kv.sqlite.tables import Tables

STEP = 2048
"""Pages by which the log grows from one checkpoint to the next (8 MiB). With fewer, pages
that change often are moved more often; with more, those who wait meanwhile wait longer."""

REST = 2.0
"""Seconds without a commit after which all of the log is moved."""

_log = logging.getLogger(__name__)


class Checkpoints:
    """The checkpoints of one writer, which calls `after_commit`."""

    def __init__(
        self, writing: Tables, beside: Tables, report: Callable[[apsw.Error], None]
    ) -> None:
        """Checkpoint with the writer's tables and with those for the thread beside it.

        `report` is told when one fails.
        """
        self._writing = writing
        self._beside = beside
        self._report = report
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kv-checkpoint")
        self._running: Future[None] | None = None
        self._pages_done = 0

    def after_commit(self, pages: int) -> None:
        """Take the next step, if it is time; the log has now so many pages."""
        if pages < self._pages_done:  # it has begun anew
            self._pages_done = 0
        if self._running is None:
            if pages - self._pages_done >= STEP:
                self._running = self._thread.submit(self._move, self._beside)
        elif self._running.done():
            self._running = None
            self._move(self._writing)
            self._pages_done = pages

    def time_to_rest(self, pages: int) -> float | None:
        """Return after how many idle seconds to `rest`; None: all of the log is moved."""
        return REST if pages != self._pages_done else None

    def rest(self, pages: int) -> None:
        """Move all of the log: nobody writes.

        What lies in the file is compared with its checksums whenever it is read, what lies in
        the log only when that is recovered: there it shall not lie for long.
        """
        if self._running is not None:
            self._running.result()
            self._running = None
        self._move(self._writing)
        self._pages_done = pages

    def close(self, *, finish: bool) -> None:
        """Wait for what is running and then, with `finish`, empty the log for good."""
        self._thread.shutdown()
        if finish:
            self._move(self._writing, apsw.SQLITE_CHECKPOINT_TRUNCATE)
        self._beside.connection.close()

    def _move(self, tables: Tables, mode: int = apsw.SQLITE_CHECKPOINT_PASSIVE) -> None:
        try:
            tables.connection.wal_checkpoint(mode=mode)
        except apsw.BusyError:
            pass  # another process is at it, or still reads: next time
        except apsw.Error as error:
            _log.warning("the write-ahead log was not moved into the file: %s", error)
            self._report(error)
