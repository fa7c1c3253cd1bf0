"""The SQLite search engine: how indexes come and go, and what the model does not know."""

import asyncio
import sqlite3

import pytest

from lenticular.engines.search.contract import (
    Batch,
    Document,
    Mark,
    Query,
    QueryInvalid,
    SearchFailed,
    SearchTooLong,
)
from lenticular.engines.search.expressions import AllOf, AnyOf, Located, Matching, Phrase, Word
from lenticular.engines.search.geometry import Geometry, boxes
from lenticular.engines.search.sqlite import SqliteSearch
from lenticular.engines.search.values import Kind, Value

FIRST, SECOND = Mark(1, "one"), Mark(2, "two")


@pytest.fixture
async def engine(tmp_path):
    made = SqliteSearch(tmp_path / "search")
    yield made
    await made.close()


async def one(*documents, removed=()):
    yield Batch(documents, removed)


def text(subject, *texts, field="title", audience=("public",), entry_id=None):
    values = [Value(field, Kind.TEXT, words, words) for words in texts]
    return Document((subject, entry_id), values, frozenset(audience))


def place(subject, geometry):
    return Document(
        (subject, None), [Value("at", Kind.SHAPE, place=geometry)], frozenset({"public"})
    )


async def found(engine, where, *, principals=("public",), **more):
    query = Query(where=where, principals=frozenset(principals), **more)
    return [name for name, _ in (await engine.search("index", query)).subjects]


async def test_an_index_goes_on_from_where_it_is_and_nowhere_else(engine):
    assert await engine.mark("index") is None
    assert not await engine.advance("index", FIRST, SECOND, one())
    assert await engine.mark("index") is None
    assert await engine.advance("index", None, FIRST, one(text("a", "ice")))
    assert await engine.mark("index") == FIRST
    assert not await engine.advance("index", SECOND, FIRST, one(text("b", "ice")))
    assert not await engine.advance("index", Mark(1, "other"), SECOND, one(text("b", "ice")))
    assert await found(engine, Word("ice")) == ["a"]
    assert await engine.advance(
        "index", FIRST, SECOND, one(text("b", "ice"), removed=[("a", None)])
    )
    assert await engine.mark("index") == SECOND
    assert await found(engine, Word("ice")) == ["b"]
    assert await engine.advance("index", None, FIRST, one())
    assert await found(engine, Word("ice")) == []


async def test_what_fails_on_the_way_changes_nothing(engine):
    await engine.advance("index", None, FIRST, one(text("a", "ice")))

    async def broken():
        yield Batch([text("b", "ice")])
        raise LookupError("the store is gone")

    with pytest.raises(LookupError):
        await engine.advance("index", FIRST, SECOND, broken())
    with pytest.raises(LookupError):
        await engine.advance("index", None, SECOND, broken())
    assert await engine.mark("index") == FIRST
    assert await found(engine, Word("ice")) == ["a"]


async def test_two_processes_share_a_folder(engine, tmp_path):
    other = SqliteSearch(tmp_path / "search")
    await engine.advance("index", None, FIRST, one(text("a", "ice")))
    assert await found(other, Word("ice")) == ["a"]
    both = await asyncio.gather(
        engine.advance("index", FIRST, SECOND, one(text("b", "ice"))),
        other.advance("index", FIRST, SECOND, one(text("b", "ice"))),
    )
    assert sorted(both) == [False, True]
    assert await found(other, Word("ice")) == await found(engine, Word("ice")) == ["a", "b"]
    await other.drop("index")
    with pytest.raises(SearchFailed):
        await found(engine, Word("ice"))
    assert await engine.mark("index") is None
    await other.close()


@pytest.mark.parametrize("content", [b"", b"not a database" * 1000, None])
async def test_a_file_that_is_none_of_ours_is_made_anew(engine, tmp_path, content):
    path = tmp_path / "search/index.sqlite"
    path.parent.mkdir()
    if content is None:
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE words (text)")
            other.execute("PRAGMA user_version = 99")
        other.close()
    else:
        path.write_bytes(content)
    assert await engine.mark("index") is None
    assert await engine.advance("index", None, FIRST, one(text("a", "ice")))
    assert await found(engine, Word("ice")) == ["a"]


