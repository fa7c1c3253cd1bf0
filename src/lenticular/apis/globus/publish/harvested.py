"""What harvesters are given: the envelope of OAI-PMH, headers, and records in each format.

"The Open Archives Initiative Protocol for Metadata Harvesting", section 3.2 and 4; its schema
is http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from lxml import etree

from lenticular.primitives.publications import Edition, datacite
from lenticular.primitives.publications.validation import UNPRINTABLE

OAI: Final = "http://www.openarchives.org/OAI/2.0/"
_OAI_SCHEMA: Final = "http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"
_INSTANCE: Final = "http://www.w3.org/2001/XMLSchema-instance"
_OAI_DC: Final = "http://www.openarchives.org/OAI/2.0/oai_dc/"
_DC: Final = "http://purl.org/dc/elements/1.1/"
_OAI_DATACITE: Final = "http://datacite.org/schema/oai/oai-1.1/"


class OaiError(Exception):
    """An error of the protocol (section 3.6)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Format(NamedTuple):
    """A format in which records can be had."""

    namespace: str
    schema: str
    write: Callable[[Edition], etree._Element]


def oai(name: str) -> etree._Element:
    """Return an element of the protocol."""
    return etree.Element(f"{{{OAI}}}{name}")


def child(above: etree._Element, name: str, text: str = "") -> etree._Element:
    """Add an element of the protocol."""
    made = etree.SubElement(above, f"{{{OAI}}}{name}")
    made.text = _printable(text) or None
    return made


def moment(seconds: int) -> str:
    """Write a time as the protocol does."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def envelope(base: str, given: Mapping[str, str]) -> etree._Element:
    """Return the root of an answer to a request with these arguments (none: a wrong one)."""
    spaces: Any = {None: OAI, "xsi": _INSTANCE}
    root = etree.Element(f"{{{OAI}}}OAI-PMH", nsmap=spaces)
    root.set(f"{{{_INSTANCE}}}schemaLocation", f"{OAI} {_OAI_SCHEMA}")
    child(root, "responseDate", moment(int(datetime.now(UTC).timestamp())))
    request = child(root, "request", base)
    for name, value in given.items():
        request.set(name, _printable(value))
    return root


def failed(root: etree._Element, error: OaiError) -> etree._Element:
    """Say what was wrong."""
    child(root, "error", str(error)).set("code", error.code)
    return root


def header(edition: Edition) -> etree._Element:
    """Return the header of a record."""
    made = oai("header")
    if edition.version.state == "withdrawn":
        made.set("status", "deleted")
    child(made, "identifier", edition.ark)
    child(made, "datestamp", moment(edition.version.stamp))
    child(made, "setSpec", edition.metadata.types.resource_type_general)
    return made


def record(edition: Edition, prefix: str) -> etree._Element:
    """Return a record; one that is deleted has no metadata."""
    made = oai("record")
    made.append(header(edition))
    if edition.version.state != "withdrawn":
        child(made, "metadata").append(FORMATS[prefix].write(edition))
    return made


def _dublin_core(edition: Edition) -> etree._Element:
    spaces: Any = {"oai_dc": _OAI_DC, "dc": _DC, "xsi": _INSTANCE}
    root = etree.Element(f"{{{_OAI_DC}}}dc", nsmap=spaces)
    schema = FORMATS["oai_dc"].schema
    root.set(f"{{{_INSTANCE}}}schemaLocation", f"{_OAI_DC} {schema}")
    for name, text in _dublin_core_values(edition):
        if text:
            etree.SubElement(root, f"{{{_DC}}}{name}").text = text
    return root


def _dublin_core_values(edition: Edition) -> Iterator[tuple[str, str]]:
    said = edition.metadata
    yield from (("title", one.title) for one in said.titles)
    yield from (("creator", one.name) for one in said.creators)
    yield from (("subject", one.subject) for one in said.subjects)
    yield from (("description", one.description) for one in said.descriptions)
    yield "publisher", said.publisher.name
    yield from (("contributor", one.name) for one in said.contributors)
    yield "date", edition.issued
    yield "type", said.types.resource_type_general
    yield "identifier", edition.url
    yield "identifier", edition.ark
    yield "language", said.language
    yield from (("relation", one.related_identifier) for one in edition.related)
    yield from (("coverage", one.geo_location_place) for one in said.geo_locations)
    for rights in said.rights_list:
        yield "rights", rights.rights or rights.rights_identifier
        yield "rights", rights.rights_uri


def _datacite(edition: Edition) -> etree._Element:
    spaces: Any = {None: _OAI_DATACITE, "xsi": _INSTANCE}
    root = etree.Element(f"{{{_OAI_DATACITE}}}oai_datacite", nsmap=spaces)
    schema = FORMATS["oai_datacite"].schema
    root.set(f"{{{_INSTANCE}}}schemaLocation", f"{_OAI_DATACITE} {schema}")
    for name, text in (("schemaVersion", "4.6"), ("datacentreSymbol", "LENTICULAR")):
        etree.SubElement(root, f"{{{_OAI_DATACITE}}}{name}").text = text
    payload = etree.SubElement(root, f"{{{_OAI_DATACITE}}}payload")
    payload.append(datacite.element(edition))
    return root


def _printable(text: str) -> str:
    """Return a text without what no XML document can hold."""
    return UNPRINTABLE.sub("", text)


FORMATS: Final[Mapping[str, Format]] = {
    "oai_dc": Format(_OAI_DC, "http://www.openarchives.org/OAI/2.0/oai_dc.xsd", _dublin_core),
    "oai_datacite": Format(
        _OAI_DATACITE, "http://schema.datacite.org/oai/oai-1.1/oai.xsd", _datacite
    ),
    "datacite": Format(datacite.KERNEL, datacite.SCHEMA, datacite.element),
}
"""By the prefix that requests name."""
