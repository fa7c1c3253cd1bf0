"""What is sent to be put into an index: GIngest and GMetaEntry documents."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from lenticular.engines.search.values import Kind
from lenticular.primitives.search import Entry, EntryInvalid, NewEntry
from lenticular.primitives.search.content import LARGEST_ENTRY, canonical
from lenticular.primitives.search.records import Ingest
from lenticular.primitives.search.viewers import checked_audience, checked_urn

LARGEST_REQUEST = 10 * 1024 * 1024
"""Bytes of one document (Globus Search Limits)."""

_LONGEST_SUBJECT = 500
"""Bytes; of the id of an entry too."""
_LONGEST_AUDIENCE = 100
_MOST_SETS = 100

_GEOGRAPHIC = {"geo_point": Kind.POINT, "geo_shape": Kind.SHAPE}


class GMetaEntry(Struct, frozen=True):
    """What one source tells about a subject."""

    subject: str
    content: dict[str, Any]
    visible_to: Annotated[tuple[str, ...], Meta(max_length=_LONGEST_AUDIENCE)]
    id: str | None = None
    principal_sets: (
        Annotated[
            dict[str, Annotated[tuple[str, ...], Meta(max_length=_LONGEST_AUDIENCE)]],
            Meta(max_length=_MOST_SETS),
        ]
        | None
    ) = None


class GMetaList(Struct, frozen=True):
    """Several entries."""

    gmeta: tuple[GMetaEntry, ...]


class _GIngest(Struct, frozen=True, tag_field="ingest_type", kw_only=True):
    field_mapping: dict[str, str] | None = None


class GIngestEntry(_GIngest, frozen=True, tag="GMetaEntry"):
    """One entry to put."""

    ingest_data: GMetaEntry


class GIngestList(_GIngest, frozen=True, tag="GMetaList"):
    """Entries to put."""

    ingest_data: GMetaList


GIngest = GIngestEntry | GIngestList


def work_of(ingest: GIngest) -> Ingest:
    """Return the work of putting what a document has. Raises `EntryInvalid`."""
    data = ingest.ingest_data
    entries = data.gmeta if isinstance(data, GMetaList) else (data,)
    kinds = {}
    for field, name in (ingest.field_mapping or {}).items():
        if name not in _GEOGRAPHIC:
            raise EntryInvalid(f"field_mapping has geo_point and geo_shape, and not {name[:50]!r}")
        kinds[canonical(field)] = _GEOGRAPHIC[name]
    return Ingest(tuple(map(new_entry, entries)), kinds)


def new_entry(given: GMetaEntry) -> NewEntry:
    """Return an entry to put. Raises `EntryInvalid`."""
    for what, text in (("A subject", given.subject), ("The id of an entry", given.id or "-")):
        if not 1 <= len(text.encode()) <= _LONGEST_SUBJECT:
            raise EntryInvalid(f"{what} has 1 to {_LONGEST_SUBJECT} bytes")
    if given.id == "":
        raise EntryInvalid("The id of an entry is not empty; without one it is null")
    content = msgspec.json.encode(given.content)
    if len(content) > LARGEST_ENTRY:
        raise EntryInvalid(f"The content of an entry has at most {LARGEST_ENTRY} bytes")
    sets = {
        name: tuple(dict.fromkeys(map(checked_urn, members)))
        for name, members in (given.principal_sets or {}).items()
    }
    return NewEntry(
        given.subject, given.id, Entry(content, checked_audience(given.visible_to), sets)
    )
