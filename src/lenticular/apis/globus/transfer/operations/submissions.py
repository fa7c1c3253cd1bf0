"""Submissions: transfers and deletions are asked for. Transfer API, "Task Submission"."""

import uuid
from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec import Struct

from lenticular.apis.globus.transfer.calls import ALL
from lenticular.apis.globus.transfer.longdocuments import read_long_document
from lenticular.apis.globus.transfer.moments import parsed_moment
from lenticular.apis.globus.transfer.task_documents import result_document
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, Result, operation
from lenticular.engines.movers.contract import FilterRule, Item, Options
from lenticular.primitives.notices import new_secret
from lenticular.primitives.transfers import (
    OCCASIONS,
    Submission,
    Target,
    Transfers,
    submitted_path,
    target,
)

_ALGORITHMS: Final = frozenset({"md5", "sha1", "sha256", "sha512", "crc32", "crc64nvme"})


class FilterRuleDocument(Struct, frozen=True):
    """A rule for names within recursive items."""

    method: str | None = None
    name: str | None = None
    type: str | None = None


class WebhookDocument(Struct, frozen=True):
    """Where the end of the task is posted to: this cloud's own."""

    url: str
    secret: str | None = None
    """What it is signed with; null: one is made, and returned."""


class TaskDocument(Struct, frozen=True, kw_only=True):
    """What transfers and deletions have in common. Null is as good as left out."""

    submission_id: str | None = None
    label: str | None = None
    deadline: str | None = None
    notify_on_succeeded: bool | None = None
    notify_on_failed: bool | None = None
    notify_on_inactive: bool | None = None
    webhook: WebhookDocument | None = None


class TransferDocument(TaskDocument, frozen=True, kw_only=True):
    """A transfer to make."""

    source_endpoint: str | None = None
    destination_endpoint: str | None = None
    sync_level: int | None = None
    verify_checksum: bool | None = None
    preserve_timestamp: bool | None = None
    encrypt_data: bool | None = None
    skip_source_errors: bool | None = None
    fail_on_quota_errors: bool | None = None
    fail_on_missing_source: bool | None = None
    """This cloud's own: what is not there fails the task at once."""
    delete_destination_extra: bool | None = None
    recursive_symlinks: str | None = None
    filter_rules: list[FilterRuleDocument] | None = None
    source_local_user: str | None = None
    destination_local_user: str | None = None


class DeleteDocument(TaskDocument, frozen=True, kw_only=True):
    """A deletion to make."""

    endpoint: str | None = None
    recursive: bool | None = None
    ignore_missing: bool | None = None
    interpret_globs: bool | None = None
    local_user: str | None = None


