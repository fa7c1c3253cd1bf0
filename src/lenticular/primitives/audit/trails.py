"""Trails: what an account wants delivered of its audit log into a bucket, and which events."""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.audit import chain, selectors
from lenticular.primitives.audit.events import Event

_TRAIL = Subspace("audit", "trail")  # (account id, region, name) -> Trail
_PROGRESS = Subspace("audit", "progress")  # (trail id) -> Progress

CHANGED = b"trails"
"""The topic that is signalled when other events may be wanted."""

MOST_TRAILS = 5
"""Trails of one account in one region."""


class TrailExists(Exception):
    """The account has a trail of this name in the region."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a trail {name!r} already")
        self.name = name


class TrailNotFound(LookupError):
    """The account has no such trail in the region."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no trail {name!r}")
        self.name = name


class TooManyTrails(Exception):
    """The account has as many trails in the region as it may."""


class Trail(Struct, array_like=True, frozen=True):
    """One trail."""

    id: str
    account_id: str
    region: str
    """Its home region."""
    name: str
    bucket: str
    created: int
    """Milliseconds since the epoch."""
    prefix: str = ""
    all_regions: bool = False
    global_events: bool = True
    """Whether events of services that are in no region (IAM, STS) are wanted."""
    validated: bool = False
    """Whether signed digests of the delivered files are delivered too."""
    basic: tuple[dict[str, Any], ...] = ()
    """Event selectors; see `lenticular.primitives.audit.selectors`."""
    advanced: tuple[dict[str, Any], ...] = ()
    tags: Mapping[str, str] = {}

    @property
    def arn(self) -> str:
        """Its name in every account and region."""
        return f"arn:aws:cloudtrail:{self.region}:{self.account_id}:trail/{self.name}"

    def takes(self, event: Event) -> bool:
        """Tell whether an event of the account is for this trail."""
        if event.event_source in GLOBAL_SOURCES:
            in_reach = self.global_events
        else:
            in_reach = self.all_regions or event.aws_region in {self.region, ""}
        return in_reach and selectors.takes(self.basic, self.advanced, event)

    @property
    def wants_data(self) -> bool:
        """Whether it takes any data events."""
        return selectors.wants_data(self.basic, self.advanced)


GLOBAL_SOURCES = frozenset({"iam.amazonaws.com", "sts.amazonaws.com", "signin.amazonaws.com"})
"""Services that are in no region."""


class Window(Struct, array_like=True, frozen=True):
    """A stretch of the account's log that is to be delivered."""

    after: int
    """The sequence before the first record of it."""
    until: int = 0
    """The sequence of the last record of it; 0: it goes on."""


class Batch(Struct, array_like=True, frozen=True):
    """A stretch that is being delivered: until all of it is there, it is delivered again."""

    after: int
    until: int
    time: int
    """Of its delivery, in milliseconds since the epoch: part of the files' names."""


class Delivered(Struct, array_like=True, frozen=True):
    """A delivered file that the next digest will list."""

    region: str
    key: str
    digest: bytes
    """SHA-256 of the uncompressed file."""
    oldest: str
    newest: str


class Signed(Struct, array_like=True, frozen=True):
    """The last digest file of a region."""

    key: str
    digest: bytes
    signature: str
    """In hex."""
    end: int
    """Of its time, in seconds since the epoch."""


class Progress(Struct, array_like=True, frozen=True):
    """How far a trail is. Times are in milliseconds since the epoch; 0: never."""

    windows: tuple[Window, ...] = ()
    is_logging: bool = False
    started: int = 0
    stopped: int = 0
    batch: Batch | None = None
    attempted: int = 0
    delivered: int = 0
    error: str = ""
    """Of the last attempt; empty: it succeeded."""
    files: tuple[Delivered, ...] = ()
    """Since the last digest."""
    digests: Mapping[str, Signed] = {}
    """The last digest file, by region."""
    digested: int = 0
    digest_error: str = ""


_encode = msgspec.msgpack.Encoder().encode
_decode_trail = msgspec.msgpack.Decoder(Trail).decode
_decode_progress = msgspec.msgpack.Decoder(Progress).decode


