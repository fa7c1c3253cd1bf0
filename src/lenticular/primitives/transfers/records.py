"""What the store remembers of tasks.

Records are MessagePack arrays: a field added at the end with a default reads old records
unchanged. Times are milliseconds since the epoch; 0: never.
"""

from collections.abc import Iterator
from typing import Final, Literal

import msgspec
from msgspec import Struct, field

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace, after
from lenticular.engines.movers.contract import Counts, Options
from lenticular.primitives.agents import wake
from lenticular.primitives.transfers.errors import TaskNotFound
from lenticular.primitives.transfers.reach import EVERYWHERE

Kind = Literal["TRANSFER", "DELETE"]

Status = Literal["ACTIVE", "INACTIVE", "SUCCEEDED", "FAILED"]

State = Literal["waiting", "running", "held", "ended"]
"""``waiting`` for an agent's slot, ``running`` on an agent, ``held`` back (paused, or without
the rights that it needs), or ``ended``."""

Occasion = Literal["succeeded", "failed", "inactive"]

OCCASIONS: Final[tuple[Occasion, ...]] = ("succeeded", "failed", "inactive")
"""When the owner of a task may want to be told."""

_TASK = Subspace("transfers", "task")  # (task id) -> Task
ITEMS = Subspace("transfers", "items")  # (task id, number of the first) -> packed items
CHECKPOINT = Subspace("transfers", "checkpoint")  # (task id) -> a mover's own
EVENT = Subspace("transfers", "event")  # (task id, number) -> Happening
MOVED = Subspace("transfers", "moved")  # (task id, number of the first) -> packed Moved
SKIPPED = Subspace("transfers", "skipped")  # (task id, number of the first) -> packed Skipped
SUBMITTED = Subspace("transfers", "submitted")  # (owner id, submission id) -> task id
STAGED = Subspace("transfers", "staged")  # (milliseconds, task id): items of no task yet

OWNED = Subspace("transfers", "owned")  # (owner id, requested, task id)
USED = Subspace("transfers", "used")  # (collection id, requested, task id)
ACTIVE = Subspace("transfers", "active")  # (task id)
SAME = Subspace("transfers", "same")  # (owner id, digest of the paths) -> task id
DEADLINE = Subspace("transfers", "deadline")  # (deadline, task id)
WAITING = Subspace("transfers", "waiting")  # (agent id, owner id, since, task id) -> both agents
RUNNING = Subspace("transfers", "running")  # (agent id, task id)
KEPT = Subspace("transfers", "kept")  # (completed, task id): whose history is there

NO_MESSAGES: Final = ("", "", "", "")

CHANGED: Final = b"transfers"
"""The topic that is signalled whenever a task is made, paused, resumed or ended."""


_PAGE: Final = 200


class End(Struct, array_like=True, frozen=True):
    """A collection at one end of a task, as it was when the task was submitted."""

    collection_id: str
    display_name: str
    agent_id: str
    """That serves it."""
    host_id: str
    """The mapped collection that it is, or is on."""
    home: str = "/"
    """What ``/~/`` is there; empty: its agent has never told yet."""


class Saved(Struct, array_like=True, frozen=True):
    """How far a task was when its last checkpoint was made: a new attempt goes on from there."""

    counts: Counts
    moved: int = 0
    skipped: int = 0


