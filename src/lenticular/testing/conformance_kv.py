"""What every key-value store must do: tests for an engine to inherit.

A test module of an engine derives a class from `KeyValueStoreConformance` and supplies the
fixture ``open_store``; with pytest-asyncio in automatic mode that is all::

    class TestMemoryStore(KeyValueStoreConformance):
        @pytest.fixture
        def open_store(self):
            async def open_store():
                return MemoryStore()

            return open_store
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial

import pytest

from lenticular.engines.kv.contract import (
    MAX_KEY_SIZE,
    MAX_VALUE_SIZE,
    KeyValueStore,
    Reader,
    StoreClosed,
    Transaction,
)
from lenticular.testing.conformance_signals import SignalConformance
from lenticular.testing.model_kv import check_against_a_dict

OpenStore = Callable[[], Awaitable[KeyValueStore]]
"""Opens a store that is empty, and another one each time."""

Pairs = list[tuple[bytes, bytes]]


class Refused(Exception):
    """Raised by the transactions of these tests that are to fail."""


async def get(store: KeyValueStore, key: bytes) -> bytes | None:
    """Return the value of a key."""
    return await store.read(lambda reader: reader.get(key))


async def put(store: KeyValueStore, pairs: Mapping[bytes, bytes]) -> None:
    """Store all pairs in one transaction."""

    def put_all(tx: Transaction) -> None:
        for key, value in pairs.items():
            tx.set(key, value)

    await store.transact(put_all)


async def contents(store: KeyValueStore) -> Pairs:
    """Return everything in the store."""
    return await store.read(lambda reader: reader.range(b"", b"\xff" * (MAX_KEY_SIZE + 1)))


async def increment(store: KeyValueStore, key: bytes) -> int:
    """Add one to a counter, and return what it says then."""

    def add(tx: Transaction) -> int:
        count = int(tx.get(key) or b"0") + 1
        tx.set(key, b"%d" % count)
        return count

    return await store.transact(add)


class KeyValueStoreConformance(SignalConformance):
    """The tests. A subclass supplies the fixture ``open_store`` (see `OpenStore`)."""

    @pytest.fixture
    async def store(self, open_store: OpenStore) -> AsyncIterator[KeyValueStore]:
        store = await open_store()
        yield store
        await store.close()

    def test_behaves_as_a_dict_does(self, open_store: OpenStore) -> None:
        check_against_a_dict(open_store)

    # Keys and values.

    async def test_a_value_is_read_back(self, store: KeyValueStore) -> None:
        await put(store, {b"key": b"value", b"empty": b""})
        assert await get(store, b"key") == b"value"
        assert await get(store, b"empty") == b""

    @pytest.mark.parametrize("key", [b"", b"ke", b"key\x00", b"\xff", b"k" * (MAX_KEY_SIZE + 1)])
    async def test_a_key_that_is_not_there_has_no_value(
        self, store: KeyValueStore, key: bytes
    ) -> None:
        await put(store, {b"key": b"value"})
        assert await get(store, key) is None
        await store.transact(lambda tx: tx.delete(key))
        assert await contents(store) == [(b"key", b"value")]

    @pytest.mark.parametrize("sizes", [(10, 5000), (5000, 10), (5000, 70_000), (10, 0)])
    async def test_a_value_is_replaced(self, store: KeyValueStore, sizes: tuple[int, int]) -> None:
        for size in sizes:
            await put(store, {b"key": b"v" * size})
            assert await contents(store) == [(b"key", b"v" * size)]

    async def test_the_longest_key_and_value_are_stored(self, store: KeyValueStore) -> None:
        key, value = b"k" * MAX_KEY_SIZE, bytes(MAX_VALUE_SIZE)
        await put(store, {key: value})
        assert await contents(store) == [(key, value)]

    @pytest.mark.parametrize(
        ("key", "value", "error"),
        [
            (b"", b"value", ValueError),
            (b"k" * (MAX_KEY_SIZE + 1), b"value", ValueError),
            (b"key", bytes(MAX_VALUE_SIZE + 1), ValueError),
            ("key", b"value", TypeError),
            (b"key", "value", TypeError),
            (b"key", bytearray(b"value"), TypeError),
        ],
    )
    async def test_other_keys_and_values_are_refused(
        self, store: KeyValueStore, key: bytes, value: bytes, error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            await put(store, {b"before": b"", key: value})
        assert await contents(store) == []

    # Ranges.

    @pytest.mark.parametrize(
        ("start", "stop", "expected"),
        [
            (b"", b"\xff\xff\xff", [b"\x00", b"a", b"a\x00", b"a\xff", b"b", b"\xff", b"\xff\xff"]),
            (b"a", b"b", [b"a", b"a\x00", b"a\xff"]),
            (b"a\x00", b"a\x00\x00", [b"a\x00"]),
            (b"a\x01", b"\xff", [b"a\xff", b"b"]),
            (b"a", b"a", []),
            (b"b", b"a", []),
            (b"c", b"d", []),
        ],
    )
    async def test_a_range_has_the_keys_from_start_to_before_stop(
        self, store: KeyValueStore, start: bytes, stop: bytes, expected: list[bytes]
    ) -> None:
        keys = [b"a\xff", b"\xff", b"\x00", b"b", b"a", b"\xff\xff", b"a\x00"]
        await put(store, {key: b"of " + key for key in keys})
        pairs = [(key, b"of " + key) for key in expected]
        assert await store.read(lambda reader: reader.range(start, stop)) == pairs
        backwards = await store.read(lambda reader: reader.range(start, stop, reverse=True))
        assert backwards == pairs[::-1]

    @pytest.mark.parametrize("limit", [0, 1, 3, 4, 1000])
    async def test_a_limited_range_is_cut_from_the_front_or_the_back(
        self, store: KeyValueStore, limit: int
    ) -> None:
        pairs = [(b"%d" % number, b"v" * 300 * number) for number in range(4)]
        await put(store, dict(pairs))

        def pages(reader: Reader) -> tuple[Pairs, Pairs]:
            return (
                reader.range(b"0", b"9", limit=limit),
                reader.range(b"0", b"9", limit=limit, reverse=True),
            )

        expected = pairs[:limit], pairs[::-1][:limit]
        assert await store.read(pages) == expected
        assert await store.transact(pages) == expected

    # Transactions.

    async def test_the_result_of_a_function_comes_back(self, store: KeyValueStore) -> None:
        result = object()
        assert await store.transact(lambda _: result) is result
        assert await store.read(lambda _: result) is result
        assert await store.read(lambda _: result, long=True) is result

    @pytest.mark.parametrize("kind", [Refused, LookupError, asyncio.CancelledError])
    async def test_the_exception_of_a_function_comes_out(
        self, store: KeyValueStore, kind: type[BaseException]
    ) -> None:
        error = kind("no")

        def refuse(_: Reader) -> None:
            raise error

        for call in (
            store.transact(refuse),
            store.read(refuse),
            store.read(refuse, long=True),
        ):
            with pytest.raises(kind) as raised:
                await call
            assert raised.value is error
        assert await increment(store, b"key") == 1

    async def test_a_stray_end_of_iteration_does_not_hang(self, store: KeyValueStore) -> None:
        def stray(_: Reader) -> None:
            next(iter(()))

        for call in (store.transact(stray), store.read(stray), store.read(stray, long=True)):
            with pytest.raises(RuntimeError, match="StopIteration"):
                await call

    async def test_a_failed_transaction_leaves_nothing(self, store: KeyValueStore) -> None:
        before = {b"a": b"1", b"b": b"2" * 5000, b"c": b"3", b"d": b"4" * 5000}
        await put(store, before)

        def fail(tx: Transaction) -> None:
            tx.set(b"a", b"changed")
            tx.delete(b"b")
            tx.delete_range(b"c", b"e")
            tx.set(b"d", b"changed")
            tx.set(b"new", b"new")
            raise Refused

        with pytest.raises(Refused):
            await store.transact(fail)
        assert await contents(store) == list(before.items())

    async def test_one_failure_leaves_the_others_as_they_are(self, store: KeyValueStore) -> None:
        await put(store, {b"x%02d" % number: b"old" * 100 for number in range(30)})

        def change(tx: Transaction, number: int) -> None:
            tx.set(b"%02d" % number, b"new")
            tx.delete_range(b"x%02d" % number, b"x%02d" % (number + 1))
            if number % 3 == 0:
                raise Refused

        outcomes = await asyncio.gather(
            *(store.transact(partial(change, number=number)) for number in range(30)),
            return_exceptions=True,
        )
        kept = [number for number in range(30) if number % 3]
        refused = [number for number in range(30) if not number % 3]
        assert [type(outcome) for outcome in outcomes] == [
            type(None) if number in kept else Refused for number in range(30)
        ]
        assert [key for key, _ in await contents(store)] == [
            *(b"%02d" % number for number in kept),
            *(b"x%02d" % number for number in refused),
        ]

    async def test_a_transaction_sees_its_own_writes(self, store: KeyValueStore) -> None:
        await put(store, {b"%d" % number: b"old" for number in range(10)})

        def change(tx: Transaction) -> None:
            tx.set(b"0", b"new")
            tx.set(b"05", b"new")
            tx.delete(b"1")
            tx.delete_range(b"3", b"8")
            tx.set(b"4", b"new")
            assert (tx.get(b"0"), tx.get(b"1"), tx.get(b"3")) == (b"new", None, None)
            assert tx.range(b"0", b"9") == [
                (b"0", b"new"),
                (b"05", b"new"),
                (b"2", b"old"),
                (b"4", b"new"),
                (b"8", b"old"),
            ]
            assert tx.range(b"1", b"9", limit=2) == [(b"2", b"old"), (b"4", b"new")]
            assert tx.range(b"0", b"5", limit=1, reverse=True) == [(b"4", b"new")]
            assert tx.range(b"1", b"2") == []

        await store.transact(change)
        keys = [key for key, _ in await contents(store)]
        assert keys == [b"0", b"05", b"2", b"4", b"8", b"9"]

    async def test_a_page_is_full_whatever_was_deleted_before_it(
        self, store: KeyValueStore
    ) -> None:
        await put(store, {b"%d" % number: b"old" for number in range(10)})

        def change(tx: Transaction) -> None:
            for key in (b"0", b"1", b"3", b"8", b"9", b"90"):
                tx.delete(key)
            tx.set(b"5", b"new")
            assert tx.range(b"0", b"9", limit=3) == [(b"2", b"old"), (b"4", b"old"), (b"5", b"new")]
            assert tx.range(b"0", b"91", limit=2, reverse=True) == [(b"7", b"old"), (b"6", b"old")]
            assert len(tx.range(b"0", b"91", limit=100)) == 5

        await store.transact(change)

    async def test_a_great_range_is_deleted(self, store: KeyValueStore) -> None:
        for begin in range(0, 3000, 1000):
            await put(store, {b"%05d" % n: bytes(n % 500) for n in range(begin, begin + 1000)})
        await store.transact(lambda tx: tx.delete_range(b"00001", b"02999"))
        assert [key for key, _ in await contents(store)] == [b"00000", b"02999"]

    async def test_what_was_acknowledged_is_seen(self, store: KeyValueStore) -> None:
        for number in range(20):
            await put(store, {b"key": b"%d" % number})
            assert await get(store, b"key") == b"%d" % number
            assert await store.read(lambda r: r.get(b"key"), long=True) == b"%d" % number

    # Concurrency.

    async def test_no_increment_is_lost(self, store: KeyValueStore) -> None:
        async def count() -> list[int]:
            return [await increment(store, b"counter") for _ in range(5)]

        counts = await asyncio.gather(*(count() for _ in range(20)))
        assert sorted(number for own in counts for number in own) == list(range(1, 101))
        assert all(own == sorted(own) for own in counts)

    async def test_transfers_keep_the_sum_for_every_reader(self, store: KeyValueStore) -> None:
        accounts = [b"account %d" % number for number in range(8)]
        await put(store, dict.fromkeys(accounts, b"100"))

        def transfer(tx: Transaction, *, source: bytes, target: bytes, amount: int) -> None:
            tx.set(target, b"%d" % (int(tx.get(target) or 0) + amount))
            left = int(tx.get(source) or 0) - amount
            tx.set(source, b"%d" % left)
            if left < 0:
                raise Refused

        def total(reader: Reader) -> int:
            listed = sum(int(value) for _, value in reader.range(b"account", b"b"))
            assert listed == sum(int(reader.get(account) or 0) for account in accounts)
            return listed

        async def customer(number: int) -> int:
            refused = 0
            for turn in range(25):
                own = partial(
                    transfer,
                    source=accounts[(number + turn) % 8],
                    target=accounts[(number + turn + 1 + turn % 7) % 8],  # never the same
                    amount=(37 * number + 13 * turn) % 80,
                )
                try:
                    await store.transact(own)
                except Refused:
                    refused += 1
                assert await store.read(total) == 800
            return refused

        async def auditor() -> None:
            for _ in range(40):
                assert await store.read(total, long=True) == 800

        _, *refused = await asyncio.gather(auditor(), *map(customer, range(8)))
        assert 0 < sum(filter(None, refused)) < 200
        assert await store.read(total) == 800

    async def test_two_cannot_both_rely_on_the_other(self, store: KeyValueStore) -> None:
        """Serialisable, and not just a snapshot: no write skew."""

        def leave(tx: Transaction, doctor: bytes) -> None:
            if len(tx.range(b"on call/", b"on call0")) == 1:
                raise Refused
            tx.delete(b"on call/" + doctor)

        for _ in range(20):
            await put(store, {b"on call/alice": b"", b"on call/bob": b""})
            outcomes = await asyncio.gather(
                store.transact(lambda tx: leave(tx, b"alice")),
                store.transact(lambda tx: leave(tx, b"bob")),
                return_exceptions=True,
            )
            assert [type(outcome) for outcome in outcomes].count(Refused) == 1
            assert len(await contents(store)) == 1

    async def test_cancelling_does_not_undo(self, store: KeyValueStore) -> None:
        task = asyncio.create_task(increment(store, b"counter"))
        await asyncio.sleep(0)  # the task hands its transaction over
        task.cancel()
        assert await increment(store, b"counter") == 2
        with pytest.raises(asyncio.CancelledError):
            await task

    # The end.

    async def test_close_finishes_what_was_handed_over(self, store: KeyValueStore) -> None:
        tasks = [asyncio.create_task(increment(store, b"counter")) for _ in range(20)]
        await asyncio.sleep(0)  # the tasks hand their transactions over
        await store.close()
        assert [await task for task in tasks] == list(range(1, 21))

    async def test_a_closed_store_says_so(self, store: KeyValueStore) -> None:
        await increment(store, b"counter")
        await asyncio.gather(store.close(), store.close())
        await store.close()
        with pytest.raises(StoreClosed):
            await get(store, b"counter")
        with pytest.raises(StoreClosed):
            await store.read(lambda reader: reader.get(b"counter"), long=True)
        with pytest.raises(StoreClosed):
            await increment(store, b"counter")
        with pytest.raises(StoreClosed), store.watch(b"news"):
            pass
