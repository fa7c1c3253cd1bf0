"""Queries of an index: what is asked, and the subjects that come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lenticular.engines.kv.contract import KeyValueStore, Reader
from lenticular.engines.search.contract import (
    Counts,
    EntryKey,
    Found,
    Query,
    QueryInvalid,
    SearchEngine,
    SearchFailed,
    Sort,
)
from lenticular.engines.search.expressions import EVERYTHING, AllOf, Expression, Held
from lenticular.engines.search.facets import Facet
from lenticular.primitives.search import access, records
from lenticular.primitives.search.errors import (
    IndexStatusWrong,
    QueryMalformed,
    SubjectNotFound,
)
from lenticular.primitives.search.following import Following
from lenticular.primitives.search.records import Entry
from lenticular.primitives.search.viewers import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody asks of an index."""

    where: Expression = EVERYTHING
    besides: Expression = EVERYTHING
    """What hits must be too, but facets do not look at."""
    sets: Sequence[str] = ()
    """Names of principal sets of which one must hold the viewer; empty: none need to."""
    bypass: bool = False
    """Whether what the viewer may not see is shown too: for admins."""
    details: bool = False
    """Whether it shows who may see an entry: for those with a role."""
    facets: Sequence[Facet] = ()
    boosts: Sequence[tuple[str, float]] = ()
    sort: Sequence[Sort] = ()
    offset: int = 0
    limit: int = 10
    scrolling: bool = False
    after: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject, with those of its entries that are hits."""

    subject: str
    entries: Sequence[tuple[str | None, Entry, Sequence[str]]]
    """Ids and entries, and which principal sets of each hold the viewer."""


@dataclass(frozen=True, slots=True)
class Results:
    """A page of what was found."""

    total: int
    subjects: Sequence[Subject]
    facets: Sequence[Counts]
    last: str = ""
    """The subject after which the next page of a scroll begins."""


class Reading:
    """Answers what is asked of the indices of one cloud."""

    def __init__(self, store: KeyValueStore, engine: SearchEngine, following: Following) -> None:
        self._store = store
        self._engine = engine
        self._following = following

    async def search(self, viewer: Viewer, index_id: str, question: Question) -> Results:
        """Answer a question.

        Raises `IndexNotFound`, `IndexStatusWrong`, `AccessDenied`, `QueryMalformed`,
        `SearchTooLong` and `SearchFailed`.
        """
        await self._store.read(lambda reader: _check(reader, viewer, index_id, question))
        where = within_sets(question.where, question.sets, viewer)
        principals = None if question.bypass else viewer.principals
        found = await self._found(
            index_id,
            Query(
                where=where,
                besides=question.besides,
                principals=principals,
                facets=question.facets,
                boosts=question.boosts,
                sort=question.sort,
                offset=question.offset,
                limit=question.limit,
                scrolling=question.scrolling,
                after=question.after,
            ),
        )
        keys = [(subject, one) for subject, ids in found.subjects for one in ids]
        entries = await self._store.read(
            lambda reader: {key: records.entry(reader, index_id, key) for key in keys}
        )
        return Results(
            found.total,
            [
                _subject(subject, ids, entries, viewer, principals)
                for subject, ids in found.subjects
            ],
            found.facets,
            found.subjects[-1][0] if found.subjects else question.after,
        )

    async def count(self, viewer: Viewer, index_id: str) -> tuple[int, int]:
        """Return how many subjects and entries of an index somebody may see."""
        found = await self._found(index_id, Query(principals=viewer.principals, limit=0))
        return found.total, found.entries

    async def subject(
        self, viewer: Viewer, index_id: str, subject: str, *, bypass: bool = False
    ) -> Subject:
        """Return a subject with the entries that somebody may see.

        Raises `IndexNotFound`, `IndexStatusWrong`, `AccessDenied`, `SubjectNotFound`.
        """
        question = Question(bypass=bypass)

        def find(reader: Reader) -> Mapping[EntryKey, Entry | None]:
            _check(reader, viewer, index_id, question)
            about = records.entries_about(reader, index_id, subject)
            return {(subject, entry_id): entry for entry_id, entry in about}

        entries = await self._store.read(find)
        principals = None if bypass else viewer.principals
        found = _subject(subject, [one for _, one in entries], entries, viewer, principals)
        if not found.entries:
            raise SubjectNotFound(subject)
        return found

    async def entry(
        self, viewer: Viewer, index_id: str, key: EntryKey, *, bypass: bool = False
    ) -> Subject:
        """Return a subject with one of its entries. Raises as `subject`."""
        subject, entry_id = key
        found = await self.subject(viewer, index_id, subject, bypass=bypass)
        entries = [entry for entry in found.entries if entry[0] == entry_id]
        if not entries:
            raise SubjectNotFound(subject)
        return Subject(subject, entries)

    async def _found(self, index_id: str, query: Query) -> Found:
        await self._following.follow(index_id)
        try:
            return await self._engine.search(index_id, query)
        except QueryInvalid as error:
            raise QueryMalformed(str(error)) from None
        except SearchFailed:
            # The index may have been removed under us: it is made anew, once.
            self._following.forget(index_id)
            await self._following.follow(index_id)
            return await self._engine.search(index_id, query)


def within_sets(where: Expression, sets: Sequence[str], viewer: Viewer) -> Expression:
    """Return what is asked for, in entries of which one of these principal sets holds somebody.

    Without `sets`, in all.
    """
    return AllOf((where, Held(tuple(sets), tuple(sorted(viewer.urns))))) if sets else where


def _check(reader: Reader, viewer: Viewer, index_id: str, question: Question) -> None:
    index = access.found(reader, index_id)
    if index.status != "open":
        raise IndexStatusWrong(index.status, "open")
    if question.bypass:
        access.required(reader, index_id, viewer, "admin")
    elif question.details:
        access.required(reader, index_id, viewer, "writer")


def _subject(
    subject: str,
    ids: Sequence[str | None],
    entries: Mapping[EntryKey, Entry | None],
    viewer: Viewer,
    principals: frozenset[str] | None,
) -> Subject:
    """Return a subject as it is in the store now, which may have gone on since it was found."""
    shown = []
    for entry_id in ids:
        entry = entries[subject, entry_id]
        if entry is None or not (principals is None or principals & set(entry.visible_to)):
            continue
        sets = entry.principal_sets.items()
        matched = sorted(name for name, members in sets if viewer.urns & set(members))
        shown.append((entry_id, entry, matched))
    return Subject(subject, shown)
