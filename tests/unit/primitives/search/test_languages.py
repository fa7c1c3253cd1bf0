"""The two query languages."""

import asyncio
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lenticular.engines.search.contract import Batch, Document, Mark, Query, QueryInvalid
from lenticular.engines.search.expressions import (
    EVERYTHING,
    AllOf,
    AnyOf,
    Between,
    Exists,
    Matching,
    Not,
    Phrase,
    Word,
)
from lenticular.engines.search.sqlite import SqliteSearch
from lenticular.engines.search.values import Kind, Value
from lenticular.primitives.search import QueryMalformed
from lenticular.primitives.search.advanced import read_advanced
from lenticular.primitives.search.words import read_words

ICE, CORE, SEA = Word("ice"), Word("core"), Word("sea")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("*", EVERYTHING),
        (" * ", EVERYTHING),
        ("ice core", AnyOf((ICE, CORE))),
        ('"ice core" sea', AnyOf((Phrase("ice core"), SEA))),
        ('ice "core', AnyOf((ICE, CORE))),
        ("ice* - && !", AnyOf((Word("ice", Matching.PREFIX),))),
        ("title:ice", AnyOf((Word("title:ice"),))),
        ("", AnyOf(())),
        ("--", AnyOf(())),
    ],
)
def test_words(text, read):
    assert read_words(text) == read


def test_words_that_must_all_be_and_may_be_misspelt():
    assert read_words("ice core", "and") == AllOf((ICE, CORE))
    assert read_words("--", "and") == AnyOf(())
    assert read_words("Ice", "and", 1) == AllOf((Word("ice", Matching.FUZZY, distance=1),))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("ice", AnyOf((ICE,))),
        ("ice core", AnyOf((ICE, CORE))),
        ("ice OR core", AnyOf((ICE, CORE))),
        ("ice || core", AnyOf((ICE, CORE))),
        ("ice AND core", AnyOf((AllOf((ICE, CORE)),))),
        ("ice && core sea", AnyOf((AllOf((ICE, CORE)), SEA))),
        ("ice AND NOT core", AnyOf((AllOf((ICE, Not(CORE))),))),
        ("ice NOT core", AllOf((Not(CORE), AnyOf((ICE,))))),
        ("+ice core", AllOf((ICE, AnyOf((CORE, EVERYTHING))))),
        ("+ice -core", AllOf((ICE, Not(CORE)))),
        ("-ice", Not(ICE)),
        ("!ice", Not(ICE)),
        ("(ice core) AND sea", AnyOf((AllOf((AnyOf((ICE, CORE)), SEA)),))),
        ("title:ice", AnyOf((Word("ice", field="title"),))),
        ("a.b\\\\.c:ice", AnyOf((Word("ice", field="a.b\\.c"),))),
        (
            "title:(ice core)",
            AnyOf((AnyOf((Word("ice", field="title"), Word("core", field="title"))),)),
        ),
        ('title:"deep ice"~2', AnyOf((Phrase("deep ice", "title", 2),))),
        ('"say \\"ice\\""', AnyOf((Phrase('say "ice"'),))),
        ("ic*", AnyOf((Word("ic*", Matching.WILDCARD),))),
        ("Ic?", AnyOf((Word("ic?", Matching.WILDCARD),))),
        ("ice~", AnyOf((Word("ice", Matching.FUZZY, distance=2),))),
        ("ice~1", AnyOf((Word("ice", Matching.FUZZY, distance=1),))),
        ("ice~9", AnyOf((Word("ice", Matching.FUZZY, distance=2),))),
        ("ice^2.5", AnyOf((Word("ice", boost=2.5),))),
        ("(ice core)^2", AnyOf((AnyOf((Word("ice", boost=2), Word("core", boost=2))),))),
        ("/i[cs]e/", AnyOf((Word("i[cs]e", Matching.PATTERN),))),
        ("/a\\/b/", AnyOf((Word("a/b", Matching.PATTERN),))),
        ("year:[1990 TO 2000]", AnyOf((Between("year", "1990", "2000"),))),
        ("year:{1990 TO *]", AnyOf((Between("year", "1990", None, True),))),
        ("year:[* TO 2000}", AnyOf((Between("year", None, "2000", False, True),))),
        (
            'day:["2020-01-01 00:00:00" TO "2021-01-01 00:00:00"]',
            AnyOf((Between("day", "2020-01-01 00:00:00", "2021-01-01 00:00:00"),)),
        ),
        ("year:>=1990", AnyOf((Between("year", low="1990"),))),
        ("year:<1990", AnyOf((Between("year", high="1990", is_high_open=True),))),
        ("_exists_:a.b", AnyOf((Exists("a.b"),))),
        ("title:*", AnyOf((Exists("title"),))),
        ("*:*", AnyOf((EVERYTHING,))),
        ("*", AnyOf((EVERYTHING,))),
        ("a\\:b", AnyOf((Word("a:b"),))),
        ("wi-fi", AnyOf((Word("wi-fi"),))),
    ],
)
def test_the_advanced_language(text, read):
    assert read_advanced(text) == read


