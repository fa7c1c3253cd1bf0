"""Queries: words, filters, facets, sorting, pages and scrolls."""

import pytest
from globus_sdk import SearchAPIError, SearchQueryV1

from .filling import entry, put, subjects

BOOKS = {
    "moby": {
        "title": "Moby Dick or the Whale",
        "year": 1851,
        "price": 9.5,
        "tags": ["sea", "whale"],
        "read": {"on": "2024-02-29", "by.whom": "ada"},
        "lent": False,
    },
    "nemo": {
        "title": "Twenty Thousand Leagues under the Sea",
        "year": 1870,
        "price": 7,
        "tags": ["sea"],
        "read": {"on": "2024-03-01 12:00:00"},
        "lent": True,
    },
    "ice": {
        "title": "An Antarctic Mystery",
        "year": 1897,
        "price": 12,
        "tags": ["ice", "sea"],
        "read": {"on": "2025-12-31"},
    },
    "core": {"title": "Two Mile Time Machine", "year": 2000, "tags": ["ice"], "read": {"on": None}},
}


@pytest.fixture(scope="module")
def books(owner):
    index = owner.create_index("Books", "A few")["id"]
    entries = (entry(name, {"price": 1.5} | content) for name, content in BOOKS.items())
    assert put(owner, index, *entries)["state"] == "SUCCESS"
    return index


@pytest.fixture(scope="module")
def find(owner, books):
    """``find(q="sea", filters=[...])``: the subjects in their order."""

    def search(**query):
        return subjects(owner.post_search(books, query))

    return search


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("whale", ["moby"]),
        ("SEA", ["ice", "moby", "nemo"]),
        ("antarc*", ["ice"]),
        ("1851", ["moby"]),
        ("2024", ["moby", "nemo"]),
        ('"moby dick"', ["moby"]),
        ('"dick moby"', []),
        ("nothing", []),
        ("ice whale", ["core", "ice", "moby"]),
        ("*", ["core", "ice", "moby", "nemo"]),
        ("title:whale", []),
        ("moby", ["moby"]),
        ('( AND "', []),
    ],
)
def test_words(owner, books, q, found):
    assert sorted(subjects(owner.search(books, q))) == found


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("title:sea", ["nemo"]),
        ("tags:sea AND NOT title:sea", ["ice", "moby"]),
        ("year:[1860 TO 1900]", ["ice", "nemo"]),
        ("year:{1851 TO 1870]", ["nemo"]),
        ("year:>1896", ["core", "ice"]),
        ("year:1851 OR year:2000", ["core", "moby"]),
        ("read.on:[* TO 2024-12-31]", ["moby", "nemo"]),
        ("read.by\\\\.whom:ada", ["moby"]),
        ("_exists_:lent", ["moby", "nemo"]),
        ("wha?e", ["moby"]),
        ("title:m*y", ["ice", "moby"]),
        ("whals~1", ["moby"]),
        ("/wh.le/", ["moby"]),
        ("+tags:sea -whale", ["ice", "nemo"]),
        ("(whale OR ice) AND title:mystery", ["ice"]),
        ("lent:true", ["nemo"]),
    ],
)
def test_advanced_queries(owner, books, q, found):
    assert sorted(subjects(owner.search(books, q, advanced=True))) == found


