"""Delivery: what trails want of the log is written into their buckets, as CloudTrail does.

AWS CloudTrail User Guide, "Finding your CloudTrail log files". What is to be delivered next
is fixed in the store before it is written, so that after a crash the same files are written
again under the same names: each event is delivered once, and none is lost.
"""

import asyncio
import base64
import gzip
import hashlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.audit import chain, digests
from lenticular.primitives.audit.digests import ALGORITHM, DigestKeys
from lenticular.primitives.audit.events import Event, decode_event
from lenticular.primitives.audit.trails import (
    Batch,
    Delivered,
    Progress,
    Signed,
    Trail,
    Trails,
    progress,
    set_progress,
)
from lenticular.primitives.objects import Attributes, Bucket, ObjectStorage
from lenticular.primitives.objects.buckets import find_bucket
from lenticular.primitives.objects.deliveries import (
    BucketRefused,
    Sender,
    deliver,
    receiving_bucket,
)
from lenticular.primitives.objects.errors import BucketNotFound
from lenticular.primitives.policies.authority import ROOT_AUTHORITY
from lenticular.primitives.principals import Principal

SERVICE = "cloudtrail.amazonaws.com"
"""The principal that a bucket's policy names to let trails of other accounts deliver."""

DIGESTED = 3600
"""Seconds between two digest files."""

_MOST_RECORDS = 5000
"""Records of one batch."""

_GZIP = {"content-type": "application/json", "content-encoding": "gzip"}

_log = logging.getLogger("lenticular.audit")


@dataclass(frozen=True, slots=True)
class _Recorded:
    """An event, and its JSON as it was recorded."""

    event: Event
    document: bytes


