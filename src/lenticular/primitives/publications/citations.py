"""Citations of a version: as a text (DataCite's recommendation), in BibTeX and in RIS."""

import re
from typing import Final

from lenticular.primitives.publications.metadata import Creator
from lenticular.primitives.publications.views import Edition

_MOST_NAMED: Final = 20
_TEX = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}"} | {sign: f"\\{sign}" for sign in "$&%#_"}  # fmt: skip

_RIS_TYPES: Final = {"Dataset": "DATA", "Software": "COMP", "Text": "RPRT", "Image": "FIGURE"}
_BIBTEX_TYPES: Final = {"Dataset": "dataset", "Software": "software"}


def text(edition: Edition) -> str:
    """Return ``Creators (Year): Title (Version). Publisher. Type. Identifier``."""
    said = edition.metadata
    names = [one.name for one in said.creators]
    named = "; ".join(names[:_MOST_NAMED]) + (" et al." if len(names) > _MOST_NAMED else "")
    general = said.types.resource_type_general
    return (
        f"{named} ({edition.year}): {said.title} (Version {edition.version_name}). "
        f"{said.publisher.name}. {general}. {edition.url}"
    )


def bibtex(edition: Edition) -> str:
    """Return an entry for BibTeX."""
    said = edition.metadata
    fields = {
        "author": " and ".join(map(_author, said.creators)),
        "title": f"{{{_tex(said.title)}}}",
        "year": str(edition.year),
        "publisher": _tex(said.publisher.name),
        "version": _tex(edition.version_name),
        "url": edition.url,
        "note": _tex(edition.ark),
    }
    kind = _BIBTEX_TYPES.get(said.types.resource_type_general, "misc")
    key = f"{_key(said.creators)}{edition.year}{edition.version.name}"
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@{kind}{{{key},\n{lines}}}\n"


def ris(edition: Edition) -> str:
    """Return an entry in the format of RIS: each line ends with CR LF."""
    said = edition.metadata
    rows = [
        ("TY", _RIS_TYPES.get(said.types.resource_type_general, "GEN")),
        *(("AU", one.name) for one in said.creators),
        ("TI", said.title),
        ("PY", str(edition.year)),
        ("PB", said.publisher.name),
        ("ET", edition.version_name),
        ("AB", said.abstract),
        *(("KW", one.subject) for one in said.subjects),
        ("UR", edition.url),
        ("ID", edition.ark),
    ]
    lines = [f"{tag}  - {' '.join(value.split())}" for tag, value in rows if value]
    return "\r\n".join([*lines, "ER  - ", ""])


def _author(creator: Creator) -> str:
    name = _tex(creator.name)
    return name if creator.is_person else f"{{{name}}}"


def _key(creators: tuple[Creator, ...]) -> str:
    name = (creators[0].family_name or creators[0].name.partition(",")[0]) if creators else ""
    return re.sub(r"[^A-Za-z0-9]", "", name).lower()


def _tex(given: str) -> str:
    return "".join(_TEX.get(letter, letter) for letter in " ".join(given.split()))