def test_an_advanced_query_that_cannot_be_read(owner, books):
    for q in ("title:", "(whale", "/wh[/"):
        with pytest.raises(SearchAPIError) as caught:
            owner.search(books, q, advanced=True)
        assert (caught.value.http_status, caught.value.code) == (400, "BadRequest.BadQuery")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"type": "match_all", "field_name": "tags", "values": ["sea", "ice"]}, ["ice"]),
        (
            {"type": "match_any", "field_name": "tags", "values": ["whale", "ice"]},
            ["core", "ice", "moby"],
        ),
        ({"type": "match_any", "field_name": "year", "values": ["1851", 2000]}, ["core", "moby"]),
        ({"type": "match_any", "field_name": "title", "values": ["Moby"]}, []),
        ({"type": "match_any", "field_name": "read.by\\.whom", "values": ["ada"]}, ["moby"]),
        ({"type": "match_any", "field_name": "lent", "values": [False]}, ["moby"]),
        (
            {"type": "range", "field_name": "year", "values": [{"from": 1860, "to": "*"}]},
            ["core", "ice", "nemo"],
        ),
        (
            {"type": "range", "field_name": "year", "values": [{"lt": 1870}, {"gt": 1897}]},
            ["core", "moby"],
        ),
        (
            {
                "type": "range",
                "field_name": "read.on",
                "values": [{"from": "2024-03-01", "to": "2024-03-01"}],
            },
            ["nemo"],
        ),
        ({"type": "range", "field_name": "read.on", "values": [{"gt": "2024-03-01"}]}, ["ice"]),
        ({"type": "exists", "field_name": "read"}, ["ice", "moby", "nemo"]),
        ({"type": "like", "field_name": "title", "value": "*M?st*"}, ["ice"]),
        ({"type": "not", "filter": {"type": "exists", "field_name": "lent"}}, ["core", "ice"]),
        (
            {
                "type": "or",
                "filters": [
                    {"type": "match_any", "field_name": "year", "values": [1851]},
                    {"type": "like", "field_name": "title", "value": "Two*"},
                ],
            },
            ["core", "moby"],
        ),
        (
            {
                "type": "and",
                "filters": [
                    {"type": "exists", "field_name": "lent"},
                    {"type": "match_any", "field_name": "tags", "values": ["whale"]},
                ],
            },
            ["moby"],
        ),
        ({"type": "match_any", "field_name": "year", "values": ["soon"]}, []),
        (
            {"type": "range", "field_name": "title", "values": [{"from": "Moby", "to": "U"}]},
            ["core", "moby", "nemo"],
        ),
    ],
)
def test_filters(find, asked, found):
    assert sorted(find(filters=[asked])) == found
    versioned = {"@version": "query#1.0.0", "filters": [asked], "q": "*"}
    assert sorted(find(**versioned)) == found


def facets(owner, books, *asked, **query):
    found = owner.post_search(books, {"q": "*", "facets": list(asked)} | query)
    return [
        one.get("value", one.get("approximate_value"))
        if "buckets" not in one
        else [(bucket["value"], bucket["count"]) for bucket in one["buckets"]]
        for one in found["facet_results"]
    ]


def test_facets(owner, books):
    terms, years, prices, total, average, distinct = facets(
        owner,
        books,
        {"type": "terms", "field_name": "tags", "size": 2},
        {"type": "date_histogram", "field_name": "read.on", "date_interval": "year", "name": "y"},
        {
            "type": "numeric_histogram",
            "field_name": "price",
            "size": 2,
            "name": "h",
            "histogram_range": {"low": 0, "high": 14},
        },
        {"type": "sum", "field_name": "price", "name": "s"},
        {"type": "avg", "field_name": "lent", "name": "a", "missing": 3},
        {"type": "distinct_count", "field_name": "tags", "name": "d"},
    )
    assert terms == [("sea", 3), ("ice", 2)]
    assert years == [("2024-01-01 00:00:00", 2), ("2025-01-01 00:00:00", 1)]
    assert prices == [({"from": 0.0, "to": 7.0}, 1), ({"from": 7.0, "to": 14.0}, 3)]
    assert (total, average, distinct) == (30.0, 3.0, 3)


def test_filters_come_before_or_after_facets(owner, books):
    sea = {"type": "match_any", "field_name": "tags", "values": ["whale"]}
    terms = {"type": "terms", "field_name": "tags"}
    everything = [("sea", 3), ("ice", 2), ("whale", 1)]
    some = [("sea", 1), ("whale", 1)]
    for query, expected in (
        ({"filters": [sea]}, everything),
        ({"filters": [sea | {"post_filter": False}]}, some),
        ({"filters": [sea | {"type": "match_all"}]}, some),
        ({"@version": "query#1.0.0", "filters": [sea]}, some),
        ({"@version": "query#1.0.0", "post_facet_filters": [sea]}, everything),
        ({"@version": "query#1.0.0", "facets": [terms | {"additional_filters": [sea]}]}, some),
    ):
        assert facets(owner, books, terms, **query) == [expected], query
        found = owner.post_search(books, {"q": "*", "facets": [terms]} | query)
        assert subjects(found) == ["moby"] or "additional_filters" in str(query)


