"""Activation: what clients of old ask before they use an endpoint. Nothing needs it any more."""

from lenticular.apis.globus.transfer.calls import ALL, collection_id, person
from lenticular.apis.globus.transfer.documents import Document, result
from lenticular.apis.globus.wire.service import Call, operation
from lenticular.primitives.collections import Collections


class ActivationOperations:
    """The operations that SDKs before version 3 call."""

    def __init__(self, collections: Collections) -> None:
        self._collections = collections

    @operation("POST", "/v0.10/endpoint/{endpoint_id}/autoactivate", scopes=(ALL,), recorded=False)
    async def autoactivate(self, call: Call) -> Document:
        """Say that a collection can be used."""
        return await self._activated(call)

    @operation("POST", "/v0.10/endpoint/{endpoint_id}/activate", scopes=(ALL,), recorded=False)
    async def activate(self, call: Call) -> Document:
        """Say the same; a credential that comes along is not looked at."""
        return await self._activated(call)

    @operation(
        "GET",
        "/v0.10/endpoint/{endpoint_id}/activation_requirements",
        scopes=(ALL,),
        recorded=False,
    )
    async def get_activation_requirements(self, call: Call) -> Document:
        """Say that nothing is needed."""
        await self._collections.get(collection_id(call), person(call))
        return {
            "DATA_TYPE": "activation_requirements",
            "activated": True,
            "auto_activation_supported": True,
            "expires_in": -1,
            "expire_time": None,
            "oauth_server": None,
            "length": 0,
            "DATA": [],
        }

    async def _activated(self, call: Call) -> Document:
        view = await self._collections.get(collection_id(call), person(call))
        return result(
            call,
            "AutoActivated.GlobusOnlineCredential",
            "Nothing needs to be activated here",
            "activation_result",
            endpoint_id=view.collection.collection_id,
            expires_in=-1,
            expire_time=None,
            subject=None,
            oauth_server=None,
        )
