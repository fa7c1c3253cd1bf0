"""The operations of Globus Transfer, by resource."""

from lenticular.apis.globus.transfer.operations.access import AccessOperations
from lenticular.apis.globus.transfer.operations.activation import ActivationOperations
from lenticular.apis.globus.transfer.operations.bookmark_resources import (
    BookmarkResourceOperations,
)
from lenticular.apis.globus.transfer.operations.bookmarks import BookmarkOperations
from lenticular.apis.globus.transfer.operations.endpoints import EndpointOperations
from lenticular.apis.globus.transfer.operations.events import EventOperations
from lenticular.apis.globus.transfer.operations.files import FileOperations
from lenticular.apis.globus.transfer.operations.managed import ManagedOperations
from lenticular.apis.globus.transfer.operations.monitoring import MonitoringOperations
from lenticular.apis.globus.transfer.operations.pauses import PauseOperations
from lenticular.apis.globus.transfer.operations.roles import RoleOperations
from lenticular.apis.globus.transfer.operations.search import SearchOperations
from lenticular.apis.globus.transfer.operations.shares import ShareOperations
from lenticular.apis.globus.transfer.operations.submissions import SubmissionOperations
from lenticular.apis.globus.transfer.operations.tasks import TaskOperations

__all__ = [
    "AccessOperations",
    "ActivationOperations",
    "BookmarkOperations",
    "BookmarkResourceOperations",
    "EndpointOperations",
    "EventOperations",
    "FileOperations",
    "ManagedOperations",
    "MonitoringOperations",
    "PauseOperations",
    "RoleOperations",
    "SearchOperations",
    "ShareOperations",
    "SubmissionOperations",
    "TaskOperations",
]
