"""Fixtures: the tables primitive on a store in memory, with a clock that stands still."""

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.tables import (
    ALL,
    Delete,
    Get,
    KeyAttribute,
    NewIndex,
    NewTable,
    Put,
    Selection,
    TableName,
    Tables,
)
from lenticular.primitives.tables.values import item as read_item


class Clock:
    """Tells the time that a test sets."""

    def __init__(self):
        self.now = 1_700_000_000.0

    def __call__(self):
        return self.now


class Shelf:
    """One table of items under ``p`` (S) and ``s`` (N), with short ways to use it."""

    def __init__(self, tables, name):
        self.tables = tables
        self.name = name

    def writing(self, given, **options):
        """Return the write of an item."""
        item, size = read_item(given)
        return Put(table=self.name, item=item, size=size, **options)

    async def put(self, given, **options):
        return await self.tables.write(self.writing(given, **options))

    async def get(self, key):
        _, stored = await self.tables.get(Get(table=self.name, key=key))
        return stored.item() if stored else None

    async def delete(self, key, **options):
        return await self.tables.write(Delete(table=self.name, key=key, **options))

    async def select(self, **selection):
        return await self.tables.select(self.name, lambda table: Selection(**selection))

    async def all(self, **selection):
        """Return the items of all pages."""
        found, start = [], None
        while True:
            page = await self.select(start=start, **selection)
            found += [row.item() for row in page.rows]
            start = page.last
            if start is None:
                return found

    async def statistics(self):
        """Return the statistics of the table and its indexes, by name."""
        table = await self.tables.describe(self.name)
        numbers = {0: ""} | {index.number: index.name for index in table.indexes}
        found = await self.tables.statistics(table)
        return {numbers[number]: (held.items, held.size) for number, held in found.items()}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
async def tables(store, clock):
    made = Tables(store, clock=clock)
    yield made
    await made.close()


@pytest.fixture
def make_shelf(tables):
    """Makes a table with the given indexes."""

    async def make(*indexes, name="samples", account_id="111111111111", **options):
        table_name = TableName(account_id, "us-east-1", name)
        new = NewTable(
            "id", KeyAttribute("p", "S"), KeyAttribute("s", "N"), indexes=indexes, **options
        )
        await tables.create(table_name, new)
        return Shelf(tables, table_name)

    return make


@pytest.fixture
async def shelf(make_shelf):
    return await make_shelf()


@pytest.fixture
def by_color():
    """A global index under ``color`` (S) and ``weight`` (N)."""
    color, weight = KeyAttribute("color", "S"), KeyAttribute("weight", "N")
    return NewIndex("by_color", local=False, partition=color, sort=weight, projection=ALL)


@pytest.fixture
def by_weight():
    """A local index under ``weight`` (N)."""
    weight = KeyAttribute("weight", "N")
    return NewIndex("by_weight", local=True, partition=KeyAttribute("p", "S"), sort=weight)


@pytest.fixture
def key():
    """Makes the key of an item of a shelf."""
    return lambda p, s: {"p": {"S": p}, "s": {"N": str(s)}}