def test_sorting_and_boosts(find):
    assert find(q="*", sort=[{"field_name": "year", "order": "asc"}]) == [
        "moby",
        "nemo",
        "ice",
        "core",
    ]
    assert find(q="*", sort=[{"field_name": "year"}]) == ["core", "ice", "nemo", "moby"]
    both = [{"field_name": "lent", "order": "desc"}, {"field_name": "price", "order": "asc"}]
    assert find(q="*", sort=both) == ["nemo", "moby", "core", "ice"]
    boosted = [{"field_name": "title", "factor": "30.0"}]
    assert find(q="sea", boosts=boosted)[0] == "nemo"
    assert find(q="ice whale")[0] == "moby"


def test_settings_of_words(find):
    every = {"mode": "query_string", "default_operator": "and"}
    assert find(q="sea whale", q_settings=every) == ["moby"]
    assert find(q="sea machine", q_settings=every) == []
    assert find(q="whals", q_settings={"mode": "text_match"}) == ["moby"]
    advanced = {"mode": "advanced_query_string", "default_operator": "and"}
    assert find(q="tags:sea tags:ice", q_settings=advanced) == ["ice"]


def test_pages(owner, books):
    first = owner.search(books, "*", limit=3)
    assert (first["count"], first["total"], first["offset"], first["has_next_page"]) == (
        3,
        4,
        0,
        True,
    )
    second = owner.search(books, "*", limit=3, offset=3)
    assert (second["count"], second["has_next_page"]) == (1, False)
    pages = owner.paginated.search(books, "*").items()
    assert [one["subject"] for one in pages] == ["core", "ice", "moby", "nemo"]
    query = SearchQueryV1(q="*", sort=[{"field_name": "year", "order": "asc"}])
    assert next(iter(owner.paginated.post_search(books, query).items()))["subject"] == "moby"
    with pytest.raises(SearchAPIError, match="at most 10000"):
        owner.search(books, "*", limit=100, offset=9_901)


def test_scrolls(owner, books):
    pages = list(owner.paginated.scroll(books, {"q": "*", "limit": 3}).pages())
    assert [len(page["gmeta"]) for page in pages] == [3, 1]
    assert [one for page in pages for one in subjects(page)] == sorted(BOOKS)
    assert {page["total"] for page in pages} == {4}
    query = {"@version": "scroll#1.0.0", "q": "sea", "limit": 1}
    found = [one["subject"] for one in owner.paginated.scroll(books, query).items()]
    assert found == ["ice", "moby", "nemo"]
    with pytest.raises(SearchAPIError, match="marker"):
        owner.scroll(books, {"q": "*", "marker": "!"})


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"q": ""},
        {"q": "x" * 2049},
        {"q": "x", "limit": -1},
        {"q": "x", "limit": 10_001},
        {"q": "x", "@version": "query#9.0.0"},
        {"q": "x", "advanced": True, "q_settings": {"mode": "query_string"}},
        {"filters": [{"type": "other", "field_name": "a"}]},
        {"filters": [{"type": "range", "field_name": "a", "values": [{"from": 1, "gt": 2}]}]},
        {"filters": [{"type": "match_any", "field_name": "a", "values": [{"b": 1}]}]},
        {
            "filters": [
                {
                    "type": "geo_shape",
                    "field_name": "a",
                    "shape": {"type": "Point", "coordinates": []},
                }
            ]
        },
        {
            "q": "x",
            "facets": [{"type": "terms", "field_name": "a"}, {"type": "terms", "field_name": "a"}],
        },
        {"q": "x", "facets": [{"type": "terms", "field_name": "a", "size": 0}]},
        {
            "q": "x",
            "facets": [
                {
                    "type": "numeric_histogram",
                    "field_name": "a",
                    "size": 2,
                    "histogram_range": {"low": 2, "high": 1},
                }
            ],
        },
        {
            "q": "x",
            "facets": [{"type": "date_histogram", "field_name": "a", "date_interval": "decade"}],
        },
        {"q": "x", "boosts": [{"field_name": "a", "factor": "much"}]},
        {"q": "x", "sort": [{"field_name": "a", "order": "up"}]},
    ],
)
def test_queries_that_are_refused(owner, books, query):
    with pytest.raises(SearchAPIError) as caught:
        owner.post_search(books, query)
    assert caught.value.http_status == 400
    assert caught.value.raw_json["@datatype"] == "GError"


def test_filters_within_filters_have_an_end(owner, books):
    asked = {"type": "exists", "field_name": "a"}
    for _ in range(25):
        asked = {"type": "not", "filter": asked}
    with pytest.raises(SearchAPIError, match="at most 20 deep"):
        owner.post_search(books, {"filters": [asked]})
