"""Views: a collection as one person sees it, and by whom it is served."""

from msgspec import Struct

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.agents import BUILT_IN, Agents
from lenticular.primitives.collections import records
from lenticular.primitives.collections.records import Collection, RoleName
from lenticular.primitives.collections.rights import Person, Rights
from lenticular.primitives.people import People


class View(Struct, frozen=True, kw_only=True):
    """A collection as one person sees it."""

    collection: Collection
    host: Collection | None
    """Of a guest collection: the one on which it is; None when that is gone."""
    owner: str
    """The username of its owner; of one that is its account's, the account's id."""
    roles: tuple[RoleName, ...]
    is_connected: bool | None
    """Whether the agent that serves it is there; None: it is the server's own."""
    is_functional: bool
    may_share: bool
    """Whether the person may make guest collections on it."""
    https_server: str
    """The base URL of its files; the path of a file is put behind it."""


class Served(Struct, frozen=True):
    """By whom a collection is served."""

    agent_id: str
    home: str
    """The folder for which ``/~/`` stands."""
    default_directory: str
    """What is listed when no path is named."""
    display_name: str


class Views:
    """Looks at collections."""

    def __init__(self, people: People, agents: Agents, rights: Rights, data_url: str) -> None:
        """`data_url` is where the server's own agent serves files."""
        self._people = people
        self._agents = agents
        self._rights = rights
        self._data_url = data_url

    def view(self, reader: Reader, collection: Collection, person: Person) -> View:
        """Return a collection as somebody sees it."""
        host = None
        if collection.entity == "guest":
            host = records.collection(reader, collection.host_collection_id)
        served = host if host is not None else collection
        owner = self._people.look(reader, collection.owner_id) if collection.owner_id else None
        return View(
            collection=collection,
            host=host,
            owner=owner.username if owner else collection.owner_id or collection.account_id,
            roles=self._rights.roles(reader, collection, person),
            is_connected=(
                self._agents.is_connected(reader, served.agent_id) if served.agent_id else None
            ),
            is_functional=self._rights.is_functional(reader, collection),
            may_share=self._rights.may_share(reader, collection, person),
            https_server=self.https_server(collection.collection_id),
        )

    def https_server(self, collection_id: str) -> str:
        """Return the base URL of a collection's files."""
        return f"{self._data_url}/collections/{collection_id}"

    def served(self, reader: Reader, collection: Collection) -> Served:
        """Return by whom a collection is served. Raises as `host`."""
        home = self.home(reader, collection) if collection.entity == "mapped" else "/"
        return Served(
            host(reader, collection).agent_id or BUILT_IN,
            home,
            collection.default_directory or ("/" if home == "/" else "/~/"),
            collection.display_name,
        )

    def home(self, reader: Reader, mapped: Collection) -> str:
        """Return where ``/~/`` is on a mapped collection."""
        home = self._agents.home(reader, mapped.agent_id) if mapped.agent_id else ""
        return home or "/"


def host(reader: Reader, collection: Collection) -> Collection:
    """Return the mapped collection on which a collection is: itself, unless it is a guest.

    Raises `CollectionNotFound` when it is gone.
    """
    if collection.entity == "mapped":
        return collection
    return records.existing(reader, collection.host_collection_id)
