"""Leases: what one process of a cloud does at a time, and which one it is.

Every process is a member of its cloud, and counts a number up in the store each second. One
whose number stands still for `PATIENCE` seconds is taken for dead: whoever notices first
removes it and frees its leases, in one transaction. Each measures that by its own clock, and
only how much of it passes, so the clocks of machines need not agree. A member that could not
count for nearly so long stops what it does under a lease, and a transaction that relies on
being alive (`Leases.check`) fails once its process was removed.

A process that is the whole cloud has every lease, and writes nothing.
"""

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import (
    KeyValueStore,
    Reader,
    StoreFailed,
    StoreUnavailable,
    Transaction,
)
from lenticular.engines.kv.keys import Subspace

PATIENCE: Final = 5.0
"""Seconds without a sign of life after which a member is taken for dead."""

_BEAT: Final = 1.0
"""Seconds between two signs of life."""

_MARGIN: Final = 1.0
"""Seconds before the others' patience may end at which a member does not rely on it any more."""

_TOPIC: Final = b"leases"

_MEMBER = Subspace("leases", "member")  # (member id) -> Member
_HOLDER = Subspace("leases", "holder")  # (name) -> member id

_log = logging.getLogger("lenticular.leases")


class MembershipLost(StoreUnavailable):
    """The others have taken this process for dead: what it was about to do is not done."""


