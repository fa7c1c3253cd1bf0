"""Listings that are sorted in files: all of it comes, in order, once, and memory is given back."""

import random

import pytest

from lenticular.engines.connectors.contract import Entry, Fault
from lenticular.engines.movers.sorting import Shelf


async def _pages(names, size=7):
    for start in range(0, len(names), size):
        yield [Entry(name, "file", len(name)) for name in names[start : start + size]]


@pytest.mark.parametrize(("run", "held"), [(1000, 1000), (10, 1000), (1000, 10), (3, 0)])
async def test_a_listing_is_in_order(run, held, tmp_path):
    names = [f"{number:03}" for number in range(300)] + ["é", "\n", "007", "007"]
    random.Random(1).shuffle(names)
    shelf = Shelf(tmp_path, run=run, held=held)
    listing = await shelf.listing(_pages(names))
    assert shelf.held <= max(held, 0) or held == 1000
    assert [entry.name async for entry in listing.read()] == sorted(set(names))
    listing.close()
    assert shelf.held == 0
    assert list(tmp_path.iterdir()) == []


async def test_what_is_kept_in_memory_is_bounded_over_all_listings(tmp_path):
    shelf = Shelf(tmp_path, run=50, held=100)
    listings = [await shelf.listing(_pages([str(n) for n in range(40)])) for _ in range(10)]
    assert shelf.held <= 100
    for listing in listings:
        assert len([entry async for entry in listing.read()]) == 40
        listing.close()
    assert shelf.held == 0


async def test_a_folder_that_breaks_off_leaves_nothing(tmp_path):
    async def pages():
        async for page in _pages([str(number) for number in range(100)]):
            yield page
        raise Fault("CONNECTION_RESET", "broken off")

    shelf = Shelf(tmp_path, run=10, held=100)
    with pytest.raises(Fault):
        await shelf.listing(pages())
    assert shelf.held == 0


async def test_faults_of_entries_are_kept_apart(tmp_path):
    async def pages():
        yield [Entry("a", "file"), Fault("INVALID_PATH", "not UTF-8")]

    listing = await Shelf(tmp_path).listing(pages())
    assert [entry.name async for entry in listing.read()] == ["a"]
    assert [fault.code for fault in listing.faults] == ["INVALID_PATH"]
