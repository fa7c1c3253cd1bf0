"""What the signals of every key-value store must do: part of `conformance_kv`."""

import asyncio
from operator import methodcaller

import pytest

from lenticular.engines.kv.contract import MAX_TOPIC_SIZE, KeyValueStore, Transaction


class Refused(Exception):
    """Raised by the transactions of these tests that are to fail."""


class SignalConformance:
    """The tests. A subclass supplies the fixture ``store``."""

    async def test_a_signal_wakes_who_watches_its_topic(self, store: KeyValueStore) -> None:
        with store.watch(b"news") as news, store.watch(b"weather") as weather:
            waiting = asyncio.create_task(news.wait(10))
            await asyncio.sleep(0)  # the task begins to wait

            def change(tx: Transaction) -> None:
                tx.set(b"key", b"value")
                tx.signal(b"news")

            await store.transact(change)
            assert await waiting
            assert await store.read(lambda reader: reader.get(b"key")) == b"value"
            assert not await weather.wait(0.01)

    async def test_a_signal_is_kept_until_the_next_wait(self, store: KeyValueStore) -> None:
        with store.watch(b"news") as news:
            for _ in range(3):
                await store.transact(lambda tx: tx.signal(b"news"))
            assert await news.wait(10)

            async def is_quiet() -> bool:
                return not await news.wait(0.05)

            # The three may have come as one or apart, and are used up then.
            assert any([await is_quiet() for _ in range(3)])

    async def test_everyone_who_watches_is_woken(self, store: KeyValueStore) -> None:
        with store.watch(b"news") as first, store.watch(b"news") as second:
            await store.transact(lambda tx: tx.signal(b"news"))
            assert all(await asyncio.gather(first.wait(10), second.wait(10)))

    async def test_a_failed_transaction_signals_nothing(self, store: KeyValueStore) -> None:
        def fail(tx: Transaction) -> None:
            tx.signal(b"news")
            raise Refused

        with store.watch(b"news") as news:
            with pytest.raises(Refused):
                await store.transact(fail)
            assert not await news.wait(0.05)

    async def test_nobody_need_watch(self, store: KeyValueStore) -> None:
        await store.transact(lambda tx: tx.signal(b"news"))
        with store.watch(b"news") as news:
            pass
        await store.transact(lambda tx: tx.signal(b"news"))
        assert not await news.wait(0.01)

    @pytest.mark.parametrize("topic", [b"", b"t" * (MAX_TOPIC_SIZE + 1)])
    async def test_other_topics_are_refused(self, store: KeyValueStore, topic: bytes) -> None:
        with pytest.raises(ValueError, match="topic"):
            await store.transact(lambda tx: tx.signal(topic))
        with pytest.raises(ValueError, match="topic"), store.watch(topic):
            pass

    async def test_any_other_topic_is_brought_as_it_is(self, store: KeyValueStore) -> None:
        topics = [bytes(range(256)), b"\x00", b"t" * MAX_TOPIC_SIZE, "gro\u00df".encode()]
        for topic in topics:
            with store.watch(topic) as watch:
                await store.transact(methodcaller("signal", topic))
                assert await watch.wait(10)
