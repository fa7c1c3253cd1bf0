"""The indices of one cloud: made, described, deleted, filled and asked."""

import time
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.search.contract import SearchEngine
from lenticular.primitives.search import access, records, steps
from lenticular.primitives.search.access import Roles
from lenticular.primitives.search.errors import EntryInvalid
from lenticular.primitives.search.following import Following
from lenticular.primitives.search.queue import Queue
from lenticular.primitives.search.records import (
    CHANGE,
    ENTRY,
    HOLDER,
    INDEX,
    OF_INDEX,
    QUEUE,
    ROLE,
    ROLES,
    SCHEMA,
    TALLY,
    TASK,
    WAITING,
    Index,
    RoleName,
    Tally,
    encode,
)
from lenticular.primitives.search.results import Reading
from lenticular.primitives.search.viewers import Viewer, identity_urn

_KEPT = 30 * 24 * 3600 * 1000
"""Milliseconds that an index can be opened again after it was deleted (Search API, "Index
Delete")."""

_LONGEST_NAME = 256
_LONGEST_DESCRIPTION = 16 * 1024


@dataclass(frozen=True, slots=True)
class IndexView:
    """An index as one person sees it."""

    index: Index
    tally: Tally
    """For whom has no role, only of what they may see."""
    permissions: Sequence[RoleName]
    """The roles that the person has."""


class Indices:
    """The indices of one cloud, with all that can be asked of them by part.

    `roles` are who may do what, `tasks` the work on entries, `reading` the queries.
    """

    def __init__(self, store: KeyValueStore, engine: SearchEngine) -> None:
        self._store = store
        self._engine = engine
        self._following = Following(store, engine)
        self.roles = Roles(store)
        self.tasks = Queue(store, engine, self._following)
        self.reading = Reading(store, engine, self._following)

    async def create(self, viewer: Viewer, display_name: str, description: str) -> IndexView:
        """Make an index, which the acting identity owns. Raises `EntryInvalid`."""
        index = Index(str(uuid.uuid4()), _named(display_name), _described(description), _now())

        def write(tx: Transaction) -> IndexView:
            tx.set(INDEX.pack(index.index_id), encode(index))
            steps.begin(tx, index.index_id)
            access.add(tx, index.index_id, "owner", identity_urn(viewer.identity_ids[0]))
            return _view(tx, index, viewer)

        return await self._store.transact(write)

    async def get(self, viewer: Viewer, index_id: str) -> IndexView:
        """Return an index. Raises `IndexNotFound`."""

        def find(reader: Reader) -> IndexView:
            return _view(reader, access.found(reader, index_id), viewer)

        view = await self._store.read(find)
        if view.permissions or view.index.status != "open":
            return view
        subjects, entries = await self.reading.count(viewer, index_id)
        return IndexView(view.index, Tally(view.tally.mark, subjects=subjects, entries=entries), ())

    async def list(self, viewer: Viewer, roles: Collection[str] = ROLES) -> Sequence[IndexView]:
        """Return the indices on which somebody has one of the roles, the oldest first."""

        def find(reader: Reader) -> Sequence[IndexView]:
            indices = (records.index(reader, one) for one in access.index_ids(reader, viewer))
            views = [_view(reader, index, viewer) for index in indices if index is not None]
            return [view for view in views if not set(roles).isdisjoint(view.permissions)]

        views = await self._store.read(find)
        return sorted(views, key=lambda view: (view.index.created, view.index.index_id))

    async def update(
        self, viewer: Viewer, index_id: str, display_name: str | None, description: str | None
    ) -> IndexView:
        """Change what is said of an index; None: it stays.

        Raises `IndexNotFound`, `AccessDenied`, `IndexStatusWrong`, `EntryInvalid`.
        """

        def write(tx: Transaction) -> IndexView:
            index = access.required(tx, index_id, viewer, "admin", status="open")
            if display_name is not None:
                index = replace(index, display_name=_named(display_name))
            if description is not None:
                index = replace(index, description=_described(description))
            tx.set(INDEX.pack(index_id), encode(index))
            return _view(tx, index, viewer)

        return await self._store.transact(write)

    async def delete(self, viewer: Viewer, index_id: str) -> None:
        """Mark an index for deletion: it cannot be used, and goes after a while.

        Raises `IndexNotFound`, `AccessDenied`, `IndexStatusWrong`.
        """

        def write(tx: Transaction) -> None:
            index = access.required(tx, index_id, viewer, "owner", status="open")
            steps.cancel_all(tx, index_id)
            tx.set(
                INDEX.pack(index_id),
                encode(replace(index, status="delete_pending", deleted=_now())),
            )

        await self._store.transact(write)

    async def reopen(self, viewer: Viewer, index_id: str) -> None:
        """Undo a deletion. Raises `IndexNotFound`, `AccessDenied`, `IndexStatusWrong`."""

        def write(tx: Transaction) -> None:
            index = access.required(tx, index_id, viewer, "owner", status="delete_pending")
            tx.set(INDEX.pack(index_id), encode(replace(index, status="open", deleted=0)))

        await self._store.transact(write)

    async def maintain(self) -> None:
        """Erase indices that were deleted long ago."""
        await self.erase(_now() - _KEPT)

    async def erase(self, before: int) -> None:
        """Erase the indices that were deleted before a time (milliseconds since the epoch)."""

        def due(reader: Reader) -> Sequence[str]:
            ids = [INDEX.unpack(key)[0] for key, _ in reader.range(*INDEX.range())]
            found = (records.index(reader, index_id) for index_id in ids)
            return [
                index.index_id
                for index in found
                if index is not None and index.status != "open" and index.deleted < before
            ]

        for index_id in await self._store.read(due):
            await self._store.transact(partial(_erase, index_id))
            await self._following.drop(index_id)

    async def close(self) -> None:
        """Stop working, and release the search engine."""
        await self.tasks.close()
        await self._engine.close()


def _view(reader: Reader, index: Index, viewer: Viewer) -> IndexView:
    tally = records.tally(reader, index.index_id) or steps.nothing()
    return IndexView(index, tally, access.held(reader, index.index_id, viewer))


def _erase(index_id: str, tx: Transaction) -> None:
    index = records.index(tx, index_id)
    if index is None or index.status == "open":
        return
    for role in records.roles(tx, index_id):
        tx.delete(HOLDER.pack(role.principal, index_id, role.role_id))
    for task_id in records.task_ids(tx, index_id):
        tx.delete(TASK.pack(task_id))
    for space in (ENTRY, CHANGE, ROLE, OF_INDEX, QUEUE):
        tx.delete_range(*space.range(index_id))
    for space in (INDEX, TALLY, SCHEMA, WAITING):
        tx.delete(space.pack(index_id))


def _named(name: str) -> str:
    if not name.strip() or len(name) > _LONGEST_NAME:
        raise EntryInvalid(f"The name of an index has 1 to {_LONGEST_NAME} characters")
    return name


def _described(description: str) -> str:
    if len(description) > _LONGEST_DESCRIPTION:
        raise EntryInvalid(f"A description has at most {_LONGEST_DESCRIPTION} characters")
    return description


def _now() -> int:
    return int(time.time() * 1000)
