"""The public pages of datasets: anybody may read them, people and machines.

The address of a dataset is its ARK. What comes back is what the reader takes (``Accept``), or
what ``?format=`` names.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from lenticular.apis.globus.publish.documents import file_document
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, Credential, operation
from lenticular.apis.http import Response
from lenticular.pages import Pages
from lenticular.primitives.publications import (
    LISTED,
    DatasetNotFound,
    Edition,
    Publications,
    citations,
    crates,
    datacite,
    identifiers,
)

_SHOWN: Final = 500
"""Datasets of the page of all."""

HTML: Final = "html"
FILES: Final = "files"

FORMATS: Final = {
    HTML: "text/html",
    "datacite-xml": "application/vnd.datacite.datacite+xml",
    "datacite-json": "application/vnd.datacite.datacite+json",
    "json-ld": "application/ld+json",
    "bibtex": "application/x-bibtex",
    "ris": "application/x-research-info-systems",
    "text": "text/x-bibliography",
    FILES: "application/json",
}
"""What a dataset can be had as, and the media type of each: those of DataCite's resolver
("DataCite Content Negotiation")."""

_ALIASES: Final = {
    "application/xml": "datacite-xml",
    "text/xml": "datacite-xml",
    "application/vnd.schemaorg.ld+json": "json-ld",
    "application/xhtml+xml": HTML,
    "text/*": HTML,
    "*/*": HTML,
}

_TITLES: Final = {
    "datacite-xml": "DataCite XML",
    "datacite-json": "DataCite JSON",
    "json-ld": "schema.org JSON-LD",
    "bibtex": "BibTeX",
    "ris": "RIS",
    "text": "Citation",
    FILES: "List of files",
}


class LandingPages:
    """The pages to which identifiers lead."""

    def __init__(self, publications: Publications, pages: Pages) -> None:
        self._publications = publications
        self._pages = pages

    @operation("GET", "/ark:/{naan}/{name}", credential=Credential.NOTHING, recorded=False)
    async def show_dataset(self, call: Call) -> Response:
        """Return a dataset, or a version of it, in the form that is wanted."""
        try:
            edition = await self._edition(call)
        except DatasetNotFound:
            return self._missing(call)
        form = _form(call)
        if form != HTML:
            return await self._written(call, edition, form)
        if edition.version.state == "withdrawn":
            return self._public(self._pages.render("tombstone.html", 410, edition=edition))
        return await self._landing(call, edition)

    @operation("GET", "/datasets", credential=Credential.NOTHING, recorded=False)
    async def show_datasets(self, call: Call) -> Response:
        """Return a page of all published datasets, the newest first."""
        editions = await self._publications.newest(_SHOWN)
        page = self._pages.render(
            "datasets.html", editions=editions, name=self._publications.repository_name
        )
        return self._public(page)

    async def _edition(self, call: Call) -> Edition:
        name = call.arguments["name"]
        wanted = identifiers.parse(name)
        if wanted is None or self._naan(call) != self._publications.naan:
            raise DatasetNotFound(name)
        return await self._publications.edition(wanted.name, wanted.number)

    def _naan(self, call: Call) -> str:
        """Return whose identifier is asked for: in the newer form the path itself is ours."""
        return call.arguments.get("naan", self._publications.naan)

    def _missing(self, call: Call) -> Response:
        naan, name = self._naan(call), call.arguments["name"]
        wanted = identifiers.parse(name)
        message = "There is no dataset under this identifier here."
        if naan == self._publications.naan and not (
            wanted and identifiers.is_right(naan, wanted.name)
        ):
            message = "This identifier is mistyped: its check character is not right."
        if _form(call) != HTML:
            raise GlobusError(404, message, "DatasetNotFound")
        return self._pages.error(404, "No such dataset", message, action="/datasets")

    async def _landing(self, call: Call, edition: Edition) -> Response:
        behind = call.query.get("behind", "")
        files = await self._publications.files(edition.version, behind)
        page = self._pages.render(
            "landing.html",
            edition=edition,
            files=[file_document(edition, one) for one in files],
            more=files[-1].path if len(files) == LISTED else "",
            behind=behind,
            described=crates.dataset(edition),
            citation=citations.text(edition),
            formats=_TITLES,
        )
        page.headers.append(("Link", _links(edition)))
        return self._public(page)

    async def _written(self, call: Call, edition: Edition, form: str) -> Response:
        if form == FILES:
            body = await self._files(call, edition)
        else:
            body = _WRITERS[form](edition)
        headers = [
            ("Content-Type", f"{FORMATS[form]}; charset=utf-8"),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", "default-src 'none'; sandbox"),
            ("Link", _links(edition)),
        ]
        return self._public(Response(200, headers, body))

    async def _files(self, call: Call, edition: Edition) -> bytes:
        """Return a page of the files; ``behind`` says where it begins."""
        if edition.version.state == "withdrawn":
            raise GlobusError(410, "The dataset was withdrawn, and its files with it", "Gone")
        files = await self._publications.files(edition.version, call.query.get("behind", ""))
        document = {
            "DATA_TYPE": "dataset_file_list",
            "identifier": edition.ark,
            "total": edition.version.files,
            "behind": files[-1].path if len(files) == LISTED else None,
            "DATA": [file_document(edition, one) for one in files],
        }
        return msgspec.json.encode(document)

    def _public(self, response: Response) -> Response:
        """Let pages of other places read it: it is for everybody."""
        response.headers.append(("Access-Control-Allow-Origin", "*"))
        response.headers.append(("Vary", "Accept"))
        return response


def _form(call: Call) -> str:
    """Return the form that is wanted. Raises `GlobusError` (400, 406)."""
    given = call.query.get("format", "")
    if given:
        if given not in FORMATS:
            raise GlobusError(400, f"format is one of {', '.join(FORMATS)}, not {given[:50]!r}")
        return given
    accept = call.request.headers.get("accept", "") or "*/*"
    known = {media: form for form, media in FORMATS.items()} | _ALIASES
    for media, _ in sorted(map(_weighed, accept.split(",")), key=lambda one: -one[1]):
        if media in known:
            return known[media]
    raise GlobusError(406, f"A dataset can be had as {', '.join(FORMATS.values())}")


def _weighed(item: str) -> tuple[str, float]:
    """Return a media type of ``Accept`` and its weight (RFC 9110, section 12.5.1)."""
    media, *parameters = (part.strip().lower() for part in item.split(";"))
    weight = next((one[2:] for one in parameters if one.startswith("q=")), "1")
    try:
        return media, float(weight)
    except ValueError:
        return media, 0.0


def _links(edition: Edition) -> str:
    """Return what signposts say to machines (signposting.org, "Landing Page")."""
    url = edition.url
    forms = ((form, media) for form, media in FORMATS.items() if form != HTML)
    described = (f'<{url}?format={form}>; rel="describedby"; type="{kind}"' for form, kind in forms)
    return ", ".join((f'<{url}>; rel="cite-as"', *described))


_WRITERS: Final[dict[str, Callable[[Edition], bytes]]] = {
    "datacite-xml": datacite.xml,
    "datacite-json": lambda edition: msgspec.json.encode(datacite.document(edition)),
    "json-ld": lambda edition: msgspec.json.encode(crates.dataset(edition)),
    "bibtex": lambda edition: citations.bibtex(edition).encode(),
    "ris": lambda edition: citations.ris(edition).encode(),
    "text": lambda edition: citations.text(edition).encode(),
}
