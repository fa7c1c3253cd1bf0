"""Search: what is published in the indices of Globus Search, found by words and narrowed down."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from lenticular.apis.http import Response
from lenticular.portal.clients import Refused
from lenticular.portal.files.desk import is_id
from lenticular.portal.room import Room
from lenticular.portal.visit import Visit

Document = dict[str, Any]
Pairs = tuple[tuple[str, Any], ...]

_PAGE: Final = 10
_MOST_FACETS: Final = 6
_BUCKETS: Final = 8
_FEW: Final = 3
"""Results of which it cannot be said whether they have a value in common by chance."""
_DEEPEST: Final = 2
_LONGEST_VALUE: Final = 60
_TITLES: Final = ("title", "name", "label", "dc.title", "titles")
_ABSTRACTS: Final = ("description", "abstract", "summary")
_PLACES: Final = ("globus_url", "transfer_url", "url", "landing_page")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for."""

    index_id: str
    words: str
    where: Pairs
    """Fields, each with the value that it is to have."""
    start: int

    def address(self, where: Pairs | None = None, start: int = 0) -> str:
        """Return where the same is looked for with other filters, or from another result on."""
        where = self.where if where is None else where
        query = {"index": self.index_id, "words": self.words}
        if where:
            query["where"] = json.dumps(where, ensure_ascii=False)
        if start:
            query["from"] = str(start)
        return f"/search?{urlencode(query)}"


async def show(visit: Visit) -> Response:
    """Show the indices, and what was found in one."""
    indices = (await visit.search("GET", "index_list"))["index_list"]
    asked = _asked(visit, indices)
    if not asked.index_id or "words" not in visit.query:
        return visit.page("search.html", indices=indices, asked=asked, found=None, facets=[])
    path = f"index/{asked.index_id}/search"
    found = await visit.search("POST", path, json=_query(asked) | {"limit": _PAGE})
    facets = await _facets(visit, path, asked, found)
    reached = asked.start + found["count"]
    return visit.page(
        "search.html",
        indices=indices,
        asked=asked,
        found=found,
        results=[_result(one) for one in found["gmeta"]],
        facets=facets,
        narrowed=[
            (_title(field), value, asked.address(_without(asked.where, field, value)))
            for field, value in asked.where
        ],
        earlier=asked.address(start=max(asked.start - _PAGE, 0)) if asked.start else "",
        later=asked.address(start=reached) if found["has_next_page"] else "",
    )


def _asked(visit: Visit, indices: list[Document]) -> Asked:
    query = visit.query
    index_id = query.get("index", "").strip().lower()
    if index_id and not is_id(index_id):
        raise Refused("NoSuchIndex", "The id of an index is a UUID.", 400)
    if not index_id and indices:
        index_id = indices[0]["id"]
    return Asked(
        index_id,
        query.get("words", "").strip(),
        _pairs(query.get("where", "")),
        visit.start(),
    )


def _pairs(text: str) -> Pairs:
    """Return the filters of an address. Raises `Refused`."""
    if not text:
        return ()
    try:
        pairs = json.loads(text)
        if all(isinstance(field, str) and isinstance(value, _SCALARS) for field, value in pairs):
            return tuple((field, value) for field, value in pairs)
    except (ValueError, TypeError):
        pass
    raise Refused("BadFilter", "This address has filters that cannot be read.", 400)


_SCALARS: Final = (str, int, float, bool)


def _query(asked: Asked) -> Document:
    return {
        "@version": "query#1.0.0",
        "q": asked.words or "*",
        "offset": asked.start,
        "filters": [
            {"type": "match_all", "field_name": field, "values": [value]}
            for field, value in asked.where
        ],
    }


async def _facets(visit: Visit, path: str, asked: Asked, found: Document) -> list[Document]:
    """Return by what the results can be narrowed down.

    An index has no list of fields: asked is for those that the results have, if their values
    are such as several can have in common.
    """
    wanted = _categories(found, asked.where)
    if not wanted:
        return []
    facets = [
        {"type": "terms", "name": field, "field_name": field, "size": _BUCKETS} for field in wanted
    ]
    try:
        query = _query(asked) | {"offset": 0, "limit": 0, "facets": facets}
        counted = (await visit.search("POST", path, json=query))["facet_results"]
    except Refused:
        return []  # of a kind that is not counted: the results themselves are there
    chosen = set(asked.where)
    return [
        {
            "title": _title(facet["name"]),
            "buckets": [
                (bucket["value"], bucket["count"], asked.address((*asked.where, pair)))
                for bucket in facet["buckets"]
                if (pair := (facet["name"], bucket["value"])) not in chosen
            ],
        }
        for facet in counted
        if len(facet["buckets"]) > 1
    ]


def _categories(found: Document, where: Pairs) -> list[str]:
    """Return the fields of results whose values are short, and not all different."""
    values: dict[str, list[Any]] = {field: [value] for field, value in where}
    for result in found["gmeta"]:
        for entry in result["entries"]:
            for field, value in _leaves(entry["content"]):
                values.setdefault(field, []).append(value)
    fitting = [
        field
        for field, given in values.items()
        if field not in _TITLES + _ABSTRACTS
        and all(map(_is_short, given))
        and (len(given) <= _FEW or len(set(given)) < len(given))
    ]
    return sorted(fitting, key=lambda field: -len(values[field]))[:_MOST_FACETS]


def _leaves(content: Any, field: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Iterate over the values of a content, each with its field; of a list, over all of it."""
    if isinstance(content, dict) and depth <= _DEEPEST:
        for key, value in content.items():
            escaped = key.replace("\\", "\\\\").replace(".", "\\.")
            yield from _leaves(value, f"{field}.{escaped}" if field else escaped, depth + 1)
    elif isinstance(content, list):
        for value in content:
            if not isinstance(value, dict | list):
                yield field, value
    elif content is not None and not isinstance(content, dict):
        yield field, content


def _is_short(value: Any) -> bool:
    return isinstance(value, _SCALARS) and len(str(value)) <= _LONGEST_VALUE


def _result(found: Document) -> Document:
    """Return a result as it is shown: a title, what it is about, and all other fields."""
    fields: dict[str, list[str]] = {}
    for entry in found["entries"]:
        for field, value in _leaves(entry["content"]):
            fields.setdefault(field, []).append(str(value))
    title = next((fields.pop(name)[0] for name in _TITLES if name in fields), found["subject"])
    abstract = next((fields.pop(name)[0] for name in _ABSTRACTS if name in fields), "")
    places = [found["subject"], *(fields[name][0] for name in _PLACES if name in fields)]
    return {
        "subject": found["subject"],
        "title": title,
        "abstract": abstract,
        "address": next(filter(None, map(_address, places)), ""),
        "fields": [(_title(field), ", ".join(values)) for field, values in fields.items()],
    }


def _address(text: str) -> str:
    """Return where a link to a subject leads; empty: it is no address.

    ``globus://COLLECTION/PATH`` is a folder in the file manager.
    """
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if parts.scheme == "globus" and is_id(parts.netloc.lower()):
        folder = f"{parts.path.rpartition('/')[0]}/"
        query = {"left": parts.netloc.lower(), "left_path": folder}
        return f"/files?{urlencode(query, safe='/')}"
    return text if parts.scheme in ("http", "https") and parts.netloc else ""


def _without(where: Pairs, field: str, value: Any) -> Pairs:
    return tuple(pair for pair in where if pair != (field, value))


def _title(field: str) -> str:
    """Return a field as people read it."""
    return field.replace("\\.", ".").replace("_", " ")


ROOM = Room("/search", "Search", "Data", {"GET /search": show})
