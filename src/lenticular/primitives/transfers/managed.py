"""Managed collections: what those see of collections who monitor or manage the tasks on them.

Transfer API, "Advanced Collection Management": who has such a role on a mapped collection has it
on the guest collections there, which they otherwise might not even see.
"""

from lenticular.engines.kv.contract import KeyValueStore, Reader
from lenticular.primitives.collections import (
    AccessList,
    Collection,
    Collections,
    NotSupported,
    Person,
    View,
)
from lenticular.primitives.collections import records as collections
from lenticular.primitives.transfers.managers import MANAGER, MONITOR, Managers


class ManagedCollections:
    """Shows collections to their managers."""

    def __init__(self, store: KeyValueStore, collections: Collections, managers: Managers) -> None:
        self._store = store
        self._collections = collections
        self._managers = managers

    async def monitored(self, person: Person) -> list[View]:
        """Return the collections that somebody monitors, by name."""
        found = await self._store.read(lambda reader: self._managers.monitored(reader, person))
        return await self._views(found, person)

    async def get(self, collection_id: str, person: Person) -> View:
        """Return a collection that somebody monitors.

        Raises `CollectionNotFound` and `NotPermitted`.
        """
        found = await self._store.read(
            lambda reader: self._managers.require(reader, collection_id, person, MONITOR)
        )
        [view] = await self._views([found], person)
        return view

    async def hosted(self, collection_id: str, person: Person) -> list[View]:
        """Return all guest collections on a mapped one that somebody monitors, by name.

        Raises as `get`.
        """

        def find(reader: Reader) -> list[Collection]:
            self._managers.require(reader, collection_id, person, MONITOR)
            return list(collections.hosted(reader, collection_id))

        return await self._views(await self._store.read(find), person)

    async def access(self, collection_id: str, person: Person) -> AccessList:
        """Return who has access to a guest collection that somebody manages.

        Raises as `get`, and `NotSupported` for a mapped collection.
        """

        def find(reader: Reader) -> AccessList:
            found = self._managers.require(reader, collection_id, person, MANAGER)
            if found.entity != "guest":
                raise NotSupported(
                    f"{found.display_name!r} is a mapped collection: it has no rules"
                )
            return self._collections.rules.listed(reader, found)

        return await self._store.read(find)

    async def _views(self, found: list[Collection], person: Person) -> list[View]:
        found = sorted(found, key=lambda one: (one.display_name.lower(), one.collection_id))
        return await self._collections.views(found, person)
