"""Globus Search (``/v1``): indices of entries, filled, queried, and managed."""

from lenticular.apis.globus.search.errors import SearchErrors, translate
from lenticular.apis.globus.search.operations import (
    EntryOperations,
    IndexOperations,
    QueryOperations,
    RoleOperations,
    TaskOperations,
)
from lenticular.apis.globus.wire.service import Service
from lenticular.primitives.oauth.builtin import SEARCH
from lenticular.primitives.search import Indices


def service(indices: Indices) -> Service:
    """Return the service."""
    return Service(
        "search",
        IndexOperations(indices),
        RoleOperations(indices),
        EntryOperations(indices),
        TaskOperations(indices),
        QueryOperations(indices),
        resource_server=SEARCH,
        errors=SearchErrors(),
        translate=translate,
    )
