"""Submissions: the documents in which clients say what is to be moved, and what they mean.

Transfer API, "Task Submission". Transfer and Timers both take them.
"""

import uuid
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.engines.movers.contract import FilterRule, Item, Options
from lenticular.primitives.transfers import OCCASIONS, Occasion, submitted_path

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


class ItemDocument(Struct, frozen=True):
    """What to move."""

    source_path: str
    destination_path: str
    DATA_TYPE: str | None = None
    recursive: bool | None = None
    external_checksum: str | None = None
    checksum_algorithm: str | None = None


def occasions(document: TaskDocument) -> tuple[Occasion, ...]:
    """Return of which ends of the task its owner is to be told."""
    wishes = (
        document.notify_on_succeeded,
        document.notify_on_failed,
        document.notify_on_inactive,
    )
    return tuple(
        occasion for occasion, wish in zip(OCCASIONS, wishes, strict=True) if wish is not False
    )


class Ends(NamedTuple):
    """From where to where."""

    source_id: str
    destination_id: str


def ends(document: TransferDocument) -> Ends:
    """Return the collections of a transfer. Raises `GlobusError` (400)."""
    no_local_user(document.source_local_user, document.destination_local_user)
    if document.recursive_symlinks not in (None, "ignore"):
        raise GlobusError(400, "recursive_symlinks can only be 'ignore'")
    return Ends(
        endpoint_id(document.source_endpoint, "source_endpoint"),
        endpoint_id(document.destination_endpoint, "destination_endpoint"),
    )


def transfer_options(document: TransferDocument) -> Options:
    """Return how a transfer is done. Raises `GlobusError` (400)."""
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


def transfer_item(document: ItemDocument) -> Item:
    """Return what is to be moved. Raises `GlobusError` (400) and `PathInvalid`."""
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


def converted(value: Any, kind: type[Any]) -> Any:
    """Return a document as the type that it is to have. Raises `GlobusError` (400)."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise GlobusError(400, f"The document is not as expected: {error}") from None


def endpoint_id(given: str | None, what: str) -> str:
    """Return the id of a collection. Raises `GlobusError` (400)."""
    if not given:
        raise GlobusError(400, f"{what} is missing: it is the id of a collection")
    return parsed_id(given, what)


def parsed_id(given: str, what: str) -> str:
    """Return an id in its usual form. Raises `GlobusError` (400)."""
    try:
        return str(uuid.UUID(given))
    except ValueError:
        raise GlobusError(400, f"{what} is a UUID, and not {given[:100]!r}") from None


def no_local_user(*given: str | None) -> None:
    """Refuse users to choose by (400)."""
    if any(given):
        raise GlobusError(
            400, "There are no local users to choose: every collection is used as who you are"
        )
