"""What the store remembers of indices.

Records are MessagePack arrays: a field added at the end with a default reads old records
unchanged. Times are milliseconds since the epoch; 0: never.

Every change of an index's entries has a number, one above that of the change before, and a
nonce. Changes are listed for a while with the keys of what they changed: who keeps something
that is derived from the entries goes on from the last one that it knows, or begins anew.
"""

from typing import Literal, get_args

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import Reader
from lenticular.engines.kv.keys import Subspace
from lenticular.engines.search.contract import EntryKey, Mark
from lenticular.engines.search.expressions import Expression
from lenticular.engines.search.values import Kind

RoleName = Literal["owner", "admin", "writer"]
"""In falling order: each may do what those after it may."""

ROLES: tuple[RoleName, ...] = get_args(RoleName)

Status = Literal["open", "delete_pending"]
State = Literal["PENDING", "PROGRESS", "SUCCESS", "FAILED", "CANCELLED"]

INDEX = Subspace("search", "index")  # (index id) -> Index
TALLY = Subspace("search", "tally")  # (index id) -> Tally
SCHEMA = Subspace("search", "schema")  # (index id) -> kinds by field
ROLE = Subspace("search", "role")  # (index id, role id) -> Role
HOLDER = Subspace("search", "holder")  # (principal, index id, role id) -> nothing
ENTRY = Subspace("search", "entry")  # (index id, subject, entry id or b"") -> Entry
CHANGE = Subspace("search", "change")  # (index id, number) -> Change
TASK = Subspace("search", "task")  # (task id) -> Task
OF_INDEX = Subspace("search", "of-index")  # (index id, task number) -> task id
QUEUE = Subspace("search", "queue")  # (index id, task number) -> Work
WAITING = Subspace("search", "waiting")  # (index id): has a queue -> nothing

KEPT_CHANGES = 1000
"""Changes of an index that are listed; who is further behind begins anew."""

KEPT_TASKS = 1000
"""Tasks of an index that are remembered (Search API, "Task List")."""


class Index(Struct, array_like=True, frozen=True):
    """A set of entries that are searched together."""

    index_id: str
    display_name: str
    description: str
    created: int
    status: Status = "open"
    deleted: int = 0
    """When it was marked for deletion."""


class Tally(Struct, array_like=True, frozen=True):
    """How much is in an index, and which change was the last."""

    mark: Mark
    subjects: int = 0
    entries: int = 0
    size: int = 0
    """Bytes of what entries say."""
    modified: int = 0
    tasks: int = 0
    """Tasks so far: the number of the last one."""


class Role(Struct, array_like=True, frozen=True):
    """What somebody may do with an index."""

    role_id: str
    index_id: str
    role_name: RoleName
    principal: str
    """A URN."""
    created: int


class Entry(Struct, array_like=True, frozen=True):
    """What is told about a subject by one source, to an audience."""

    content: bytes
    """JSON."""
    visible_to: tuple[str, ...]
    principal_sets: dict[str, tuple[str, ...]] = {}


class NewEntry(Struct, array_like=True, frozen=True):
    """An entry to be put in the place of the one with its key."""

    subject: str
    entry_id: str | None
    entry: Entry


class Change(Struct, array_like=True, frozen=True):
    """Which entries a change has changed."""

    nonce: str
    keys: tuple[EntryKey, ...]


class Ingest(Struct, array_like=True, frozen=True, tag=True):
    """Work: put entries, some fields of which are said to be places."""

    entries: tuple[NewEntry, ...]
    kinds: dict[str, Kind] = {}


class DeleteSubjects(Struct, array_like=True, frozen=True, tag=True):
    """Work: delete all entries about some subjects."""

    subjects: tuple[str, ...]


class DeleteEntry(Struct, array_like=True, frozen=True, tag=True):
    """Work: delete one entry."""

    subject: str
    entry_id: str | None


