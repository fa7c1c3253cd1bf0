"""What expressions are in SQL: conditions on a row ``e`` of the entries.

Each is a set of entries that SQLite finds once and looks up: nothing depends on the order in
which an expression was written.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Self

import apsw
import msgspec

from lenticular.engines.search.expressions import (
    AllOf,
    AnyOf,
    Between,
    Equals,
    Everything,
    Exists,
    Expression,
    Held,
    Like,
    Located,
    Matching,
    Not,
    Phrase,
    Word,
)
from lenticular.engines.search.geometry import Geometry
from lenticular.engines.search.sqlite.schema import Binding
from lenticular.engines.search.values import Kind, Scalar, bound, compared


class Sql(NamedTuple):
    """A piece of SQL with the values of its parameters, in their order."""

    text: str
    bindings: tuple[Binding, ...] = ()

    def within(self, before: str, after: str = ")") -> Self:
        """Return it between two texts."""
        return self._replace(text=f"{before}{self.text}{after}")

    @classmethod
    def joined(cls, word: str, pieces: Iterable["Sql"]) -> Self:
        """Return several in brackets with a word between them."""
        pieces = list(pieces)
        text = f"({f' {word} '.join(piece.text for piece in pieces)})"
        return cls(text, tuple(value for piece in pieces for value in piece.bindings))


ALWAYS = Sql("1")
NEVER = Sql("0")

Leaf = Word | Phrase
Fields = Mapping[str, tuple[int, Kind]]
"""The number and the kind of every field of an index."""


def leaves(expression: Expression) -> Iterator[Leaf]:
    """Iterate over the words that count for the relevance of an entry."""
    if isinstance(expression, Word | Phrase):
        yield expression
    elif isinstance(expression, AllOf | AnyOf):
        for part in expression.parts:
            yield from leaves(part)


class Conditions:
    """Writes the conditions of one query on one index."""

    def __init__(self, connection: apsw.Connection, fields: Fields) -> None:
        """Use a connection that may fill the temporary table of expansions."""
        self._connection = connection
        self._fields = fields
        self._expansions: dict[tuple[str, Matching, int], int] = {}

    def visible(self, principals: frozenset[str] | None) -> Sql:
        """Return what is so for the entries that one of the principals may see."""
        if principals is None:
            return ALWAYS
        listed = msgspec.json.encode(sorted(principals)).decode()
        return Sql(
            "e.audience IN (SELECT audience FROM member WHERE principal IN"
            " (SELECT value FROM json_each(?)))",
            (listed,),
        )

    def of(self, expression: Expression) -> Sql:
        """Return what an expression asks."""
        match expression:
            case Everything():
                return ALWAYS
            case AllOf(parts):
                return Sql.joined("AND", map(self.of, parts)) if parts else ALWAYS
            case AnyOf(parts):
                return Sql.joined("OR", map(self.of, parts)) if parts else NEVER
            case Not(part):
                return self.of(part).within("(NOT ")
            case Word() | Phrase():
                return self._leaf(expression)
            case Equals(field, value):
                return self._equals(field, value)
            case Between():
                return self._between(expression)
            case Exists(field):
                return self._exists(field)
            case Like(field, pattern):
                return self._like(field, pattern)
            case Located():
                return self._located(expression)
            case Held(names, principals):
                return _entries(
                    "SELECT entry FROM held WHERE name IN (SELECT value FROM json_each(?))"
                    " AND principal IN (SELECT value FROM json_each(?))",
                    _listed(names),
                    _listed(principals),
                )

    def matches(self, leaf: Leaf) -> Sql | None:
        """Return a query for the values (``v``) that have a word; None: no text can have it."""
        if leaf.field is not None:
            number, kind = self._fields.get(leaf.field, (0, Kind.OBJECT))
            if kind is not Kind.TEXT:
                return None
        if isinstance(leaf, Word) and leaf.matching not in (Matching.WORD, Matching.PREFIX):
            sql = Sql(
                "FROM temp.expansion x CROSS JOIN temp.instance i ON i.term = x.term"
                " JOIN value v ON v.id = i.doc WHERE x.leaf = ?",
                (self._expanded(leaf),),
            )
        else:
            sql = Sql(
                "FROM words w JOIN value v ON v.id = w.rowid WHERE w.text MATCH ?",
                (_match(leaf),),
            )
        if leaf.field is not None:
            sql = Sql(f"{sql.text} AND v.field = ?", (*sql.bindings, number))
        return sql

    def _leaf(self, leaf: Leaf) -> Sql:
        sql = self.matches(leaf)
        if sql is not None:
            return sql.within("e.id IN (SELECT v.entry ")
        if leaf.field is None or (isinstance(leaf, Word) and leaf.matching is not Matching.WORD):
            return NEVER
        return self._equals(leaf.field, leaf.text)

    def _expanded(self, word: Word) -> int:
        """Write down the terms that a word stands for; return the number of the list."""
        key = (word.text, word.matching, word.distance)
        number = self._expansions.get(key)
        if number is None:
            number = self._expansions[key] = len(self._expansions) + 1
            condition = {
                Matching.WILDCARD: Sql("term GLOB ?", (_glob(word.text),)),
                Matching.PATTERN: Sql("regexp(?, term)", (f"^({word.text})$",)),
                Matching.FUZZY: Sql("near(term, ?, ?)", (word.text, word.distance)),
            }[word.matching]
            self._connection.execute(
                "INSERT INTO temp.expansion SELECT ?, term FROM temp.vocabulary"
                f" WHERE {condition.text}",
                (number, *condition.bindings),
            )
        return number

    def _equals(self, field: str, value: Scalar) -> Sql:
        number, kind = self._fields.get(field, (0, Kind.OBJECT))
        wanted = compared(kind, value)
        if wanted is None:
            return NEVER
        return _entries("SELECT entry FROM value WHERE field = ? AND plain = ?", number, wanted)

    def _between(self, asked: Between) -> Sql:
        number, kind = self._fields.get(asked.field, (0, Kind.OBJECT))
        text = "SELECT entry FROM value WHERE field = ? AND plain IS NOT NULL"
        bindings: list[Binding] = [number]
        for side, sign in (
            (asked.low, ">" if asked.is_low_open else ">="),
            (asked.high, "<" if asked.is_high_open else "<="),
        ):
            if side is not None:
                # To the end of a day is what is after it, or not after it.
                wanted = bound(kind, side, to_the_end=sign in (">", "<="))
                if wanted is None:
                    return NEVER
                text += f" AND plain {sign} ?"
                bindings.append(wanted)
        return _entries(text, *bindings)

    def _exists(self, field: str) -> Sql:
        below = f"{field}."
        numbers = [
            number
            for name, (number, _) in self._fields.items()
            if name == field or name.startswith(below)
        ]
        return _entries(
            "SELECT entry FROM value WHERE field IN (SELECT value FROM json_each(?))",
            _listed(numbers),
        )

    def _like(self, field: str, pattern: str) -> Sql:
        number, kind = self._fields.get(field, (0, Kind.OBJECT))
        if kind is not Kind.TEXT:
            return NEVER
        return _entries(
            "SELECT entry FROM value WHERE field = ? AND plain GLOB ?", number, _glob(pattern)
        )

    def _located(self, asked: Located) -> Sql:
        number, _ = self._fields.get(asked.field, (0, Kind.OBJECT))
        pieces = []
        for area in asked.areas:
            west, east, south, north = Geometry(areas=(area,)).box()
            pieces.append(
                _entries(
                    "SELECT entry FROM place WHERE field = ? AND west <= ? AND east >= ?"
                    " AND south <= ? AND north >= ? AND located(geometry, ?, ?)",
                    *(number, east, west, north, south),
                    msgspec.json.encode(area).decode(),
                    int(asked.within),
                )
            )
        return Sql.joined("OR", pieces) if pieces else NEVER


def _entries(query: str, *bindings: Binding) -> Sql:
    return Sql(f"e.id IN ({query})", bindings)


def _listed(values: Iterable[str | int]) -> str:
    return msgspec.json.encode(list(values)).decode()


def _match(leaf: Leaf) -> str:
    """Return what FTS5 takes (SQLite, "Full-text Query Syntax")."""
    if isinstance(leaf, Phrase) and leaf.slop:
        words = " ".join(map(_quoted, leaf.text.split()))
        return f"NEAR({words}, {leaf.slop})"
    prefix = isinstance(leaf, Word) and leaf.matching is Matching.PREFIX
    return _quoted(leaf.text) + (" *" if prefix else "")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""').replace("\0", " ") + '"'


def _glob(pattern: str) -> str:
    """Return a pattern of ``*`` and ``?`` as GLOB has it, where ``[`` would begin a class."""
    return pattern.replace("[", "[[]")
