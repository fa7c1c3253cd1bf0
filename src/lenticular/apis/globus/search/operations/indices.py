"""Indices themselves: made, listed, described, changed, deleted and opened again."""

from msgspec import Struct

from lenticular.apis.globus.search.documents import Document, index_document
from lenticular.apis.globus.search.operations.calls import ALL, INGEST, SEARCH, index_id, viewer
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, Credential, operation
from lenticular.primitives.search import ROLES, Indices


class IndexCreate(Struct, frozen=True):
    """An index to make."""

    display_name: str
    description: str


class IndexUpdate(Struct, frozen=True):
    """What to change of an index; what is left out, or null, stays."""

    display_name: str | None = None
    description: str | None = None


class IndexOperations:
    """The operations on indices."""

    def __init__(self, indices: Indices) -> None:
        self._indices = indices

    @operation("POST", "/v1/index", scopes=(ALL,), document=IndexCreate)
    async def create_index(self, call: Call) -> Document:
        """Make an index, which the acting identity owns."""
        new: IndexCreate = call.document
        view = await self._indices.create(viewer(call), new.display_name, new.description)
        return index_document(view)

    @operation("GET", "/v1/index_list", scopes=(ALL, SEARCH, INGEST))
    async def index_list(self, call: Call) -> Document:
        """Return the indices on which the caller has a role, or one of ``filter_roles``."""
        wanted = [one for one in call.query.get("filter_roles", "").split(",") if one]
        if not set(wanted) <= set(ROLES):
            raise GlobusError(400, f"filter_roles has {', '.join(ROLES)}")
        views = await self._indices.list(viewer(call), wanted or ROLES)
        return {"index_list": [index_document(view, permissions=True) for view in views]}

    @operation(
        "GET",
        "/v1/index/{index_id}",
        credential=Credential.OPTIONAL,
        scopes=(ALL, SEARCH, INGEST),
    )
    async def get_index(self, call: Call) -> Document:
        """Describe an index; how much is in it, to whom has no role, by what they may see."""
        view = await self._indices.get(viewer(call), index_id(call))
        return index_document(view, permissions=True)

    @operation("PATCH", "/v1/index/{index_id}", scopes=(ALL,), document=IndexUpdate)
    async def update_index(self, call: Call) -> Document:
        """Change what is said of an index."""
        wanted: IndexUpdate = call.document
        view = await self._indices.update(
            viewer(call), index_id(call), wanted.display_name, wanted.description
        )
        return index_document(view)

    @operation("DELETE", "/v1/index/{index_id}", scopes=(ALL,))
    async def delete_index(self, call: Call) -> Document:
        """Mark an index for deletion."""
        await self._indices.delete(viewer(call), index_id(call))
        return {"index_id": index_id(call), "acknowledged": True}

    @operation("POST", "/v1/index/{index_id}/reopen", scopes=(ALL,))
    async def reopen_index(self, call: Call) -> Document:
        """Undo a deletion."""
        await self._indices.reopen(viewer(call), index_id(call))
        return {"index_id": index_id(call), "acknowledged": True}
