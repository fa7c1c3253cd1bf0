"""Queries as the Search API writes them: GSearchRequest, GScrollRequest, and GET parameters."""

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from lenticular.apis.globus.search.facets import Facet, counted
from lenticular.apis.globus.search.filters import Filter, MatchAll, expressions
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.engines.search.contract import Sort
from lenticular.engines.search.expressions import EVERYTHING, AllOf, Expression
from lenticular.primitives.search import QueryMalformed, Question
from lenticular.primitives.search.advanced import read_advanced
from lenticular.primitives.search.content import canonical
from lenticular.primitives.search.words import read_words

MOST_RESULTS = 10_000
"""Subjects that pages with an offset can reach (Globus Search Limits)."""

_LONGEST_QUERY = 2048
_FIRST_VERSION: Literal["2017-09-01"] = "2017-09-01"
_FIELDS = ("content", "visible_to", "principal_sets")

Operator = Literal["or", "and", "OR", "AND"]
Limit = Annotated[int, Meta(ge=0, le=MOST_RESULTS)]
Version = Literal["2017-09-01", "query#1.0.0", "scroll#1.0.0", "delete_by_query#1.0.0"]


class WordSettings(Struct, frozen=True, tag_field="mode", tag="query_string"):
    """How words are read."""

    default_operator: Operator = "or"


class AdvancedSettings(Struct, frozen=True, tag_field="mode", tag="advanced_query_string"):
    """How the advanced language is read."""

    default_operator: Operator = "or"


class MatchSettings(Struct, frozen=True, tag_field="mode", tag="text_match"):
    """How words are compared, which may be misspelt."""

    default_operator: Operator = "and"
    fuzziness: Annotated[int, Meta(ge=0, le=2)] = 1


class Boost(Struct, frozen=True):
    """How much a field counts."""

    field_name: str
    factor: float | str


class Order(Struct, frozen=True):
    """By what results are sorted."""

    field_name: str
    order: Literal["asc", "desc"] = "desc"


class SearchRequest(Struct, frozen=True, kw_only=True):
    """A query; not all members make sense in every operation."""

    version: Version = field(default=_FIRST_VERSION, name="@version")
    q: str | None = None
    advanced: bool | None = None
    q_settings: WordSettings | AdvancedSettings | MatchSettings | None = None
    limit: Limit = 10
    offset: Annotated[int, Meta(ge=0)] = 0
    filters: tuple[Filter, ...] = ()
    post_facet_filters: tuple[Filter, ...] = ()
    facets: tuple[Facet, ...] = ()
    boosts: tuple[Boost, ...] = ()
    sort: tuple[Order, ...] = ()
    bypass_visible_to: bool = False
    filter_principal_sets: tuple[str, ...] = ()
    fields: tuple[Literal["content", "visible_to", "principal_sets"], ...] = ("content",)
    marker: str | None = None


def from_parameters(query: Mapping[str, str]) -> SearchRequest:
    """Return the query of a GET. Raises `GlobusError` (400)."""
    if "q" not in query:
        raise GlobusError(400, "The parameter q says what is searched, and it is missing")
    fields = _listed(query.get("fields", "content"))
    if not set(fields) <= set(_FIELDS):
        raise GlobusError(400, f"fields has {', '.join(_FIELDS)}")
    return SearchRequest(
        version="query#1.0.0",
        q=query["q"],
        advanced=flag(query, "advanced"),
        limit=_number(query, "limit", 10, MOST_RESULTS),
        offset=_number(query, "offset", 0, MOST_RESULTS),
        bypass_visible_to=flag(query, "bypass_visible_to"),
        filter_principal_sets=_listed(query.get("filter_principal_sets", "")),
        fields=fields,  # type: ignore[arg-type]  # they are all among the names, as was seen
    )


