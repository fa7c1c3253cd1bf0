"""Slows guessing down: failed attempts cost time, by user name and by source address.

Each failure beyond a few free ones doubles the wait before the next attempt is taken
(OWASP Authentication Cheat Sheet, "Login Throttling"; NIST SP 800-63B, section 5.2.2). A
name is throttled whether or not it exists. What is remembered is in memory: a restart
forgives, and costs a guesser more than it gives.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network

_FREE_BY_NAME = 5
_FREE_BY_ADDRESS = 30
"""More than by name: a whole lab may sit behind one address."""
_LONGEST = 300.0
"""Seconds that one has to wait at most: more would let a stranger lock a person out for long."""
_FORGOTTEN = 3600.0
"""Seconds without a failure after which all is forgiven."""
_MOST = 50_000
"""Names and addresses that are remembered; the one that failed longest ago gives way."""
_LONGEST_NAME = 256
"""Characters of a name that are remembered: nobody has a longer one."""


class TooManyAttempts(Exception):
    """Too many attempts failed; the next one is taken after `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many attempts failed: try again in {retry_after} s")
        self.retry_after = retry_after


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last: float = 0.0

    def wait(self, free: int, now: float) -> float:
        """Return the seconds until the next attempt is taken; not positive: now."""
        beyond = self.count - free
        if beyond < 0:
            return 0.0
        return self.last + min(2.0 ** min(beyond, 30), _LONGEST) - now


class Throttle:
    """Counts the attempts of one kind: to sign in, to redeem a link, to enter a code."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[tuple[str, str], _Failures] = OrderedDict()

    def attempt(self, name: str, address: str) -> None:
        """Count an attempt as failed before its outcome is known, so that a burst counts too.

        Raises `TooManyAttempts`, in which case it counts nothing.
        """
        now, address = self._clock(), _network(address)
        counted = (
            (self._find("name", _short(name), now), _FREE_BY_NAME),
            (self._find("address", address, now), _FREE_BY_ADDRESS),
        )
        wait = max(failures.wait(free, now) for failures, free in counted)
        if wait > 0:
            raise TooManyAttempts(math.ceil(wait))
        for failures, _ in counted:
            failures.count += 1
            failures.last = now

    def succeeded(self, name: str, address: str) -> None:
        """Take back the attempt that was just counted, and forgive the name's earlier ones.

        The address's earlier ones stay: one password that is known must not buy guesses at
        others.
        """
        self._failures.pop(("name", _short(name)), None)
        source = self._failures.get(("address", _network(address)))
        if source is not None:
            source.count = max(0, source.count - 1)

    def _find(self, kind: str, value: str, now: float) -> _Failures:
        key = (kind, value)
        failures = self._failures.get(key)
        if failures is None or now - failures.last > _FORGOTTEN:
            failures = self._failures[key] = _Failures(last=now)
            if len(self._failures) > _MOST:
                self._failures.popitem(last=False)
        self._failures.move_to_end(key)
        return failures


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
