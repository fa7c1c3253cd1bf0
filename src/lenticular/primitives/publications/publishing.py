"""Publishing: from a draft to what anybody may read, step by step, each of which can be repeated.

What is next to be done stands in the version's record (`Step`). A step ends with the
transaction that names the next one; a server that is killed goes on with the step that it was
in, from the last file that was noted. Housekeeping calls `advance`, one process at a time.

======== ============================================================================
deposit  open the way in: an access rule for whoever publishes, for one folder
submit   hand the copy over to transfers, once
copy     wait for it
verify   read what came in, hold it against the source's checksums, note the digests
keep     close the way in; put each file under lock
describe write manifests and metadata beside them; from then on it is public
announce let it be found by search
clear    remove what came in
abandon  the same, when something went wrong: it is a draft again, and says why
hide     take the files of a withdrawn version out of sight
======== ============================================================================
"""

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final

import msgspec
from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import after
from lenticular.engines.movers.contract import Item, Options
from lenticular.primitives.collections import (
    CollectionError,
    Collections,
    EntryExists,
    EntryNotFound,
    NewRule,
    Person,
)
from lenticular.primitives.identities import Identities
from lenticular.primitives.oauth.callers import Caller
from lenticular.primitives.people import People
from lenticular.primitives.principals import Principal
from lenticular.primitives.publications import bags, crates, datacite, records
from lenticular.primitives.publications.announcing import Announcing
from lenticular.primitives.publications.payloads import PAYLOAD, Payloads, PayloadWrong
from lenticular.primitives.publications.records import FILE, WORK, File, Repository, Step, Version
from lenticular.primitives.publications.repository import RepositoryPlace
from lenticular.primitives.publications.views import Edition
from lenticular.primitives.transfers import Submission, TransferError, Transfers

_ROWS: Final = 200
"""Files that are dealt with between two notes of how far it is."""

_log = logging.getLogger("lenticular.publications")

Editions = Callable[[Reader, Version], Edition]
"""Returns a version as it is told of."""


class PublishingFailed(Exception):
    """A publication cannot go on; the message is for whoever publishes."""


