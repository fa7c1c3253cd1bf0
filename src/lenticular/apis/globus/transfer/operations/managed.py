"""Managed collections: shown to those who monitor or manage the tasks on them.

Transfer API, "Advanced Collection Management".
"""

from collections.abc import Sequence

from lenticular.apis.globus.transfer.calls import ALL, collection_id, person
from lenticular.apis.globus.transfer.documents import Document, endpoint_document, listed, narrowed
from lenticular.apis.globus.transfer.operations.access import access_list_document
from lenticular.apis.globus.wire.service import Call, operation
from lenticular.primitives.collections import View
from lenticular.primitives.transfers import Transfers


class ManagedOperations:
    """The operations on collections of those who have a role for activity there."""

    def __init__(self, transfers: Transfers) -> None:
        self._managed = transfers.managed

    @operation("GET", "/v0.10/endpoint_manager/monitored_endpoints", scopes=(ALL,))
    async def endpoint_manager_monitored_endpoints(self, call: Call) -> Document:
        """Return the collections that whoever calls monitors."""
        return _listed(call, await self._managed.monitored(person(call)))

    @operation("GET", "/v0.10/endpoint_manager/endpoint/{endpoint_id}", scopes=(ALL,))
    async def endpoint_manager_get_endpoint(self, call: Call) -> Document:
        """Describe a collection, also a guest one that others do not see."""
        view = await self._managed.get(collection_id(call), person(call))
        return narrowed(call, endpoint_document(view))

    @operation(
        "GET", "/v0.10/endpoint_manager/endpoint/{endpoint_id}/hosted_endpoint_list", scopes=(ALL,)
    )
    async def endpoint_manager_hosted_endpoint_list(self, call: Call) -> Document:
        """Return all guest collections on a mapped one."""
        return _listed(call, await self._managed.hosted(collection_id(call), person(call)))

    @operation("GET", "/v0.10/endpoint_manager/endpoint/{endpoint_id}/access_list", scopes=(ALL,))
    async def endpoint_manager_acl_list(self, call: Call) -> Document:
        """Return who has access to a guest collection."""
        found = await self._managed.access(collection_id(call), person(call))
        return narrowed(call, access_list_document(found))


def _listed(call: Call, views: Sequence[View]) -> Document:
    return listed(call, "endpoint_list", [endpoint_document(view) for view in views])
