"""What a query of a search index means, written as plainly as can be: to compare engines with.

It looks at every entry, one after another. Of relevance it knows what is found, not the order;
regular expressions and places are not in it.
"""

import fnmatch
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from lenticular.engines.search.contract import Counts, Document, Query
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
    Matching,
    Not,
    Phrase,
    Word,
)
from lenticular.engines.search.facets import (
    Bucket,
    DateHistogram,
    Distinct,
    Facet,
    Metric,
    NumericHistogram,
    Terms,
)
from lenticular.engines.search.values import (
    NUMERIC,
    Kind,
    Value,
    bound,
    compared,
    date_text,
    floored,
    shown,
)

Plain = str | int | float


class Model:
    """Entries, and what is so of them."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._documents = {document.key: document for document in documents}
        self._kinds = {
            value.field: value.kind
            for document in self._documents.values()
            for value in document.values
        }

    def hits(self, query: Query) -> list[Document]:
        """Return the entries that a query finds, without looking at `Query.besides`."""
        return [
            document
            for document in self._documents.values()
            if (query.principals is None or document.audience & query.principals)
            and self.holds(query.where, document)
        ]

    def subjects(self, query: Query) -> dict[str, list[str | None]]:
        """Return the subjects that a query finds on any page, with the ids of their hits."""
        found: dict[str, list[str | None]] = {}
        for document in self.hits(query):
            if self.holds(query.besides, document):
                found.setdefault(document.key[0], []).append(document.key[1])
        return {
            subject: sorted(ids, key=lambda one: (one is not None, one or ""))
            for subject, ids in found.items()
        }

    def sorted(self, query: Query) -> list[str]:
        """Return all subjects that a query with `Query.sort` finds, in order."""
        found = self.subjects(query)
        names = sorted(found)
        for sort in reversed(query.sort):
            extreme = max if sort.descending else min
            keys = {
                name: extreme(values)
                for name in names
                if (values := self._of_subject(name, found[name], sort.field))
            }
            having = sorted((n for n in names if n in keys), key=lambda n: keys[n])
            if sort.descending:
                # Backwards, and yet what is equal stays in its order.
                having = sorted((n for n in reversed(names) if n in keys), key=lambda n: keys[n])[
                    ::-1
                ]
            names = having + [name for name in names if name not in keys]
        return names

    def counts(self, query: Query, facet: Facet) -> Counts:
        """Answer a facet."""
        documents = [one for one in self.hits(query) if self.holds(facet.where, one)]
        pairs = [
            (document.key[0], plain)
            for document in documents
            for plain in self._plain(document, facet.field)
        ]
        kind = self._kinds.get(facet.field, Kind.OBJECT)
        match facet:
            case Terms():
                many = _by_value(pairs)
                order = sorted(many.items(), key=lambda pair: (-pair[1], pair[0]))
                return Counts(
                    facet.name, [(shown(kind, value), n) for value, n in order[: facet.size]]
                )
            case Distinct():
                return Counts(facet.name, number=len({plain for _, plain in pairs}))
            case Metric():
                return Counts(facet.name, number=self._metric(facet, documents))
            case DateHistogram():
                return Counts(facet.name, _dates(facet, kind, pairs))
            case NumericHistogram():
                return Counts(facet.name, _ranges(facet, kind, pairs))

    def holds(self, expression: Expression, document: Document) -> bool:
        """Tell whether an entry is as an expression says."""
        match expression:
            case Everything():
                return True
            case AllOf(parts):
                return all(self.holds(part, document) for part in parts)
            case AnyOf(parts):
                return any(self.holds(part, document) for part in parts)
            case Not(part):
                return not self.holds(part, document)
            case Held(names, principals):
                return any(n in names and p in principals for n, p in document.sets)
            case Exists(field):
                return any(
                    value.field == field or value.field.startswith(f"{field}.")
                    for value in document.values
                )
            case Equals(field, value):
                wanted = compared(self._kinds.get(field, Kind.OBJECT), value)
                return wanted is not None and wanted in self._plain(document, field)
            case Like(field, pattern):
                return self._kinds.get(field) is Kind.TEXT and any(
                    fnmatch.fnmatchcase(str(plain), pattern.replace("[", "[[]"))
                    for plain in self._plain(document, field)
                )
            case Between():
                return self._lies_between(expression, document)
            case Word() | Phrase():
                return self._has(expression, document)
        raise TypeError(f"{expression} is not in the model")

    def _has(self, leaf: Word | Phrase, document: Document) -> bool:
        kind = self._kinds.get(leaf.field or "", Kind.OBJECT)
        if leaf.field is not None and kind is not Kind.TEXT:
            plain = not isinstance(leaf, Word) or leaf.matching is Matching.WORD
            return plain and self.holds(Equals(leaf.field, leaf.text), document)
        values = [one for one in document.values if leaf.field in (None, one.field)]
        return any(_occurs(leaf, _words(value.words)) for value in values)

    def _lies_between(self, asked: Between, document: Document) -> bool:
        kind = self._kinds.get(asked.field, Kind.OBJECT)
        low, high = asked.low, asked.high
        least = None if low is None else bound(kind, low, to_the_end=asked.is_low_open)
        most = None if high is None else bound(kind, high, to_the_end=not asked.is_high_open)
        if (low is not None and least is None) or (high is not None and most is None):
            return False
        return any(
            (least is None or _above(plain, least, is_open=asked.is_low_open))
            and (most is None or _above(most, plain, is_open=asked.is_high_open))
            for plain in self._plain(document, asked.field)
        )

    def _metric(self, facet: Metric, documents: Sequence[Document]) -> float | None:
        numbers: list[float] = []
        for document in documents:
            own = self._plain(document, facet.field)
            if self._kinds.get(facet.field) in NUMERIC:
                numbers += [float(plain) for plain in own]
            if not own and facet.missing is not None:
                numbers.append(facet.missing)
        if facet.of == "sum":
            return sum(numbers)
        return sum(numbers) / len(numbers) if numbers else None

    def _plain(self, document: Document, field: str) -> list[Plain]:
        own: list[Value] = [value for value in document.values if value.field == field]
        return [value.plain for value in own if value.plain is not None]

    def _of_subject(self, subject: str, ids: Sequence[str | None], field: str) -> list[Plain]:
        return [
            plain
            for entry_id in ids
            for plain in self._plain(self._documents[subject, entry_id], field)
        ]


def _by_value(pairs: Iterable[tuple[str, Plain]]) -> Counter[Plain]:
    """Count the subjects of each value."""
    return Counter(value for _, value in set(pairs))


def _dates(facet: DateHistogram, kind: Kind, pairs: Iterable[tuple[str, Plain]]) -> list[Bucket]:
    starts = [
        (subject, floored(int(moment), facet.interval))
        for subject, moment in pairs
        if kind is Kind.DATE
        and (facet.low is None or int(moment) >= facet.low)
        and (facet.high is None or int(moment) <= facet.high)
    ]
    return [(date_text(int(start)), n) for start, n in sorted(_by_value(starts).items())]


def _ranges(
    facet: NumericHistogram, kind: Kind, pairs: Iterable[tuple[str, Plain]]
) -> list[Bucket]:
    width = (facet.high - facet.low) / facet.size
    numbers = [
        (subject, min(int((float(number) - facet.low) / width), facet.size - 1))
        for subject, number in pairs
        if kind in NUMERIC and facet.low <= float(number) <= facet.high
    ]
    many = _by_value(numbers)
    borders = [facet.low + width * number for number in range(facet.size)] + [facet.high]
    return [((borders[n], borders[n + 1]), many[n]) for n in range(facet.size)]


def _above(one: Plain, other: Plain, *, is_open: bool) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return str(one) > str(other) if is_open else str(one) >= str(other)
    return one > other if is_open else one >= other


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _occurs(leaf: Word | Phrase, words: Sequence[str]) -> bool:
    wanted = _words(leaf.text)
    if isinstance(leaf, Word) and leaf.matching is Matching.WILDCARD:
        return any(fnmatch.fnmatchcase(word, leaf.text.replace("[", "[[]")) for word in words)
    if isinstance(leaf, Word) and leaf.matching is Matching.FUZZY:
        return any(_distance(word, leaf.text) <= leaf.distance for word in words)
    if not wanted:
        return False
    size = len(wanted)
    runs = [list(words[start : start + size]) for start in range(len(words) - size + 1)]
    if isinstance(leaf, Word) and leaf.matching is Matching.PREFIX:
        return any(run[:-1] == wanted[:-1] and run[-1].startswith(wanted[-1]) for run in runs)
    return wanted in runs


def _distance(one: str, other: str) -> int:
    if not one or not other:
        return len(one) + len(other)
    return min(
        _distance(one[1:], other) + 1,
        _distance(one, other[1:]) + 1,
        _distance(one[1:], other[1:]) + (one[0] != other[0]),
    )
