"""Publications: datasets with metadata and a persistent identifier, from draft to tombstone."""

import time
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.paths import clean
from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.movers.messages import Failed, Listed, Stat
from lenticular.primitives.agents import AgentAbsent, Agents
from lenticular.primitives.collections import CollectionError, Collections
from lenticular.primitives.identities import Identities
from lenticular.primitives.invitations import is_guests
from lenticular.primitives.oauth.callers import Caller
from lenticular.primitives.objects import ObjectStorage
from lenticular.primitives.people import People
from lenticular.primitives.publications import identifiers, metadata, records, validation
from lenticular.primitives.publications.announcing import Announcing
from lenticular.primitives.publications.errors import (
    DatasetNotFound,
    NotAllowed,
    SourceUnusable,
    StateWrong,
)
from lenticular.primitives.publications.harvests import Harvests
from lenticular.primitives.publications.metadata import Metadata
from lenticular.primitives.publications.payloads import Payloads
from lenticular.primitives.publications.publishing import Publishing
from lenticular.primitives.publications.records import FILE, OWNED, VERSION, File, Version
from lenticular.primitives.publications.repository import RepositoryPlace
from lenticular.primitives.publications.views import Edition, day
from lenticular.primitives.search import Indices
from lenticular.primitives.transfers import TransferError, Transfers, submitted_path
from lenticular.primitives.transfers.paths import within

_LONGEST_REASON: Final = 4000
_MOST_DRAFTS: Final = 1000
"""Datasets of one person."""

LISTED: Final = 500
"""Files of a page."""


class Draft(Struct, frozen=True):
    """What is given of a dataset before it is published."""

    metadata: Metadata
    collection_id: str = ""
    """Of the folder to publish; empty: it is not chosen yet."""
    path: str = ""


