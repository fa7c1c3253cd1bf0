"""Search: indices of what is told about things, found by words and fields by whoever may see it."""

from lenticular.primitives.search.errors import (
    AccessDenied,
    EntryInvalid,
    IndexNotFound,
    IndexStatusWrong,
    LimitExceeded,
    QueryMalformed,
    RoleNotFound,
    SearchError,
    SubjectNotFound,
    TaskNotFound,
)
from lenticular.primitives.search.indices import Indices
from lenticular.primitives.search.records import (
    ROLES,
    Entry,
    Index,
    NewEntry,
    Role,
    RoleName,
    Task,
)
from lenticular.primitives.search.results import Question, Results, Subject, within_sets
from lenticular.primitives.search.viewers import Viewer

__all__ = [
    "ROLES",
    "AccessDenied",
    "Entry",
    "EntryInvalid",
    "Index",
    "IndexNotFound",
    "IndexStatusWrong",
    "Indices",
    "LimitExceeded",
    "NewEntry",
    "QueryMalformed",
    "Question",
    "Results",
    "Role",
    "RoleName",
    "RoleNotFound",
    "SearchError",
    "Subject",
    "SubjectNotFound",
    "Task",
    "TaskNotFound",
    "Viewer",
    "within_sets",
]
