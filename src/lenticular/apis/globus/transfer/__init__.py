"""Globus Transfer (``/v0.10``): collections, who may use them, and tasks that move files."""

from lenticular.apis.globus.transfer.errors import TransferErrors, first_of, translate
from lenticular.apis.globus.transfer.operations import (
    AccessOperations,
    ActivationOperations,
    BookmarkOperations,
    BookmarkResourceOperations,
    EndpointOperations,
    EventOperations,
    FileOperations,
    ManagedOperations,
    MonitoringOperations,
    PauseOperations,
    RoleOperations,
    SearchOperations,
    ShareOperations,
    SubmissionOperations,
    TaskOperations,
)
from lenticular.apis.globus.transfer.task_errors import translate_tasks
from lenticular.apis.globus.wire.service import Service
from lenticular.primitives.agents import Agents
from lenticular.primitives.collections import Collections
from lenticular.primitives.oauth.builtin import TRANSFER
from lenticular.primitives.transfers import Transfers


def service(collections: Collections, agents: Agents, transfers: Transfers) -> Service:
    """Return the service."""
    return Service(
        "transfer",
        EndpointOperations(collections),
        ShareOperations(collections),
        SearchOperations(collections),
        AccessOperations(collections),
        RoleOperations(collections),
        BookmarkOperations(collections),
        BookmarkResourceOperations(collections),
        ActivationOperations(collections),
        FileOperations(collections, agents),
        SubmissionOperations(transfers),
        TaskOperations(transfers),
        EventOperations(transfers),
        PauseOperations(transfers),
        MonitoringOperations(transfers),
        ManagedOperations(transfers),
        resource_server=TRANSFER,
        errors=TransferErrors(),
        translate=first_of(translate, translate_tasks),
    )
