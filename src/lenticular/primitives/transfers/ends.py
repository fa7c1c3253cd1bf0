"""The two ends of a task: which collections they are, and how their files are reached."""

from typing import Final

import msgspec

from lenticular.engines.connectors.places import Place
from lenticular.engines.kv.contract import KeyValueStore, Reader
from lenticular.engines.movers.messages import Hello
from lenticular.primitives.agents import Agents
from lenticular.primitives.collections import (
    Collection,
    CollectionDeleted,
    CollectionError,
    CollectionNotFound,
    Collections,
)
from lenticular.primitives.transfers.records import End, Task
from lenticular.primitives.transfers.routes import Presence
from lenticular.primitives.transfers.tickets import Tickets

DENIED: Final = "PERMISSION_DENIED"


class Unreachable(Exception):
    """A task has no way to the files of one of its collections.

    `code` is a fault's; `is_final`: it will not come back, as the collection is gone.
    """

    def __init__(self, code: str, description: str, *, is_final: bool = False) -> None:
        super().__init__(description)
        self.code = code
        self.is_final = is_final


class Ends:
    """Finds the ways to the files of tasks."""

    def __init__(
        self,
        store: KeyValueStore,
        collections: Collections,
        agents: Agents,
        tickets: Tickets,
    ) -> None:
        self._store = store
        self._collections = collections
        self._agents = agents
        self._tickets = tickets

    def end(self, reader: Reader, collection: Collection) -> End:
        """Return a collection as a task remembers it. Raises `CollectionNotFound`."""
        return End(
            collection.collection_id,
            collection.display_name,
            self._collections.serving_agent(reader, collection),
            collection.host_collection_id or collection.collection_id,
            self._agents.home(reader, collection.agent_id) if collection.agent_id else "/",
        )

    def homes(self, reader: Reader, task: Task) -> tuple[str, ...]:
        """Return what ``/~/`` is at the ends of a task."""
        return tuple(
            end.home or self._agents.home(reader, end.agent_id) or "/" for end in task.ends
        )

    def presence(self, reader: Reader) -> Presence:
        """Return what tells of agents whether they are connected, at one moment."""
        known: dict[str, Hello | None] = {}

        def presence(agent_id: str) -> Hello | None:
            if agent_id not in known:
                is_there = self._agents.is_connected(reader, agent_id)
                known[agent_id] = self._agents.hello(reader, agent_id) if is_there else None
            return known[agent_id]

        return presence

    async def places(self, task: Task) -> list[Place]:
        """Return the places of a task, the source first, for the agent that runs it.

        They are asked for anew whenever a task begins or goes on: the rights that the owner
        has then count. Raises `Unreachable`.
        """
        return [await self._place(task, number) for number in range(len(task.ends))]

    async def _place(self, task: Task, number: int) -> Place:
        end = task.ends[number]
        try:
            place = await self._collections.place_for(
                end.collection_id, task.owner_id, write=task.writes(number)
            )
        except CollectionError as error:
            raise await self._unreachable(end, error) from error
        hello = await self._store.read(lambda reader: self._agents.hello(reader, end.agent_id))
        place = msgspec.structs.replace(place, gridftp=_gridftp(end, hello))
        if end.agent_id == task.agent_id:
            return place
        peer = self._collections.peer(end.collection_id, hello, self._tickets.issue(task, number))
        return Place(peer, rules=place.rules, gridftp=place.gridftp)

    async def _unreachable(self, end: End, error: CollectionError) -> Unreachable:
        """Return why a collection cannot be reached: it is gone, or the rights for it are."""
        found = await self._store.read(
            lambda reader: self._collections.find(reader, end.collection_id)
        )
        if isinstance(error, CollectionDeleted) or found is None:
            return Unreachable(
                "ENDPOINT_ERROR", f"The collection {end.display_name} was deleted", is_final=True
            )
        if isinstance(error, CollectionNotFound):
            return Unreachable(DENIED, f"{end.display_name} is not to be seen any more")
        return Unreachable(DENIED, str(error))


def _gridftp(end: End, hello: Hello | None) -> str:
    """Return the URL of a collection's root at its agent's GridFTP server; empty: none to use.

    That server knows nothing of guest collections, nor of folders that are offered to be read.
    """
    if hello is None or not hello.gridftp or end.collection_id != end.host_id:
        return ""
    is_writable = all(folder.permission == "rw" for folder in hello.folders)
    return f"{hello.gridftp}/" if is_writable else ""
