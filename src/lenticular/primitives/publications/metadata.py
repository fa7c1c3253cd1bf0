"""What is said of a dataset: the properties of the DataCite Metadata Schema 4.6.

The names are those of DataCite's JSON, so that what is given here can be registered there as
it is. The identifier is not given but made. All that DataCite demands or recommends is here;
whether it is complete, `validation` tells, for a draft may be unfinished.
"""

from typing import Final
from urllib.parse import quote

import msgspec
from msgspec import Struct

ADDRESSES: Final = ("URL", "PURL", "w3id")
"""Types of identifiers that are addresses."""


class _Part(
    Struct,
    frozen=True,
    rename="camel",
    omit_defaults=True,
    forbid_unknown_fields=True,
    kw_only=True,
):
    """A part of the metadata; what is empty is not written."""


class NameIdentifier(_Part, frozen=True):
    """An identifier of a person or organisation: an ORCID, a ROR."""

    name_identifier: str
    name_identifier_scheme: str
    scheme_uri: str = ""


class Affiliation(_Part, frozen=True):
    """Where somebody works."""

    name: str
    affiliation_identifier: str = ""
    affiliation_identifier_scheme: str = ""
    scheme_uri: str = ""


class Creator(_Part, frozen=True):
    """Who made it."""

    name: str = ""
    """``Family, Given`` of a person."""
    name_type: str = ""
    given_name: str = ""
    family_name: str = ""
    name_identifiers: tuple[NameIdentifier, ...] = ()
    affiliation: tuple[Affiliation, ...] = ()

    @property
    def orcid(self) -> str:
        """Its ORCID, sixteen characters in four groups; empty without."""
        for one in self.name_identifiers:
            if one.name_identifier_scheme.upper() == "ORCID":
                return one.name_identifier.rstrip("/").rpartition("/")[2].upper()
        return ""

    @property
    def orcid_url(self) -> str:
        """Where its ORCID leads; empty without."""
        return f"https://orcid.org/{self.orcid}" if self.orcid else ""

    @property
    def is_person(self) -> bool:
        return self.name_type != "Organizational"


class Contributor(Creator, frozen=True):
    """Who had another part in it."""

    contributor_type: str = ""


class Title(_Part, frozen=True):
    """What it is called; the first without a type is the title."""

    title: str
    title_type: str = ""
    lang: str = ""


class Publisher(_Part, frozen=True):
    """Who keeps it and makes it available."""

    name: str = ""
    publisher_identifier: str = ""
    publisher_identifier_scheme: str = ""
    scheme_uri: str = ""


class Types(_Part, frozen=True):
    """What it is: a word of DataCite's list, and one of one's own."""

    resource_type_general: str = ""
    resource_type: str = ""


class Subject(_Part, frozen=True):
    """What it is about."""

    subject: str
    subject_scheme: str = ""
    scheme_uri: str = ""
    value_uri: str = ""


class Description(_Part, frozen=True):
    """A text about it."""

    description: str
    description_type: str = "Abstract"
    lang: str = ""


class Date(_Part, frozen=True):
    """A day, a time, or a range of them."""

    date: str
    date_type: str
    date_information: str = ""


class Rights(_Part, frozen=True):
    """A licence."""

    rights: str = ""
    rights_uri: str = ""
    rights_identifier: str = ""
    """Of SPDX (``CC-BY-4.0``)."""
    rights_identifier_scheme: str = ""
    scheme_uri: str = ""


class RelatedIdentifier(_Part, frozen=True):
    """Something else that it has to do with."""

    related_identifier: str
    related_identifier_type: str
    relation_type: str
    resource_type_general: str = ""

    @property
    def url(self) -> str:
        """Where it leads; empty for what is no address."""
        if self.related_identifier_type == "DOI":
            return f"https://doi.org/{quote(self.related_identifier)}"
        is_address = self.related_identifier_type in ADDRESSES
        return self.related_identifier if is_address else ""


class Point(_Part, frozen=True):
    """A place on the map, in degrees of WGS 84."""

    point_longitude: float
    point_latitude: float


class Box(_Part, frozen=True):
    """A piece of the map."""

    west_bound_longitude: float
    east_bound_longitude: float
    south_bound_latitude: float
    north_bound_latitude: float


class GeoLocation(_Part, frozen=True):
    """Where the data were gathered, or what they are about."""

    geo_location_place: str = ""
    geo_location_point: Point | None = None
    geo_location_box: Box | None = None


class Metadata(_Part, frozen=True):
    """All that is said of a dataset."""

    creators: tuple[Creator, ...] = ()
    titles: tuple[Title, ...] = ()
    publisher: Publisher = Publisher()
    publication_year: int = 0
    types: Types = Types()
    subjects: tuple[Subject, ...] = ()
    contributors: tuple[Contributor, ...] = ()
    dates: tuple[Date, ...] = ()
    language: str = ""
    version: str = ""
    rights_list: tuple[Rights, ...] = ()
    descriptions: tuple[Description, ...] = ()
    related_identifiers: tuple[RelatedIdentifier, ...] = ()
    geo_locations: tuple[GeoLocation, ...] = ()

    @property
    def title(self) -> str:
        """The main title; empty without."""
        main = [one.title for one in self.titles if not one.title_type]
        return (main or [one.title for one in self.titles] or [""])[0]

    @property
    def abstract(self) -> str:
        """The first abstract; empty without."""
        found = (one.description for one in self.descriptions if one.description_type == "Abstract")
        return next(found, "")


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Metadata).decode
