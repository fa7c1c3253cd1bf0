"""Verification: walks the chains and tells the first record that is not as it was written."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import KeyValueStore, Reader
from lenticular.primitives.audit import chain
from lenticular.primitives.audit.chain import NOTHING, Record, Seal
from lenticular.primitives.audit.events import CLOUD, iso
from lenticular.primitives.audit.sealing import SealingKey

_PAGE = 1000


class Finding(Struct, frozen=True):
    """What verifying one account's log found."""

    account_id: str
    records: int
    """How many were found intact, from the first on."""
    digest: str
    """Of the last of them, in hex: who notes it down can tell later that it is still there."""
    problem: str = ""
    """What is wrong, in words; empty: nothing is."""
    sequence: int = 0
    """The number of the first broken record."""
    recorded: str = ""
    """When the last intact record was written."""


class _Named(Struct):
    """What is read of an event of the cloud's own log."""

    event_name: str = msgspec.field(name="eventName")
    request_parameters: object = msgspec.field(name="requestParameters", default=None)


_decode_named = msgspec.json.Decoder(_Named).decode


@dataclass(slots=True)
class _Walk:
    """How far a chain was found intact."""

    sequence: int = 0
    digest: bytes = NOTHING
    time: int = 0
    problem: str = ""
    broken: int = 0

    def stop(self, problem: str, broken: int) -> None:
        self.problem = problem
        self.broken = broken

    def finding(self, account_id: str) -> Finding:
        recorded = iso(self.time / 1000) if self.time else ""
        return Finding(
            account_id, self.sequence, self.digest.hex(), self.problem, self.broken, recorded
        )


class Verification:
    """Checks the logs of one cloud."""

    def __init__(self, store: KeyValueStore, key: SealingKey) -> None:
        self._store = store
        self._key = key

    async def findings(self, account_id: str = "") -> AsyncIterator[Finding]:
        """Verify every log that there is, or must be: the cloud's own first.

        With `account_id` only that account's is told, and the cloud's own if it is broken,
        for there it stands that the account has one.
        """
        present, has_key = await self._store.read(
            lambda reader: (chain.accounts(reader), self._key.exists(reader))
        )
        begun: Counter[str] = Counter()
        if present or has_key:
            finding = await self._verify(CLOUD, begun)
            if finding.problem or account_id in {"", CLOUD}:
                yield finding
        for other in sorted((present | set(begun)) - {CLOUD}):
            if account_id in {"", other}:
                yield await self._account(other, begun[other])

    async def _account(self, account_id: str, times_begun: int) -> Finding:
        finding = await self._verify(account_id)
        if finding.problem or times_begun == 1:
            return finding
        problem = (
            "this log was begun again after it had been removed"
            if times_begun
            else "the cloud's own log does not know of this one: a beginning was removed there"
        )
        return msgspec.structs.replace(finding, problem=problem, sequence=1)

    async def _verify(self, account_id: str, begun: Counter[str] | None = None) -> Finding:
        head, last, seals = await self._store.read(
            lambda reader: (
                chain.head(reader, account_id),
                chain.last_sequence(reader, account_id),
                chain.seals(reader, account_id),
            )
        )
        walk = _Walk()
        if head is None:
            problem = "the seal of its head was removed" if last else "the whole log was removed"
            walk.stop(problem, 1)
            return walk.finding(account_id)
        kept = {seal.sequence: seal for seal in seals}
        while not walk.problem and walk.sequence < head.sequence:
            page = await self._store.read(
                partial(self._page, account_id=account_id, after=walk.sequence), long=True
            )
            if not page or page[0][0] > head.sequence:
                break
            self._follow(walk, page, head.sequence, kept, begun)
        if not walk.problem:
            self._check_end(walk, head, last)
        if not walk.problem:
            await self._check_seals(walk, account_id, [*seals, head])
        return walk.finding(account_id)

    @staticmethod
    def _page(reader: Reader, account_id: str, after: int) -> Sequence[tuple[int, Record]]:
        # One more than is gone through: what follows tells an insertion from a deletion.
        return chain.records(reader, account_id, after + 1, _PAGE + 1)

    @staticmethod
    def _follow(
        walk: _Walk,
        page: Sequence[tuple[int, Record]],
        until: int,
        seals: dict[int, Seal],
        begun: Counter[str] | None,
    ) -> None:
        """Go on through a page up to `until`, or to the first record that is not as it was."""
        for at, (sequence, record) in enumerate(page[:_PAGE]):
            if sequence > until:
                return
            following = page[at + 1][1] if at + 1 < len(page) else None
            problem = _problem(walk, sequence, record, following)
            seal = seals.get(sequence)
            if not problem and seal is not None and seal.digest != record.digest:
                problem = "the log up to here was made anew: its seal is of other records"
            if problem:
                walk.stop(problem, walk.sequence + 1)
                return
            walk.sequence, walk.digest, walk.time = sequence, record.digest, record.time
            if begun is not None:
                named = _decode_named(record.event)
                if named.event_name == chain.BEGINNING:
                    parameters = msgspec.convert(named.request_parameters, dict[str, str])
                    begun[parameters["accountId"]] += 1

    @staticmethod
    def _check_end(walk: _Walk, head: Seal, last: int) -> None:
        if walk.sequence < head.sequence:
            count = head.sequence - walk.sequence
            walk.stop(f"cut off: {count} records at the end were removed", walk.sequence + 1)
        elif last > head.sequence:
            walk.stop("inserted: the head's seal knows nothing of it", head.sequence + 1)
        elif walk.digest != head.digest:
            walk.stop("the log was made anew: the head's seal is of other records", walk.sequence)

    async def _check_seals(self, walk: _Walk, account_id: str, seals: Sequence[Seal]) -> None:
        def forged(reader: Reader) -> Seal | None:
            for seal in seals:
                if not self._key.holds(reader, seal.statement(account_id), seal.signature):
                    return seal
            return None

        seal = await self._store.read(forged)
        if seal is not None:
            walk.stop("the seal here is forged: it is not this cloud's signature", seal.sequence)


def _problem(walk: _Walk, sequence: int, record: Record, following: Record | None) -> str:
    """Return what is wrong with the next record of a walk; empty: nothing."""
    if sequence != walk.sequence + 1:
        return "deleted: there is no record of this number"
    if not record.is_intact():
        return "altered: its contents are not those of its digest"
    if following is not None and following.previous == walk.digest and following.is_intact():
        return "inserted: its successor follows on its predecessor"
    if record.previous != walk.digest:
        return "deleted, or moved: this record does not follow on the one before it"
    if record.time < walk.time:
        return "altered: it was written before its predecessor"
    return ""
