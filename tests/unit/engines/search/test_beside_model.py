"""Queries of the SQLite engine beside the model that looks at every entry."""

import asyncio
from string import ascii_lowercase

from hypothesis import given, settings
from hypothesis import strategies as st

from lenticular.engines.search.contract import Batch, Document, Mark, Query, Sort
from lenticular.engines.search.expressions import (
    AllOf,
    AnyOf,
    Between,
    Equals,
    Everything,
    Exists,
    Held,
    Like,
    Matching,
    Not,
    Phrase,
    Word,
)
from lenticular.engines.search.facets import (
    DateHistogram,
    Distinct,
    Metric,
    NumericHistogram,
    Terms,
)
from lenticular.engines.search.sqlite import SqliteSearch
from lenticular.engines.search.values import Kind, Value, milliseconds
from lenticular.testing.model_search import Model

# Few words, values and principals, so that they often meet.
_WORDS = ["ice", "iced", "icy", "core", "cores", "Lake", "b12"]
_TEXTS = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=4).map(" ".join)
_DATES = st.sampled_from(
    ["1969-12-31", "1970-01-01", "2020-02-29 12:00:00", "2020-03-01", "2021-01-01T00:30:00+01:00"]
)
_NUMBERS = st.integers(-3, 6)
_PRINCIPALS = ["public", "ada", "grace"]
_FIELDS = {
    "title": Kind.TEXT,
    "of.place": Kind.TEXT,
    "year": Kind.INTEGER,
    "depth": Kind.FLOAT,
    "taken": Kind.DATE,
    "is_open": Kind.BOOLEAN,
}


def _value(field):
    kind = _FIELDS[field]
    if kind is Kind.TEXT:
        return _TEXTS.map(lambda text: Value(field, kind, text, text))
    if kind is Kind.DATE:
        return _DATES.map(lambda text: Value(field, kind, text, milliseconds(text)))
    if kind is Kind.BOOLEAN:
        return st.booleans().map(lambda one: Value(field, kind, str(one).lower(), int(one)))
    numbers = _NUMBERS if kind is Kind.INTEGER else _NUMBERS.map(lambda one: one / 2)
    return numbers.map(lambda one: Value(field, kind, str(one), one))


_values = st.lists(st.sampled_from(sorted(_FIELDS)).flatmap(_value), min_size=2, max_size=8)
_audiences = st.frozensets(st.sampled_from(_PRINCIPALS), max_size=2)
_sets = st.frozensets(st.tuples(st.sampled_from(["pi", "editor"]), st.sampled_from(_PRINCIPALS)))
_documents = st.dictionaries(
    st.tuples(st.sampled_from(ascii_lowercase[:6]), st.sampled_from([None, "x", "y"])),
    st.tuples(_values, _audiences, _sets),
    min_size=3,
    max_size=10,
).map(lambda found: [Document(key, *of) for key, of in found.items()])

_names = st.sampled_from([*_FIELDS, "of", "nothing"])
_scalars = st.one_of(
    _TEXTS, _DATES, _NUMBERS, st.booleans(), st.sampled_from(["2", "1.5", "true", "x"])
)
_words = st.builds(
    Word,
    st.sampled_from([*_WORDS, "ice core", "2020", "-", "cor", "true"]),
    st.sampled_from([Matching.WORD, Matching.PREFIX]),
    st.one_of(st.none(), _names),
)
_wild = st.builds(
    Word,
    st.sampled_from(["ic*", "?c?", "*", "[i]c*", "c*s"]),
    st.just(Matching.WILDCARD),
    st.one_of(st.none(), _names),
)
_fuzzy = st.builds(
    Word,
    st.sampled_from(["ise", "cores", "lke"]),
    st.just(Matching.FUZZY),
    st.one_of(st.none(), _names),
    st.integers(0, 2),
)
_leaves = st.one_of(
    st.just(Everything()),
    _words,
    _wild,
    _fuzzy,
    st.builds(Phrase, _TEXTS, st.one_of(st.none(), _names)),
    st.builds(Equals, _names, _scalars),
    st.builds(
        Between,
        _names,
        st.one_of(st.none(), _scalars),
        st.one_of(st.none(), _scalars),
        st.booleans(),
        st.booleans(),
    ),
    st.builds(Exists, _names),
    st.builds(Like, _names, st.sampled_from(["ice*", "*e", "?ce", "Lake", "*[*"])),
    st.builds(
        Held,
        st.lists(st.sampled_from(["pi", "editor"]), max_size=2).map(tuple),
        st.lists(st.sampled_from(_PRINCIPALS), max_size=2).map(tuple),
    ),
)


def _combined(parts):
    several = st.lists(parts, max_size=3).map(tuple)
    return st.one_of(st.builds(AllOf, several), st.builds(AnyOf, several), st.builds(Not, parts))


_expressions = st.recursive(_leaves, _combined, max_leaves=5)
_where = st.one_of(st.just(Everything()), _expressions)
_facets = st.lists(
    st.one_of(
        st.builds(Terms, st.just("f"), _names, st.integers(1, 3), _where),
        st.builds(Distinct, st.just("f"), _names, _where),
        st.builds(
            Metric,
            st.just("f"),
            _names,
            st.sampled_from(["sum", "avg"]),
            st.one_of(st.none(), st.just(2.0)),
            _where,
        ),
        st.builds(
            DateHistogram,
            st.just("f"),
            _names,
            st.sampled_from(["year", "quarter", "month", "week", "day", "hour"]),
            st.one_of(st.none(), st.just(0)),
            st.one_of(st.none(), st.just(1_600_000_000_000)),
            _where,
        ),
        st.builds(NumericHistogram, st.just("f"), _names, st.just(-1.0), st.just(5.0), st.just(4)),
    ),
    max_size=3,
)
_queries = st.builds(
    Query,
    where=_where,
    besides=_where,
    principals=st.one_of(st.none(), st.frozensets(st.sampled_from(_PRINCIPALS), min_size=1)),
    facets=_facets,
    boosts=st.just([("title", 2.0)]),
    sort=st.lists(st.builds(Sort, _names, st.booleans()), max_size=2),
    offset=st.integers(0, 3),
    limit=st.integers(0, 10),
)


async def _one(batch):
    yield batch


def test_queries_find_what_the_model_finds():
    engine = SqliteSearch()

    @settings(max_examples=15, deadline=None)
    @given(_documents, _documents, st.lists(_queries, min_size=4, max_size=8))
    def compare(first, then, queries):
        runner.run(beside(first, then, queries))

    async def beside(first, then, queries):
        await engine.advance("index", None, Mark(1, "a"), _one(Batch(first)))
        gone = [document.key for document in first[::3]]
        await engine.advance("index", Mark(1, "a"), Mark(2, "b"), _one(Batch(then, gone)))
        there = {document.key: document for document in first if document.key not in gone}
        model = Model((there | {document.key: document for document in then}).values())
        for query in queries:
            found = await engine.search("index", query)
            expected = model.subjects(query)
            assert found.total == len(expected)
            assert found.entries == sum(map(len, expected.values()))
            page = slice(query.offset, query.offset + query.limit)
            if query.sort:
                assert [name for name, _ in found.subjects] == model.sorted(query)[page]
            else:
                assert len(found.subjects) == len(list(expected)[page])
            assert all(list(ids) == expected[name] for name, ids in found.subjects)
            counts = [model.counts(query, facet) for facet in query.facets]
            assert list(found.facets) == counts

    with asyncio.Runner() as runner:
        compare()
        runner.run(engine.close())
