"""The operations of Globus Search, by resource."""

from lenticular.apis.globus.search.operations.entries import EntryOperations
from lenticular.apis.globus.search.operations.indices import IndexOperations
from lenticular.apis.globus.search.operations.queries import QueryOperations
from lenticular.apis.globus.search.operations.roles import RoleOperations
from lenticular.apis.globus.search.operations.tasks import TaskOperations

__all__ = [
    "EntryOperations",
    "IndexOperations",
    "QueryOperations",
    "RoleOperations",
    "TaskOperations",
]
