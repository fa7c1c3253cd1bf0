"""Bookmarks. Transfer API, "Collection Bookmarks"."""

from msgspec import Struct

from lenticular.apis.globus.transfer.calls import ALL, parsed_id, person
from lenticular.apis.globus.transfer.documents import Document, listed, narrowed, result
from lenticular.apis.globus.wire.service import Call, operation
from lenticular.primitives.collections import Bookmark, Collections


class NewBookmark(Struct, frozen=True):
    """A bookmark to make."""

    name: str
    endpoint_id: str
    path: str
    pinned: bool = False


class BookmarkChange(Struct, frozen=True):
    """What to change of a bookmark."""

    name: str | None = None
    pinned: bool | None = None


class BookmarkOperations:
    """The operations on the caller's own bookmarks."""

    def __init__(self, collections: Collections) -> None:
        self._bookmarks = collections.bookmarks

    @operation("GET", "/v0.10/bookmark_list", scopes=(ALL,))
    async def get_bookmark_list(self, call: Call) -> Document:
        """Return all bookmarks."""
        documents = [_document(one) for one in await self._bookmarks.of(person(call))]
        return listed(call, "bookmark_list", documents)

    @operation("POST", "/v0.10/bookmark", scopes=(ALL,), document=NewBookmark, status=201)
    async def create_bookmark(self, call: Call) -> Document:
        """Make a bookmark."""
        new: NewBookmark = call.document
        made = await self._bookmarks.create(
            new.name, parsed_id(new.endpoint_id), new.path, person(call), pinned=new.pinned
        )
        return _document(made)

    @operation("GET", "/v0.10/bookmark/{bookmark_id}", scopes=(ALL,))
    async def get_bookmark(self, call: Call) -> Document:
        """Return a bookmark."""
        found = await self._bookmarks.get(call.arguments["bookmark_id"], person(call))
        return narrowed(call, _document(found))

    @operation("PUT", "/v0.10/bookmark/{bookmark_id}", scopes=(ALL,), document=BookmarkChange)
    async def update_bookmark(self, call: Call) -> Document:
        """Give a bookmark another name, or pin it."""
        change: BookmarkChange = call.document
        changed = await self._bookmarks.change(
            call.arguments["bookmark_id"], person(call), name=change.name, pinned=change.pinned
        )
        return _document(changed)

    @operation("DELETE", "/v0.10/bookmark/{bookmark_id}", scopes=(ALL,))
    async def delete_bookmark(self, call: Call) -> Document:
        """Delete a bookmark."""
        gone = await self._bookmarks.delete(call.arguments["bookmark_id"], person(call))
        return result(call, "Deleted", f"Bookmark '{gone.bookmark_id}' deleted successfully")


def _document(bookmark: Bookmark) -> Document:
    return {
        "DATA_TYPE": "bookmark",
        "id": bookmark.bookmark_id,
        "name": bookmark.name,
        "endpoint_id": bookmark.collection_id,
        "path": bookmark.path,
        "pinned": bookmark.pinned,
    }