async def test_a_damaged_file_is_made_anew(engine, tmp_path):
    await engine.advance("index", None, FIRST, one(*(text(f"{n}", "ice") for n in range(300))))
    await engine.close()
    path = tmp_path / "search/index.sqlite"
    path.write_bytes(b"x" * path.stat().st_size)
    again = SqliteSearch(tmp_path / "search")
    assert await again.mark("index") is None
    assert await again.advance("index", None, FIRST, one(text("a", "ice")))
    assert await found(again, Word("ice")) == ["a"]
    await again.close()


async def test_an_engine_without_a_folder_takes_its_own_along(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    engine = SqliteSearch()
    await engine.advance("index", None, FIRST, one(text("a", "ice")))
    assert len(list(tmp_path.iterdir())) == 1
    await engine.close()
    assert list(tmp_path.iterdir()) == []


async def test_words_are_found_whatever_their_case_and_accents(engine):
    await engine.advance("index", None, FIRST, one(text("a", "Überströmte Gletscher")))
    assert await found(engine, Word("uberstromte")) == ["a"]
    assert await found(engine, Word("GLETSCHER")) == ["a"]
    assert await found(engine, Word('glet"scher')) == []


async def test_relevance(engine):
    documents = [
        text("long", "ice " + "and many other words " * 30),
        text("short", "ice"),
        text("both", "ice core"),
        text("boosted", "ice and some words", field="keyword"),
    ]
    await engine.advance("index", None, FIRST, one(*documents))
    ice = AnyOf((Word("ice"), Word("core")))
    assert await found(engine, ice) == ["both", "short", "boosted", "long"]
    boosted = [("keyword", 9.0), ("nothing", 2.0)]
    assert (await found(engine, Word("ice"), boosts=boosted))[0] == "boosted"
    heavier = AnyOf((Word("many", boost=50.0), Word("ice")))
    assert (await found(engine, heavier))[0] == "long"


async def test_relevance_does_not_tell_of_what_is_hidden(engine):
    shown = [text("a", "ice"), text("b", "core")]
    hidden = [text(f"hidden{n}", "core", audience=["ada"]) for n in range(50)]
    query = AnyOf((Word("ice"), Word("core")))
    await engine.advance("index", None, FIRST, one(*shown))
    before = await found(engine, query)
    await engine.advance("index", FIRST, SECOND, one(*hidden))
    assert await found(engine, query) == before == ["a", "b"]


async def test_phrases(engine):
    await engine.advance("index", None, FIRST, one(text("a", "deep cold ice"), text("b", "ice")))
    assert await found(engine, Phrase("cold ice")) == ["a"]
    assert await found(engine, Phrase("deep ice")) == []
    assert await found(engine, Phrase("deep ice", slop=1)) == ["a"]


async def test_regular_expressions(engine):
    await engine.advance("index", None, FIRST, one(text("a", "core42"), text("b", "corpus")))
    assert await found(engine, Word("cor[a-f][0-9]+", Matching.PATTERN)) == ["a"]
    assert await found(engine, Word("cor", Matching.PATTERN)) == []
    with pytest.raises(QueryInvalid, match="not a regular expression"):
        await found(engine, AllOf((Word("core(", Matching.PATTERN),)))


async def test_places(engine):
    square = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0))
    await engine.advance(
        "index",
        None,
        FIRST,
        one(
            place("inside", Geometry(points=((1.0, 1.0),))),
            place("date line", Geometry(points=((179.0, 1.0),))),
            place("area", Geometry(areas=((square,),))),
        ),
    )
    assert await found(engine, Located("at", boxes(0, 2, 2, 0))) == ["area", "inside"]
    assert await found(engine, Located("at", boxes(0, 2, 2, 0), within=True)) == ["inside"]
    assert await found(engine, Located("at", boxes(170, 2, -170, 0))) == ["date line"]
    assert await found(engine, Located("other", boxes(0, 2, 2, 0))) == []


async def test_a_query_that_takes_too_long_is_ended(tmp_path):
    engine = SqliteSearch(tmp_path, seconds=0.0)
    many = (text(f"{n}", *(f"word{n} x{m}" for m in range(20))) for n in range(500))
    await engine.advance("index", None, FIRST, one(*many))
    with pytest.raises(SearchTooLong):
        await found(engine, Word("w*d*4*", Matching.WILDCARD))
    await engine.close()
