"""The advanced query language: fields, phrases, ranges, wildcards and logic.

What Lucene calls its query syntax, as far as Globus Search names it (Search API, "Advanced
Query String Syntax"): ``title:"deep ice" AND year:[1990 TO 2000] -draft~1 (core* OR /b.g/)``.
AND goes before OR; between two clauses without a word stands the default operator. In a
sequence of OR, ``+`` is what must be and ``-`` what must not.
"""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from lenticular.engines.search.expressions import (
    EVERYTHING,
    AllOf,
    AnyOf,
    Between,
    Exists,
    Expression,
    Matching,
    Not,
    Phrase,
    Word,
)
from lenticular.primitives.search.content import canonical
from lenticular.primitives.search.errors import QueryMalformed
from lenticular.primitives.search.words import Operator

_DEEPEST = 20
"""Brackets within brackets."""

_MOST_DISTANT = 2
"""Letters that a fuzzy word may be away."""

_LARGEST_FACTOR = 1e6
"""By which a clause counts more."""

_LONGEST_PATTERN = 100
"""Characters of a regular expression."""

_BLANK = re.compile(r"\s+")
_CONNECTOR = re.compile(r"(AND|OR)(?=[\s(]|$)|&&|\|\|")
_NEGATION = re.compile(r"NOT(?=[\s(])|!|-")
_TERM = re.compile(r'(?:\\.|[^\\\s()\[\]{}":^~/<>=])(?:\\.|[^\\\s()\[\]{}":^~])*', re.DOTALL)
_QUOTED = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
_PATTERN = re.compile(r"/((?:\\.|[^/\\])*)/", re.DOTALL)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_COMPARISON = re.compile(r"[<>]=?")
_BOUND = re.compile(r'"((?:\\.|[^"\\])*)"|((?:\\.|[^\\\s\]}"])+)', re.DOTALL)
_TO = re.compile(r"\s+TO\s+")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_WILD = re.compile(r"(?<!\\)(?:\\\\)*[*?]")


def read_advanced(text: str, operator: Operator = "or") -> Expression:
    """Return what a query in the advanced language asks. Raises `QueryMalformed`."""
    return _Reader(text, operator).whole()


