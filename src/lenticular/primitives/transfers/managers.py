"""Managers: those who may see and hold up other people's tasks, by their roles on collections.

Transfer API, "Advanced Collection Management": who monitors a mapped collection monitors the
guest collections on it too.
"""

from typing import Final

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.collections import (
    Collection,
    Collections,
    Person,
    RoleName,
)
from lenticular.primitives.collections import records as collections
from lenticular.primitives.transfers.errors import NotPermitted, TaskNotFound
from lenticular.primitives.transfers.records import Task

MANAGER: Final[RoleName] = "activity_manager"
MONITOR: Final[RoleName] = "activity_monitor"


class Managers:
    """Knows who manages which collection."""

    def __init__(self, collections: Collections) -> None:
        self._collections = collections

    def has(self, reader: Reader, collection: Collection, person: Person, role: RoleName) -> bool:
        """Tell whether somebody has a role on a collection, or on the one that it is on."""
        if role in self._collections.roles(reader, collection, person):
            return True
        host = collections.collection(reader, collection.host_collection_id)
        return host is not None and role in self._collections.roles(reader, host, person)

    def require(
        self, reader: Reader, collection_id: str, person: Person, role: RoleName
    ) -> Collection:
        """Return a collection on which somebody has a role.

        Raises `CollectionNotFound`, also for one that they may not know of, and `NotPermitted`
        without the role.
        """
        found = collections.existing(reader, collection_id)
        if not self.has(reader, found, person, role):
            if not self.has(reader, found, person, MONITOR):
                self._collections.visible(reader, collection_id, person)
            raise NotPermitted(f"You do not have the role {role} on this collection")
        return found

    def monitored(self, reader: Reader, person: Person) -> list[Collection]:
        """Return the collections that somebody monitors."""
        found: dict[str, Collection] = {}
        for identity_id in person.identity_ids:
            found |= {one.collection_id: one for one in collections.owned(reader, identity_id)}
        for principal in (*person.identity_ids, *person.group_ids):
            for collection_id in collections.granted(reader, principal):
                one = collections.collection(reader, collection_id)
                if one is not None:
                    found[collection_id] = one
        for host in tuple(found.values()):
            found |= {
                one.collection_id: one for one in collections.hosted(reader, host.collection_id)
            }
        return [one for one in found.values() if self.has(reader, one, person, MONITOR)]

    def positions(self, reader: Reader, task: Task, person: Person, role: RoleName) -> set[int]:
        """Return with regard to what somebody manages a task.

        0: the host of its source, 1: its source, 2 and 3: the same of its destination. Raises
        `TaskNotFound`, and `NotPermitted` for who has another role on it.
        """
        found = set()
        sees = False
        for number, end in enumerate(task.ends):
            for guest, collection_id in enumerate((end.host_id, end.collection_id)):
                one = collections.collection(reader, collection_id)
                if one is None:
                    continue
                roles = self._collections.roles(reader, one, person)
                sees = sees or MONITOR in roles
                if role in roles:
                    found.add(2 * number + (guest if end.host_id != end.collection_id else 0))
        if found:
            return found
        if sees:
            raise NotPermitted(f"You do not have the role {role} on a collection of this task")
        raise TaskNotFound(task.task_id)