class Task(Struct, array_like=True, frozen=True):
    """A transfer or a deletion that somebody asked for."""

    task_id: str
    kind: Kind
    owner_id: str
    """The identity that submitted it."""
    username: str
    account_id: str
    user: str
    """Whose doing it is, as meters have it."""
    client_id: str
    submission_id: str
    label: str | None
    source: End
    """Of a deletion: where to delete."""
    destination: End | None
    options: Options
    requested: int
    deadline: int
    items: int = 0
    """How many were submitted."""
    digest: bytes = b""
    """Of the collections and paths."""
    is_deadline_given: bool = False
    """By the owner: then it stays, whatever is done meanwhile."""
    notify: tuple[Occasion, ...] = OCCASIONS
    webhook: bytes = b""
    """Where its end is posted to, sealed; empty: nowhere."""
    status: Status = "ACTIVE"
    state: State = "waiting"
    since: int = 0
    """When it came into this state."""
    completed: int = 0
    agent_id: str = ""
    """That runs it, or ran it last."""
    attempt: int = 0
    reported: int = 0
    """The number of the last report of this attempt that was taken."""
    is_yielding: bool = False
    """Whether the agent was asked to let go of it."""
    counts: Counts = field(default_factory=Counts)
    saved: Saved | None = None
    events: int = 0
    moved: int = 0
    skipped: int = 0
    """How many there are in its history."""
    nice_status: str = "Queued"
    nice_details: str = ""
    fatal_code: str = ""
    fatal_description: str = ""
    is_paused: bool = False
    pause_messages: tuple[str, ...] = NO_MESSAGES
    """Of those who have paused it: the managers of the source's host and of the source itself,
    and the same of the destination."""
    canceled_by: str = ""
    """``SOURCE``, ``DESTINATION`` or ``BOTH``: whose manager has cancelled it."""
    canceled_message: str = ""
    history_deleted: bool = False
    is_recursive: bool = False
    """Of a deletion: of folders too."""
    is_started: bool = False
    """Whether an agent has reported of it."""
    absent_since: int = 0
    """When it was noted that an agent of its is not connected; 0: they are."""
    canceled: int = 0
    expired: int = 0
    """Subtasks that were left when it was cancelled, or its deadline passed."""
    reach: tuple[tuple[str, ...], ...] = (EVERYWHERE, EVERYWHERE)
    """Where it has to do in each of its collections: the submitted paths, or the folders that
    have them in them, as they were submitted."""

    @property
    def is_over(self) -> bool:
        return self.state == "ended"

    @property
    def ends(self) -> tuple[End, ...]:
        """Its collections: the source first."""
        return (self.source,) if self.destination is None else (self.source, self.destination)

    @property
    def agents(self) -> tuple[str, str]:
        """The agents that serve its source and its destination."""
        return self.source.agent_id, self.ends[-1].agent_id

    def writes(self, number: int) -> bool:
        """Tell whether it changes what is at one of its ends (0: the source)."""
        return self.kind == "DELETE" or number == 1


encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Task).decode


def topic(task_id: str) -> bytes:
    """Return what is signalled when anything of a task changes."""
    return b"transfers/task/" + task_id.encode()


def find(reader: Reader, task_id: str) -> Task | None:
    """Return a task, or None."""
    data = reader.get(_TASK.pack(task_id))
    return None if data is None else _decode(data)


def get(reader: Reader, task_id: str) -> Task:
    """Return a task. Raises `TaskNotFound`."""
    task = find(reader, task_id)
    if task is None:
        raise TaskNotFound(task_id)
    return task


def write(tx: Transaction, old: Task | None, new: Task) -> Task:
    """Keep a task as it is now, with all indices, and tell whom it concerns; return it."""
    before = {} if old is None else dict(_indices(old))
    after = dict(_indices(new))
    for key in before.keys() - after.keys():
        tx.delete(key)
    for key, value in after.items():
        if before.get(key) != value:
            tx.set(key, value)
    tx.set(_TASK.pack(new.task_id), encode(new))
    tx.signal(topic(new.task_id))
    if old is None or (old.state, old.is_paused) != (new.state, new.is_paused):
        tx.signal(CHANGED)
        for agent_id in {*new.agents, new.agent_id} - {""}:
            wake(tx, agent_id)
    return new


def _indices(task: Task) -> Iterator[tuple[bytes, bytes]]:
    task_id = task.task_id
    yield OWNED.pack(task.owner_id, task.requested, task_id), b""
    for end in task.ends:
        for collection_id in (end.collection_id, end.host_id):
            yield USED.pack(collection_id, task.requested, task_id), b""
    if not task.is_over:
        yield ACTIVE.pack(task_id), b""
        yield SAME.pack(task.owner_id, task.digest), task_id.encode()
        yield DEADLINE.pack(task.deadline, task_id), b""
    elif not task.history_deleted:
        yield KEPT.pack(task.completed, task_id), b""
    if task.state == "waiting":
        for agent_id in task.agents:
            yield WAITING.pack(agent_id, task.owner_id, task.since, task_id), encode(task.agents)
    elif task.state == "running":
        yield RUNNING.pack(task.agent_id, task_id), b""


def active(reader: Reader) -> Iterator[Task]:
    """Iterate over the tasks that are not over."""
    at, stop = ACTIVE.range()
    while page := reader.range(at, stop, limit=_PAGE):
        yield from (get(reader, ACTIVE.unpack(key)[0]) for key, _ in page)
        at = after(page[-1][0])
