"""DataCite documents of a version: JSON as its REST API takes it, and XML of the schema 4.6.

With them a DOI can be registered later. Until then the identifier is the ARK; with a DOI it
is the DOI, and the ARK an alternate one.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from lxml import etree

from lenticular.primitives.publications.metadata import Creator, Date, Metadata
from lenticular.primitives.publications.views import Edition

KERNEL: Final = "http://datacite.org/schema/kernel-4"
SCHEMA: Final = "https://schema.datacite.org/meta/kernel-4.6/metadata.xsd"
_INSTANCE: Final = "http://www.w3.org/2001/XMLSchema-instance"
_XML: Final = "http://www.w3.org/XML/1998/namespace"


def document(edition: Edition, doi: str = "") -> dict[str, Any]:
    """Return the attributes of a DOI as DataCite's REST API has them."""
    said = _complete(edition)
    attributes: dict[str, Any] = msgspec.to_builtins(said)
    own = [{"alternateIdentifier": edition.ark, "alternateIdentifierType": "ARK"}]
    attributes |= {
        "url": edition.url,
        "schemaVersion": KERNEL,
        "alternateIdentifiers": own,
        "sizes": [f"{edition.version.size} bytes", f"{edition.version.files} files"],
    }
    if doi:
        attributes |= {"doi": doi, "prefix": doi.partition("/")[0]}
    return {"data": {"type": "dois", "attributes": attributes}}


def xml(edition: Edition, doi: str = "") -> bytes:
    """Return the document of the XML schema."""
    return bytes(etree.tostring(element(edition, doi), xml_declaration=True, encoding="UTF-8"))


def element(edition: Edition, doi: str = "") -> etree._Element:
    """Return the root of the document of the XML schema."""
    said = _complete(edition)
    spaces: Any = {None: KERNEL, "xsi": _INSTANCE}
    root = etree.Element(f"{{{KERNEL}}}resource", nsmap=spaces)
    root.set(f"{{{_INSTANCE}}}schemaLocation", f"{KERNEL} {SCHEMA}")
    _add(root, "identifier", doi or edition.ark, identifierType="DOI" if doi else "ARK")
    _people(root, "creator", said.creators)
    titles = _add(root, "titles")
    for title in said.titles:
        _add(titles, "title", title.title, titleType=title.title_type, lang=title.lang)
    _add(
        root,
        "publisher",
        said.publisher.name,
        publisherIdentifier=said.publisher.publisher_identifier,
        publisherIdentifierScheme=said.publisher.publisher_identifier_scheme,
        schemeURI=said.publisher.scheme_uri,
    )
    _add(root, "publicationYear", str(said.publication_year))
    general = said.types.resource_type_general
    _add(
        root,
        "resourceType",
        said.types.resource_type or general,
        resourceTypeGeneral=general,
    )
    _subjects(root, said)
    if said.contributors:
        _people(root, "contributor", said.contributors)
    dates = _add(root, "dates")
    for date in said.dates:
        _add(dates, "date", date.date, dateType=date.date_type)
    if said.language:
        _add(root, "language", said.language)
    if doi:
        alternates = _add(root, "alternateIdentifiers")
        _add(alternates, "alternateIdentifier", edition.ark, alternateIdentifierType="ARK")
    _related(root, said)
    sizes = _add(root, "sizes")
    _add(sizes, "size", f"{edition.version.size} bytes")
    _add(sizes, "size", f"{edition.version.files} files")
    _add(root, "version", said.version)
    _rights(root, said)
    if said.descriptions:
        texts = _add(root, "descriptions")
        for text in said.descriptions:
            kind = text.description_type
            _add(texts, "description", text.description, descriptionType=kind, lang=text.lang)
    _places(root, said)
    return root


def _complete(edition: Edition) -> Metadata:
    """Return what is said of a version with what is known of its publication."""
    said = edition.metadata
    dates = list(said.dates)
    if edition.issued and not any(one.date_type == "Issued" for one in dates):
        dates.append(Date(date=edition.issued, date_type="Issued"))
    if edition.withdrawn:
        dates.append(Date(date=edition.withdrawn, date_type="Withdrawn"))
    return msgspec.structs.replace(
        said,
        dates=tuple(dates),
        version=edition.version_name,
        related_identifiers=edition.related,
    )


def _add(above: etree._Element, tag: str, text: str = "", **attributes: str) -> etree._Element:
    made = etree.SubElement(above, f"{{{KERNEL}}}{tag}")
    made.text = text or None
    for name, value in attributes.items():
        if value:
            made.set(f"{{{_XML}}}lang" if name == "lang" else name, value)
    return made


def _people(root: etree._Element, what: str, people: Iterable[Creator]) -> None:
    above = _add(root, f"{what}s")
    for one in people:
        made = _add(above, what, contributorType=getattr(one, "contributor_type", ""))
        _add(made, f"{what}Name", one.name, nameType=one.name_type)
        for tag, text in (("givenName", one.given_name), ("familyName", one.family_name)):
            if text:
                _add(made, tag, text)
        for identifier in one.name_identifiers:
            _add(
                made,
                "nameIdentifier",
                identifier.name_identifier,
                nameIdentifierScheme=identifier.name_identifier_scheme,
                schemeURI=identifier.scheme_uri,
            )
        for affiliation in one.affiliation:
            _add(
                made,
                "affiliation",
                affiliation.name,
                affiliationIdentifier=affiliation.affiliation_identifier,
                affiliationIdentifierScheme=affiliation.affiliation_identifier_scheme,
                schemeURI=affiliation.scheme_uri,
            )


def _subjects(root: etree._Element, said: Metadata) -> None:
    if not said.subjects:
        return
    above = _add(root, "subjects")
    for subject in said.subjects:
        _add(
            above,
            "subject",
            subject.subject,
            subjectScheme=subject.subject_scheme,
            schemeURI=subject.scheme_uri,
            valueURI=subject.value_uri,
        )


def _related(root: etree._Element, said: Metadata) -> None:
    above = _add(root, "relatedIdentifiers")
    for related in said.related_identifiers:
        _add(
            above,
            "relatedIdentifier",
            related.related_identifier,
            relatedIdentifierType=related.related_identifier_type,
            relationType=related.relation_type,
            resourceTypeGeneral=related.resource_type_general,
        )


def _rights(root: etree._Element, said: Metadata) -> None:
    if not said.rights_list:
        return
    above = _add(root, "rightsList")
    for rights in said.rights_list:
        _add(
            above,
            "rights",
            rights.rights or rights.rights_identifier or rights.rights_uri,
            rightsURI=rights.rights_uri,
            rightsIdentifier=rights.rights_identifier,
            rightsIdentifierScheme=rights.rights_identifier_scheme,
            schemeURI=rights.scheme_uri,
        )


def _places(root: etree._Element, said: Metadata) -> None:
    if not said.geo_locations:
        return
    above = _add(root, "geoLocations")
    for place in said.geo_locations:
        made = _add(above, "geoLocation")
        if place.geo_location_place:
            _add(made, "geoLocationPlace", place.geo_location_place)
        for tag, shape in (
            ("geoLocationPoint", place.geo_location_point),
            ("geoLocationBox", place.geo_location_box),
        ):
            if shape is not None:
                corners = _add(made, tag)
                for name, value in msgspec.to_builtins(shape).items():
                    _add(corners, name, repr(value))