class Publishing:
    """Does what is to be done with versions."""

    def __init__(
        self,
        store: KeyValueStore,
        place: RepositoryPlace,
        payloads: Payloads,
        collections: Collections,
        transfers: Transfers,
        people: People,
        identities: Identities,
        announcing: Announcing,
        editions: Editions,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._place = place
        self._payloads = payloads
        self._collections = collections
        self._transfers = transfers
        self._people = people
        self._identities = identities
        self._announcing = announcing
        self._editions = editions
        self._clock = clock
        self._steps: dict[Step, Callable[[Version, Repository], Awaitable[Version | None]]] = {
            "deposit": self._deposit,
            "submit": self._submit,
            "copy": self._copy,
            "verify": self._verify,
            "keep": self._keep,
            "describe": self._describe,
            "announce": self._announce,
            "clear": self._clear,
            "abandon": self._clear,
            "hide": self._hide,
        }

    async def advance(self) -> None:
        """Do all that can be done now."""
        for name, number in await self._store.read(_waiting):
            try:
                await self._advance(name, number)
            except Exception:
                # It stays as it is, and is tried again: the others go on.
                _log.exception("a publication did not go on", extra={"dataset": name})

    async def _advance(self, name: str, number: int) -> None:
        """Take one version as far as it goes."""
        while True:
            version = await self._store.read(lambda reader: records.version(reader, name, number))
            if version is None or not version.step:
                return
            place = await self._place.get()
            try:
                following = await self._steps[version.step](version, place)
            except (PublishingFailed, PayloadWrong, CollectionError, TransferError) as error:
                if version.state != "publishing" or version.step == "abandon":
                    raise
                following = replace(version, step="abandon", problem=str(error))
            if following is None:
                return
            if not await self._store.transact(partial(_go_on, old=version, new=following)):
                return

    # The copy.

    async def _deposit(self, version: Version, place: Repository) -> Version:
        rule = NewRule(
            principal_type="identity",
            principal=version.owner_id,
            path=f"/{version.deposit}",
            permission="rw",
        )
        person = Person((place.curator_id,))
        try:
            made = await self._collections.rules.create(place.deposits_id, rule, person)
            rule_id = made.rule_id
        except EntryExists:  # this step was done before, and not noted
            rules = (await self._collections.rules.of(place.deposits_id, person)).rules
            rule_id = next(one.rule_id for one in rules if one.path == rule.path)
        return replace(version, step="submit", rule_id=rule_id)

    async def _submit(self, version: Version, place: Repository) -> Version:
        caller = await self._store.read(lambda reader: self._caller(reader, version.owner_id))
        submission = Submission(
            kind="TRANSFER",
            submission_id=f"dataset {version.name} v{version.number} {version.attempt}",
            source_id=version.collection_id,
            destination_id=place.deposits_id,
            label=f"Publication of {version.name} version {version.number}",
            options=Options(
                verify_checksum=True, fail_on_missing_source=True, fail_on_quota_errors=True
            ),
            notify=(),
        )
        staging = self._transfers.submissions.stage()
        await staging.add([Item(version.path, f"/{version.deposit}{PAYLOAD}", recursive=True)])
        accepted = await self._transfers.submissions.submit(caller, submission, staging)
        return replace(version, step="copy", task_id=accepted.task_id)

    def _caller(self, reader: Reader, identity_id: str) -> Caller:
        """Return whoever publishes, for whom the copy is made."""
        identity = self._people.look(reader, identity_id)
        if identity is None or not identity.account_id or not identity.user_name:
            raise PublishingFailed("Whoever began this publication is no user of this cloud now")
        return Caller(
            self._identities.user_principal(reader, identity.account_id, identity.user_name),
            identity_id,
            self._people.ids_with(reader, identity),
            identity.username,
        )

    async def _copy(self, version: Version, place: Repository) -> Version | None:
        look = self._transfers.own((version.owner_id,))
        task = await self._transfers.get(look, version.task_id)
        if not task.is_over:
            return None
        if task.status != "SUCCEEDED":
            raise PublishingFailed(
                f"The copy of the folder ended as {task.status}: "
                f"{task.fatal_description or task.nice_details or task.nice_status}"
            )
        if not task.moved:
            raise PublishingFailed("The folder has no file in it: there is nothing to publish")
        return replace(version, step="verify", done=0, files=0, size=0)

    # The files.

    async def _verify(self, version: Version, place: Repository) -> Version:
        look = self._transfers.own((version.owner_id,))
        rows = await self._transfers.moved(look, version.task_id, version.done, _ROWS)
        if not rows:
            return replace(version, step="keep", last="")
        principal = await self._place.principal(place)
        files = await self._payloads.verify(principal, place, version, rows)
        await self._store.transact(lambda tx: _note_files(tx, version, files))
        return replace(version, done=version.done + len(rows))

    async def _keep(self, version: Version, place: Repository) -> Version:
        if version.rule_id:
            await self._close(version, place)
            return replace(version, rule_id="", files=0, size=0, last="")
        files = await self._store.read(lambda reader: records.files(reader, version, version.last))
        if not files:
            return replace(version, step="describe")
        await self._payloads.keep(await self._place.principal(place), place, version, files)
        return replace(
            version,
            last=files[-1].path,
            files=version.files + len(files),
            size=version.size + sum(file.size for file in files),
        )

    async def _close(self, version: Version, place: Repository) -> None:
        with suppress(EntryNotFound):
            person = Person((place.curator_id,))
            await self._collections.rules.delete(place.deposits_id, version.rule_id, person)

    async def _describe(self, version: Version, place: Repository) -> Version:
        now = int(self._clock() * 1000)
        published = replace(
            version,
            state="published",
            step="announce",
            published=now,
            changed=now,
            stamp=now // 1000,
            problem="",
        )
        edition = await self._store.read(lambda reader: self._editions(reader, published))
        await self._write_tags(await self._place.principal(place), place, edition)
        return published

    async def _write_tags(self, principal: Principal, place: Repository, edition: Edition) -> None:
        """Write what makes a bag and a crate of the files."""
        version = edition.version

        def files() -> AsyncIterator[File]:
            return self.files(version)

        async def manifest(algorithm: str) -> AsyncIterator[bytes]:
            async for file in files():
                yield bags.manifest_line(file, algorithm)

        described = msgspec.json.format(msgspec.json.encode(datacite.document(edition)))
        tags: dict[str, AsyncIterator[bytes]] = {
            "bagit.txt": bags.whole(bags.DECLARATION),
            "bag-info.txt": bags.whole(_info(edition)),
            "datacite.json": bags.whole(described),
            "datacite.xml": bags.whole(datacite.xml(edition)),
            crates.NAME: crates.crate(edition, files),
            **{f"manifest-{name}.txt": manifest(name) for name in bags.ALGORITHMS},
        }
        digests: dict[str, bags.Digest] = {}
        for name, body in tags.items():
            passing = bags.Digested(body)
            key = version.folder + name
            await self._payloads.write(principal, place, key, aiter(passing))
            digests[name] = passing.digest
        for algorithm in bags.ALGORITHMS:
            body = bags.whole(bags.tag_manifest(digests, algorithm))
            key = f"{version.folder}tagmanifest-{algorithm}.txt"
            await self._payloads.write(principal, place, key, body)

    async def files(self, version: Version) -> AsyncIterator[File]:
        """Iterate over the files of a version in the order of their paths."""
        behind = ""
        while page := await self._page(version, behind):
            for file in page:
                yield file
            behind = page[-1].path

    async def _page(self, version: Version, behind: str) -> list[File]:
        return await self._store.read(lambda reader: records.files(reader, version, behind))

    # Afterwards.

    async def _announce(self, version: Version, place: Repository) -> Version:
        edition = await self._store.read(lambda reader: self._editions(reader, version))
        await self._announcing.announce(place, edition)
        return replace(version, step="clear")

    async def _clear(self, version: Version, place: Repository) -> Version:
        """Remove what came in; what was abandoned is a draft again."""
        if version.rule_id:
            await self._close(version, place)
        principal = await self._place.principal(place)
        await self._payloads.clear(principal, place, version)
        if version.step == "clear":
            return replace(version, step="", rule_id="")
        await self._payloads.hide(principal, place, version)
        await self._store.transact(
            lambda tx: tx.delete_range(*FILE.range(version.name, version.number))
        )
        return replace(
            version, state="draft", step="", rule_id="", done=0, last="", files=0, size=0
        )

    async def _hide(self, version: Version, place: Repository) -> Version:
        principal = await self._place.principal(place)
        if version.erases:
            await self._payloads.erase(principal, place, version)
        else:
            await self._payloads.hide(principal, place, version)
        await self._announcing.withdraw(place, version)
        return replace(version, step="")


def _waiting(reader: Reader) -> list[tuple[str, int]]:
    """Return the versions with which something is to be done."""
    found: list[tuple[str, int]] = []
    at, stop = WORK.range()
    while page := reader.range(at, stop, limit=_ROWS):
        for key, _ in page:
            name, number = WORK.unpack(key)
            found.append((name, number))
        at = after(page[-1][0])
    return found


def _go_on(tx: Transaction, old: Version, new: Version) -> bool:
    """Note that a step is done, unless the version has changed meanwhile."""
    if records.version(tx, old.name, old.number) != old:
        return False
    records.write(tx, old, new)
    return True


def _note_files(tx: Transaction, version: Version, files: list[File]) -> None:
    for file in files:
        tx.set(FILE.pack(version.name, version.number, file.path), records.encode(file))


def _info(edition: Edition) -> bytes:
    said = edition.metadata
    return bags.info(
        {
            "Source-Organization": said.publisher.name,
            "External-Identifier": edition.ark,
            "Internal-Sender-Description": said.title,
            "External-Description": edition.description,
            "Bagging-Date": edition.issued,
            "Payload-Oxum": f"{edition.version.size}.{edition.version.files}",
            "Bag-Software-Agent": "Lenticular",
        }
    )