class Delivery:
    """Delivers for all trails of one cloud."""

    def __init__(
        self,
        store: KeyValueStore,
        trails: Trails,
        storage: ObjectStorage,
        keys: DigestKeys,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._trails = trails
        self._storage = storage
        self.keys = keys
        """Those that digests are signed with."""
        self._clock = clock

    async def deliver(self) -> None:
        """Deliver what has been recorded since, for every trail. One's failure is only its own."""
        await self._trails.refresh()
        for trail in await self._trails.all():
            try:
                await self.deliver_for(trail)
            except Exception:
                _log.exception("delivery failed", extra={"trail": trail.name})

    async def deliver_for(self, trail: Trail) -> None:
        """Deliver what one trail wants of what has been recorded since.

        A bucket that does not take it is noted in the trail's progress, and tried again.
        """
        try:
            while await self._deliver_batch(trail):
                pass
            await self._write_digests(trail)
        except BucketRefused as error:
            now = self._milliseconds()
            code = error.code
            await self._trails.advance(
                trail, lambda at: replace(at, attempted=now, error=code, digest_error=code)
            )

    async def check(self, trail: Trail) -> None:
        """Raise `BucketRefused` unless the trail's bucket takes what would be delivered."""

        def look(reader: Reader) -> None:
            principal = self._principal(reader, trail)
            key = f"{_folder(trail)}/{trail.account_id}/"
            receiving_bucket(reader, principal, trail.bucket, key)

        await self._store.read(look)

    # Batches.

    async def _deliver_batch(self, trail: Trail) -> bool:
        """Deliver the next batch; tell whether there was one. Raises `BucketRefused`."""
        batch = await self._next_batch(trail)
        if batch is None:
            return False
        files = await self._write_batch(trail, batch)
        await self._trails.advance(trail, lambda at: _delivered(trail, at, batch, files))
        return True

    async def _next_batch(self, trail: Trail) -> Batch | None:
        """Return what is to be delivered next, fixed in the store; None: nothing is."""
        now = self._milliseconds()

        def fix(tx: Transaction) -> Batch | None:
            at = progress(tx, trail)
            if at.batch is not None or not at.windows:
                return at.batch
            window = at.windows[0]
            head = chain.head(tx, trail.account_id)
            until = window.until or (head.sequence if head else 0)
            if until <= window.after:
                return None
            batch = Batch(window.after, min(until, window.after + _MOST_RECORDS), now)
            set_progress(tx, trail, replace(at, batch=batch))
            return batch

        return await self._store.transact(fix)

    async def _write_batch(self, trail: Trail, batch: Batch) -> list[Delivered]:
        by_region = await self._store.read(
            lambda reader: self._wanted(reader, trail, batch), long=True
        )
        files = []
        for region, recorded in sorted(by_region.items()):
            contents = b'{"Records":[%b]}' % b",".join(each.document for each in recorded)
            key = _log_key(trail, batch, region)
            await self._put(trail, key, contents, {})
            times = [each.event.event_time for each in recorded]
            digest = hashlib.sha256(contents).digest()
            files.append(Delivered(region, key, digest, min(times), max(times)))
        return files

    @staticmethod
    def _wanted(reader: Reader, trail: Trail, batch: Batch) -> dict[str, list[_Recorded]]:
        count = batch.until - batch.after
        by_region: dict[str, list[_Recorded]] = {}
        for sequence, record in chain.records(reader, trail.account_id, batch.after + 1, count):
            if sequence > batch.until:
                break
            try:
                event = decode_event(record.event)
            except msgspec.DecodeError:
                continue  # tampered with: verifying tells
            if trail.takes(event):
                region = event.aws_region or trail.region
                by_region.setdefault(region, []).append(_Recorded(event, record.event))
        return by_region

    # Digests.

    async def _write_digests(self, trail: Trail) -> None:
        at = await self._trails.progress(trail)
        if not trail.validated or not at.started:
            return
        regions = {trail.region, *at.digests, *(file.region for file in at.files)}
        for region in sorted(regions):
            previous = at.digests.get(region)
            begin = previous.end if previous else at.started // 1000
            hours = (int(self._clock()) - begin) // DIGESTED
            if hours > 0 and (at.is_logging or at.files):
                await self._write_digest(trail, region, at.files, previous, begin, hours)

    async def _write_digest(
        self,
        trail: Trail,
        region: str,
        files: Sequence[Delivered],
        previous: Signed | None,
        begin: int,
        hours: int,
    ) -> None:
        end = begin + hours * DIGESTED
        listed = [file for file in files if file.region == region]
        key = _digest_key(trail, region, end)
        signer = await self.keys.key()
        fingerprint = signer.fingerprint
        contents = digests.document(trail, key, begin, end, listed, previous, fingerprint)
        statement = digests.statement(trail, key, end, contents, previous)
        signature = await self.keys.sign(signer, statement)
        metadata = {"signature": signature, "signature-algorithm": ALGORITHM}
        await self._put(trail, key, contents, metadata)
        signed = Signed(key, hashlib.sha256(contents).digest(), signature, end)
        now = self._milliseconds()

        def note(at: Progress) -> Progress:
            left = tuple(file for file in at.files if file not in listed)
            known = {**at.digests, region: signed}
            return replace(at, files=left, digests=known, digested=now, digest_error="")

        await self._trails.advance(trail, note)

    # Writing.

    async def _put(
        self, trail: Trail, key: str, contents: bytes, metadata: Mapping[str, str]
    ) -> None:
        """Write a file, compressed. Raises `BucketRefused`."""
        compressed = await asyncio.to_thread(gzip.compress, contents, mtime=0)
        principal = await self._store.read(lambda reader: self._principal(reader, trail))
        attributes = Attributes(headers=_GZIP, metadata=metadata)
        await deliver(self._storage.objects, principal, trail.bucket, key, compressed, attributes)

    @staticmethod
    def _principal(reader: Reader, trail: Trail) -> Principal:
        """Return who delivers: for a bucket of the trail's own account in that account's name.

        For any other bucket it is the service, of which that bucket's policy has to know.
        Raises `BucketRefused` when there is no bucket.
        """
        try:
            bucket: Bucket = find_bucket(reader, trail.bucket)
        except BucketNotFound as error:
            raise BucketRefused("NoSuchBucket") from error
        sender = Sender(SERVICE, trail.account_id, trail.arn)
        if bucket.account_id != trail.account_id:
            return sender.principal
        return Principal(
            bucket.account_id,
            "",
            SERVICE,
            bucket.owner,
            authority=ROOT_AUTHORITY,
            keys=sender.keys,
        )

    def _milliseconds(self) -> int:
        return int(self._clock() * 1000)


def _delivered(trail: Trail, at: Progress, batch: Batch, files: Sequence[Delivered]) -> Progress:
    """Return the progress of a trail whose batch is delivered."""
    window, *later = at.windows
    done = window.until and batch.until >= window.until
    windows = later if done else [replace(window, after=batch.until), *later]
    return replace(
        at,
        windows=tuple(windows),
        batch=None,
        attempted=batch.time,
        delivered=batch.time if files else at.delivered,
        error="",
        files=(*at.files, *files) if trail.validated else (),
    )


def _folder(trail: Trail) -> str:
    return f"{trail.prefix}/AWSLogs" if trail.prefix else "AWSLogs"


def _log_key(trail: Trail, batch: Batch, region: str) -> str:
    at = time.gmtime(batch.time / 1000)
    seed = f"{trail.id} {batch.after} {batch.until} {region}".encode()
    unique = base64.b32encode(hashlib.sha256(seed).digest())[:16].decode()
    account = trail.account_id
    day, minute = time.strftime("%Y/%m/%d", at), time.strftime("%Y%m%dT%H%MZ", at)
    return (
        f"{_folder(trail)}/{account}/CloudTrail/{region}/{day}/"
        f"{account}_CloudTrail_{region}_{minute}_{unique}.json.gz"
    )


def _digest_key(trail: Trail, region: str, end: int) -> str:
    at = time.gmtime(end)
    account = trail.account_id
    day, second = time.strftime("%Y/%m/%d", at), time.strftime("%Y%m%dT%H%M%SZ", at)
    return (
        f"{_folder(trail)}/{account}/CloudTrail-Digest/{region}/{day}/"
        f"{account}_CloudTrail-Digest_{region}_{trail.name}_{trail.region}_{second}.json.gz"
    )
