"""A key-value store beside a dict that does the same, driven by hypothesis."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction

_EXAMPLES = 40
_STEPS = 20

_EVERYTHING = (b"\x00", b"\xff" * 5)
# Few keys, all there in the beginning, so that the steps of an example often meet.
_LETTERS = (0x00, 0x61, 0x62, 0xFF)
_KEYS = [bytes(key) for length in (1, 2) for key in itertools.product(_LETTERS, repeat=length)]
_keys = st.sampled_from(_KEYS)
_bounds = st.lists(st.sampled_from(_LETTERS), max_size=3).map(bytes)
# Long values too, which an engine may keep in another way than short ones.
_values = st.builds(
    lambda size, byte: bytes([byte]) * size,
    st.sampled_from([0, 1, 100, 512, 513, 1000, 5000]),
    st.integers(0, 255),
)
_limits = st.one_of(st.none(), st.integers(0, 6))


class Failed(Exception):
    """Raised by the transactions that are to fail."""


@dataclass(frozen=True)
class Set:
    """A step of a transaction, as the classes after it."""

    key: bytes
    value: bytes


@dataclass(frozen=True)
class Delete:
    """Removes one key."""

    key: bytes


@dataclass(frozen=True)
class DeleteRange:
    """Removes all keys of an interval."""

    start: bytes
    stop: bytes


@dataclass(frozen=True)
class Get:
    """Reads one key."""

    key: bytes


@dataclass(frozen=True)
class Range:
    """Reads an interval."""

    start: bytes
    stop: bytes
    limit: int | None
    reverse: bool


Read = Get | Range
Step = Set | Delete | DeleteRange | Read

_reads = st.one_of(
    st.builds(Get, _keys), st.builds(Range, _bounds, _bounds, _limits, st.booleans())
)
_sets = st.builds(Set, _keys, _values)
_deletes = st.builds(Delete, _keys)
_steps = st.one_of(
    *[_sets, _sets, _sets, _deletes, _deletes, _reads, _reads],  # the more often, the likelier
    st.builds(DeleteRange, _bounds, _bounds),
)
_transactions = st.tuples(st.lists(_steps, max_size=8), st.booleans())


class DictTransaction(Transaction):
    """The same on a dict: sorted and filtered anew for every read."""

    def __init__(self, pairs: dict[bytes, bytes]) -> None:
        self.pairs = dict(pairs)

    def get(self, key: bytes) -> bytes | None:
        return self.pairs.get(key)

    def range(
        self, start: bytes, stop: bytes, *, limit: int | None = None, reverse: bool = False
    ) -> list[tuple[bytes, bytes]]:
        found = [(key, value) for key, value in self.pairs.items() if start <= key < stop]
        return sorted(found, reverse=reverse)[:limit]

    def set(self, key: bytes, value: bytes) -> None:
        self.pairs[key] = value

    def delete(self, key: bytes) -> None:
        self.pairs.pop(key, None)

    def delete_range(self, start: bytes, stop: bytes) -> None:
        self.pairs = {key: value for key, value in self.pairs.items() if not start <= key < stop}

    def signal(self, topic: bytes) -> None:
        pass  # nobody can watch a dict


def check_against_a_dict(open_store: Callable[[], Awaitable[KeyValueStore]]) -> None:
    """Run random transactions and reads on a store and on a dict; they must never differ."""
    with asyncio.Runner() as runner:
        store = runner.run(_opened(open_store))

        class StoreAndDict(RuleBasedStateMachine):
            def __init__(self) -> None:
                super().__init__()
                self.pairs = {key: key * 100 for key in _KEYS}
                runner.run(store.transact(self.fill))

            def fill(self, tx: Transaction) -> None:
                tx.delete_range(*_EVERYTHING)
                for key, value in self.pairs.items():
                    tx.set(key, value)

            @rule(transactions=st.lists(_transactions, min_size=1, max_size=4))
            def transact(self, transactions: list[tuple[list[Step], bool]]) -> None:
                """Hand over several at once: they run in this order, perhaps as one batch."""
                self.pairs = runner.run(_transact_all(store, self.pairs, transactions))

            @rule(reads=st.lists(_reads, min_size=1, max_size=4), long=st.booleans())
            def read(self, reads: list[Read], long: bool) -> None:
                model = DictTransaction(self.pairs)
                found = runner.run(store.read(lambda r: [_take(r, x) for x in reads], long=long))
                assert found == [_take(model, each) for each in reads]

            def teardown(self) -> None:
                everything = runner.run(store.read(lambda r: r.range(*_EVERYTHING)))
                assert everything == sorted(self.pairs.items())

        try:
            run_state_machine_as_test(
                StoreAndDict,
                settings=settings(
                    max_examples=_EXAMPLES, stateful_step_count=_STEPS, deadline=None
                ),
            )
        finally:
            runner.run(store.close())


async def _opened(open_store: Callable[[], Awaitable[KeyValueStore]]) -> KeyValueStore:
    return await open_store()


async def _transact_all(
    store: KeyValueStore,
    pairs: dict[bytes, bytes],
    transactions: list[tuple[list[Step], bool]],
) -> dict[bytes, bytes]:
    """Run transactions, each compared with the model, and return the pairs thereafter."""
    calls = []
    for steps, fails in transactions:
        calls.append(store.transact(_compared(DictTransaction(pairs), steps, fails)))
        if not fails:
            model = DictTransaction(pairs)
            for step in steps:
                _take(model, step)
            pairs = model.pairs
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    for (_, fails), outcome in zip(transactions, outcomes, strict=True):
        if isinstance(outcome, BaseException) and not isinstance(outcome, Failed):
            raise outcome
        assert isinstance(outcome, Failed) == fails
    return pairs


def _compared(
    model: DictTransaction, steps: list[Step], fails: bool
) -> Callable[[Transaction], None]:
    def run(tx: Transaction) -> None:
        again = DictTransaction(model.pairs)  # for an engine may run a transaction twice
        for step in steps:
            assert _take(tx, step) == _take(again, step), step
        if fails:
            raise Failed

    return run


def _take(reader: Reader, step: Step) -> object:
    """Take one step and return what it found."""
    match step:
        case Get(key):
            return reader.get(key)
        case Range(start, stop, limit, reverse):
            return reader.range(start, stop, limit=limit, reverse=reverse)
    assert isinstance(reader, Transaction)
    match step:
        case Set(key, value):
            reader.set(key, value)
        case Delete(key):
            reader.delete(key)
        case DeleteRange(start, stop):
            reader.delete_range(start, stop)
    return None
