"""Whether metadata may be published: DataCite's rules, and what every XML document can hold.

Each fault is one sentence that begins with the property and says what is expected.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from lenticular.primitives.publications import vocabularies
from lenticular.primitives.publications.errors import MetadataInvalid
from lenticular.primitives.publications.metadata import (
    ADDRESSES,
    Box,
    Creator,
    GeoLocation,
    Metadata,
    Point,
)

_MOST: Final = 10_000
"""Of any property."""

_LONGEST: Final = 20_000
"""Characters of any text."""

UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no XML document can hold (XML 1.0, section 2.2)."""

_MOMENT = (
    r"-?\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])"
    r"(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?"
)
_DATE = re.compile(rf"{_MOMENT}(/({_MOMENT})?)?|/{_MOMENT}")
_ORCID = re.compile(r"(https?://orcid\.org/)?(\d{4}-){3}\d{3}[\dX]", re.IGNORECASE)
_ROR = re.compile(r"(https?://)?(ror\.org/)?0[a-hj-km-np-tv-z0-9]{6}\d\d", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")

Faults = Iterator[str]


def check(metadata: Metadata) -> None:
    """Raise `MetadataInvalid` with every fault that keeps metadata from being published."""
    problems = [*faults_of_draft(metadata), *_missing(metadata), *_wrong(metadata)]
    if problems:
        raise MetadataInvalid(problems)


def check_draft(metadata: Metadata) -> None:
    """Raise `MetadataInvalid` for what not even a draft may hold."""
    problems = list(faults_of_draft(metadata))
    if problems:
        raise MetadataInvalid(problems)


def advice(metadata: Metadata) -> list[str]:
    """Return which properties DataCite recommends that are not given."""
    recommended = {
        "subjects": metadata.subjects,
        "contributors": metadata.contributors,
        "dates": metadata.dates,
        "relatedIdentifiers": metadata.related_identifiers,
        "descriptions": metadata.descriptions,
        "geoLocations": metadata.geo_locations,
        "rightsList": metadata.rights_list,
    }
    return [name for name, given in recommended.items() if not given]


def faults_of_draft(metadata: Metadata) -> Faults:
    """Iterate over what cannot be written down at all: control characters, and far too much."""
    for where, text in _texts(msgspec.to_builtins(metadata)):
        if len(text) > _LONGEST:
            yield f"{where}: at most {_LONGEST} characters, not {len(text)}"
        elif UNPRINTABLE.search(text):
            yield f"{where}: has a control character, which no metadata can hold"
    for name in metadata.__struct_fields__:
        given = getattr(metadata, name)
        if isinstance(given, tuple) and len(given) > _MOST:
            yield f"{name}: at most {_MOST}, not {len(given)}"


def _texts(given: Any, where: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(given, str):
        yield where, given
    elif isinstance(given, dict):
        for name, inner in given.items():
            yield from _texts(inner, f"{where}.{name}" if where else name)
    elif isinstance(given, list | tuple):
        for number, inner in enumerate(given, 1):
            yield from _texts(inner, f"{where}[{number}]")


def _missing(metadata: Metadata) -> Faults:
    if not metadata.creators:
        yield "creators: name at least one creator"
    if not any(one.title.strip() for one in metadata.titles):
        yield "titles: give a title"
    if not metadata.publisher.name.strip():
        yield "publisher: say who publishes it"
    if not metadata.types.resource_type_general:
        yield "types.resourceTypeGeneral: say what it is, such as Dataset"


def _wrong(metadata: Metadata) -> Faults:
    yield from _people("creators", metadata.creators)
    yield from _people("contributors", metadata.contributors)
    for number, contributor in enumerate(metadata.contributors, 1):
        where, given = f"contributors[{number}].contributorType", contributor.contributor_type
        yield from _listed(where, given, vocabularies.CONTRIBUTOR_TYPES)
    for number, title in enumerate(metadata.titles, 1):
        if not title.title.strip():
            yield f"titles[{number}]: is empty"
        if title.title_type:
            where = f"titles[{number}].titleType"
            yield from _listed(where, title.title_type, vocabularies.TITLE_TYPES)
    latest = datetime.now(UTC).year + 1
    if not 1000 <= metadata.publication_year <= latest:
        yield f"publicationYear: a year up to {latest}, not {metadata.publication_year}"
    if metadata.types.resource_type_general:
        where, given = "types.resourceTypeGeneral", metadata.types.resource_type_general
        yield from _listed(where, given, vocabularies.RESOURCE_TYPES)
    if metadata.language and not _LANGUAGE.fullmatch(metadata.language):
        yield f"language: a code such as en or de, not {metadata.language[:50]!r}"
    yield from _descriptive(metadata)
    for number, place in enumerate(metadata.geo_locations, 1):
        yield from _place(f"geoLocations[{number}]", place)


def _descriptive(metadata: Metadata) -> Faults:
    for number, subject in enumerate(metadata.subjects, 1):
        if not subject.subject.strip():
            yield f"subjects[{number}]: is empty"
        yield from _addressed(f"subjects[{number}].valueUri", subject.value_uri)
    for number, text in enumerate(metadata.descriptions, 1):
        if not text.description.strip():
            yield f"descriptions[{number}]: is empty"
        where = f"descriptions[{number}].descriptionType"
        yield from _listed(where, text.description_type, vocabularies.DESCRIPTION_TYPES)
    for number, date in enumerate(metadata.dates, 1):
        if not _DATE.fullmatch(date.date):
            yield (
                f"dates[{number}]: 2024, 2024-05, 2024-05-31, a time of a day, or two of them "
                f"with / between, not {date.date[:50]!r}"
            )
        yield from _listed(f"dates[{number}].dateType", date.date_type, vocabularies.DATE_TYPES)
    for number, rights in enumerate(metadata.rights_list, 1):
        if not (rights.rights or rights.rights_uri or rights.rights_identifier):
            yield f"rightsList[{number}]: is empty"
        yield from _addressed(f"rightsList[{number}].rightsUri", rights.rights_uri)
    for number, related in enumerate(metadata.related_identifiers, 1):
        where = f"relatedIdentifiers[{number}]"
        if not related.related_identifier.strip():
            yield f"{where}: is empty"
        kind = related.related_identifier_type
        yield from _listed(f"{where}.relatedIdentifierType", kind, vocabularies.IDENTIFIER_TYPES)
        relation = related.relation_type
        yield from _listed(f"{where}.relationType", relation, vocabularies.RELATION_TYPES)
        if kind in ADDRESSES:
            yield from _addressed(where, related.related_identifier)


def _people(what: str, people: Sequence[Creator]) -> Faults:
    for number, one in enumerate(people, 1):
        where = f"{what}[{number}]"
        if not one.name.strip():
            yield f"{where}.name: is empty; write it as Family, Given"
        if one.name_type:
            yield from _listed(f"{where}.nameType", one.name_type, vocabularies.NAME_TYPES)
        for identifier in one.name_identifiers:
            scheme, given = identifier.name_identifier_scheme.upper(), identifier.name_identifier
            if not scheme or not given:
                yield f"{where}.nameIdentifiers: needs an identifier and its scheme, such as ORCID"
            elif scheme == "ORCID" and not is_orcid(given):
                yield (
                    f"{where}.nameIdentifiers: {given[:60]!r} is no ORCID; one is like "
                    f"0000-0002-1825-0097, and its last character is a check digit"
                )
            elif scheme == "ROR" and not _ROR.fullmatch(given):
                yield f"{where}.nameIdentifiers: {given[:60]!r} is no ROR, as https://ror.org/..."
        for affiliation in one.affiliation:
            if not affiliation.name.strip():
                yield f"{where}.affiliation: is empty"


def is_orcid(text: str) -> bool:
    """Tell whether a text is an ORCID iD, with its check digit (ISO 7064, MOD 11-2)."""
    if not _ORCID.fullmatch(text):
        return False
    digits = text[-19:].replace("-", "").upper()
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    return digits[-1] == "0123456789X"[(12 - total % 11) % 11]


def _listed(where: str, given: str, allowed: Sequence[str]) -> Faults:
    if given not in allowed:
        yield f"{where}: one of {', '.join(allowed)}, not {given[:50]!r}"


def _addressed(where: str, given: str) -> Faults:
    """Only what is safe as a link: a script is an address too."""
    if not given:
        return
    try:
        parts = urlsplit(given)
        is_right = parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in given
    except ValueError:
        is_right = False
    if not is_right:
        yield f"{where}: an address with http:// or https://, not {given[:100]!r}"


def _place(where: str, place: GeoLocation) -> Faults:
    point, box = place.geo_location_point, place.geo_location_box
    if not place.geo_location_place and point is None and box is None:
        yield f"{where}: give geoLocationPlace, geoLocationPoint or geoLocationBox"
    if point is not None and not _is_point(point):
        yield f"{where}: a longitude is from -180 to 180, a latitude from -90 to 90"
    if box is not None and not _is_box(box):
        yield f"{where}: longitudes from -180 to 180, latitudes from -90 to 90, south below north"


def _is_point(point: Point) -> bool:
    return abs(point.point_longitude) <= 180 and abs(point.point_latitude) <= 90


def _is_box(box: Box) -> bool:
    longitudes = box.west_bound_longitude, box.east_bound_longitude
    south, north = box.south_bound_latitude, box.north_bound_latitude
    return all(abs(one) <= 180 for one in longitudes) and -90 <= south <= north <= 90
