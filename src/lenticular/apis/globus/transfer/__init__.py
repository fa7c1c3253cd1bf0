"""Globus Transfer (``/v0.10``): collections, who may use them, and tasks that move files."""

from lenticular.apis.globus.transfer.errors import TransferErrors, first_of, translate
from lenticular.apis.globus.transfer.operations import (
    AccessOperations,
    ActivationOperations,
    BookmarkOperations,
    EndpointOperations,
    FileOperations,
    RoleOperations,
    SearchOperations,
    ShareOperations,
)
from lenticular.apis.globus.wire.service import Service
from lenticular.primitives.agents import Agents
from lenticular.primitives.collections import Collections

RESOURCE_SERVER = "transfer.api.globus.org"


def service(collections: Collections, agents: Agents) -> Service:
    """Return the service."""
    return Service(
        "transfer",
        EndpointOperations(collections),
        ShareOperations(collections),
        SearchOperations(collections),
        AccessOperations(collections),
        RoleOperations(collections),
        BookmarkOperations(collections),
        ActivationOperations(collections),
        FileOperations(collections, agents),
        resource_server=RESOURCE_SERVER,
        errors=TransferErrors(),
        translate=first_of(translate),
    )
