"""Entries and subjects: put, looked up and deleted."""

import asyncio
from typing import Annotated, Any

from msgspec import Meta, Struct

from lenticular.apis.globus.search.documents import (
    Document,
    accepted_document,
    subject_document,
)
from lenticular.apis.globus.search.ingests import (
    LARGEST_REQUEST,
    GIngest,
    GMetaEntry,
    new_entry,
    work_of,
)
from lenticular.apis.globus.search.operations.calls import (
    ALL,
    INGEST,
    SEARCH,
    entry_id,
    index_id,
    parameter,
    viewer,
)
from lenticular.apis.globus.search.requests import SearchRequest, conditions, flag
from lenticular.apis.globus.wire.payloads import decode_document, read_body
from lenticular.apis.globus.wire.service import Call, Credential, operation
from lenticular.engines.search.expressions import AllOf
from lenticular.primitives.search import Indices, within_sets
from lenticular.primitives.search.records import (
    DeleteEntry,
    DeleteSubjects,
    Ingest,
    Work,
)

_MOST_SUBJECTS = 10_000


class DeleteBySubject(Struct, frozen=True):
    """Subjects to delete."""

    subjects: Annotated[tuple[str, ...], Meta(max_length=_MOST_SUBJECTS)]


class EntryOperations:
    """The operations on entries and subjects."""

    def __init__(self, indices: Indices) -> None:
        self._indices = indices

    # The documents of these are not those of the wire: entries do not belong in the audit log.

    @operation("POST", "/v1/index/{index_id}/ingest", scopes=(ALL, INGEST))
    async def ingest(self, call: Call) -> Document:
        """Take entries in; a task puts them."""
        ingest = await _large(call, GIngest)
        return await self._submit(call, await asyncio.to_thread(work_of, ingest))

    @operation("POST", "/v1/index/{index_id}/entry", scopes=(ALL, INGEST))
    async def create_entry(self, call: Call) -> Document:
        """Take one entry in; a task puts it."""
        return await self._put(call)

    @operation("PUT", "/v1/index/{index_id}/entry", scopes=(ALL, INGEST))
    async def update_entry(self, call: Call) -> Document:
        """Take one entry in, in the place of the one that is there or not."""
        return await self._put(call)

    @operation(
        "GET",
        "/v1/index/{index_id}/entry",
        credential=Credential.OPTIONAL,
        scopes=(ALL, SEARCH),
        recorded=False,
    )
    async def get_entry(self, call: Call) -> Document:
        """Return one entry about a subject."""
        key = (parameter(call, "subject"), entry_id(call))
        found = await self._indices.reading.entry(
            viewer(call), index_id(call), key, bypass=flag(call.query, "bypass_visible_to")
        )
        return subject_document(found)

    @operation("DELETE", "/v1/index/{index_id}/entry", scopes=(ALL, INGEST))
    async def delete_entry(self, call: Call) -> Document:
        """Have one entry about a subject deleted."""
        return await self._submit(call, DeleteEntry(parameter(call, "subject"), entry_id(call)))

    @operation(
        "GET",
        "/v1/index/{index_id}/subject",
        credential=Credential.OPTIONAL,
        scopes=(ALL, SEARCH),
        recorded=False,
    )
    async def get_subject(self, call: Call) -> Document:
        """Return the entries about a subject."""
        found = await self._indices.reading.subject(
            viewer(call),
            index_id(call),
            parameter(call, "subject"),
            bypass=flag(call.query, "bypass_visible_to"),
        )
        return subject_document(found)

    @operation("DELETE", "/v1/index/{index_id}/subject", scopes=(ALL, INGEST))
    async def delete_subject(self, call: Call) -> Document:
        """Have all entries about a subject deleted, those too that the caller does not see."""
        return await self._submit(call, DeleteSubjects((parameter(call, "subject"),)))

    @operation(
        "POST",
        "/v1/index/{index_id}/batch_delete_by_subject",
        scopes=(ALL, INGEST),
        document=DeleteBySubject,
    )
    async def batch_delete_by_subject(self, call: Call) -> Document:
        """Have all entries about some subjects deleted."""
        wanted: DeleteBySubject = call.document
        return await self._submit(call, DeleteSubjects(wanted.subjects))

    @operation(
        "POST",
        "/v1/index/{index_id}/delete_by_query",
        scopes=(ALL, INGEST),
        document=SearchRequest,
    )
    async def delete_by_query(self, call: Call) -> Document:
        """Have the entries deleted that a query finds now and that the caller sees."""
        request: SearchRequest = call.document
        asking = viewer(call)
        where = within_sets(AllOf(conditions(request)), request.filter_principal_sets, asking)
        task = await self._indices.tasks.delete_found(
            asking, index_id(call), where, bypass=request.bypass_visible_to
        )
        return accepted_document(task)

    async def _put(self, call: Call) -> Document:
        entry: GMetaEntry = await _large(call, GMetaEntry)
        return await self._submit(call, Ingest((new_entry(entry),)))

    async def _submit(self, call: Call, work: Work) -> Document:
        return accepted_document(
            await self._indices.tasks.submit(viewer(call), index_id(call), work)
        )


async def _large(call: Call, kind: Any) -> Any:
    """Return the document of a call, which may be large. Raises `GlobusError` (400, 413)."""
    body = await read_body(call.request, LARGEST_REQUEST)
    return await asyncio.to_thread(decode_document, body, kind)
