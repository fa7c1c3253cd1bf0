"""Slows guessing down: failed attempts cost time, by user name and by source address.

Each failure beyond a few free ones doubles the wait before the next attempt is taken
(OWASP Authentication Cheat Sheet, "Login Throttling"; NIST SP 800-63B, section 5.2.2). A
name is throttled whether or not it exists. What failed is kept in the store, by a hash, for
some type their password where the name belongs: so all processes count together.
"""

import hashlib
import math
import time
from collections.abc import Callable
from functools import partial
from ipaddress import IPv6Address, IPv6Network

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import Subspace, after

_FREE_BY_NAME = 5
_FREE_BY_ADDRESS = 30
"""More than by name: a whole lab may sit behind one address."""
_LONGEST = 300.0
"""Seconds that one has to wait at most: more would let a stranger lock a person out for long."""
_FORGOTTEN = 3600.0
"""Seconds without a failure after which all is forgiven."""
_LONGEST_NAME = 256
"""Characters of a name that count: nobody has a longer one."""
_PAGE = 256
"""Names and addresses that one transaction forgets."""

_FAILURES = Subspace("throttle")  # (hash of kind and name or address) -> _Failures


class TooManyAttempts(Exception):
    """Too many attempts failed; the next one is taken after `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many attempts failed: try again in {retry_after} s")
        self.retry_after = retry_after


class _Failures(Struct, array_like=True, frozen=True):
    count: int = 0
    last: float = 0.0
    """Seconds since the epoch."""

    def wait(self, free: int, now: float) -> float:
        """Return the seconds until the next attempt is taken; not positive: now."""
        beyond = self.count - free
        if beyond < 0:
            return 0.0
        passed = max(now - self.last, 0.0)  # the clock may have been set back
        return min(2.0 ** min(beyond, 30), _LONGEST) - passed


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Failures).decode


class Throttle:
    """Counts the attempts of one kind: to sign in, to redeem a link, to enter a code."""

    def __init__(
        self, store: KeyValueStore, kind: str, *, clock: Callable[[], float] = time.time
    ) -> None:
        """`clock` gives seconds since the epoch."""
        self._store = store
        self._kind = kind
        self._clock = clock

    async def attempt(self, name: str, address: str) -> None:
        """Count an attempt as failed before its outcome is known, so that a burst counts too.

        Raises `TooManyAttempts`, in which case it counts nothing.
        """
        now = self._clock()
        counted = (
            (self._key("name", _short(name)), _FREE_BY_NAME),
            (self._key("address", _network(address)), _FREE_BY_ADDRESS),
        )

        def count(tx: Transaction) -> None:
            known = [(key, free, _find(tx, key, now)) for key, free in counted]
            wait = max(failures.wait(free, now) for _, free, failures in known)
            if wait > 0:
                raise TooManyAttempts(math.ceil(wait))
            for key, _, failures in known:
                tx.set(key, _encode(_Failures(failures.count + 1, now)))

        await self._store.transact(count)

    async def succeeded(self, name: str, address: str) -> None:
        """Take back the attempt that was just counted, and forgive the name's earlier ones.

        The address's earlier ones stay: one password that is known must not buy guesses at
        others.
        """
        by_name, by_address = (
            self._key("name", _short(name)),
            self._key("address", _network(address)),
        )
        now = self._clock()

        def forgive(tx: Transaction) -> None:
            tx.delete(by_name)
            source = _find(tx, by_address, now)
            if source.count > 1:
                tx.set(by_address, _encode(_Failures(source.count - 1, source.last)))
            else:
                tx.delete(by_address)

        await self._store.transact(forgive)

    def _key(self, by: str, value: str) -> bytes:
        text = "\0".join((self._kind, by, value))
        return _FAILURES.pack(hashlib.sha256(text.encode(errors="replace")).digest()[:16])


async def forget_old(store: KeyValueStore, now: float | None = None) -> int:
    """Forget what is forgiven at `now`, in seconds since the epoch; return how much."""
    moment = time.time() if now is None else now
    at: bytes | None = _FAILURES.range()[0]
    forgotten = 0
    while at is not None:
        some, at = await store.transact(partial(_forget, start=at, now=moment))
        forgotten += some
    return forgotten


def _forget(tx: Transaction, start: bytes, now: float) -> tuple[int, bytes | None]:
    """Forget what is old of a page; return how much, and where to go on."""
    page = tx.range(start, _FAILURES.range()[1], limit=_PAGE)
    old = [key for key, data in page if now - _decode(data).last > _FORGOTTEN]
    for key in old:
        tx.delete(key)
    return len(old), after(page[-1][0]) if len(page) == _PAGE else None


def _find(reader: Reader, key: bytes, now: float) -> _Failures:
    data = reader.get(key)
    failures = _Failures() if data is None else _decode(data)
    return _Failures() if now - failures.last > _FORGOTTEN else failures


def _network(address: str) -> str:
    """Return what one who fails cannot change at will: of an IPv6 address the first half.

    Whoever has one such address has its whole network of 64 bits (RFC 4291, section 2.5.1).
    """
    try:
        network = IPv6Network((address.partition("%")[0], 64), strict=False)
    except ValueError:
        return address
    return address if network.network_address == IPv6Address(0) else str(network)


def _short(name: str) -> str:
    return name[:_LONGEST_NAME].casefold()