def question(request: SearchRequest) -> Question:
    """Return what a query asks, one page of it. Raises `QueryMalformed`."""
    if request.offset + request.limit > MOST_RESULTS:
        raise QueryMalformed(
            f"offset and limit are together at most {MOST_RESULTS}: scroll to read more"
        )
    where, besides = conditions(request)
    return Question(
        where=where,
        besides=besides,
        sets=request.filter_principal_sets,
        bypass=request.bypass_visible_to,
        details=request.fields != ("content",),
        facets=counted(request.facets),
        boosts=[(canonical(one.field_name), _factor(one)) for one in request.boosts],
        sort=[Sort(canonical(one.field_name), one.order == "desc") for one in request.sort],
        offset=request.offset,
        limit=request.limit,
    )


def scroll(request: SearchRequest) -> Question:
    """Return what a scroll asks, one page of it. Raises `QueryMalformed`."""
    where, besides = conditions(request)
    return Question(
        where=AllOf((where, besides)),
        sets=request.filter_principal_sets,
        bypass=request.bypass_visible_to,
        details=request.fields != ("content",),
        limit=request.limit,
        scrolling=True,
        after=_subject_of(request.marker) if request.marker else "",
    )


def conditions(request: SearchRequest) -> tuple[Expression, Expression]:
    """Return what hits are, and what they must be too without facets looking at it.

    In queries of the first version that is so for all filters but ``match_all``, unless they
    say otherwise; in later ones for those that say so by their place.
    """
    q = (request.q or "").strip()
    if not q and not request.filters:
        raise QueryMalformed("A query has q, or filters, or both")
    if len(q) > _LONGEST_QUERY:
        raise QueryMalformed(f"q has at most {_LONGEST_QUERY} characters")
    before, after = list(request.filters), list(request.post_facet_filters)
    if request.version == _FIRST_VERSION:
        after += [one for one in before if _is_post(one)]
        before = [one for one in before if not _is_post(one)]
    words = _read(q, request) if q else EVERYTHING
    return _all(words, *expressions(before)), _all(*expressions(after))


def marker_of(subject: str) -> str:
    """Return a marker after which a scroll goes on."""
    return base64.urlsafe_b64encode(subject.encode()).decode()


def flag(query: Mapping[str, str], name: str) -> bool:
    """Return a parameter that is true or false. Raises `GlobusError` (400)."""
    value = query.get(name, "false").lower()
    if value not in ("true", "false", "1", "0"):
        raise GlobusError(400, f"{name} is true or false, and not {value[:50]!r}")
    return value in ("true", "1")


def _read(q: str, request: SearchRequest) -> Expression:
    settings = request.q_settings
    if settings is not None and request.advanced is not None:
        raise QueryMalformed("A query has advanced or q_settings, and not both")
    if settings is None:
        settings = AdvancedSettings() if request.advanced else WordSettings()
    operator: Literal["or", "and"] = "and" if settings.default_operator.lower() == "and" else "or"
    match settings:
        case AdvancedSettings():
            return read_advanced(q, operator)
        case MatchSettings():
            return read_words(q, operator, settings.fuzziness)
        case WordSettings():
            return read_words(q, operator)


def _is_post(one: Filter) -> bool:
    return not isinstance(one, MatchAll) if one.post_filter is None else one.post_filter


def _all(*parts: Expression) -> Expression:
    wanted = tuple(part for part in parts if part != EVERYTHING)
    return wanted[0] if len(wanted) == 1 else AllOf(wanted) if wanted else EVERYTHING


def _factor(boost: Boost) -> float:
    try:
        factor = float(boost.factor)
    except ValueError:
        factor = -1.0
    if not 0 <= factor <= 1e6:
        raise QueryMalformed("The factor of a boost is a number from 0 to a million")
    return factor


def _subject_of(marker: str) -> str:
    try:
        return base64.b64decode(marker, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError):
        raise QueryMalformed("The marker is none that a scroll gave") from None


def _listed(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _number(query: Mapping[str, str], name: str, usual: int, most: int) -> int:
    text = query.get(name, str(usual))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))) or int(text) > most:
        raise GlobusError(400, f"{name} is a number from 0 to {most}, and not {text[:50]!r}")
    return int(text)
