"""Bookmarks: folders that somebody wants to find again. Transfer API, "Collection Bookmarks"."""

import uuid
from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.collections import records
from lenticular.primitives.collections.errors import (
    BookmarkNotFound,
    EntryExists,
    InputInvalid,
    LimitExceeded,
)
from lenticular.primitives.collections.paths import folder
from lenticular.primitives.collections.records import BOOKMARK, Bookmark, Collection, encode
from lenticular.primitives.collections.rights import Person, Rights

_MOST: Final = 1000
_LONGEST: Final = 128


class Bookmarks:
    """The bookmarks of all people: each sees their own, with all their identities."""

    def __init__(self, store: KeyValueStore, rights: Rights) -> None:
        self._store = store
        self._rights = rights

    async def of(self, person: Person) -> list[Bookmark]:
        """Return somebody's bookmarks, by name."""
        found = await self._store.read(lambda reader: _all(reader, person))
        return sorted(found, key=lambda one: (one.name, one.bookmark_id))

    async def get(self, bookmark_id: str, person: Person) -> Bookmark:
        """Return a bookmark. Raises `BookmarkNotFound`."""
        return await self._store.read(lambda reader: _own(reader, bookmark_id, person))

    async def collections(self, bookmarks: Iterable[Bookmark], person: Person) -> list[Collection]:
        """Return the collections of bookmarks, as far as somebody may still know of them."""
        ids = sorted({one.collection_id for one in bookmarks})

        def find(reader: Reader) -> list[Collection]:
            found = (records.collection(reader, one) for one in ids)
            return [one for one in found if one and self._rights.is_visible(reader, one, person)]

        return await self._store.read(find)

    async def create(
        self, name: str, collection_id: str, path: str, person: Person, *, pinned: bool = False
    ) -> Bookmark:
        """Make a bookmark.

        Raises `EntryExists` when there is one of this name, `CollectionNotFound`,
        `CollectionDeleted`, `InputInvalid` and `LimitExceeded`.
        """
        bookmark = Bookmark(
            str(uuid.uuid4()), person.acting, _named(name), collection_id, _path(path), pinned
        )

        def write(tx: Transaction) -> Bookmark:
            self._rights.visible(tx, collection_id, person)
            others = _all(tx, person)
            if len(others) >= _MOST:
                raise LimitExceeded(f"Nobody has more than {_MOST} bookmarks")
            _check_free(others, bookmark)
            _save(tx, bookmark)
            return bookmark

        return await self._store.transact(write)

    async def change(
        self,
        bookmark_id: str,
        person: Person,
        *,
        name: str | None = None,
        path: str | None = None,
        pinned: bool | None = None,
    ) -> Bookmark:
        """Give a bookmark another name or path, or pin it.

        Raises as `create`, and `BookmarkNotFound`.
        """

        def write(tx: Transaction) -> Bookmark:
            bookmark = _own(tx, bookmark_id, person)
            if name is not None:
                bookmark = replace(bookmark, name=_named(name))
                _check_free(_all(tx, person), bookmark)
            if path is not None:
                bookmark = replace(bookmark, path=_path(path))
            if pinned is not None:
                bookmark = replace(bookmark, pinned=pinned)
            _save(tx, bookmark)
            return bookmark

        return await self._store.transact(write)

    async def delete(self, bookmark_id: str, person: Person) -> Bookmark:
        """Delete a bookmark. Raises `BookmarkNotFound`."""

        def write(tx: Transaction) -> Bookmark:
            bookmark = _own(tx, bookmark_id, person)
            tx.delete(BOOKMARK.pack(bookmark.owner_id, bookmark.bookmark_id))
            return bookmark

        return await self._store.transact(write)


def _all(reader: Reader, person: Person) -> list[Bookmark]:
    ids = person.identity_ids
    return [one for identity_id in ids for one in records.bookmarks(reader, identity_id)]


def _own(reader: Reader, bookmark_id: str, person: Person) -> Bookmark:
    for one in _all(reader, person):
        if one.bookmark_id == bookmark_id:
            return one
    raise BookmarkNotFound(f"There is no bookmark {bookmark_id[:100]!r}")


def _check_free(others: list[Bookmark], bookmark: Bookmark) -> None:
    for one in others:
        if one.name == bookmark.name and one.bookmark_id != bookmark.bookmark_id:
            raise EntryExists(f"There is a bookmark {bookmark.name!r} already")


def _save(tx: Transaction, bookmark: Bookmark) -> None:
    tx.set(BOOKMARK.pack(bookmark.owner_id, bookmark.bookmark_id), encode(bookmark))


def _path(path: str) -> str:
    return path if path.startswith("/~/") else folder(path, "path")


def _named(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _LONGEST or not name.isprintable():
        raise InputInvalid(f"A bookmark's name has 1 to {_LONGEST} printable characters")
    return name
