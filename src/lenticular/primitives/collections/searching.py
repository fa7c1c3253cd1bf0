"""Search: collections that somebody may know of, by words, owner, kind and what they are to them.

Transfer API, "Endpoint and Collection Search".
"""

from collections.abc import Callable, Collection, Iterable
from typing import Final, Literal, get_args

from msgspec import Struct

from lenticular.engines.kv.contract import KeyValueStore, Reader
from lenticular.primitives.collections import records
from lenticular.primitives.collections.errors import InputInvalid
from lenticular.primitives.collections.records import USED, Entity
from lenticular.primitives.collections.records import Collection as Entry
from lenticular.primitives.collections.rights import Person, Rights

Scope = Literal[
    "all",
    "administered-by-me",
    "in-use",
    "my-endpoints",
    "my-gcp-endpoints",
    "recently-used",
    "shared-by-me",
    "shared-with-me",
]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)

MOST: Final = 1000
"""Collections that one search finds at most."""

_OWN: Final = ("my-endpoints", "my-gcp-endpoints", "shared-by-me")

InUse = Callable[[Reader, tuple[str, ...]], Collection[str]]
"""Returns the ids of the collections that tasks of some identities are using now."""


class Search(Struct, frozen=True, kw_only=True):
    """What is looked for."""

    text: str = ""
    """Words, each of which begins a word of the collection's description; or its id."""
    scope: Scope = "all"
    owner_id: str = ""
    host_id: str = ""
    """The collection on which it is."""
    entity: Entity | None = None
    is_functional: bool | None = None


class Match(Struct, frozen=True):
    """A collection that was found."""

    collection: Entry
    rank: float
    """The higher, the better it fits."""


class Searching:
    """Searches all collections."""

    def __init__(self, store: KeyValueStore, rights: Rights) -> None:
        self._store = store
        self._rights = rights
        self._in_use: InUse = lambda reader, identity_ids: ()

    def add_uses(self, in_use: InUse) -> None:
        """Let `in_use` tell what the scope ``in-use`` finds."""
        self._in_use = in_use

    async def search(self, wanted: Search, person: Person) -> list[Match]:
        """Return what fits, the best first, at most `MOST`. Raises `InputInvalid`."""
        if wanted.owner_id and wanted.scope in _OWN:
            raise InputInvalid(f"The scope {wanted.scope} says whose collections: name no owner")
        words = wanted.text.lower().split()

        def find(reader: Reader) -> list[Match]:
            found = []
            for entry in self._candidates(reader, wanted, person):
                rank = _rank(entry, words, wanted.text)
                if rank and self._fits(reader, entry, wanted, person):
                    found.append(Match(entry, rank))
            return found

        matches = await self._store.read(find, long=True)
        if wanted.scope != "recently-used":
            matches.sort(key=_order)
        return matches[:MOST]

    def _candidates(self, reader: Reader, wanted: Search, person: Person) -> Iterable[Entry]:
        scope, ids = wanted.scope, person.identity_ids
        if scope in _OWN:
            return _owned(reader, ids)
        if scope == "recently-used":
            return _by_id(reader, recently_used(reader, ids))
        if scope == "in-use":
            return _by_id(reader, self._in_use(reader, ids))
        if scope in ("shared-with-me", "administered-by-me"):
            principals = (*ids, *person.group_ids)
            granted = [found for one in principals for found in records.granted(reader, one)]
            shared = _by_id(reader, granted)
            return shared if scope == "shared-with-me" else (*_owned(reader, ids), *shared)
        if wanted.host_id:
            return records.hosted(reader, wanted.host_id)
        if wanted.owner_id:
            return records.owned(reader, wanted.owner_id)
        return records.everything(reader)

    def _fits(self, reader: Reader, entry: Entry, wanted: Search, person: Person) -> bool:
        if wanted.entity is not None and entry.entity != wanted.entity:
            return False
        if wanted.owner_id and entry.owner_id != wanted.owner_id:
            return False
        if wanted.host_id and entry.host_collection_id != wanted.host_id:
            return False
        if not self._in_scope(reader, entry, wanted.scope, person):
            return False
        functional = wanted.is_functional
        if functional is not None and functional != self._rights.is_functional(reader, entry):
            return False
        return self._rights.is_visible(reader, entry, person)

    def _in_scope(self, reader: Reader, entry: Entry, scope: Scope, person: Person) -> bool:
        if scope == "my-gcp-endpoints":
            return entry.entity == "mapped"
        if scope == "shared-by-me":
            return entry.entity == "guest"
        if scope == "shared-with-me":
            is_others = entry.owner_id not in person.identity_ids
            return is_others and bool(self._rights.access(reader, entry, person))
        if scope == "administered-by-me":
            return bool(self._rights.roles(reader, entry, person))
        return True


def recently_used(reader: Reader, identity_ids: tuple[str, ...]) -> list[str]:
    """Return the ids of the collections that somebody used, the last one first."""
    used = [
        (int.from_bytes(value, "big"), USED.unpack(key)[1])
        for identity_id in identity_ids
        for key, value in reader.range(*USED.range(identity_id))
    ]
    return [collection_id for _, collection_id in sorted(used, reverse=True)]


def _owned(reader: Reader, identity_ids: Iterable[str]) -> list[Entry]:
    return [found for one in identity_ids for found in records.owned(reader, one)]


def _by_id(reader: Reader, collection_ids: Iterable[str]) -> list[Entry]:
    found = (records.collection(reader, one) for one in dict.fromkeys(collection_ids))
    return [one for one in found if one is not None]


def _rank(entry: Entry, words: list[str], text: str) -> float:
    """Tell how well a collection fits some words; 0: it does not."""
    if not words or text.strip().lower() == entry.collection_id:
        return 1.0
    name = _words(entry.display_name)
    rest = _words(
        " ".join(
            (
                entry.description or "",
                entry.organization or "",
                entry.department or "",
                *entry.keywords,
            )
        )
    )
    rank = 0.0
    for word in words:
        if word in name:
            rank += 4.0
        elif any(one.startswith(word) for one in name):
            rank += 2.0
        elif any(one.startswith(word) for one in rest):
            rank += 1.0
        else:
            return 0.0
    return rank / len(words)


def _words(text: str) -> set[str]:
    """Return the words of a text: split at spaces, and these again at what is no letter."""
    whole = text.lower().split()
    parts = "".join(one if one.isalnum() else " " for one in text.lower()).split()
    return {*whole, *parts}


def _order(match: Match) -> tuple[float, str, str]:
    entry = match.collection
    return -match.rank, entry.display_name.lower(), entry.collection_id
