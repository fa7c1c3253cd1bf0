"""The grammar of scope requests, held against globus-sdk's own parser."""

import pytest
from globus_sdk.scopes import Scope, ScopeParser
from hypothesis import given, settings
from hypothesis import strategies as st

from lenticular.primitives.oauth import ScopeInvalid
from lenticular.primitives.oauth.scopestrings import (
    DEEPEST,
    LONGEST,
    MOST,
    Requested,
    parse,
)


def test_scopes_with_dependencies():
    assert parse("a[b c[d] *e] f") == (
        Requested(
            "a",
            below=(Requested("b"), Requested("c", below=(Requested("d"),)), Requested("e", True)),
        ),
        Requested("f"),
    )


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
def test_nothing_is_no_scope(text):
    assert parse(text) == ()


def test_what_is_named_twice_is_merged():
    assert parse("a[b] *a[c] a[*b]") == (Requested("a", below=(Requested("b"), Requested("c"))),)
    assert parse("*a *a") == (Requested("a", True),)


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "]",
        "a[",
        "a]",
        "a[b",
        "a[]",
        "a[b]]",
        "*",
        "* *a",
        "**a",
        "[a]",
        "a[*]",
        "a *",
        "a[b[]]",
    ],
)
def test_malformed_requests(text):
    with pytest.raises(ScopeInvalid):
        parse(text)


@pytest.mark.parametrize("text", ["a\x00b", 'a"b', "a\\b", "ä", "a\x7fb"])
def test_characters_that_no_scope_has(text):
    with pytest.raises(ScopeInvalid, match="cannot have the character"):
        parse(text)


@pytest.mark.parametrize("text", ["a[a]", "a[b[a]]", "a[b[c[b]]]"])
def test_cycles(text):
    with pytest.raises(ScopeInvalid, match="depends on itself"):
        parse(text)


def test_a_request_is_bounded():
    with pytest.raises(ScopeInvalid, match="longer than"):
        parse("a" * (LONGEST + 1))
    with pytest.raises(ScopeInvalid, match=f"more than {MOST}"):
        parse(" ".join(f"s{number}" for number in range(MOST + 1)))
    deep = "".join(f"s{number}[" for number in range(DEEPEST)) + "x" + "]" * DEEPEST
    with pytest.raises(ScopeInvalid, match="nested"):
        parse(deep)


@st.composite
def requests(draw):
    names = draw(st.permutations([f"urn:scope:{letter}" for letter in "abcdefgh"]))
    roots = draw(st.integers(1, 4))
    inner = names[roots:]
    return tuple(
        Requested(
            name,
            draw(st.booleans()),
            tuple(
                Requested(one, draw(st.booleans()))
                for one in draw(st.lists(st.sampled_from(inner), max_size=3, unique=True))
            ),
        )
        for name in names[:roots]
    )


def _write(scopes):
    return " ".join(
        f"{'*' * one.optional}{one.string}" + (f"[{_write(one.below)}]" if one.below else "")
        for one in scopes
    )


def _as_sdk(scopes):
    return {
        Scope(
            one.string,
            optional=one.optional,
            dependencies=tuple(sorted(_as_sdk(one.below), key=str)),
        )
        for one in scopes
    }


def _sorted(scopes):
    return {
        Scope(
            one.scope_string,
            optional=one.optional,
            dependencies=tuple(sorted(_sorted(one.dependencies), key=str)),
        )
        for one in scopes
    }


@given(requests())
@settings(max_examples=60)
def test_what_is_written_is_read_back_also_by_globus_sdk(scopes):
    text = _write(scopes)
    assert parse(text) == scopes
    assert _sorted(ScopeParser.parse(text)) == _as_sdk(scopes)
