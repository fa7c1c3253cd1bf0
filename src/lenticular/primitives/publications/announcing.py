"""Announcing: what is published can be found by search, by everybody."""

from typing import Any, Final

import msgspec

from lenticular.engines.search.values import Kind
from lenticular.primitives.publications.records import Repository, Version
from lenticular.primitives.publications.views import Edition
from lenticular.primitives.search import Entry, Indices, NewEntry, Viewer
from lenticular.primitives.search.records import DeleteEntry, Ingest
from lenticular.primitives.search.viewers import PUBLIC

_LONGEST: Final = 8000
"""Characters of an abstract that can be searched."""


class Announcing:
    """Keeps the search index of published datasets."""

    def __init__(self, indices: Indices, subject: str) -> None:
        """`subject` is what the subjects of entries begin with; the dataset's name follows."""
        self._indices = indices
        self._subject = subject

    async def announce(self, place: Repository, edition: Edition) -> None:
        """Let a version be found, one entry of its dataset's subject."""
        version = edition.version
        content = msgspec.json.encode(_content(edition))
        entry = NewEntry(self._subject + version.name, _entry(version), Entry(content, (PUBLIC,)))
        await self._submit(place, Ingest((entry,), {"location": Kind.POINT}))

    async def withdraw(self, place: Repository, version: Version) -> None:
        """Let a version be found no more."""
        await self._submit(place, DeleteEntry(self._subject + version.name, _entry(version)))

    async def _submit(self, place: Repository, work: Ingest | DeleteEntry) -> None:
        viewer = Viewer((place.curator_id,))
        await self._indices.tasks.submit(viewer, place.index_id, work)


def _entry(version: Version) -> str:
    return f"v{version.number}"


def _content(edition: Edition) -> dict[str, Any]:
    said = edition.metadata
    points = [
        [place.geo_location_point.point_longitude, place.geo_location_point.point_latitude]
        for place in said.geo_locations
        if place.geo_location_point is not None
    ]
    content: dict[str, Any] = {
        "title": said.title,
        "description": said.abstract[:_LONGEST],
        "creators": [one.name for one in said.creators],
        "orcids": [one.orcid for one in said.creators if one.orcid],
        "subjects": [one.subject for one in said.subjects],
        "publisher": said.publisher.name,
        "publication_year": said.publication_year,
        "type": said.types.resource_type_general,
        "identifier": edition.ark,
        "url": edition.url,
        "version": edition.version.number,
        "files": edition.version.files,
        "bytes": edition.version.size,
        "places": [one.geo_location_place for one in said.geo_locations if one.geo_location_place],
        "location": points,
    }
    return {name: value for name, value in content.items() if value not in ("", [])}
