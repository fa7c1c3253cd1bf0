"""What can go wrong with indices."""


class SearchError(Exception):
    """Any error of this package."""


class IndexNotFound(SearchError):
    """There is no such index."""

    def __init__(self, index_id: str) -> None:
        super().__init__(f"There is no index {index_id}")
        self.index_id = index_id


class IndexStatusWrong(SearchError):
    """The index is not in the status that the operation needs."""

    def __init__(self, status: str, wanted: str) -> None:
        super().__init__(
            f"Index status ({status}) did not match required status for this operation: {wanted}"
        )


class AccessDenied(SearchError):
    """The operation needs a role on the index that the person does not have."""

    def __init__(self, roles: str) -> None:
        super().__init__(f"This needs the role {roles} on the index")


class SubjectNotFound(SearchError):
    """There is no such subject or entry, or none that the person may see: they look the same."""

    def __init__(self, subject: str) -> None:
        super().__init__(f"There is nothing about {subject[:200]!r} that you can see")


class TaskNotFound(SearchError):
    """There is no such task, or it is of an index on which the person has no role."""

    def __init__(self, task_id: str) -> None:
        super().__init__(f"There is no task {task_id} that you can see")


class RoleNotFound(SearchError):
    """There is no such role on the index."""

    def __init__(self, role_id: str) -> None:
        super().__init__(f"There is no role {role_id[:100]} on this index")


class LimitExceeded(SearchError):
    """There would be more of something than there may be."""


class EntryInvalid(SearchError):
    """An entry, or something else that was sent, cannot be taken; the message says why."""


class QueryMalformed(SearchError):
    """The query cannot be read; the message says where."""
