"""Tasks: what became of entries that were sent, and of deletions."""

import uuid

from lenticular.apis.globus.search.documents import Document, task_document
from lenticular.apis.globus.search.operations.calls import ALL, INGEST, index_id, viewer
from lenticular.apis.globus.wire.service import Call, operation
from lenticular.primitives.search import Indices, TaskNotFound


class TaskOperations:
    """The operations on tasks."""

    def __init__(self, indices: Indices) -> None:
        self._tasks = indices.tasks

    @operation("GET", "/v1/task/{task_id}", scopes=(ALL, INGEST), recorded=False)
    async def get_task(self, call: Call) -> Document:
        """Describe a task."""
        given = call.arguments["task_id"]
        try:
            task_id = str(uuid.UUID(given))
        except ValueError:
            raise TaskNotFound(given[:100]) from None
        return task_document(await self._tasks.task(viewer(call), task_id))

    @operation("GET", "/v1/task_list/{index_id}", scopes=(ALL, INGEST), recorded=False)
    async def get_task_list(self, call: Call) -> Document:
        """Describe the last tasks of an index, the newest first."""
        tasks = await self._tasks.tasks(viewer(call), index_id(call))
        return {"index_id": index_id(call), "tasks": [task_document(task) for task in tasks]}