class Trails:
    """The trails of one cloud."""

    def __init__(self, store: KeyValueStore, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._wanting: dict[str, tuple[Trail, ...]] = {}
        """The trails that want data events and are logging, by account."""

    # Which data events are wanted now.

    @property
    def wants_data(self) -> bool:
        """Whether any trail wants any data events."""
        return bool(self._wanting)

    def selects(self, event: Event) -> bool:
        """Tell whether a trail of the event's account wants it."""
        return any(
            trail.takes(event) for trail in self._wanting.get(event.recipient_account_id, ())
        )

    async def refresh(self) -> None:
        """Learn which trails want data events: what another process changed counts from here."""

        def find(reader: Reader) -> dict[str, tuple[Trail, ...]]:
            found: dict[str, tuple[Trail, ...]] = {}
            for trail in _all(reader):
                if trail.wants_data and progress(reader, trail).is_logging:
                    found[trail.account_id] = (*found.get(trail.account_id, ()), trail)
            return found

        self._wanting = await self._store.read(find)

    # The trails themselves.

    async def create(self, trail: Trail) -> None:
        """Make a trail, which is not logging yet. Raises `TrailExists`, `TooManyTrails`."""

        def write(tx: Transaction) -> None:
            own = _of_account(tx, trail.account_id)
            if any(_key(other) == _key(trail) for other in own):
                raise TrailExists(trail.name)
            if sum(other.region == trail.region for other in own) >= MOST_TRAILS:
                raise TooManyTrails
            _save(tx, trail)
            set_progress(tx, trail, Progress())

        await self._store.transact(write)

    async def find(self, account_id: str, region: str, name: str) -> Trail:
        """Return a trail. Raises `TrailNotFound`."""
        return await self._store.read(lambda reader: _find(reader, account_id, region, name))

    async def of_account(self, account_id: str) -> list[Trail]:
        """Return all trails of an account, by region and name."""
        return await self._store.read(lambda reader: _of_account(reader, account_id))

    async def all(self) -> list[Trail]:
        """Return every trail of the cloud."""
        return await self._store.read(_all)

    async def progress(self, trail: Trail) -> Progress:
        """Return how far a trail is."""
        return await self._store.read(lambda reader: progress(reader, trail))

    async def change(
        self, account_id: str, region: str, name: str, fn: Callable[[Trail], Trail]
    ) -> Trail:
        """Replace a trail by what `fn` makes of it. Raises `TrailNotFound`."""

        def write(tx: Transaction) -> Trail:
            trail = fn(_find(tx, account_id, region, name))
            _save(tx, trail)
            tx.signal(CHANGED)
            return trail

        trail = await self._store.transact(write)
        await self.refresh()
        return trail

    async def advance(self, trail: Trail, fn: Callable[[Progress], Progress]) -> Progress:
        """Replace a trail's progress by what `fn` makes of it; nothing if the trail is gone."""

        def write(tx: Transaction) -> Progress:
            changed = fn(progress(tx, trail))
            if tx.get(_TRAIL.pack(*_key(trail))) is not None:
                set_progress(tx, trail, changed)
            return changed

        return await self._store.transact(write)

    async def start(self, account_id: str, region: str, name: str) -> None:
        """Begin to deliver what is recorded from now on. Raises `TrailNotFound`."""
        now = int(self._clock() * 1000)

        def write(tx: Transaction) -> None:
            trail = _find(tx, account_id, region, name)
            at = progress(tx, trail)
            if not at.is_logging:
                windows = (*at.windows, Window(_last(tx, account_id)))
                set_progress(tx, trail, replace(at, windows=windows, is_logging=True, started=now))
            tx.signal(CHANGED)

        await self._store.transact(write)
        await self.refresh()

    async def stop(self, account_id: str, region: str, name: str) -> None:
        """Deliver nothing of what is recorded from now on. Raises `TrailNotFound`."""
        now = int(self._clock() * 1000)

        def write(tx: Transaction) -> None:
            trail = _find(tx, account_id, region, name)
            at = progress(tx, trail)
            if at.is_logging:
                last = _last(tx, account_id)
                *before, open_window = at.windows
                if last > open_window.after:
                    before.append(replace(open_window, until=last))
                set_progress(
                    tx,
                    trail,
                    replace(at, windows=tuple(before), is_logging=False, stopped=now),
                )
            tx.signal(CHANGED)

        await self._store.transact(write)
        await self.refresh()

    async def delete(self, account_id: str, region: str, name: str) -> None:
        """Delete a trail; what it delivered stays. Raises `TrailNotFound`."""

        def write(tx: Transaction) -> None:
            trail = _find(tx, account_id, region, name)
            tx.delete(_TRAIL.pack(*_key(trail)))
            tx.delete(_PROGRESS.pack(trail.id))
            tx.signal(CHANGED)

        await self._store.transact(write)
        await self.refresh()


def new_trail_id() -> str:
    """Return the id of a trail to be made."""
    return os.urandom(8).hex()


def progress(reader: Reader, trail: Trail) -> Progress:
    """Return how far a trail is."""
    data = reader.get(_PROGRESS.pack(trail.id))
    return Progress() if data is None else _decode_progress(data)


def set_progress(tx: Transaction, trail: Trail, changed: Progress) -> None:
    """Note how far a trail is."""
    tx.set(_PROGRESS.pack(trail.id), _encode(changed))


def _key(trail: Trail) -> tuple[str, str, str]:
    return trail.account_id, trail.region, trail.name


def _save(tx: Transaction, trail: Trail) -> None:
    tx.set(_TRAIL.pack(*_key(trail)), _encode(trail))


def _find(reader: Reader, account_id: str, region: str, name: str) -> Trail:
    data = reader.get(_TRAIL.pack(account_id, region, name))
    if data is None:
        raise TrailNotFound(name)
    return _decode_trail(data)


def _of_account(reader: Reader, account_id: str) -> list[Trail]:
    return [_decode_trail(data) for _, data in reader.range(*_TRAIL.range(account_id))]


def _all(reader: Reader) -> list[Trail]:
    return [_decode_trail(data) for _, data in reader.range(*_TRAIL.range())]


def _last(reader: Reader, account_id: str) -> int:
    head = chain.head(reader, account_id)
    return head.sequence if head else 0