class Publications:
    """The datasets of one cloud."""

    def __init__(
        self,
        store: KeyValueStore,
        identities: Identities,
        people: People,
        storage: ObjectStorage,
        collections: Collections,
        agents: Agents,
        transfers: Transfers,
        indices: Indices,
        *,
        url: str = "",
        region: str = "us-east-1",
        naan: str = identifiers.TEST_NAAN,
        repository_name: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`url` is where pages of datasets are found, `naan` whose ARKs they have."""
        self._store = store
        self._collections = collections
        self._agents = agents
        self._clock = clock
        self.naan = naan
        self.url = url
        self.repository_name = repository_name
        self.place = RepositoryPlace(
            store, identities, storage, collections, indices, region=region
        )
        self.harvests = Harvests(store, self._edition)
        self.publishing = Publishing(
            store,
            self.place,
            Payloads(storage),
            collections,
            transfers,
            people,
            identities,
            Announcing(indices, f"ark:/{naan}/"),
            self._edition,
            clock,
        )

    # -- drafts

    async def create(self, caller: Caller, draft: Draft) -> Version:
        """Make a draft, for which a name is reserved.

        Raises `NotAllowed`, `MetadataInvalid`, `SourceUnusable` and `StateWrong`.
        """
        if not caller.principal.account_id or not caller.identity_id:
            raise NotAllowed("Datasets are published by users of this cloud: sign in as one")
        given = self._given(draft)
        now = self._now()

        def write(tx: Transaction) -> Version:
            if is_guests(tx, caller.principal.account_id):  # it would be kept for good
                raise NotAllowed("Who was invited to a folder publishes nothing here")
            if len(records.owned(tx, caller.identity_id)) >= _MOST_DRAFTS:
                raise StateWrong(f"You have {_MOST_DRAFTS} datasets already: delete drafts first")
            name = identifiers.mint(self.naan)
            while records.versions(tx, name):
                name = identifiers.mint(self.naan)
            fresh = Version(
                name,
                1,
                caller.identity_id,
                caller.username,
                caller.principal.account_id,
                now,
                now,
                metadata.encode(given.metadata),
                given.collection_id,
                given.path,
            )
            return records.write(tx, None, fresh)

        return await self._store.transact(write)

    async def change(self, caller: Caller, name: str, draft: Draft) -> Version:
        """Change the draft of a dataset. Raises `DatasetNotFound` and as `create`."""
        given = self._given(draft)

        def write(tx: Transaction) -> Version:
            old = _draft(self._own(tx, caller, name))
            new = replace(
                old,
                metadata=metadata.encode(given.metadata),
                collection_id=given.collection_id,
                path=given.path,
                changed=self._now(),
            )
            return records.write(tx, old, new)

        return await self._store.transact(write)

    async def discard(self, caller: Caller, name: str) -> None:
        """Delete the draft of a dataset. Raises `DatasetNotFound` and `StateWrong`."""

        def write(tx: Transaction) -> None:
            versions = self._own(tx, caller, name)
            draft = _draft(versions)
            tx.delete(VERSION.pack(name, draft.number))
            tx.delete_range(*FILE.range(name, draft.number))
            if len(versions) == 1:
                tx.delete(OWNED.pack(draft.owner_id, name))

        await self._store.transact(write)

    async def begin_version(self, caller: Caller, name: str, draft: Draft | None = None) -> Version:
        """Make a draft of a new version; without `draft` it says what the last one does.

        Raises `DatasetNotFound`, `StateWrong` while there is a draft, and as `create`.
        """
        given = self._given(draft) if draft is not None else None
        now = self._now()

        def write(tx: Transaction) -> Version:
            last = self._own(tx, caller, name)[-1]
            if not last.is_public:
                raise StateWrong(f"Version {last.number} is a draft still: publish it first")
            fresh = Version(
                name,
                last.number + 1,
                last.owner_id,
                last.username,
                last.account_id,
                now,
                now,
                metadata.encode(given.metadata) if given else _next_metadata(last),
                given.collection_id if given else last.collection_id,
                given.path if given else last.path,
            )
            return records.write(tx, None, fresh)

        return await self._store.transact(write)

    async def publish(self, caller: Caller, name: str) -> Version:
        """Begin to publish the draft of a dataset.

        Raises `DatasetNotFound`, `StateWrong`, `MetadataInvalid` with all that is wrong, and
        `SourceUnusable` when the caller may not read the folder.
        """
        draft = _draft(await self._store.read(lambda reader: self._own(reader, caller, name)))
        said = self._completed(draft.said)
        validation.check(said)
        await self._check_source(caller, draft)

        def write(tx: Transaction) -> Version:
            old = _draft(self._own(tx, caller, name))
            if old != draft:
                raise StateWrong("The draft was changed just now: look at it again")
            new = replace(
                old,
                metadata=metadata.encode(said),
                state="publishing",
                step="deposit",
                attempt=old.attempt + 1,
                problem="",
                changed=self._now(),
            )
            return records.write(tx, old, new)

        return await self._store.transact(write)

    async def withdraw(
        self, caller: Caller | None, name: str, number: int, reason: str, *, erases: bool = False
    ) -> Version:
        """Take back a version that is public: its page stays, and says why.

        `caller`: None for the administrator of the cloud, who alone may destroy the files for
        good (`erases`). Raises `DatasetNotFound`, `StateWrong` and `NotAllowed`.
        """
        if not reason.strip() or len(reason) > _LONGEST_REASON:
            raise StateWrong(f"Say why it is withdrawn, in 1 to {_LONGEST_REASON} characters")
        if erases and caller is not None:
            raise NotAllowed("Only the administrator of the cloud destroys published files")

        def write(tx: Transaction) -> Version:
            versions = self._own(tx, caller, name)
            old = next((one for one in versions if one.number == number), None)
            if old is None or not old.is_public:
                raise StateWrong(f"There is no published version {number}")
            if old.state == "withdrawn" and not erases:
                raise StateWrong("This version is withdrawn already")
            if old.step and old.step != "hide":
                raise StateWrong("It was published just now: try again in a moment")
            now = self._now()
            new = replace(
                old,
                state="withdrawn",
                step="hide",
                withdrawn=old.withdrawn or now,
                reason=reason.strip(),
                erases=old.erases or erases,
                changed=now,
                stamp=now // 1000,
            )
            return records.write(tx, old, new)

        return await self._store.transact(write)

    # -- what there is

    async def own(self, caller: Caller) -> list[Version]:
        """Return the newest version of each dataset of somebody, the one changed last first."""

        def find(reader: Reader) -> list[Version]:
            names = [name for one in caller.own_ids for name in records.owned(reader, one)]
            return [records.versions(reader, name)[-1] for name in names]

        found = await self._store.read(find)
        return sorted(found, key=lambda one: (one.changed, one.name), reverse=True)

    async def versions(self, caller: Caller | None, name: str) -> list[Version]:
        """Return all versions of a dataset to its owner (None: the cloud's administrator).

        Raises `DatasetNotFound`.
        """
        return await self._store.read(lambda reader: self._own(reader, caller, name))

    async def everything(self) -> list[Version]:
        """Return all versions of all datasets, for the administrator of the cloud."""
        return await self._store.read(lambda reader: list(records.everything(reader)), long=True)

    async def edition(self, name: str, number: int = 0) -> Edition:
        """Return a public version, to anybody (0: the newest that is not withdrawn, if any).

        Raises `DatasetNotFound`.
        """

        def find(reader: Reader) -> Edition:
            public = [one for one in records.versions(reader, name) if one.is_public]
            if number:
                public = [one for one in public if one.number == number]
            living = [one for one in public if one.state == "published"]
            if not public:
                raise DatasetNotFound(name)
            return self._edition(reader, (living or public)[-1])

        return await self._store.read(find)

    async def newest(self, limit: int) -> list[Edition]:
        """Return the newest published version of each dataset, the last published first."""

        def find(reader: Reader) -> list[Edition]:
            newest: dict[str, Version] = {}
            for name, number in records.stamped(reader):
                version = records.version(reader, name, number)
                if version is None or version.state != "published":
                    continue
                if name not in newest or newest[name].number < number:
                    newest[name] = version
                if len(newest) >= limit:
                    break
            return [self._edition(reader, one) for one in newest.values()]

        return await self._store.read(find, long=True)

    async def preview(self, caller: Caller | None, name: str, number: int = 0) -> Edition:
        """Return a version as it will be told of, to its owner (None: the administrator).

        Raises `DatasetNotFound`.
        """

        def find(reader: Reader) -> Edition:
            versions = self._own(reader, caller, name)
            found = [one for one in versions if number in (0, one.number)]
            if not found:
                raise DatasetNotFound(f"{name} v{number}")
            return self._edition(reader, found[-1])

        return await self._store.read(find)

    async def files(self, version: Version, behind: str = "") -> Sequence[File]:
        """Return a page of the files of a version, those behind a path."""
        return await self._store.read(lambda reader: records.files(reader, version, behind, LISTED))

    async def advance(self) -> None:
        """Go on with what is being published; housekeeping does it, one process at a time."""
        await self.publishing.advance()

    # -- within

    def _edition(self, reader: Reader, version: Version) -> Edition:
        place = records.repository(reader)
        base = self._collections.https_server(place.published_id) if place is not None else ""
        numbers = [one.number for one in records.versions(reader, version.name) if one.is_public]
        if version.number not in numbers:
            numbers.append(version.number)
        return Edition(
            version, version.said, self.naan, self.url, f"{base}/{version.folder}", numbers
        )

    def _own(self, reader: Reader, caller: Caller | None, name: str) -> list[Version]:
        """Return the versions of a dataset that is somebody's (None: the administrator's)."""
        versions = records.versions(reader, name)
        if not versions or (caller is not None and versions[0].owner_id not in caller.own_ids):
            raise DatasetNotFound(name)
        return versions

    def _given(self, draft: Draft) -> Draft:
        """Return what is given, with its path in the one form."""
        validation.check_draft(draft.metadata)
        if not draft.path:
            return draft
        try:
            path = submitted_path(draft.path, "path")
        except TransferError as error:
            raise SourceUnusable(str(error)) from None
        return replace(draft, path=f"{path.rstrip('/')}/")

    def _completed(self, said: Metadata) -> Metadata:
        """Return metadata with what need not be said: who publishes, and when."""
        year = said.publication_year or int(day(self._now())[:4])
        publisher = said.publisher
        if not publisher.name and self.repository_name:
            publisher = replace(publisher, name=self.repository_name)
        return replace(said, publication_year=year, publisher=publisher)

    async def _check_source(self, caller: Caller, draft: Version) -> None:
        """Raise `SourceUnusable` unless the caller may read the folder, and it is one."""
        if not draft.collection_id or not draft.path:
            raise SourceUnusable("Choose a folder: the collection, and the path in it")
        try:
            place = await self._collections.place(draft.collection_id, caller)
            served = await self._collections.served(draft.collection_id)
            path = clean(within(draft.path, served.home))
            answer = await self._agents.ask(served.agent_id, Stat(place, path))
        except (CollectionError, AgentAbsent) as error:
            raise SourceUnusable(str(error)) from error
        except Fault as fault:
            raise SourceUnusable(fault.description) from fault
        if isinstance(answer, Failed):
            raise SourceUnusable(f"{draft.path} cannot be read: {answer.description}")
        assert isinstance(answer, Listed)
        entry = answer.entries[0]
        if "dir" not in (entry.kind, entry.target_kind):
            raise SourceUnusable(f"{draft.path} is a {entry.kind}: choose a folder")

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _draft(versions: Sequence[Version]) -> Version:
    """Return the draft of a dataset. Raises `StateWrong` where there is none."""
    last = versions[-1]
    if last.state == "publishing":
        raise StateWrong("It is being published: wait for the end")
    if last.state != "draft":
        raise StateWrong(
            f"Version {last.number} is {last.state}, and what is published does not change: "
            f"begin a new version"
        )
    return last


def _next_metadata(last: Version) -> bytes:
    """Return the metadata of a version for the next one, which is of another year."""
    return metadata.encode(replace(last.said, publication_year=0, version=""))
