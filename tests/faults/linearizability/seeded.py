"""Faults in what concurrent clients may rely on, and a zygote whose servers can have them.

python -m tests.faults.linearizability.seeded       what `tests.faults.zygote` does
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.sqlite import SqliteStore
from lenticular.primitives.tables import Tables
from lenticular.primitives.tables.errors import TransactionCancelled

from .. import seeds, zygote

APART, STALE, SPLIT, EARLY = (
    "reads and writes apart",
    "answers from a cache",
    "splits transactions",
    "acknowledges before the commit",
)

_STALE = 0.05
"""Seconds for which a cache is believed."""


class SeededZygote(zygote.Zygote):
    """A zygote whose servers have the faults of this module, if they are told to."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.linearizability.seeded"],
            cwd=zygote.REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._ask({})


def sow(seed: str) -> None:
    """Give this process a fault."""
    faults = {
        APART: read_and_write_apart,
        STALE: answer_from_cache,
        SPLIT: split_transactions,
        EARLY: seeds.acknowledge_early,
    }
    faults[seed]()


def read_and_write_apart() -> None:
    """Evaluate conditions in a read, and write in a transaction of its own: updates get lost."""
    commit = SqliteStore.transact

    async def transact(
        self: SqliteStore, fn: Callable[[Transaction], Any], *_: object, **__: object
    ) -> Any:
        changed: dict[bytes, bytes | None] = {}
        result = await self.read(lambda reader: fn(seeds.Pending(reader, changed)))
        await commit(self, lambda transaction: write(transaction, changed))
        return result

    SqliteStore.transact = transact  # type: ignore[method-assign]


def answer_from_cache() -> None:
    """Answer reads with what was read a moment ago."""
    read = SqliteStore.read
    cache: dict[object, tuple[float, Any]] = {}

    class Cached(Reader):
        def __init__(self, reader: Reader) -> None:
            self._reader = reader

        def get(self, key: bytes) -> bytes | None:
            return self._remember(("get", key), lambda: self._reader.get(key))

        def range(
            self, start: bytes, stop: bytes, *, limit: int | None = None, reverse: bool = False
        ) -> list[tuple[bytes, bytes]]:
            return self._remember(
                (start, stop, limit, reverse),
                lambda: self._reader.range(start, stop, limit=limit, reverse=reverse),
            )

        def _remember(self, question: object, find: Callable[[], Any]) -> Any:
            until, answer = cache.get(question, (0.0, None))
            if time.monotonic() > until:
                answer = find()
                cache[question] = (time.monotonic() + _STALE, answer)
            return answer

    async def read_cached(
        self: SqliteStore, fn: Callable[[Reader], Any], *, long: bool = False
    ) -> Any:
        return await read(self, lambda reader: fn(Cached(reader)), long=long)

    SqliteStore.read = read_cached  # type: ignore[method-assign]


def split_transactions() -> None:
    """Make the first write of a transaction in a transaction of its own."""
    write_all = Tables.write_all

    async def write_apart(self: Tables, many: Sequence[Any], token: Any = None) -> Any:
        done: list[Any] = []
        for part, used in ((many[:1], token), (many[1:], None)):
            try:
                done += await write_all(self, part, used) or ()
            except TransactionCancelled as error:
                reasons = [None] * len(done) + [*error.reasons]
                raise TransactionCancelled(reasons + [None] * (len(many) - len(reasons))) from None
        return done

    Tables.write_all = write_apart  # type: ignore[method-assign]


def write(transaction: Transaction, changed: dict[bytes, bytes | None]) -> None:
    """Write what a function has changed that was run elsewhere."""
    for key, value in changed.items():
        if value is None:
            transaction.delete(key)
        else:
            transaction.set(key, value)


if __name__ == "__main__":
    seeds.sow = sow
    zygote.main()
