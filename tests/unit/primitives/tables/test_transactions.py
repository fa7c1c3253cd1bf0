"""Many writes and reads at once: all or none, once for each token."""

import pytest

from lenticular.primitives.tables import Check, Delete, Get, Token, Update
from lenticular.primitives.tables.errors import (
    ConditionFailed,
    KeyMismatch,
    KeysRepeated,
    Rejected,
    TokenReused,
    TransactionCancelled,
)
from lenticular.primitives.tables.limits import TOKEN_LIFE


def token(text="once", digest=b"d" * 32):
    return Token("111111111111", "us-east-1", text, digest)


def no(item):
    return False


async def test_all_kinds_of_writes_together(make_shelf, shelf, key):
    other = await make_shelf(name="other")
    await shelf.put(key("a", 1))
    await shelf.put(key("a", 2))
    outcomes = await shelf.tables.write_all(
        [
            shelf.writing(key("a", 3)),
            other.writing(key("a", 1)),
            Delete(table=shelf.name, key=key("a", 1)),
            Check(table=shelf.name, key=key("a", 2), condition=bool),
            Update(table=other.name, key=key("a", 2), change=lambda table, item: item),
        ]
    )
    assert len(outcomes) == 5
    assert {item["s"]["N"] for item in await shelf.all()} == {"2", "3"}
    assert {item["s"]["N"] for item in await other.all()} == {"1", "2"}
    assert (await shelf.statistics())[""][0] == 2


async def test_none_if_one_cannot_be_and_why(shelf, key):
    def reject(table, item):
        raise Rejected("never")

    await shelf.put(key("a", 1))
    with pytest.raises(TransactionCancelled) as cancelled:
        await shelf.tables.write_all(
            [
                shelf.writing(key("a", 2)),
                Delete(table=shelf.name, key=key("a", 1), condition=no, tell=True),
                Update(table=shelf.name, key=key("a", 3), change=reject),
            ]
        )
    assert [type(reason) for reason in cancelled.value.reasons] == [
        type(None),
        ConditionFailed,
        Rejected,
    ]
    assert cancelled.value.reasons[1].item == b'{"p":{"S":"a"},"s":{"N":"1"}}'
    assert await shelf.all() == [key("a", 1)]


async def test_one_item_once(shelf, key):
    twice = [shelf.writing(key("a", 1)), Delete(table=shelf.name, key=key("a", 1))]
    for attempt in (shelf.tables.write_all, shelf.tables.write_batch):
        with pytest.raises(KeysRepeated):
            await attempt(twice)
    gets = [Get(table=shelf.name, key=key("a", 1))] * 2
    for attempt in (shelf.tables.get_all, shelf.tables.get_batch):
        with pytest.raises(KeysRepeated):
            await attempt(gets)


async def test_a_key_that_does_not_fit_cancels(shelf, key):
    good, bad = key("a", 1), {"p": {"S": "a"}}
    with pytest.raises(TransactionCancelled) as cancelled:
        await shelf.tables.write_all(
            [Delete(table=shelf.name, key=good), Delete(table=shelf.name, key=bad)]
        )
    assert [type(reason) for reason in cancelled.value.reasons] == [type(None), KeyMismatch]
    with pytest.raises(TransactionCancelled) as cancelled:
        await shelf.tables.get_all([Get(table=shelf.name, key=each) for each in (bad, good)])
    assert [type(reason) for reason in cancelled.value.reasons] == [KeyMismatch, type(None)]


async def test_reads_in_the_order_asked(shelf, key):
    await shelf.put(key("a", 1))
    await shelf.put(key("a", 3))
    for read in (shelf.tables.get_all, shelf.tables.get_batch):
        found = await read([Get(table=shelf.name, key=key("a", at)) for at in (3, 2, 1)])
        stored = [stored.item()["s"]["N"] if stored else None for _, stored in found]
        assert stored == ["3", None, "1"]


async def test_a_batch_is_made_of_the_good(shelf, key):
    await shelf.put(key("a", 1))
    outcomes = await shelf.tables.write_batch(
        [shelf.writing(key("a", 2)), Delete(table=shelf.name, key=key("a", 1))]
    )
    assert [outcome.old is None for outcome in outcomes] == [True, False]
    assert await shelf.all() == [key("a", 2)]


async def test_a_token_stands_for_one_transaction(shelf, clock, key):
    def more(table, item):
        return item | {"n": {"N": str(int(item.get("n", {"N": "0"})["N"]) + 1)}}

    async def write(with_token):
        update = Update(table=shelf.name, key=key("a", 1), change=more)
        return await shelf.tables.write_all([update], with_token)

    async def count():
        return int((await shelf.get(key("a", 1)))["n"]["N"])

    assert await write(token()) is not None
    clock.now += TOKEN_LIFE - 1
    assert await write(token()) is None
    assert await count() == 1
    with pytest.raises(TokenReused):
        await write(token(digest=b"e" * 32))
    assert await write(token("other")) is not None
    elsewhere = token()
    elsewhere.account_id = "222222222222"
    assert await write(elsewhere) is not None
    assert await count() == 3
    clock.now += 2
    assert await write(token(digest=b"e" * 32)) is not None
    assert await count() == 4


async def test_a_cancelled_transaction_leaves_its_token_free(shelf, key):
    failing = shelf.writing(key("a", 1), condition=no)
    with pytest.raises(TransactionCancelled):
        await shelf.tables.write_all([failing], token())
    assert await shelf.tables.write_all([shelf.writing(key("a", 1))], token()) is not None


async def test_tokens_are_forgotten(shelf, store, clock, key):
    def everything():
        return store.read(lambda reader: [key for key, _ in reader.range(b"", b"\xff" * 9)])

    await shelf.put(key("a", 1))
    await shelf.tables.maintain()
    before = await everything()
    for number in range(10):
        await shelf.tables.write_all([shelf.writing(key("a", 1))], token(str(number)))
    assert len(await everything()) > len(before)
    clock.now += TOKEN_LIFE + 1
    await shelf.tables.maintain()
    assert await everything() == before
