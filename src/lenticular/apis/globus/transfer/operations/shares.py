"""Guest collections on a mapped one, listed. Transfer API, "Endpoints and Collections"."""

from lenticular.apis.globus.transfer.calls import ALL, collection_id, number, person
from lenticular.apis.globus.transfer.documents import Document, endpoint_document, listed
from lenticular.apis.globus.wire.service import Call, operation
from lenticular.primitives.collections import Collections

_PAGE = 1000


class ShareOperations:
    """The operations on what is shared of a collection."""

    def __init__(self, collections: Collections) -> None:
        self._collections = collections

    @operation("GET", "/v0.10/endpoint/{endpoint_id}/my_shared_endpoint_list", scopes=(ALL,))
    async def get_my_shared_endpoint_list(self, call: Call) -> Document:
        """Return the guest collections on a mapped one to which whoever calls gives access."""
        asking = person(call)
        found = await self._collections.guests(collection_id(call), asking, managed=True)
        views = await self._collections.views(found, asking)
        return listed(call, "endpoint_list", [endpoint_document(view) for view in views])

    @operation("GET", "/v0.10/endpoint/{endpoint_id}/shared_endpoint_list", scopes=(ALL,))
    async def get_shared_endpoint_list(self, call: Call) -> Document:
        """Return the ids of the guest collections on a mapped one, in pages."""
        found = await self._collections.guests(collection_id(call), person(call))
        ids = sorted(one.collection_id for one in found)
        after = call.query.get("next_token", "")
        rest = [one for one in ids if one > after]
        page = rest[: number(call, "max_results", _PAGE, _PAGE, least=1)]
        return {
            "shared_endpoints": [{"id": one} for one in page],
            "next_token": page[-1] if len(page) < len(rest) else None,
        }
