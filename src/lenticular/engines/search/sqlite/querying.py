"""How a query is answered from the file of an index.

First the hits are written into a temporary table: entries that are visible and as the query
says. All else looks at these alone, so nothing that is not visible has a say in anything.
"""

import math
from collections.abc import Sequence
from typing import Any

import apsw

from lenticular.engines.search.contract import Found, Query, QueryInvalid, Sort
from lenticular.engines.search.expressions import AllOf, Expression, Matching, Word
from lenticular.engines.search.sqlite.conditions import (
    ALWAYS,
    Conditions,
    Fields,
    Leaf,
    Sql,
    leaves,
)
from lenticular.engines.search.sqlite.counting import count
from lenticular.engines.search.sqlite.schema import Binding
from lenticular.engines.search.sqlite.writing import entry_id_of
from lenticular.engines.search.values import Kind

_USUAL_LENGTH = 100.0
"""Characters of a text in which a word counts half as much as in one of no length."""


def answer(connection: apsw.Connection, query: Query) -> Found:
    """Answer a query in one view of the index."""
    connection.execute("BEGIN")
    try:
        return _Answer(connection, query).found()
    finally:
        if connection.in_transaction:  # it is not when the query was interrupted
            connection.execute("ROLLBACK")


class _Answer:
    def __init__(self, connection: apsw.Connection, query: Query) -> None:
        self._connection = connection
        self._query = query
        rows = connection.execute("SELECT name, id, kind FROM field")
        self._fields: Fields = {str(name): (int(id), Kind(kind)) for name, id, kind in rows}
        self._conditions = Conditions(connection, self._fields)

    def found(self) -> Found:
        self._connection.execute(
            "DELETE FROM temp.hit; DELETE FROM temp.expansion; DELETE FROM temp.part"
        )
        for asked in (self._query.where, self._query.besides):
            self._check_patterns(asked)
        self._find_hits()
        facets = [
            count(self._connection, self._fields, facet, self._only(facet.where))
            for facet in self._query.facets
        ]
        [(total, entries)] = self._rows(
            "SELECT count(DISTINCT subject), count(*) FROM temp.hit WHERE kept"
        )
        return Found(total, self._page(), facets, entries)

    def _find_hits(self) -> None:
        conditions = self._conditions
        hits = Sql.joined(
            "AND", [conditions.visible(self._query.principals), conditions.of(self._query.where)]
        )
        kept = conditions.of(self._query.besides)
        self._connection.execute(
            f"INSERT INTO temp.hit SELECT e.id, e.subject, {kept.text}, 0.0 FROM entry e"
            f" WHERE {hits.text}",
            (*kept.bindings, *hits.bindings),
        )

    def _check_patterns(self, asked: Expression) -> None:
        for leaf in leaves(AllOf((asked,))):
            if isinstance(leaf, Word) and leaf.matching is Matching.PATTERN:
                try:
                    self._rows("SELECT regexp(?, '')", (f"^({leaf.text})$",))
                except apsw.SQLError as error:
                    raise QueryInvalid(
                        f"/{leaf.text}/ is not a regular expression: {error}"
                    ) from None

    def _only(self, where: Expression) -> Sql:
        """Return what a facet's own condition is for a row ``h`` of the hits."""
        condition = self._conditions.of(where)
        if condition == ALWAYS:
            return ALWAYS
        return condition.within("h.entry IN (SELECT e.id FROM entry e WHERE ")

    def _page(self) -> Sequence[tuple[str, Sequence[str | None]]]:
        query = self._query
        if query.scrolling:
            order, condition = Sql("s.name"), Sql(" AND s.name > ?", (query.after,))
        else:
            order, condition = self._order(), Sql("")
        rows = self._rows(
            "SELECT s.id, s.name FROM temp.hit h JOIN subject s ON s.id = h.subject"
            f" WHERE h.kept{condition.text} GROUP BY s.id ORDER BY {order.text} LIMIT ? OFFSET ?",
            (*condition.bindings, *order.bindings, query.limit, query.offset),
        )
        return [(str(name), self._entries(int(id))) for id, name in rows]

    def _entries(self, subject: int) -> list[str | None]:
        rows = self._rows(
            "SELECT e.label FROM entry e JOIN temp.hit h ON h.entry = e.id"
            " WHERE e.subject = ? AND h.kept ORDER BY e.label",
            (subject,),
        )
        return [entry_id_of(str(kept)) for (kept,) in rows]

    def _order(self) -> Sql:
        if self._query.sort:
            pieces = [self._sorted(sort) for sort in self._query.sort]
            return Sql(
                ", ".join([*(piece.text for piece in pieces), "s.name"]),
                tuple(value for piece in pieces for value in piece.bindings),
            )
        self._score()
        return Sql("max(h.score) DESC, s.name")

    def _sorted(self, sort: Sort) -> Sql:
        number, _ = self._fields.get(sort.field, (0, Kind.OBJECT))
        extreme, direction = ("max", "DESC") if sort.descending else ("min", "ASC")
        value = (
            f"{extreme}((SELECT {extreme}(v.plain) FROM value v"
            " WHERE v.entry = h.entry AND v.field = ?))"
        )
        return Sql(f"{value} {direction} NULLS LAST", (number,))

    def _score(self) -> None:
        """Give every hit a score: rare words count more, and so do words in short texts.

        How rare a word is, is counted among the hits.
        """
        [(hits,)] = self._rows("SELECT count(*) FROM temp.hit")
        if not hits:
            return
        for leaf in leaves(self._query.where):
            sql = self._conditions.matches(leaf)
            if sql is None:
                continue
            weight = self._weight(leaf)
            self._connection.execute("DELETE FROM temp.part")
            self._connection.execute(
                f"INSERT INTO temp.part SELECT v.entry, max({weight.text}) {sql.text}"
                " AND v.entry IN (SELECT entry FROM temp.hit) GROUP BY v.entry",
                (*weight.bindings, *sql.bindings),
            )
            [(having,)] = self._rows("SELECT count(*) FROM temp.part")
            rarity = math.log(1 + (hits - having + 0.5) / (having + 0.5))
            self._connection.execute(
                "UPDATE temp.hit SET score = score + ? * p.weight FROM temp.part p"
                " WHERE p.entry = temp.hit.entry",
                (rarity,),
            )

    def _weight(self, leaf: Leaf) -> Sql:
        """Return what a value ``v`` that has a word counts for."""
        cases, bindings = "", []
        for field, boost in self._query.boosts:
            if field in self._fields:
                cases += " WHEN ? THEN ?"
                bindings += [self._fields[field][0], boost]
        factor = f"CASE v.field{cases} ELSE 1.0 END" if cases else "1.0"
        return Sql(f"{factor} * ? / (1.0 + v.size / {_USUAL_LENGTH})", (*bindings, leaf.boost))

    def _rows(self, statement: str, bindings: tuple[Binding, ...] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, bindings).fetchall()
