"""Long lists in pages."""

from hypothesis import given, settings
from hypothesis import strategies as st

from lenticular.engines.kv.keys import Subspace
from lenticular.engines.kv.memory import MemoryStore
from lenticular.engines.movers.contract import Moved
from lenticular.primitives.transfers.pages import Pages

pages = Pages(Subspace("pages"), Moved)


@settings(max_examples=30)
@given(
    st.lists(st.integers(1, 1200), min_size=1, max_size=4),
    st.integers(0, 4000),
    st.integers(1, 2000),
)
async def test_a_slice_is_that_of_the_whole(batches, start, limit):
    store, rows = MemoryStore(), []
    for size in batches:
        new = [Moved(f"/{len(rows) + number}", "", 1) for number in range(size)]
        length = len(rows)
        added = await store.transact(
            lambda tx, new=new, length=length: pages.append(tx, "task", length, new)
        )
        rows += new
        assert added == len(rows)
    found = await store.read(lambda reader: pages.read(reader, "task", start, limit))
    assert found == rows[start : start + limit]


async def test_what_is_cut_is_gone_and_the_rest_stays():
    store = MemoryStore()
    rows = [Moved(f"/{number}", "", 1) for number in range(700)]
    await store.transact(lambda tx: pages.append(tx, "task", 0, rows[:300]))
    await store.transact(lambda tx: pages.append(tx, "task", 300, rows[300:]))
    await store.transact(lambda tx: pages.append(tx, "tasks", 0, rows))

    await store.transact(lambda tx: pages.cut(tx, "task", 300))

    assert await store.read(lambda reader: pages.read(reader, "task", 0, 999)) == rows[:300]
    assert await store.read(lambda reader: pages.read(reader, "tasks", 0, 999)) == rows
