"""The access logs of the cloud: gathered in memory, made durable, delivered as objects.

Lines reach the store every second, and files their bucket when it is time: a process that is
killed loses the lines of its last second at most, and a file that was being delivered is
delivered again under the same name.
"""

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

from lenticular.engines.kv.contract import KeyValueStore, Transaction
from lenticular.primitives.access import LOG_DELIVERER, Grant, Permission
from lenticular.primitives.objects import deliveries
from lenticular.primitives.objects.accesslogs import spool
from lenticular.primitives.objects.accesslogs.spool import (
    DELIVERY_TIME,
    EVENT_TIME,
    LARGEST_CHUNK,
    Batch,
    Chunk,
    Home,
    Logging,
)
from lenticular.primitives.objects.deliveries import BucketRefused, Sender
from lenticular.primitives.objects.objects import Objects
from lenticular.primitives.objects.records import Attributes, Bucket
from lenticular.primitives.objects.rights import BUCKET_OWNER_ENFORCED, bucket_arn
from lenticular.primitives.policies.authority import ROOT_AUTHORITY
from lenticular.primitives.principals import Principal

_TRIED: Final = 24 * 3600
"""Seconds for which a file is tried that its bucket refuses; then its lines are gone."""

_MOST_LINES: Final = 200_000
"""Lines that are held in memory while the store does not take them."""

_TEXT = {"content-type": "text/plain"}

_log = logging.getLogger("lenticular.accesslogs")

_Group = tuple[Home, Logging, int]


class AccessLogs:
    """The access logs of one cloud's buckets."""

    def __init__(
        self, store: KeyValueStore, objects: Objects, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._objects = objects
        self._clock = clock
        self._lines: dict[_Group, list[bytes]] = {}
        self._count = 0
        self._writing = asyncio.Lock()

    async def check(self, bucket: Bucket, wanted: Logging) -> Bucket:
        """Return the bucket that the log of another is to go to.

        Raises `BucketRefused` unless it takes what would be delivered.
        """
        key = file_key(spool.home_of(bucket), wanted, "0", 0, self._clock())
        principal = _sender(bucket.account_id, bucket.name).principal
        return await deliveries.check(self._store, principal, wanted.bucket, key)

    # Gathering.

    def add(self, bucket: Bucket, wanted: Logging, line: bytes, at: float) -> None:
        """Add a line to a bucket's log; `at` is when its request came, since the epoch."""
        if self._count < _MOST_LINES:
            group = spool.home_of(bucket), wanted, spool.day_of(at)
            self._lines.setdefault(group, []).append(line)
            self._count += 1

    async def flush(self) -> None:
        """Make durable what was gathered. Raises `StoreFailed`; then it is still gathered."""
        async with self._writing:
            if not self._count:
                return
            gathered, self._lines, self._count = self._lines, {}, 0

            def commit(tx: Transaction) -> None:
                for group, lines in gathered.items():
                    for joined in _joined(lines):
                        spool.append(tx, Chunk(*group, joined))

            try:
                await self._store.transact(commit)
            except BaseException:
                for group, lines in gathered.items():
                    self._lines[group] = lines + self._lines.get(group, [])
                    self._count += len(lines)
                raise

    # Delivering.

    async def deliver(self) -> None:
        """Deliver what is durable. What fails for one bucket's log is only its own."""
        await self.flush()
        for uid in await self._store.read(lambda reader: list(spool.waiting(reader)), long=True):
            try:
                while await self._deliver_file(uid):
                    pass
            except Exception:
                _log.exception("an access log was not delivered")

    async def _deliver_file(self, uid: bytes) -> bool:
        """Deliver the next file of a bucket's log; tell whether there may be another."""
        batch = await self._store.transact(lambda tx: spool.fix(tx, uid, self._clock()))
        if batch is None:
            return False
        chunks = await self._store.read(lambda reader: spool.chunks(reader, batch), long=True)
        try:
            if chunks:
                await self._write(batch, [chunk for _, chunk in chunks])
        except BucketRefused as error:
            home = chunks[0][1].home
            details = {"bucket": home.name, "reason": error.code}
            if self._clock() < batch.time + _TRIED:
                _log.warning("an access log is refused by its bucket", extra=details)
                return False
            _log.error("an access log that its bucket refuses is dropped", extra=details)
        done = [key for key, _ in chunks]
        await self._store.transact(lambda tx: spool.finish(tx, uid, done))
        return True

    async def _write(self, batch: Batch, chunks: list[Chunk]) -> None:
        home, wanted = chunks[0].home, chunks[0].logging
        key = file_key(home, wanted, _unique(batch), chunks[0].day, batch.time)
        sender = _sender(home.account_id, home.name)
        target = await deliveries.check(self._store, sender.principal, wanted.bucket, key)
        if target.account_id != home.account_id:
            raise BucketRefused("AccessDenied")  # it is another's bucket of that name now
        contents = b"".join(chunk.lines for chunk in chunks)
        attributes = Attributes(headers=_TEXT)
        await deliveries.deliver(
            self._objects, sender.principal, wanted.bucket, key, contents, attributes
        )
        if wanted.grants and target.ownership != BUCKET_OWNER_ENFORCED:
            # Whoever set the log up, of the same account, has granted this.
            owner = Principal(
                target.account_id,
                "",
                LOG_DELIVERER,
                target.owner,
                authority=ROOT_AUTHORITY,
                keys=sender.keys,
            )
            full = Grant(target.owner, Permission.FULL_CONTROL)
            await self._objects.set_acl(owner, wanted.bucket, key, None, (full, *wanted.grants))


def file_key(home: Home, wanted: Logging, unique: str, day: int, delivered: float) -> str:
    """Return the key of a file (User Guide, "Log object key format")."""
    at = datetime.fromtimestamp(delivered, UTC)
    if wanted.form not in (EVENT_TIME, DELIVERY_TIME):
        return f"{wanted.prefix}{at:%Y-%m-%d-%H-%M-%S}-{unique}"
    if wanted.form == EVENT_TIME:
        at = spool.iso_day(day)
    folder = f"{home.account_id}/{home.region}/{home.name}/{at:%Y/%m/%d}"
    return f"{wanted.prefix}{folder}/{at:%Y-%m-%d-%H-%M-%S}-{unique}"


def _sender(account_id: str, bucket: str) -> Sender:
    return Sender(LOG_DELIVERER, account_id, bucket_arn(bucket))


def _unique(batch: Batch) -> str:
    return hashlib.sha256(batch.first + batch.last).hexdigest()[:16].upper()


def _joined(lines: list[bytes]) -> Iterator[bytes]:
    """Join lines to chunks of about `LARGEST_CHUNK`."""
    some: list[bytes] = []
    size = 0
    for line in lines:
        some.append(line)
        size += len(line)
        if size >= LARGEST_CHUNK:
            yield b"".join(some)
            some, size = [], 0
    if some:
        yield b"".join(some)