class _Reader:
    def __init__(self, text: str, operator: Operator) -> None:
        self._text = text
        self._operator = operator
        self._at = 0
        self._depth = 0

    def whole(self) -> Expression:
        read = self._sequence(None)
        if self._at < len(self._text):
            raise self._wrong("a clause")
        return read

    def _sequence(self, field: str | None) -> Expression:
        """Read clauses up to a closing bracket or the end."""
        # Alternatives, each of clauses that are all wanted; with a sign before every clause.
        alternatives: list[list[tuple[str, Expression]]] = []
        connector = "OR"
        while True:
            self._skip()
            if self._at == len(self._text) or self._text[self._at] == ")":
                break
            clause = self._signed(field)
            if connector == "AND" and alternatives:
                alternatives[-1].append(clause)
            else:
                alternatives.append([clause])
            self._skip()
            found = self._take(_CONNECTOR)
            if found is None:
                connector = "AND" if self._operator == "and" else "OR"
                continue
            connector = "AND" if found[0] in ("AND", "&&") else "OR"
            self._skip()
            if self._at == len(self._text) or self._text[self._at] == ")":
                raise self._wrong("a clause after " + found[0])
        if not alternatives:
            raise self._wrong("a clause")
        return _combined(alternatives)

    def _signed(self, field: str | None) -> tuple[str, Expression]:
        if self._take(_NEGATION):
            self._skip()
            return "-", self._clause(field)
        if self._text[self._at] == "+":
            self._at += 1
            return "+", self._clause(field)
        return "", self._clause(field)

    def _clause(self, field: str | None) -> Expression:
        if self._at == len(self._text):
            raise self._wrong("a clause")
        letter = self._text[self._at]
        if letter == "(":
            return self._boosted(self._bracketed(field))
        if letter in "[{":
            return self._range(field)
        if letter == '"':
            return self._phrase(field)
        if letter == "/":
            return self._pattern(field)
        if field is not None and letter in "<>":
            return self._comparison(field)
        term = self._take(_TERM)
        if term is None:
            raise self._wrong("a word, a phrase or a bracket")
        if self._text[self._at : self._at + 1] == ":" and field is None:
            self._at += 1
            return self._in_field(term[0])
        return self._word(term[0], field)

    def _in_field(self, name: str) -> Expression:
        self._skip()
        if name == "*":
            term = self._take(_TERM)
            if term is None or term[0] != "*":
                raise self._wrong("*:*, or the name of a field")
            return EVERYTHING
        if name == "_exists_":
            term = self._take(_TERM)
            if term is None:
                raise self._wrong("the name of a field")
            return Exists(canonical(_plain(term[0])))
        return self._clause(canonical(_plain(name)))

    def _bracketed(self, field: str | None) -> Expression:
        self._at += 1
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong(f"at most {_DEEPEST} brackets within brackets")
        read = self._sequence(field)
        if self._at == len(self._text):
            raise self._wrong("a closing bracket")
        self._at += 1
        self._depth -= 1
        return read

    def _word(self, term: str, field: str | None) -> Expression:
        if term == "*":
            return EVERYTHING if field is None else Exists(field)
        if self._peek("~"):
            self._at += 1
            number = self._take(_NUMBER)
            distance = int(min(float(number[0]), _MOST_DISTANT)) if number else _MOST_DISTANT
            word = Word(_plain(term).lower(), Matching.FUZZY, field, distance)
        elif _WILD.search(term):
            word = Word(_plain(term).lower(), Matching.WILDCARD, field)
        else:
            word = Word(_plain(term), field=field)
        return self._boosted(word)

    def _phrase(self, field: str | None) -> Expression:
        found = self._take(_QUOTED)
        if found is None:
            raise self._wrong("a phrase that is closed by a quotation mark")
        slop = 0
        if self._peek("~"):
            self._at += 1
            number = self._take(_NUMBER)
            if number is None:
                raise self._wrong("how many words may be between those of the phrase")
            slop = int(min(float(number[0]), len(self._text)))
        return self._boosted(Phrase(_plain(found[1]), field, slop))

    def _pattern(self, field: str | None) -> Expression:
        found = self._take(_PATTERN)
        if found is None:
            raise self._wrong("a regular expression that is closed by a slash")
        if len(found[1]) > _LONGEST_PATTERN or found[1].count("{") > 1:
            raise self._wrong(
                f"a regular expression of at most {_LONGEST_PATTERN} characters and one {{"
            )
        return self._boosted(Word(found[1].replace("\\/", "/"), Matching.PATTERN, field))

    def _comparison(self, field: str) -> Expression:
        sign = self._take(_COMPARISON)
        value = self._take(_BOUND)
        if sign is None or value is None:
            raise self._wrong("a value to compare with")
        bound = _plain(value[1] if value[1] is not None else value[2])
        is_open = len(sign[0]) == 1
        if sign[0].startswith(">"):
            return Between(field, low=bound, is_low_open=is_open)
        return Between(field, high=bound, is_high_open=is_open)

    def _range(self, field: str | None) -> Expression:
        if field is None:
            raise self._wrong("the name of a field before a range")
        opening = self._text[self._at]
        self._at += 1
        self._skip()
        low = self._bound()
        if self._take(_TO) is None:
            raise self._wrong("TO between the bounds of a range")
        high = self._bound()
        self._skip()
        closing = self._text[self._at : self._at + 1]
        if closing not in ("]", "}") or not closing:
            raise self._wrong("the end of a range, ] or }")
        self._at += 1
        return Between(field, low, high, opening == "{", closing == "}")

    def _bound(self) -> str | None:
        found = self._take(_BOUND)
        if found is None:
            raise self._wrong("a bound of a range, or *")
        if found[1] is not None:
            return _plain(found[1])
        return None if found[2] == "*" else _plain(found[2])

    def _boosted(self, read: Expression) -> Expression:
        if not self._peek("^"):
            return read
        self._at += 1
        factor = self._take(_NUMBER)
        if factor is None:
            raise self._wrong("how much a clause counts, after ^")
        return _times(read, min(float(factor[0]), _LARGEST_FACTOR))

    def _skip(self) -> None:
        self._take(_BLANK)

    def _peek(self, letter: str) -> bool:
        return self._text.startswith(letter, self._at)

    def _take(self, what: re.Pattern[str]) -> re.Match[str] | None:
        found = what.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
        return found

    def _wrong(self, expected: str) -> QueryMalformed:
        rest = self._text[self._at : self._at + 30]
        found = f"there is {rest!r}" if rest else "the query ends"
        return QueryMalformed(
            f"The query cannot be read at character {self._at}: {expected} is expected, and {found}"
        )


def _combined(alternatives: Sequence[Sequence[tuple[str, Expression]]]) -> Expression:
    """Return what alternatives ask together, of which some must or must not be."""
    wanted: list[Expression] = []
    optional: list[Expression] = []
    for clauses in alternatives:
        if len(clauses) > 1:
            optional.append(AllOf(tuple(Not(one) if sign == "-" else one for sign, one in clauses)))
            continue
        [(sign, clause)] = clauses
        if sign:
            wanted.append(Not(clause) if sign == "-" else clause)
        else:
            optional.append(clause)
    has_positive = any(not isinstance(one, Not) for one in wanted)
    if optional:
        # Beside what must be, the others only count for the relevance.
        wanted.append(AnyOf((*optional, EVERYTHING) if has_positive else tuple(optional)))
    return wanted[0] if len(wanted) == 1 else AllOf(tuple(wanted))


def _times(read: Expression, factor: float) -> Expression:
    """Return an expression whose words count so many times as much."""
    if isinstance(read, Word | Phrase):
        return replace(read, boost=read.boost * factor)
    if isinstance(read, AllOf | AnyOf):
        return replace(read, parts=tuple(_times(part, factor) for part in read.parts))
    return read


def _plain(text: str) -> str:
    """Return a text without the backslashes before what is meant as it stands."""
    return _ESCAPE.sub(r"\1", text)
