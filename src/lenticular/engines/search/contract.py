"""The contract of a search engine: an index of entries that is derived, and can be made anew.

An index holds what entries of the key-value store say, in the form in which it is searched.
It is never the truth: it knows how far it has followed (`Mark`), is brought on from there, and
is begun anew where that is not possible. Several processes may share one.

An entry tells something about a subject, and belongs to an audience: the principals that may
see it. A query is answered as if no other entry were there than those that its principals may
see: hits, totals, facets and the order of relevance say nothing about the others.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from msgspec import Struct

from lenticular.engines.search.expressions import EVERYTHING, Expression
from lenticular.engines.search.facets import Bucket, Facet
from lenticular.engines.search.values import Value

EntryKey = tuple[str, str | None]
"""A subject, and the id of an entry among those of the subject; None is an id too."""


class SearchFailed(RuntimeError):
    """The index cannot be read or written; the engine's own error is the ``__cause__``."""


class QueryInvalid(ValueError):
    """The query says something that cannot be asked; the message says what."""


class SearchTooLong(RuntimeError):
    """The query took longer than it may."""


class Mark(Struct, array_like=True, frozen=True):
    """How far an index has followed what it is derived from."""

    number: int
    """Of the last change that is in it."""
    nonce: str
    """Which tells that change from another one of the same number, in another history."""


@dataclass(frozen=True, slots=True)
class Document:
    """One entry, as it is searched."""

    key: EntryKey
    values: Sequence[Value]
    audience: frozenset[str]
    """The principals that may see it."""
    sets: frozenset[tuple[str, str]] = frozenset()
    """Names with principals: what `Held` asks for."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some changes of an index. An entry that is there already is replaced."""

    documents: Sequence[Document] = ()
    removed: Sequence[EntryKey] = ()


@dataclass(frozen=True, slots=True)
class Sort:
    """By what subjects are ordered: the least value going up, the greatest going down."""

    field: str
    descending: bool = True


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of an index.

    An entry is a hit when it is visible, is as `where` says and as `besides` says; facets
    do not look at `besides`. A subject is found when one of its entries is a hit.
    """

    where: Expression = EVERYTHING
    besides: Expression = EVERYTHING
    principals: frozenset[str] | None = frozenset()
    """Who asks. None: whoever may see everything."""
    facets: Sequence[Facet] = ()
    boosts: Sequence[tuple[str, float]] = ()
    """Fields in which words count more, or less, than in others."""
    sort: Sequence[Sort] = ()
    """None: by relevance. What is equal is in order of the subjects; what has no value is last."""
    offset: int = 0
    limit: int = 10
    """Subjects."""
    scrolling: bool = False
    """In order of the subjects, and only those above `after`."""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """The answer to one facet: buckets, or one number (None: there is nothing to average)."""

    name: str
    buckets: Sequence[Bucket] | None = None
    number: float | int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a query."""

    total: int
    """Subjects, those on other pages included (with `Query.scrolling` all, whatever `after` is)."""
    subjects: Sequence[tuple[str, Sequence[str | None]]]
    """Each with the ids of its entries that are hits, in order; None comes first."""
    facets: Sequence[Counts]
    entries: int = 0
    """Hits, those on other pages included."""


class SearchEngine(ABC):
    """Indexes by name. All methods are called from one event loop; none blocks it."""

    @abstractmethod
    async def mark(self, name: str) -> Mark | None:
        """Return how far an index has come; None: there is none, it must be begun anew."""

    @abstractmethod
    async def advance(
        self, name: str, base: Mark | None, mark: Mark, batches: AsyncIterator[Batch]
    ) -> bool:
        """Bring an index from `base` to `mark`, whole or not at all. None: begin it anew.

        False when it is not at `base`, where another process was quicker: nothing is done.
        What `batches` raises comes out here. Raises `SearchFailed`.
        """

    @abstractmethod
    async def search(self, name: str, query: Query) -> Found:
        """Answer a query.

        Raises `SearchFailed`, also when there is no such index, `QueryInvalid` for a regular
        expression that is none, and `SearchTooLong`.
        """

    @abstractmethod
    async def drop(self, name: str) -> None:
        """Remove an index. Not an error when there is none."""

    @abstractmethod
    async def close(self) -> None:
        """Release everything. Idempotent."""
