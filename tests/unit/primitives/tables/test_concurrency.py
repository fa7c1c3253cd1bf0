"""Many writers at once, on the store that people use: nothing is lost, one wins."""

import asyncio

import pytest

from lenticular.engines.kv.sqlite import SqliteStore
from lenticular.primitives.tables import Put, Update
from lenticular.primitives.tables.errors import ConditionFailed, TransactionCancelled
from lenticular.primitives.tables.values import item as read_item


@pytest.fixture
async def store(tmp_path):
    opened = await SqliteStore.open(tmp_path / "store.db")
    yield opened
    await opened.close()


def one_more(table, item):
    return item | {"n": {"N": str(int(item.get("n", {"N": "0"})["N"]) + 1)}}


def is_new(item):
    return not item


async def test_counters_count(shelf, key):
    write = Update(table=shelf.name, key=key("a", 1), change=one_more)
    outcomes = await asyncio.gather(*(shelf.tables.write(write) for _ in range(200)))
    seen = sorted(int(outcome.new.item()["n"]["N"]) for outcome in outcomes)
    assert seen == list(range(1, 201))
    assert (await shelf.get(key("a", 1)))["n"] == {"N": "200"}


async def test_one_conditional_put_wins(shelf, key):
    async def attempt(number):
        item, size = read_item(key("a", 1) | {"by": {"N": str(number)}})
        write = Put(table=shelf.name, item=item, size=size, condition=is_new)
        await shelf.tables.write(write)
        return number

    results = await asyncio.gather(*map(attempt, range(50)), return_exceptions=True)
    winners = [result for result in results if isinstance(result, int)]
    assert len(winners) == 1
    assert sum(isinstance(result, ConditionFailed) for result in results) == 49
    assert (await shelf.get(key("a", 1)))["by"] == {"N": str(winners[0])}


async def test_transactions_keep_a_sum(shelf, key):
    total = 100

    def give(amount):
        def change(table, item):
            return item | {"n": {"N": str(int(item["n"]["N"]) + amount)}}

        return change

    for at in (1, 2):
        await shelf.put(key("a", at) | {"n": {"N": str(total // 2)}})

    async def move(amount):
        enough = {"condition": lambda item: int(item["n"]["N"]) >= amount}
        await shelf.tables.write_all(
            [
                Update(table=shelf.name, key=key("a", 1), change=give(-amount), **enough),
                Update(table=shelf.name, key=key("a", 2), change=give(amount)),
            ]
        )

    async def look():
        items = await shelf.all(partition={"S": "a"})
        return sum(int(item["n"]["N"]) for item in items)

    work = [move(7) if at % 2 else look() for at in range(60)]
    results = await asyncio.gather(*work, return_exceptions=True)
    assert {result for result in results if isinstance(result, int)} == {total}
    refused = sum(isinstance(result, TransactionCancelled) for result in results)
    assert refused == 30 - 50 // 7
    assert await look() == total


async def test_writers_while_an_index_is_made(shelf, by_color, key):
    async def write(at):
        red = {"color": {"S": "red"}, "weight": {"N": str(at)}}
        await shelf.put(key("a", at) | red)
        if at % 3 == 0:
            await shelf.delete(key("a", at))

    await asyncio.gather(*map(write, range(100)))
    altering = shelf.tables.alter(shelf.name, add=by_color)
    await asyncio.gather(altering, *map(write, range(50, 150)))
    await shelf.tables.settle()
    expected = await shelf.all()
    found = await shelf.all(index="by_color")
    assert len(expected) == 100
    assert sorted(map(str, found)) == sorted(map(str, expected))
    items, _ = (await shelf.statistics())["by_color"]
    assert items == 100


async def test_deleting_while_others_write(make_shelf, shelf, key):
    async def write(at):
        await shelf.put(key("a", at))

    writes = [asyncio.create_task(write(at)) for at in range(100)]
    await asyncio.gather(*writes[:50])
    await shelf.tables.delete(shelf.name)
    again = await make_shelf()
    await asyncio.gather(*writes[50:], return_exceptions=True)
    await again.tables.settle()
    kept = {item["s"]["N"] for item in await again.all()}
    assert (await again.statistics())[""][0] == len(kept)
