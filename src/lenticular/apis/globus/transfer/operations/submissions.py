"""Submissions: transfers and deletions are asked for. Transfer API, "Task Submission"."""

import uuid
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from lenticular.apis.globus.transfer.calls import ALL
from lenticular.apis.globus.transfer.documents import result
from lenticular.apis.globus.transfer.longdocuments import read_long_document
from lenticular.apis.globus.transfer.moments import parsed_moment
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, Result, operation
from lenticular.apis.globus.wire.submissions import (
    ItemDocument,
    TaskDocument,
    TransferDocument,
    WebhookDocument,
    converted,
    endpoint_id,
    ends,
    no_local_user,
    occasions,
    parsed_id,
    transfer_item,
    transfer_options,
)
from lenticular.engines.movers.contract import Item, Options
from lenticular.primitives.notices import new_secret
from lenticular.primitives.transfers import Submission, Target, Transfers, submitted_path, target


class DeleteDocument(TaskDocument, frozen=True, kw_only=True):
    """A deletion to make."""

    endpoint: str | None = None
    recursive: bool | None = None
    ignore_missing: bool | None = None
    interpret_globs: bool | None = None
    local_user: str | None = None


class DeleteItemDocument(Struct, frozen=True):
    """What to delete."""

    path: str


class SubmissionOperations:
    """The operations that make tasks."""

    def __init__(self, transfers: Transfers) -> None:
        self._transfers = transfers

    @operation("GET", "/v0.10/submission_id", scopes=(ALL,), recorded=False)
    async def get_submission_id(self, call: Call) -> Result:
        """Return an id with which a submission can be sent again without being done twice."""
        return {"value": str(uuid.uuid4())}

    @operation("POST", "/v0.10/transfer", scopes=(ALL,))
    async def submit_transfer(self, call: Call) -> Result:
        """Make a transfer."""

        def submission(document: TransferDocument) -> Submission:
            return _submission(
                document,
                "TRANSFER",
                **ends(document)._asdict(),
                options=transfer_options(document),
            )

        return await self._submit(call, ItemDocument, transfer_item, TransferDocument, submission)

    @operation("POST", "/v0.10/delete", scopes=(ALL,))
    async def submit_delete(self, call: Call) -> Result:
        """Make a deletion."""

        def item(document: DeleteItemDocument) -> Item:
            return Item(submitted_path(document.path, "path"))

        def submission(document: DeleteDocument) -> Submission:
            no_local_user(document.local_user)
            return _submission(
                document,
                "DELETE",
                source_id=endpoint_id(document.endpoint, "endpoint"),
                options=Options(
                    verify_checksum=False,
                    ignore_missing=bool(document.ignore_missing),
                    interpret_globs=bool(document.interpret_globs),
                ),
                is_recursive=bool(document.recursive),
            )

        return await self._submit(call, DeleteItemDocument, item, DeleteDocument, submission)

    async def _submit(
        self,
        call: Call,
        item_type: type[Any],
        item: Callable[[Any], Item],
        document_type: type[Any],
        submission: Callable[[Any], Submission],
    ) -> Result:
        staging = self._transfers.submissions.stage()

        async def take(found: list[Any]) -> None:
            await staging.add([item(converted(one, item_type)) for one in found])

        try:
            members = await read_long_document(aiter(call.request.body), "DATA", take)
            call.document = members | {"DATA": staging.count}  # what the audit log is to have
            wanted = submission(converted(members, document_type))
        except BaseException:
            await staging.drop()
            raise
        accepted = await self._transfers.submissions.submit(call.caller, wanted, staging)
        return _accepted(call, accepted.task_id, wanted, is_new=accepted.is_new)


def _accepted(call: Call, task_id: str, wanted: Submission, *, is_new: bool) -> Result:
    kind = wanted.kind.lower()
    message = (
        f"The {kind} has been accepted and a task has been created and queued for execution"
        if is_new
        else f"A {kind} with this submission_id was accepted before, as the task {task_id}"
    )
    document = result(
        call,
        "Accepted" if is_new else "Duplicate",
        message,
        f"{kind}_result",
        task_id=task_id,
        submission_id=wanted.submission_id,
        task_link={
            "DATA_TYPE": "link",
            "href": f"/v0.10/task/{task_id}?format=json",
            "rel": "related",
            "resource": "task",
            "title": "related task",
        },
    )
    if is_new and wanted.webhook is not None:
        document["webhook"] = {"url": wanted.webhook.url, "secret": wanted.webhook.secret}
    return document


def _submission(document: TaskDocument, kind: Any, **fields: Any) -> Submission:
    return Submission(
        kind=kind,
        submission_id=_submission_id(document.submission_id),
        label=document.label or None,
        deadline=parsed_moment(document.deadline, "deadline") if document.deadline else 0,
        notify=occasions(document),
        webhook=_target(document.webhook),
        **fields,
    )


def _submission_id(given: str | None) -> str:
    if not given:
        raise GlobusError(400, "submission_id is missing: GET /v0.10/submission_id makes one")
    return parsed_id(given, "submission_id")


def _target(document: WebhookDocument | None) -> Target | None:
    return None if document is None else target(document.url, document.secret or new_secret())
