"""What machines that know schema.org read: JSON-LD of a version, and its RO-Crate 1.2.

RO-Crate Metadata Specification 1.2 (https://w3id.org/ro/crate/1.2). The crate's root is the
root of the bag: ``ro-crate-metadata.json`` is a tag file, so that a payload which has a crate
of its own stays as it is.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any, Final
from urllib.parse import quote

import msgspec

from lenticular.primitives.publications.metadata import Creator, GeoLocation
from lenticular.primitives.publications.payloads import PAYLOAD
from lenticular.primitives.publications.records import File
from lenticular.primitives.publications.views import Edition

NAME: Final = "ro-crate-metadata.json"
PROFILE: Final = "https://w3id.org/ro/crate/1.2"
_CONTEXT: Final = f"{PROFILE}/context"

_TYPES: Final = {"Software": "SoftwareSourceCode", "Collection": "Collection"}

Files = Callable[[], AsyncIterator[File]]
"""Iterates over the files of a version, anew with every call."""

Entity = dict[str, Any]


def dataset(edition: Edition) -> Entity:
    """Return the JSON-LD of a landing page (schema.org, "Dataset")."""
    said = edition.metadata
    general = said.types.resource_type_general
    described: Entity = {
        "@context": "https://schema.org",
        "@type": _TYPES.get(general, "Dataset"),
        "@id": edition.url,
        "url": edition.url,
        "identifier": [edition.ark, edition.url],
        "name": said.title,
        "description": edition.description,
        "creator": [_agent(one, number) for number, one in enumerate(said.creators, 1)],
        "publisher": {"@type": "Organization", "name": said.publisher.name},
        "datePublished": edition.issued,
        "version": edition.version_name,
        "keywords": [one.subject for one in said.subjects],
        "license": _licences(edition),
        "isAccessibleForFree": True,
        "inLanguage": said.language,
        "spatialCoverage": [_place(one) for one in said.geo_locations],
        "size": f"{edition.version.size} bytes",
        "distribution": {
            "@type": "DataDownload",
            "contentUrl": f"{edition.files_base}data/",
            "encodingFormat": "text/html",
        },
        "includedInDataCatalog": {"@type": "DataCatalog", "url": f"{edition.base}/datasets"},
    }
    return {name: value for name, value in described.items() if value not in ("", [], {})}


async def crate(edition: Edition, files: Files) -> AsyncIterator[bytes]:
    """Iterate over ``ro-crate-metadata.json``, which can be as long as there are files."""
    yield b'{"@context":' + _json(_CONTEXT) + b',"@graph":['
    yield _json(
        {
            "@id": NAME,
            "@type": "CreativeWork",
            "conformsTo": {"@id": PROFILE},
            "about": {"@id": "./"},
        }
    )
    agents = _contextual(edition)
    yield b"," + _json(_root(edition))[:-1] + b',"hasPart":['
    is_first = True
    async for file in files():
        yield (b"" if is_first else b",") + _json({"@id": _id(file)})
        is_first = False
    yield b"]}"
    for entity in agents:
        yield b"," + _json(entity)
    async for file in files():
        described = {
            "@id": _id(file),
            "@type": "File",
            "name": file.path.rpartition("/")[2],
            "contentSize": str(file.size),
            "sha256": file.sha256.hex(),
        }
        yield b"," + _json(described)
    yield b"]}\n"


def _root(edition: Edition) -> Entity:
    said = edition.metadata
    root: Entity = {
        "@id": "./",
        "@type": "Dataset",
        "identifier": edition.url,
        "cite-as": edition.url,
        "name": said.title,
        "description": edition.description,
        "datePublished": edition.issued,
        "version": edition.version_name,
        "keywords": [one.subject for one in said.subjects],
        "author": [{"@id": _agent_id(one, n)} for n, one in enumerate(said.creators, 1)],
        "publisher": {"@id": "#publisher"},
        "license": [{"@id": one} for one in _licences(edition)]
        or "All rights reserved: no licence was given",
        "inLanguage": said.language,
        "contentLocation": [
            {"@id": f"#place-{number}"} for number, _ in enumerate(said.geo_locations, 1)
        ],
    }
    return {name: value for name, value in root.items() if value not in ("", [])}


def _contextual(edition: Edition) -> list[Entity]:
    """Return the people, places and licences that the root names, each once."""
    said = edition.metadata
    entities = [_agent(one, number) for number, one in enumerate(said.creators, 1)]
    entities.append({"@id": "#publisher", "@type": "Organization", "name": said.publisher.name})
    for rights in said.rights_list:
        address = rights.rights_uri or _spdx(rights.rights_identifier)
        if address:
            name = rights.rights or rights.rights_identifier or address
            entities.append({"@id": address, "@type": "CreativeWork", "name": name})
    for number, place in enumerate(said.geo_locations, 1):
        entities.append({"@id": f"#place-{number}"} | _place(place))
    return list({entity["@id"]: entity for entity in entities}.values())


def _agent(creator: Creator, number: int) -> Entity:
    kind = "Person" if creator.is_person else "Organization"
    described: Entity = {
        "@id": _agent_id(creator, number),
        "@type": kind,
        "name": creator.name,
        "givenName": creator.given_name,
        "familyName": creator.family_name,
        "affiliation": "; ".join(one.name for one in creator.affiliation),
    }
    return {name: value for name, value in described.items() if value}


def _agent_id(creator: Creator, number: int) -> str:
    return creator.orcid_url or f"#creator-{number}"


def _licences(edition: Edition) -> list[str]:
    rights = edition.metadata.rights_list
    found = (one.rights_uri or _spdx(one.rights_identifier) for one in rights)
    return list(dict.fromkeys(filter(None, found)))


def _spdx(identifier: str) -> str:
    return f"https://spdx.org/licenses/{quote(identifier)}" if identifier else ""


def _place(place: GeoLocation) -> Entity:
    described: Entity = {"@type": "Place"}
    if place.geo_location_place:
        described["name"] = place.geo_location_place
    point, box = place.geo_location_point, place.geo_location_box
    if point is not None:
        described["geo"] = {
            "@type": "GeoCoordinates",
            "latitude": point.point_latitude,
            "longitude": point.point_longitude,
        }
    elif box is not None:
        corners = (
            box.south_bound_latitude,
            box.west_bound_longitude,
            box.north_bound_latitude,
            box.east_bound_longitude,
        )
        described["geo"] = {"@type": "GeoShape", "box": " ".join(map(repr, corners))}
    return described


def _id(file: File) -> str:
    return quote(PAYLOAD + file.path)


_json = msgspec.json.Encoder().encode