class ItemDocument(Struct, frozen=True):
    """What to move."""

    source_path: str
    destination_path: str
    DATA_TYPE: str | None = None
    recursive: bool | None = None
    external_checksum: str | None = None
    checksum_algorithm: str | None = None


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
            _no_local_user(document.source_local_user, document.destination_local_user)
            if document.recursive_symlinks not in (None, "ignore"):
                raise GlobusError(400, "recursive_symlinks can only be 'ignore'")
            return _submission(
                document,
                "TRANSFER",
                source_id=_endpoint(document.source_endpoint, "source_endpoint"),
                destination_id=_endpoint(document.destination_endpoint, "destination_endpoint"),
                options=_options(document),
            )

        return await self._submit(call, ItemDocument, _item, TransferDocument, submission)

    @operation("POST", "/v0.10/delete", scopes=(ALL,))
    async def submit_delete(self, call: Call) -> Result:
        """Make a deletion."""

        def item(document: DeleteItemDocument) -> Item:
            return Item(submitted_path(document.path, "path"))

        def submission(document: DeleteDocument) -> Submission:
            _no_local_user(document.local_user)
            return _submission(
                document,
                "DELETE",
                source_id=_endpoint(document.endpoint, "endpoint"),
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
            await staging.add([item(_converted(one, item_type)) for one in found])

        try:
            members = await read_long_document(aiter(call.request.body), "DATA", take)
            call.document = members | {"DATA": staging.count}  # what the audit log is to have
            wanted = submission(_converted(members, document_type))
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
    result = result_document(
        call, "Accepted" if is_new else "Duplicate", message, f"{kind}_result"
    ) | {
        "task_id": task_id,
        "submission_id": wanted.submission_id,
        "task_link": {
            "DATA_TYPE": "link",
            "href": f"/v0.10/task/{task_id}?format=json",
            "rel": "related",
            "resource": "task",
            "title": "related task",
        },
    }
    if is_new and wanted.webhook is not None:
        result["webhook"] = {"url": wanted.webhook.url, "secret": wanted.webhook.secret}
    return result


def _submission(document: TaskDocument, kind: Any, **fields: Any) -> Submission:
    wishes = (
        document.notify_on_succeeded,
        document.notify_on_failed,
        document.notify_on_inactive,
    )
    return Submission(
        kind=kind,
        submission_id=_submission_id(document.submission_id),
        label=document.label or None,
        deadline=parsed_moment(document.deadline, "deadline") if document.deadline else 0,
        notify=tuple(
            occasion for occasion, wish in zip(OCCASIONS, wishes, strict=True) if wish is not False
        ),
        webhook=_target(document.webhook),
        **fields,
    )


def _options(document: TransferDocument) -> Options:
    if document.sync_level not in (None, 0, 1, 2, 3):
        raise GlobusError(400, f"sync_level is 0, 1, 2 or 3, and not {document.sync_level}")
    return Options(
        sync_level=document.sync_level,
        verify_checksum=bool(document.verify_checksum),
        preserve_timestamp=bool(document.preserve_timestamp),
        encrypt_data=bool(document.encrypt_data),
        skip_source_errors=bool(document.skip_source_errors),
        fail_on_quota_errors=bool(document.fail_on_quota_errors),
        fail_on_missing_source=bool(document.fail_on_missing_source),
        delete_destination_extra=bool(document.delete_destination_extra),
        filter_rules=tuple(_rule(rule) for rule in document.filter_rules or ()),
    )


def _rule(document: FilterRuleDocument) -> FilterRule:
    method, kind = document.method or "exclude", document.type or ""
    if method not in ("include", "exclude") or kind not in ("", "file", "dir"):
        raise GlobusError(
            400, "A filter rule has the method include or exclude, and the type file or dir"
        )
    if not document.name:
        raise GlobusError(400, "A filter rule has a name: a pattern such as *.tmp")
    return msgspec.convert({"method": method, "name": document.name, "type": kind}, FilterRule)


def _item(document: ItemDocument) -> Item:
    algorithm = (document.checksum_algorithm or "md5").lower().replace("-", "")
    if algorithm not in _ALGORITHMS:
        raise GlobusError(400, f"checksum_algorithm is one of {', '.join(sorted(_ALGORITHMS))}")
    if document.external_checksum and document.recursive:
        raise GlobusError(400, "external_checksum is for files, and not for recursive items")
    return Item(
        submitted_path(document.source_path, "source_path"),
        submitted_path(document.destination_path, "destination_path"),
        recursive=document.recursive,
        is_symlink=document.DATA_TYPE == "transfer_symlink_item",
        checksum=(document.external_checksum or "").lower(),
        algorithm=algorithm,
    )


def _converted(value: Any, kind: type[Any]) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise GlobusError(400, f"The document is not as expected: {error}") from None


def _submission_id(given: str | None) -> str:
    if not given:
        raise GlobusError(400, "submission_id is missing: GET /v0.10/submission_id makes one")
    return _parsed(given, "submission_id")


def _endpoint(given: str | None, what: str) -> str:
    if not given:
        raise GlobusError(400, f"{what} is missing: it is the id of a collection")
    return _parsed(given, what)


def _parsed(given: str, what: str) -> str:
    try:
        return str(uuid.UUID(given))
    except ValueError:
        raise GlobusError(400, f"{what} is a UUID, and not {given[:100]!r}") from None


def _target(document: WebhookDocument | None) -> Target | None:
    return None if document is None else target(document.url, document.secret or new_secret())


def _no_local_user(*given: str | None) -> None:
    if any(given):
        raise GlobusError(
            400, "There are no local users to choose: every collection is used as who you are"
        )
