"""Lines: how much of one thing was used in one hour, by one user, for one project.

What an hour's line says is a number that only grows. Lines of one account follow each other
in time, so that a day, a month or a year of it is one range.
"""

from collections.abc import Iterator
from typing import NamedTuple

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace, after

_USAGE = Subspace("meters", "usage")
"""(account id, hour, service, meter, user, project) -> quantity"""

HOUR = 3_600_000
"""Milliseconds of an hour. Hours are counted from the epoch."""

WRITE = "write"
"""Requests that create, store or compute: what a stop refuses."""
LIST = "list"
READ = "read"
DELETE = "delete"
MANAGE = "manage"
"""Requests that only change how something is configured."""
REQUESTS = (WRITE, LIST, READ, DELETE, MANAGE)
"""The classes of requests: meters of how many there were."""

BYTES_OUT = "bytes_out"
"""The meter of bytes that answers carried."""

STORAGE = "storage"
"""The meter of bytes kept, times the milliseconds that they were kept for."""

_PAGE = 1000


class Line(NamedTuple):
    """What is metered apart from everything else."""

    account_id: str
    """The account that pays."""
    service: str
    """Which primitive was used (``objects``, ``tables``), or which service of an interface."""
    meter: str
    """One of `REQUESTS`, `BYTES_OUT` or `STORAGE`."""
    user: str
    """Whose doing it was: the ARN of a user, a role or a root identity; empty: not known."""
    project: str
    """The tag ``project`` of the bucket or table; empty without one."""


def add(tx: Transaction, hour: int, line: Line, quantity: int) -> None:
    """Add to an hour's line."""
    if not quantity:
        return
    key = _USAGE.pack(line.account_id, hour, *line[1:])
    total = quantity + int.from_bytes(tx.get(key) or b"")
    tx.set(key, total.to_bytes((total.bit_length() + 7) // 8))


def between(
    reader: Reader, account_id: str, first: int, stop: int
) -> Iterator[tuple[int, Line, int]]:
    """Iterate over the lines of an account from the hour `first` to the one before `stop`."""
    at = _USAGE.pack(account_id, first)
    end = _USAGE.pack(account_id, stop)
    while True:
        page = reader.range(at, end, limit=_PAGE)
        for key, value in page:
            account, hour, *rest = _USAGE.unpack(key)
            yield hour, Line(account, *rest), int.from_bytes(value)
        if len(page) < _PAGE:
            return
        at = after(page[-1][0])
