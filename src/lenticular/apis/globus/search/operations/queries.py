"""Queries: by words or by a document, page by page or scrolling through everything."""

from lenticular.apis.globus.search.documents import Document, results_document
from lenticular.apis.globus.search.operations.calls import ALL, SEARCH, index_id, viewer
from lenticular.apis.globus.search.requests import (
    MOST_RESULTS,
    SearchRequest,
    from_parameters,
    marker_of,
    question,
    scroll,
)
from lenticular.apis.globus.wire.service import Call, Credential, operation
from lenticular.primitives.search import Indices


class QueryOperations:
    """The operations that search."""

    def __init__(self, indices: Indices) -> None:
        self._reading = indices.reading

    @operation(
        "GET",
        "/v1/index/{index_id}/search",
        credential=Credential.OPTIONAL,
        scopes=(ALL, SEARCH),
        recorded=False,
    )
    async def search(self, call: Call) -> Document:
        """Answer a query that is in the parameters."""
        return await self._search(call, from_parameters(call.query))

    @operation(
        "POST",
        "/v1/index/{index_id}/search",
        credential=Credential.OPTIONAL,
        scopes=(ALL, SEARCH),
        document=SearchRequest,
        recorded=False,
    )
    async def post_search(self, call: Call) -> Document:
        """Answer a query that is a document."""
        return await self._search(call, call.document)

    @operation(
        "POST",
        "/v1/index/{index_id}/scroll",
        credential=Credential.OPTIONAL,
        scopes=(ALL, SEARCH),
        document=SearchRequest,
        recorded=False,
    )
    async def scroll(self, call: Call) -> Document:
        """Give the next of all results, in the order of their subjects."""
        request: SearchRequest = call.document
        asked = scroll(request)
        results = await self._reading.search(viewer(call), index_id(call), asked)
        document = results_document(results, request.fields)
        is_more = len(results.subjects) == asked.limit > 0
        return document | {
            "@datatype": "GScrollResult",
            "has_next_page": is_more,
            "marker": marker_of(results.last) if is_more else None,
        }

    async def _search(self, call: Call, request: SearchRequest) -> Document:
        asked = question(request)
        results = await self._reading.search(viewer(call), index_id(call), asked)
        document = results_document(results, request.fields, asked.facets)
        reached = request.offset + len(results.subjects)
        is_more = bool(results.subjects) and reached < min(results.total, MOST_RESULTS)
        return document | {"offset": request.offset, "has_next_page": is_more}