def test_all_words_can_be_wanted():
    assert read_advanced("ice core -sea", "and") == AnyOf((AllOf((ICE, CORE, Not(SEA))),))
    assert read_advanced("ice OR core", "and") == AnyOf((ICE, CORE))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a clause is expected, and the query ends"),
        ("()", "character 1: a clause"),
        ("(ice", "character 4: a closing bracket"),
        ("ice)", "character 3: a clause is expected, and there is '\\)'"),
        ("ice AND", "a clause after AND"),
        ('"ice', "closed by a quotation mark"),
        ("/ice", "closed by a slash"),
        ("title:", "a clause"),
        ("year:[1 2]", "TO between"),
        ("year:[1 TO 2", "the end of a range"),
        ("[1 TO 2]", "the name of a field before a range"),
        ("year:>", "a value to compare with"),
        ("ice^", "how much a clause counts"),
        ('"ice"~', "how many words"),
        ("_exists_:", "the name of a field"),
        ("*:ice", "the name of a field"),
        ("(" * 30 + "ice" + ")" * 30, "at most 20 brackets"),
        ("/" + "a" * 101 + "/", "at most 100 characters"),
        ("/(a{9}){9}/", "one {"),
        ("-", "a clause"),
        ("a:b:c", "a word, a phrase or a bracket"),
    ],
)
def test_what_cannot_be_read(text, message):
    with pytest.raises(QueryMalformed, match=message):
        read_advanced(text)


_WORDS = ("ice", "core", " AND ", " OR ", " NOT ", " TO ", "title:", "2", "é", "\0", "{2,3}")
_pieces = st.lists(
    st.sampled_from([*'()[]{}":^~/\\+-!*?<>=.& |', *_WORDS]),
    max_size=12,
).map("".join)


def test_no_text_breaks_the_parsers_or_the_engine():
    """Fuzzing: anything is read or refused with a message, and what is read can be searched."""
    engine = SqliteSearch()

    async def batches():
        value = Value("title", Kind.TEXT, "ice core 2", "ice core 2")
        yield Batch([Document(("a", None), [value], frozenset())])

    async def search(where):
        await engine.search("index", Query(where=where, principals=None))

    @given(_pieces | st.text(max_size=20))
    @example("/(a|b)*+/")
    @example('"\0"')
    @example("title:ic\\*e~1^2")
    @example(f'"ice core"~{"9" * 400}')
    @example(f"ice~{'9' * 400}")
    @example(f"ice^{'9' * 400}")
    def fuzz(typed):
        runner.run(search(read_words(typed)))
        with suppress(QueryMalformed):
            read = read_advanced(typed)
            with suppress(QueryInvalid):  # of regular expressions
                runner.run(search(read))

    with asyncio.Runner() as runner:
        runner.run(engine.advance("index", None, Mark(1, "a"), batches()))
        fuzz()
        runner.run(engine.close())
