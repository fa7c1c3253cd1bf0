"""The documents that Search answers with, as the Search API has them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from lenticular.apis.globus.search.errors import VERSION
from lenticular.engines.search.contract import Counts
from lenticular.engines.search.facets import Bucket, Distinct, Facet
from lenticular.primitives.search import Results, Role, Subject, Task
from lenticular.primitives.search.indices import IndexView
from lenticular.primitives.search.steps import LARGEST_INDEX
from lenticular.primitives.search.viewers import principal_type

Document = dict[str, Any]

_MEBIBYTE = 1024 * 1024
_RESULT_VERSION = "2019-08-27"

_DESCRIPTIONS = {
    "PENDING": "Task is queued and waiting to be executed",
    "PROGRESS": "Task is being executed",
    "SUCCESS": "Task completed successfully",
    "FAILED": "Task failed",
    "CANCELLED": "Task was cancelled",
}


def index_document(view: IndexView, *, permissions: bool = False) -> Document:
    """Describe an index, with the roles that one has on it where `permissions` are wanted.

    There are no subscriptions here, so no index is on trial.
    """
    index, tally = view.index, view.tally
    document: Document = {
        "@datatype": "GSearchIndex",
        "@version": VERSION,
        "id": index.index_id,
        "display_name": index.display_name,
        "description": index.description,
        "creation_date": _date(index.created),
        "content_last_modified_date": _date(tally.modified) if tally.modified else None,
        "is_trial": False,
        "subscription_id": None,
        "max_size_in_mb": LARGEST_INDEX // _MEBIBYTE,
        "size_in_mb": tally.size // _MEBIBYTE,
        "num_subjects": tally.subjects,
        "num_entries": tally.entries,
        "status": index.status,
        "available": index.status == "open",
    }
    if permissions:
        document["permissions"] = list(view.permissions)
    return document


def role_document(role: Role) -> Document:
    """Describe a role."""
    return {
        "creation_date": _date(role.created),
        "id": role.role_id,
        "index_id": role.index_id,
        "principal": role.principal,
        "principal_type": principal_type(role.principal),
        "role_name": role.role_name,
    }


def task_document(task: Task) -> Document:
    """Describe a task."""
    return {
        "@datatype": "GTask",
        "@version": VERSION,
        "task_id": task.task_id,
        "task_type": task.task_type,
        "index_id": task.index_id,
        "state": task.state,
        "state_description": _DESCRIPTIONS[task.state],
        "message": task.message,
        "additional_details": None,
        "creation_date": _date(task.created),
        "completion_date": _date(task.completed) if task.completed else None,
    }


def accepted_document(task: Task) -> Document:
    """Say that a task was taken in."""
    return {"acknowledged": True, "task_id": task.task_id}


def subject_document(subject: Subject, fields: Collection[str] = ("content",)) -> Document:
    """Describe a subject with its entries, and of these what `fields` names."""
    entries = []
    for entry_id, entry, matched in subject.entries:
        shown: Document = {"entry_id": entry_id, "matched_principal_sets": matched}
        if "content" in fields:
            shown["content"] = msgspec.Raw(entry.content)
        if "visible_to" in fields:
            shown["visible_to"] = entry.visible_to
        if "principal_sets" in fields:
            shown["principal_sets"] = entry.principal_sets
        entries.append(shown)
    return {
        "@datatype": "GMetaResult",
        "@version": _RESULT_VERSION,
        "subject": subject.subject,
        "entries": entries,
    }


def results_document(
    results: Results, fields: Collection[str], facets: Sequence[Facet] = ()
) -> Document:
    """Describe what all pages of results have."""
    # What was withdrawn between finding and reading it has no entries left to show.
    gmeta = [subject_document(one, fields) for one in results.subjects if one.entries]
    document: Document = {
        "@datatype": "GSearchResult",
        "@version": VERSION,
        "count": len(gmeta),
        "gmeta": gmeta,
        "total": results.total,
    }
    if facets:
        pairs = zip(facets, results.facets, strict=True)
        document["facet_results"] = [_facet_document(facet, counts) for facet, counts in pairs]
    return document


def _facet_document(facet: Facet, counts: Counts) -> Document:
    document: Document = {
        "@datatype": "GFacetResult",
        "@version": VERSION,
        "name": counts.name,
    }
    if counts.buckets is not None:
        return document | {"buckets": [_bucket_document(bucket) for bucket in counts.buckets]}
    name = "approximate_value" if isinstance(facet, Distinct) else "value"
    return document | {name: counts.number}


def _bucket_document(bucket: Bucket) -> Document:
    value, count = bucket
    shown: Mapping[str, float] | str | float = (
        {"from": value[0], "to": value[1]} if isinstance(value, tuple) else value
    )
    return {"@datatype": "GBucket", "@version": VERSION, "value": shown, "count": count}


def _date(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
