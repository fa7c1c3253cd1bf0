"""What an operation costs while a bucket or a table grows: it must not depend on how much is there.

This measures the primitives and the engine, within the process and on its disk, without HTTP
and signatures, whose cost no data change. Keys come in random order, which is the hardest for
an ordered store. Writes are durable, each its own transaction, 32 at a time; only the filling
between the sizes has more at once.
"""

import asyncio
import gc
import random
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar, Self

import uvloop

from benchmarks.report import Table
from lenticular.primitives.objects import Attributes
from lenticular.primitives.tables import (
    Get,
    KeyAttribute,
    NewTable,
    Put,
    Selection,
    TableName,
    values,
)
from lenticular.server.configuration import Configuration
from lenticular.server.wiring import Cloud, open_cloud
from lenticular.testing.values import make_principal, stream

BODY = bytes(range(256))
"""Of each object."""
NOTE = {"S": "x" * 200}
"""Of each item, beside its key."""
IN_PARTITION = 20
"""Items that a query returns."""
SAMPLES = {"new": 4000, "again": 4000, "get": 8000, "page": 400}
"""How many operations are timed at each size."""
AT_ONCE = 32

Operation = Callable[[int], Awaitable[object]]


class Growing(ABC):
    """Something that is filled, by number."""

    title: ClassVar[str]
    columns: ClassVar[Sequence[str]]
    """What it is filled with, and the heads of its four operations."""
    filled_by: ClassVar[int] = 1
    """How many numbers one call of `fill` puts."""
    filling: ClassVar[int] = 256
    """How many calls of `fill` there are at once."""

    @classmethod
    @abstractmethod
    async def make(cls, cloud: Cloud) -> Self:
        """Make it, empty."""

    @abstractmethod
    async def put(self, number: int) -> object:
        """Put the object or item of a number, durably."""

    @abstractmethod
    async def get(self, number: int) -> object:
        """Get it."""

    @abstractmethod
    async def page(self, number: int) -> object:
        """Read several from there on."""

    async def fill(self, number: int) -> object:
        """Put what begins at a number."""
        return await self.put(number)


class Bucket(Growing):
    """One bucket."""

    title = "One bucket that grows"
    columns = ("objects", "PUT new", "PUT again", "GET", "list of 1,000")

    def __init__(self, cloud: Cloud) -> None:
        self._storage = cloud.storage
        self._principal = make_principal("growth")

    @classmethod
    async def make(cls, cloud: Cloud) -> Self:
        made = cls(cloud)
        await cloud.storage.buckets.create(made._principal, "growth", region="us-east-1")
        return made

    async def put(self, number: int) -> object:
        return await self._storage.objects.put(
            self._principal,
            "growth",
            _scattered(number),
            stream(BODY),
            Attributes(),
            size=len(BODY),
        )

    async def get(self, number: int) -> object:
        found = await self._storage.objects.get(self._principal, "growth", _scattered(number))
        return [chunk async for chunk in self._storage.objects.read(found)]

    async def page(self, number: int) -> object:
        return await self._storage.listings.list(
            self._principal, "growth", behind=_scattered(number)
        )


class Items(Growing):
    """One table."""

    title = "One table that grows"
    columns = ("items", "put new", "put again", "get", f"query of {IN_PARTITION}")
    filled_by = 200
    filling = 4

    def __init__(self, cloud: Cloud, name: TableName) -> None:
        self._tables = cloud.tables
        self._name = name

    @classmethod
    async def make(cls, cloud: Cloud) -> Self:
        name = TableName(make_principal("growth").account_id, "us-east-1", "growth")
        key = KeyAttribute("p", "S"), KeyAttribute("r", "N")
        await cloud.tables.create(name, NewTable("growth", *key))
        return cls(cloud, name)

    async def put(self, number: int) -> object:
        return await self._tables.write(self._write(number))

    async def fill(self, number: int) -> object:
        numbers = range(number, number + self.filled_by)
        return await self._tables.write_batch([self._write(each) for each in numbers])

    async def get(self, number: int) -> object:
        return await self._tables.get(Get(table=self._name, key=_key(number)))

    async def page(self, number: int) -> object:
        partition = _key(number)["p"]
        return await self._tables.select(self._name, lambda table: Selection(partition=partition))

    def _write(self, number: int) -> Put:
        item, size = values.item({**_key(number), "note": NOTE})
        return Put(table=self._name, item=item, size=size)


def measure_objects(sizes: Iterable[int]) -> Table:
    """Fill a bucket up to each of `sizes` in turn, and time operations on it."""
    return uvloop.run(_measure(Bucket, sizes))


def measure_items(sizes: Iterable[int]) -> Table:
    """Fill a table up to each of `sizes` in turn, and time operations on it."""
    return uvloop.run(_measure(Items, sizes))


MEASURES = (measure_objects, measure_items)


async def _measure(kind: type[Growing], sizes: Iterable[int]) -> Table:
    table = Table(
        f"{kind.title}: microseconds per operation, {AT_ONCE} at once",
        [*kind.columns, "memory MB", "disk MB"],
        notes=[
            "In brackets: of these, processor time of both threads. Keys in random order; memory "
            "is the process's, whole."
        ],
    )
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as scratch:
        async with _cloud(Path(scratch)) as cloud:
            growing = await kind.make(cloud)
            filled = 0
            for size in sizes:
                new = max(filled, size - SAMPLES["new"])
                await _run(growing.fill, range(filled, new, growing.filled_by), growing.filling)
                gc.collect()
                costs = [
                    await _cost(growing.put, range(new, size)),
                    await _cost(growing.put, _drawn(chance, size, "again")),
                    await _cost(growing.get, _drawn(chance, size, "get")),
                    await _cost(growing.page, _drawn(chance, size, "page")),
                ]
                filled = size
                sizes_now = _resident() / 1e6, _used(Path(scratch)) / 1e6
                table.rows.append([f"{size:,}", *costs, *(f"{each:,.0f}" for each in sizes_now)])
                print("  ".join(table.rows[-1]), flush=True)
    return table


@asynccontextmanager
async def _cloud(folder: Path) -> AsyncIterator[Cloud]:
    async with open_cloud(Configuration(data=folder)) as cloud:
        yield cloud


def _scattered(number: int) -> str:
    # An odd factor permutes the numbers below 2**32: each key once, in no order.
    return f"sample-{number * 2654435761 % 2**32:08x}"


def _key(number: int) -> values.Item:
    partition, place = divmod(number, IN_PARTITION)
    return {"p": {"S": _scattered(partition)}, "r": {"N": str(place)}}


def _drawn(chance: random.Random, size: int, what: str) -> Sequence[int]:
    return [chance.randrange(size) for _ in range(SAMPLES[what])]


async def _cost(operation: Operation, numbers: Sequence[int]) -> str:
    """Return the microseconds that each operation takes of the whole time, and of processors."""
    began, busy = time.perf_counter(), time.process_time()
    await _run(operation, numbers, AT_ONCE)
    each = 1e6 / max(1, len(numbers))
    took, worked = (time.perf_counter() - began) * each, (time.process_time() - busy) * each
    return f"{took:.0f} ({worked:.0f})"


async def _run(operation: Operation, numbers: Iterable[int], at_once: int) -> None:
    """Do an operation for all numbers, so many at a time."""
    left: Iterator[int] = iter(numbers)

    async def worker() -> None:
        for number in left:
            await operation(number)

    await asyncio.gather(*(worker() for _ in range(at_once)))


def _resident() -> int:
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


def _used(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