class Member(Struct, array_like=True, frozen=True):
    """A sign of life of a process. Times are in seconds since the epoch, by its own clock."""

    beat: int
    """Counted up."""
    since: float
    """When it began: nothing that it has under way is older."""
    reading_since: float
    """When it began to read the content that it reads for the longest time; or just now."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Member).decode


def uptime() -> float:
    """Return the seconds since this machine was started, those in which it slept included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Leases:
    """The membership of one process in its cloud, and the leases that it has."""

    def __init__(
        self,
        store: KeyValueStore,
        *,
        is_alone: bool = True,
        reading_since: Callable[[], float] = time.time,
        clock: Callable[[], float] = uptime,
    ) -> None:
        """`is_alone` says that there is no other process, and will be none.

        `reading_since` returns what `Member` says under that name; `clock` is `uptime`.
        """
        self.is_alone = is_alone
        self._store = store
        self._own_reading_since = reading_since
        self._clock = clock
        self.id = os.urandom(8)
        """That of this member."""
        self._beats = 0
        self._began = time.time()
        self._began_at = self._joined_at = clock()
        self._good_until = 0.0
        self._beating = asyncio.Lock()
        self._held: dict[str, asyncio.Event] = {}
        """The leases that are wanted here: set are those that this process has."""
        self._lost: dict[str, asyncio.Event] = {}
        self._others: dict[bytes, Member] = {}
        self._news: dict[bytes, tuple[int, float]] = {}
        """The number of each other member, and when by our clock it was new."""

    @asynccontextmanager
    async def joined(self) -> AsyncIterator[None]:
        """Be a member while the context lasts; then leave, and free the leases at once."""
        if self.is_alone:
            yield
            return
        await self._beat()
        beating = asyncio.create_task(self._go_on())
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            self._lose_all()
            try:
                await self._store.transact(lambda tx: _remove(tx, self.id))
            except StoreFailed:
                _log.warning("the others will notice by themselves that this process has ended")

    async def keep(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do `work`, which goes on for ever, in the process of the cloud that has the lease.

        It is cancelled when the lease is lost, and begins anew when it comes back.
        """
        if self.is_alone:
            return await work()
        held, lost = self._want(name)
        while True:
            await held.wait()
            working = asyncio.create_task(work())
            losing = asyncio.create_task(lost.wait())
            try:
                await asyncio.wait((working, losing), return_when=asyncio.FIRST_COMPLETED)
                if working.done():
                    return working.result()
            finally:
                working.cancel()
                losing.cancel()
                await asyncio.gather(working, losing, return_exceptions=True)

    def holds(self, name: str) -> bool:
        """Whether this process has a lease now."""
        return self.is_alone or (name in self._held and self._held[name].is_set())

    # What the processes of the cloud have under way.

    async def since(self) -> float:
        """Return when the oldest of the living processes began, in seconds since the epoch.

        Whatever is there now and older was left by a process that is dead, or that will find
        itself removed (`check`).
        """
        if not self.is_alone:
            await self._beat()
        return min([self._since(), *(member.since for member in self._others.values())])

    def living(self, reader: Reader) -> set[bytes]:
        """Return the ids of all members."""
        if self.is_alone:
            return {self.id}
        return {_MEMBER.unpack(key)[0] for key, _ in reader.range(*_MEMBER.range())}

    @property
    def reading_since(self) -> float:
        """When another process began to read what it still reads; now, if none does."""
        others = (member.reading_since for member in self._others.values())
        return min([time.time(), *others])

    def check(self, tx: Transaction, began: float) -> None:
        """Raise `MembershipLost` if others may have taken away what was begun here.

        For the transaction that ends it. It `began` then by the clock `uptime`.
        """
        if self.is_alone:
            return
        if began < self._joined_at or tx.get(_MEMBER.pack(self.id)) is None:
            raise MembershipLost(
                "this process gave no sign of life, and others have removed what it began: "
                "try again"
            )

    # Signs of life.

    async def _go_on(self) -> None:
        with self._store.watch(_TOPIC) as watch:
            while True:
                await watch.wait(_BEAT)
                left = self._good_until - self._clock()
                if left <= 0:
                    self._lose_all()
                try:
                    async with asyncio.timeout(left if left > 0 else PATIENCE):
                        await self._beat()
                except TimeoutError:
                    _log.warning("no sign of life could be given in time: the store is slow")
                except Exception:
                    _log.exception("no sign of life could be given")

    async def _beat(self) -> None:
        """Give a sign of life, look at those of the others, and take the leases that are free."""
        async with self._beating:
            await self._give_sign()

    async def _give_sign(self) -> None:
        began = self._clock()
        dead = [key for key, (_, at) in self._news.items() if began - at >= PATIENCE]
        wanted = list(self._held)

        def commit(tx: Transaction) -> tuple[bool, dict[bytes, Member], set[str]]:
            was_member = tx.get(_MEMBER.pack(self.id)) is not None
            for member_id in dead:
                if _number(tx, member_id) == self._news[member_id][0]:
                    _remove(tx, member_id)
            sign = Member(self._beats, self._since(), self._own_reading_since())
            tx.set(_MEMBER.pack(self.id), _encode(sign))
            held = {name for name in wanted if _take(tx, name, self.id)}
            return was_member, dict(_members(tx)), held

        self._beats += 1
        was_member, members, held = await self._store.transact(commit)
        if not was_member:
            self._joined_at = self._clock()
        self._good_until = began + PATIENCE - _MARGIN
        members.pop(self.id)
        self._others = members
        self._news = {
            member_id: self._news[member_id]
            if self._news.get(member_id, (None, 0.0))[0] == member.beat
            else (member.beat, self._clock())
            for member_id, member in members.items()
        }
        for name in wanted:
            self._set(name, is_held=name in held)

    def _since(self) -> float:
        """Return when this process began by the clock as it is set now: it may have been set."""
        return min(self._began, time.time() - (self._clock() - self._began_at))

    def _want(self, name: str) -> tuple[asyncio.Event, asyncio.Event]:
        held, lost = self._held.setdefault(name, asyncio.Event()), asyncio.Event()
        lost.set()
        return held, self._lost.setdefault(name, lost)

    def _set(self, name: str, *, is_held: bool) -> None:
        if is_held and not self._held[name].is_set():
            _log.debug("this process has the lease of %s", name)
        (self._held if is_held else self._lost)[name].set()
        (self._lost if is_held else self._held)[name].clear()

    def _lose_all(self) -> None:
        for name in self._held:
            self._set(name, is_held=False)


async def anybody_lives(store: KeyValueStore) -> bool:
    """Tell whether any process gives signs of life in a store that this one has not joined.

    It takes `PATIENCE` seconds to find out that those that are members are dead.
    """
    before = await store.read(_beats)
    waited = 0.0
    while before and waited < PATIENCE:
        await asyncio.sleep(_BEAT)
        waited += _BEAT
        if not (await store.read(_beats)).items() <= before.items():
            return True
    return False


def _beats(reader: Reader) -> dict[bytes, int]:
    return {key: _decode(data).beat for key, data in reader.range(*_MEMBER.range())}


def _members(tx: Transaction) -> list[tuple[bytes, Member]]:
    found = tx.range(*_MEMBER.range())
    return [(_MEMBER.unpack(key)[0], _decode(data)) for key, data in found]


def _number(tx: Transaction, member_id: bytes) -> int | None:
    data = tx.get(_MEMBER.pack(member_id))
    return None if data is None else _decode(data).beat


def _take(tx: Transaction, name: str, member_id: bytes) -> bool:
    """Take a lease unless a member has it; tell whether it is this one."""
    holder = tx.get(_HOLDER.pack(name))
    if holder == member_id:
        return True
    if holder is not None and tx.get(_MEMBER.pack(holder)) is not None:
        return False
    tx.set(_HOLDER.pack(name), member_id)
    return True


def _remove(tx: Transaction, member_id: bytes) -> None:
    """Remove a member with its leases, and let the others have them."""
    tx.delete(_MEMBER.pack(member_id))
    for key, holder in tx.range(*_HOLDER.range()):
        if holder == member_id:
            tx.delete(key)
    tx.signal(_TOPIC)
