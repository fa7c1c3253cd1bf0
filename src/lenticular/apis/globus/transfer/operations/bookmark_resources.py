"""Bookmarks once more, as resources of JSON:API: what ``TransferClientV2`` of globus-sdk asks for.

Transfer API, "Collection Bookmarks" below ``/v2``; https://jsonapi.org/format/1.1.
"""

from collections.abc import Sequence

from msgspec import Struct

from lenticular.apis.globus.transfer.calls import ALL, parsed_id, person
from lenticular.apis.globus.transfer.documents import Document
from lenticular.apis.globus.transfer.errors import CODES
from lenticular.apis.globus.wire.errors import ListedErrors
from lenticular.apis.globus.wire.service import Call, operation
from lenticular.primitives.collections import Bookmark, Collections

_BOOKMARKS = "/v2/bookmarks"
_BOOKMARK = "/v2/bookmarks/{bookmark_id}"
_ERRORS = ListedErrors(CODES)


class _Attributes(Struct, frozen=True):
    name: str | None = None
    path: str | None = None


class _NewAttributes(Struct, frozen=True):
    name: str
    path: str


class _Reference(Struct, frozen=True):
    id: str


class _Linked(Struct, frozen=True):
    data: _Reference


class _Relationships(Struct, frozen=True):
    collection: _Linked


class _New(Struct, frozen=True):
    attributes: _NewAttributes
    relationships: _Relationships


class NewBookmarkResource(Struct, frozen=True):
    """A bookmark to make."""

    data: _New


class _Change(Struct, frozen=True):
    attributes: _Attributes


class BookmarkResourceChange(Struct, frozen=True):
    """What to change of a bookmark."""

    data: _Change


class BookmarkResourceOperations:
    """The operations on the caller's own bookmarks."""

    def __init__(self, collections: Collections) -> None:
        self._bookmarks = collections.bookmarks

    @operation("GET", _BOOKMARKS, scopes=(ALL,), errors=_ERRORS)
    async def list_bookmark_resources(self, call: Call) -> Document:
        """Return all bookmarks, with their collections."""
        found = await self._bookmarks.of(person(call))
        documents = [_resource(one) for one in found]
        return _answer(call, data=documents, included=await self._included(call, found))

    @operation(
        "POST",
        _BOOKMARKS,
        scopes=(ALL,),
        document=NewBookmarkResource,
        status=201,
        errors=_ERRORS,
    )
    async def create_bookmark_resource(self, call: Call) -> Document:
        """Make a bookmark."""
        new: _New = call.document.data
        collection_id = parsed_id(new.relationships.collection.data.id)
        made = await self._bookmarks.create(
            new.attributes.name, collection_id, new.attributes.path, person(call)
        )
        return _answer(call, data=_resource(made))

    @operation("GET", _BOOKMARK, scopes=(ALL,), errors=_ERRORS)
    async def get_bookmark_resource(self, call: Call) -> Document:
        """Return a bookmark, with its collection."""
        found = await self._bookmarks.get(call.arguments["bookmark_id"], person(call))
        return _answer(call, data=_resource(found), included=await self._included(call, [found]))

    @operation("PATCH", _BOOKMARK, scopes=(ALL,), document=BookmarkResourceChange, errors=_ERRORS)
    async def update_bookmark_resource(self, call: Call) -> Document:
        """Give a bookmark another name or path."""
        wanted: _Attributes = call.document.data.attributes
        changed = await self._bookmarks.change(
            call.arguments["bookmark_id"], person(call), name=wanted.name, path=wanted.path
        )
        return _answer(call, data=_resource(changed))

    @operation("DELETE", _BOOKMARK, scopes=(ALL,), errors=_ERRORS)
    async def delete_bookmark_resource(self, call: Call) -> Document:
        """Delete a bookmark."""
        await self._bookmarks.delete(call.arguments["bookmark_id"], person(call))
        return _answer(call)

    async def _included(self, call: Call, bookmarks: Sequence[Bookmark]) -> list[Document]:
        """Describe the collections of bookmarks, as far as the caller still sees them."""
        return [
            {
                "type": "Collection",
                "id": one.collection_id,
                "attributes": {"display_name": one.display_name, "high_assurance": False},
            }
            for one in await self._bookmarks.collections(bookmarks, person(call))
        ]


def _answer(call: Call, **members: object) -> Document:
    return {"meta": {"request_id": call.request.id}, **members}


def _resource(bookmark: Bookmark) -> Document:
    return {
        "type": "Bookmark",
        "id": bookmark.bookmark_id,
        "attributes": {"name": bookmark.name, "path": bookmark.path},
        "relationships": {
            "collection": {"data": {"type": "Collection", "id": bookmark.collection_id}}
        },
    }
