"""The contract of a mover: what a job is, how it is reported, how it goes on after a break.

The cloud decides what is to be done and where; an agent's mover does it, and the bytes go from
place to place without coming near the cloud. What the mover has done it reports, with a
checkpoint from which it, or another one, goes on after a break.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Literal, Protocol

from msgspec import Struct

from lenticular.engines.connectors.places import Place

Algorithm = str
"""Of a checksum: ``md5``, ``sha1``, ``sha256``, ``sha512``, ``crc32``, ``crc64nvme``."""


class FilterRule(Struct, frozen=True):
    """A rule for names met within a recursive item; the first that matches counts."""

    method: Literal["include", "exclude"]
    name: str
    """A shell pattern for the last part of the path."""
    type: Literal["file", "dir", ""] = ""
    """Empty: either."""


class Options(Struct, frozen=True):
    """How a job is done. The names are those of the Transfer API's documents."""

    sync_level: int | None = None
    """0: what is missing; 1: of another size; 2: newer at the source; 3: of another checksum."""
    verify_checksum: bool = True
    preserve_timestamp: bool = False
    encrypt_data: bool = False
    """Refuse to move bytes over a connection that is not encrypted."""
    skip_source_errors: bool = False
    """Go on without what cannot be read: PERMISSION_DENIED, FILE_NOT_FOUND."""
    fail_on_quota_errors: bool = False
    fail_on_missing_source: bool = False
    """Fail at once when a named source is not there, instead of trying until the deadline."""
    delete_destination_extra: bool = False
    ignore_missing: bool = False
    """Of a deletion: what is not there is deleted."""
    filter_rules: tuple[FilterRule, ...] = ()
    interpret_globs: bool = False
    """Of a deletion: the last part of a path may be a pattern (`globs`)."""


class Item(Struct, frozen=True):
    """One line of what was submitted."""

    source: str
    """Path at the source; of a deletion, what to delete."""
    destination: str = ""
    recursive: bool | None = None
    """None: as what is there asks for."""
    is_symlink: bool = False
    """The link itself is made at the destination, leading to where the source's does."""
    checksum: str = ""
    """What the person says that the file's checksum is, hexadecimal."""
    algorithm: Algorithm = "md5"


class Job(Struct, frozen=True):
    """What a mover is to do."""

    job_id: str
    attempt: int
    """Counted up whenever it is given out; reports of an earlier attempt count for nothing."""
    kind: Literal["transfer", "delete"]
    destination: Place
    """Of a deletion, where to delete."""
    source: Place | None = None
    options: Options = Options()
    checkpoint: bytes = b""
    """Of the last report of an earlier attempt; a mover's own, at most `LARGEST_CHECKPOINT`."""
    counts: "Counts | None" = None
    """Of that report."""


LARGEST_CHECKPOINT = 256 * 1024


class Counts(Struct):
    """How far a job is, added up since its beginning (over all attempts)."""

    files: int = 0
    """Found at the source so far."""
    directories: int = 0
    symlinks: int = 0
    files_skipped: int = 0
    """That did not have to be moved (sync)."""
    files_transferred: int = 0
    bytes_transferred: int = 0
    bytes_checksummed: int = 0
    faults: int = 0
    subtasks_total: int = 0
    subtasks_succeeded: int = 0
    subtasks_pending: int = 0
    subtasks_retrying: int = 0
    subtasks_failed: int = 0
    subtasks_skipped_errors: int = 0


class Happening(Struct, frozen=True):
    """An event of a job."""

    code: str
    """Of the Transfer API (PROGRESS, VERIFY_CHECKSUM, ...)."""
    description: str
    details: str
    is_error: bool
    time: float


class Moved(Struct, frozen=True):
    """A file that arrived."""

    source: str
    destination: str
    size: int
    checksum: str = ""
    algorithm: Algorithm = ""


class Skipped(Struct, frozen=True):
    """Something that was skipped for an error (``skip_source_errors``)."""

    source: str
    destination: str
    is_directory: bool
    code: str
    details: str
    time: float


class Ended(Struct, frozen=True):
    """How an attempt ended.

    ``yielded``: it is to go on from its checkpoint; ``failed``: for good, with the code of the
    fault.
    """

    how: Literal["succeeded", "failed", "yielded"]
    code: str = ""
    description: str = ""


class Report(Struct):
    """What was done since the last report of this attempt."""

    job_id: str
    attempt: int
    number: int
    """Counted up within an attempt, from 1: one that comes twice counts once."""
    counts: Counts
    checkpoint: bytes | None = None
    """None: the last one still holds."""
    events: tuple[Happening, ...] = ()
    moved: tuple[Moved, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    ended: Ended | None = None
    nice_status: str = ""
    """A word for the person who waits (``OK``, ``Queued``, or a fault's code while it lasts)."""


class Verdict(Struct, frozen=True):
    """The answer to a report."""

    what: Literal["go on", "stop", "yield"] = "go on"
    """``stop``: nothing more is wanted of this attempt (cancelled, given to another, or no
    longer allowed); ``yield``: let go as soon as a checkpoint is made: others wait."""
    source: Place | None = None
    destination: Place | None = None
    """A place anew, where rights or secrets have changed since."""


class Course(Protocol):
    """A job's tie to the cloud, as a mover sees it."""

    def items(self, start: int) -> AsyncIterator[Sequence[Item]]:
        """Iterate over what was submitted, in its order, from item number `start` (from 0)."""

    async def report(self, report: Report) -> Verdict:
        """Deliver a report, however long the cloud does not answer, and return what it says."""


class Mover(Protocol):
    """Does jobs."""

    async def run(self, job: Job, course: Course) -> None:
        """Do a job until it has ended (its last report says how) or the verdict is ``stop``.

        Never raises for what goes wrong with files; when it is cancelled, what it was about to
        write is suspended, and the job can go on from its last checkpoint.
        """
