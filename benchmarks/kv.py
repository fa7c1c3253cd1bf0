"""Measures the SQLite key-value engine: durable transactions, gets and ranges per second.

The keys are laid out as those of a bucket: for each object an entry of 100 bytes for
listings, a record of 300 bytes (both at random places among the keys) and a value of
4 KiB (in the order of writing). A transaction is the PUT of an object that is already
there: it reads the record, replaces entry and record, and puts a new value for the old
one. Beside each rate stands the processor time for one operation, which tells more than
the rate on a machine that is busy with other things.

usage: python benchmarks/kv.py [--keys 10000 1000000] [--seconds 4] [--folder DIR]
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.engines.kv.sqlite import SqliteStore

ENTRIES, RECORDS, VALUES = Subspace("entry", 7), Subspace("record", 7), Subspace("value")
ENTRY, RECORD, VALUE = bytes(100), bytes(288), random.Random(1).randbytes(4096)
CLIENTS = 1, 16, 32, 128


class Bucket:
    """Objects with random names in a store."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.chance = random.Random(2)
        self.names: list[str] = []
        self.last_value = 0

    def new_name(self) -> str:
        self.names.append(f"{self.chance.getrandbits(64):016x}")
        return self.names[-1]

    def put(self, tx: Transaction, name: str) -> None:
        record = RECORDS.pack(name)
        before = tx.get(record)
        if before is not None:
            tx.delete(VALUES.pack(before[:12]))
        self.last_value += 1
        value = self.last_value.to_bytes(12, "big")
        tx.set(ENTRIES.pack(name), ENTRY)
        tx.set(record, value + RECORD)
        tx.set(VALUES.pack(value), VALUE)

    async def fill(self, keys: int) -> None:
        while len(self.names) * 3 < keys:
            names = [self.new_name() for _ in range(min(2000, keys // 3 + 1))]
            await self.store.transact(partial(self.put_all, names=names))

    def put_all(self, tx: Transaction, names: list[str]) -> None:
        for name in names:
            self.put(tx, name)

    async def overwrite(self) -> None:
        name = self.chance.choice(self.names)
        await self.store.transact(lambda tx: self.put(tx, name))

    async def get_value(self) -> None:
        number = self.chance.randrange(max(1, self.last_value - len(self.names)), self.last_value)
        key = VALUES.pack(number.to_bytes(12, "big"))
        await self.store.read(lambda reader: reader.get(key))

    async def get_object(self) -> None:
        name = self.chance.choice(self.names)

        def read(reader: Reader) -> bytes | None:
            reader.get(ENTRIES.pack(name))
            record = reader.get(RECORDS.pack(name))
            return record and reader.get(VALUES.pack(record[:12]))

        assert await self.store.read(read) == VALUE

    async def list_page(self) -> None:
        start = ENTRIES.pack(self.chance.choice(self.names))
        stop = ENTRIES.range()[1]
        await self.store.read(lambda reader: reader.range(start, stop, limit=1000))


async def measure(
    operation: Callable[[], Awaitable[None]], seconds: float, clients: int = 1
) -> tuple[float, float, float, float]:
    """Return operations per second, CPU microseconds for one, and p50 and p99 in ms."""
    times: list[float] = []
    begin, cpu = time.perf_counter(), time.process_time()
    end = begin + seconds

    async def client() -> None:
        while (start := time.perf_counter()) < end:
            await operation()
            times.append(time.perf_counter() - start)
            await asyncio.sleep(0)  # the reads of one turn of the loop would share a view

    await asyncio.gather(*(client() for _ in range(clients)))
    took, cpu = time.perf_counter() - begin, time.process_time() - cpu
    times.sort()
    p50, p99 = (times[len(times) * share // 100] * 1e3 for share in (50, 99))
    return len(times) / took, cpu / len(times) * 1e6, p50, p99


async def measure_store(path: Path, keys: int, seconds: float) -> AsyncIterator[tuple[str, ...]]:
    """Fill a store and measure it, row by row."""
    bucket = Bucket(await SqliteStore.open(path))
    await bucket.fill(keys)
    for clients in CLIENTS:
        result = await measure(bucket.overwrite, seconds, clients)
        yield row(keys, f"durable transactions, {clients} clients", *result)
    for what, operation in {
        "gets of a 4 KiB value": bucket.get_value,
        "reads of entry, record and value": bucket.get_object,
        "ranges of 1,000 entries": bucket.list_page,
    }.items():
        yield row(keys, what, *await measure(operation, seconds))
    await bucket.store.close()


def row(keys: int, what: str, rate: float, cpu: float, p50: float, p99: float) -> tuple[str, ...]:
    return f"{keys:,}", what, f"{rate:,.0f}", f"{cpu:,.1f}", f"{p50:.3f}", f"{p99:.3f}"


async def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the SQLite key-value engine.")
    parser.add_argument("--keys", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--folder", help="a folder on the disk to measure (default: temporary)")
    arguments = parser.parse_args()
    table = Table(*("keys", "what", "per second", "CPU µs each", "p50 ms", "p99 ms"))
    for keys in arguments.keys:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            path = Path(folder, "store.db")
            async for cells in measure_store(path, keys, arguments.seconds):
                table.add_row(*cells)
    for column in table.columns[2:]:
        column.justify = "right"
    Console().print(table)


if __name__ == "__main__":
    uvloop.run(main())
