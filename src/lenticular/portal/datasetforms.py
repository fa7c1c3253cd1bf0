"""Metadata of datasets as forms have them: a few fields, and lists with one line for each.

The names of metadata are DataCite's. What a form has no field for (contributors, say, that
were given over the API) is left as it was.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

Document = dict[str, Any]
Form = Mapping[str, list[str]]

TYPES: Final = (
    ("Dataset", "Dataset"),
    ("Collection", "Collection"),
    ("ComputationalNotebook", "Computational notebook"),
    ("Image", "Images"),
    ("Model", "Model"),
    ("Software", "Software"),
    ("Sound", "Sound"),
    ("Audiovisual", "Film"),
    ("Text", "Text"),
    ("Workflow", "Workflow"),
    ("Other", "Something else"),
)
"""General resource types, and how they are said."""

RELATIONS: Final = "IsSupplementTo DOI 10.1000/182"
"""How a line of what a dataset has to do with looks."""

LICENCES: Final = {
    "CC-BY-4.0": (
        "Creative Commons Attribution 4.0 International",
        "https://creativecommons.org/licenses/by/4.0/legalcode",
    ),
    "CC0-1.0": (
        "Creative Commons Zero v1.0 Universal",
        "https://creativecommons.org/publicdomain/zero/1.0/legalcode",
    ),
    "CC-BY-SA-4.0": (
        "Creative Commons Attribution Share Alike 4.0 International",
        "https://creativecommons.org/licenses/by-sa/4.0/legalcode",
    ),
    "ODbL-1.0": (
        "Open Data Commons Open Database License v1.0",
        "https://opendatacommons.org/licenses/odbl/1-0/",
    ),
    "MIT": ("MIT License", "https://opensource.org/license/mit/"),
    "Apache-2.0": ("Apache License 2.0", "https://www.apache.org/licenses/LICENSE-2.0"),
}
"""Licences that are offered, by their SPDX identifiers."""

FIELDS: Final = {"licences": [("", "None chosen"), *((one, one) for one in LICENCES)]}

_SPARE: Final = 2
"""Empty lines for further creators."""


def lines_of(said: Document) -> Document:
    """Return metadata as the fields of the form have them."""
    creators = [_creator_line(one) for one in said.get("creators", ())]
    abstract = [one for one in said.get("descriptions", ()) if _is_abstract(one)]
    rights = said.get("rightsList", ())
    place: Document = (said.get("geoLocations") or ({},))[0]
    point = place.get("geoLocationPoint", {})
    collected = [one for one in said.get("dates", ()) if one.get("dateType") == "Collected"]
    titles = said.get("titles", ())
    return {
        "title": titles[0]["title"] if titles else "",
        "creators": creators + [{"name": "", "orcid": "", "affiliation": ""}] * _SPARE,
        "publisher": said.get("publisher", {}).get("name", ""),
        "year": str(said.get("publicationYear") or ""),
        "type": said.get("types", {}).get("resourceTypeGeneral", "Dataset"),
        "abstract": abstract[0]["description"] if abstract else "",
        "subjects": "\n".join(one["subject"] for one in said.get("subjects", ())),
        "licence": rights[0].get("rightsIdentifier", "") if rights else "",
        "collected": collected[0]["date"] if collected else "",
        "related": "\n".join(map(_related_line, said.get("relatedIdentifiers", ()))),
        "place": place.get("geoLocationPlace", ""),
        "latitude": str(point.get("pointLatitude", "")),
        "longitude": str(point.get("pointLongitude", "")),
    }


def said_by(form: Form, known: Document) -> Document:
    """Return the metadata that a form says, on top of those that were known."""

    def field(name: str) -> str:
        return form.get(name, [""])[0].replace("\r\n", "\n").strip()

    def kept(name: str, is_ours: Callable[[Document], bool]) -> list[Document]:
        return [one for one in known.get(name, ()) if not is_ours(one)]

    abstract, collected = field("abstract"), field("collected")
    own_abstract = [{"description": abstract, "descriptionType": "Abstract"}] if abstract else []
    own_date = [{"date": collected, "dateType": "Collected"}] if collected else []
    year = field("year")
    said = dict(known) | {
        "titles": [{"title": field("title")}, *known.get("titles", ())[1:]]
        if field("title")
        else [],
        "creators": _creators(form, known.get("creators", ())),
        "publisher": {"name": field("publisher")},
        "publicationYear": int(year) if year.isdecimal() and len(year) < 6 else 0,
        "types": known.get("types", {}) | {"resourceTypeGeneral": field("type")},
        "descriptions": own_abstract + kept("descriptions", _is_abstract),
        "subjects": _subjects(field("subjects"), known.get("subjects", ())),
        "rightsList": _rights(field("licence"), known.get("rightsList", ())),
        "dates": own_date + kept("dates", lambda one: one.get("dateType") == "Collected"),
        "relatedIdentifiers": [
            _related(line) for line in field("related").split("\n") if line.strip()
        ],
        "geoLocations": _places(field, known.get("geoLocations", ())),
    }
    return {name: value for name, value in said.items() if value not in ("", [], {}, 0)}


def _is_abstract(description: Document) -> bool:
    return bool(description.get("descriptionType", "Abstract") == "Abstract")


def _creator_line(creator: Document) -> Document:
    orcids = [
        one["nameIdentifier"]
        for one in creator.get("nameIdentifiers", ())
        if one["nameIdentifierScheme"].upper() == "ORCID"
    ]
    return {
        "name": creator.get("name", ""),
        "orcid": orcids[0] if orcids else "",
        "affiliation": "; ".join(one["name"] for one in creator.get("affiliation", ())),
    }


def _creators(form: Form, known: list[Document]) -> list[Document]:
    """Return the creators of the lines; one that stayed as it was keeps all that was said."""
    columns = [form.get(f"creator_{name}", []) for name in ("name", "orcid", "affiliation")]
    before = {tuple(_creator_line(one).values()): one for one in known}
    made = []
    for line in zip(*columns, strict=False):
        name, orcid, affiliation = (value.strip() for value in line)
        if name or orcid:
            fresh = _creator(name, orcid, affiliation)
            made.append(before.get((name, orcid, affiliation), fresh))
    return made


def _creator(name: str, orcid: str, affiliation: str) -> Document:
    family, comma, given = (part.strip() for part in name.partition(","))
    creator: Document = {"name": name}
    if comma:
        creator |= {"nameType": "Personal", "familyName": family, "givenName": given}
    if orcid:
        creator["nameIdentifiers"] = [
            {
                "nameIdentifier": orcid,
                "nameIdentifierScheme": "ORCID",
                "schemeUri": "https://orcid.org",
            }
        ]
    if affiliation:
        names = filter(None, (one.strip() for one in affiliation.split(";")))
        creator["affiliation"] = [{"name": one} for one in names]
    return creator


def _subjects(text: str, known: list[Document]) -> list[Document]:
    before = {one["subject"]: one for one in known}
    words = dict.fromkeys(line.strip() for line in text.split("\n") if line.strip())
    return [before.get(word, {"subject": word}) for word in words]


def _rights(licence: str, known: list[Document]) -> list[Document]:
    if licence not in LICENCES:
        # None of ours: one that was given otherwise stays, one of ours was taken back.
        return [one for one in known if one.get("rightsIdentifier") not in LICENCES]
    name, address = LICENCES[licence]
    return [
        {
            "rights": name,
            "rightsUri": address,
            "rightsIdentifier": licence,
            "rightsIdentifierScheme": "SPDX",
            "schemeUri": "https://spdx.org/licenses/",
        },
        *known[1:],
    ]


def _related_line(related: Document) -> str:
    names = ("relationType", "relatedIdentifierType", "relatedIdentifier")
    return " ".join(related[name] for name in names)


def _related(line: str) -> Document:
    relation, kind, identifier = (*line.split(None, 2), "", "", "")[:3]
    return {
        "relationType": relation,
        "relatedIdentifierType": kind,
        "relatedIdentifier": identifier,
    }


def _places(field: Callable[[str], str], known: list[Document]) -> list[Document]:
    place: Document = dict(known[0]) if known else {}
    place.pop("geoLocationPoint", None)
    place["geoLocationPlace"] = field("place")
    latitude, longitude = _number(field("latitude")), _number(field("longitude"))
    if latitude is not None and longitude is not None:
        place["geoLocationPoint"] = {"pointLongitude": longitude, "pointLatitude": latitude}
    filled = {name: value for name, value in place.items() if value}
    return [*([filled] if filled else []), *known[1:]]


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e6 else None