class DeleteFound(Struct, array_like=True, frozen=True, tag=True):
    """Work: delete the entries that a query finds for somebody."""

    where: Expression
    principals: tuple[str, ...] | None
    """None: whoever may see everything."""


Work = Ingest | DeleteSubjects | DeleteEntry | DeleteFound


class Task(Struct, array_like=True, frozen=True):
    """Work on an index that is done after it was asked for, in the order of asking."""

    task_id: str
    index_id: str
    number: int
    task_type: str
    state: State
    created: int
    completed: int = 0
    message: str = ""
    done: int = 0
    """Entries that are dealt with."""


encode = msgspec.msgpack.Encoder().encode
_index = msgspec.msgpack.Decoder(Index).decode
_tally = msgspec.msgpack.Decoder(Tally).decode
_schema = msgspec.msgpack.Decoder(dict[str, Kind]).decode
_role = msgspec.msgpack.Decoder(Role).decode
decode_entry = msgspec.msgpack.Decoder(Entry).decode
_change = msgspec.msgpack.Decoder(Change).decode
_task = msgspec.msgpack.Decoder(Task).decode
decode_work = msgspec.msgpack.Decoder(Work).decode


def index(reader: Reader, index_id: str) -> Index | None:
    """Return an index."""
    data = reader.get(INDEX.pack(index_id))
    return None if data is None else _index(data)


def tally(reader: Reader, index_id: str) -> Tally | None:
    """Return how much is in an index."""
    data = reader.get(TALLY.pack(index_id))
    return None if data is None else _tally(data)


def schema(reader: Reader, index_id: str) -> dict[str, Kind]:
    """Return the kinds of an index's fields."""
    data = reader.get(SCHEMA.pack(index_id))
    return {} if data is None else _schema(data)


def roles(reader: Reader, index_id: str) -> list[Role]:
    """Return the roles on an index, the oldest first."""
    found = [_role(data) for _, data in reader.range(*ROLE.range(index_id))]
    return sorted(found, key=lambda role: (role.created, role.role_id))


def entry_key(index_id: str, key: EntryKey) -> bytes:
    """Return the key of an entry."""
    subject, entry_id = key
    return ENTRY.pack(index_id, subject, b"" if entry_id is None else entry_id)


def key_of_entry(key: bytes) -> EntryKey:
    """Return which entry has a key."""
    _, subject, entry_id = ENTRY.unpack(key)
    return subject, None if entry_id == b"" else entry_id


def entry(reader: Reader, index_id: str, key: EntryKey) -> Entry | None:
    """Return an entry."""
    data = reader.get(entry_key(index_id, key))
    return None if data is None else decode_entry(data)


def entries_about(reader: Reader, index_id: str, subject: str) -> list[tuple[str | None, Entry]]:
    """Return the entries about a subject, by their ids."""
    pairs = reader.range(*ENTRY.range(index_id, subject))
    return [(key_of_entry(key)[1], decode_entry(data)) for key, data in pairs]


def changes_after(reader: Reader, index_id: str, mark: Mark) -> list[Change] | None:
    """Return the changes after a mark; None: that mark is not known here (any more)."""
    start = CHANGE.pack(index_id, mark.number)
    pairs = reader.range(start, CHANGE.range(index_id)[1])
    if not pairs or pairs[0][0] != start or _change(pairs[0][1]).nonce != mark.nonce:
        return None
    return [_change(data) for _, data in pairs[1:]]


def task(reader: Reader, task_id: str) -> Task | None:
    """Return a task."""
    data = reader.get(TASK.pack(task_id))
    return None if data is None else _task(data)


def task_ids(reader: Reader, index_id: str, limit: int | None = None) -> list[str]:
    """Return the ids of an index's tasks, the newest first."""
    pairs = reader.range(*OF_INDEX.range(index_id), limit=limit, reverse=True)
    return [data.decode() for _, data in pairs]
