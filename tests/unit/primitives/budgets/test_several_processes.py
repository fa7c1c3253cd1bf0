"""Several processes keep to one budget together, and none of them asks for each request."""

import asyncio
from contextlib import suppress
from decimal import Decimal

import pytest

from lenticular.primitives.budgets import spending as module
from lenticular.primitives.budgets.errors import BudgetExceeded
from lenticular.primitives.meters import READ


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE", 0.2)


async def tick(*houses):
    """Let a second pass in every process, and let each hear of what the others want."""
    for house in houses:
        await house.evaluation.evaluate()
        await house.spending.give_back()
    for house in houses:
        house.spending.look_again()


async def write_all(houses, count):
    """Let each process make requests, all at once; return how many ran."""

    async def one(house):
        with suppress(BudgetExceeded):
            admission = await house.admit()
            await asyncio.sleep(0)
            house.settle(admission)
            return 1
        return 0

    return sum(await asyncio.gather(*(one(house) for house in houses for _ in range(count))))


class Counting:
    """Counts the transactions of a store."""

    def __init__(self, store, monkeypatch):
        self.count = 0
        transact = store.transact

        async def counted(fn, **options):
            self.count += 1
            return await transact(fn, **options)

        monkeypatch.setattr(store, "transact", counted)


async def test_a_burst_through_two_processes_spends_what_there_is_and_no_more(house):
    await house.budget(100, stop=100)
    other = await house.joined()
    ran = 0
    for _ in range(10):
        ran += await write_all([house, other], 30)
        assert ran <= 100
        await tick(house, other)
    assert ran == 100
    assert await house.spent() == await other.spent() == 100
    assert await other.state() == "executed"


async def test_few_transactions_admit_many_requests(house, monkeypatch):
    await house.budget(100_000, stop=100)
    other = await house.joined()
    counting = Counting(house.store, monkeypatch)
    assert await write_all([house, other], 1000) == 2000
    assert counting.count <= 20


async def test_what_waits_for_a_grant_does_not_run_once_the_stop_is_on(house, monkeypatch):
    await house.budget(100, stop=100)
    other = await house.joined()
    for _ in range(100):
        await other.admit()
    transact, go_on = house.store.transact, asyncio.Event()

    async def slowly(fn, **options):
        await go_on.wait()
        return await transact(fn, **options)

    monkeypatch.setattr(house.store, "transact", slowly)
    waiting = [asyncio.ensure_future(house.admit()) for _ in range(50)]
    await asyncio.sleep(0.01)
    [watch] = house.ledger
    assert watch.reserved == 50 * watch.budget.scale
    watch.set_state(*watch.actions, "executed")  # as the other process told it
    go_on.set()
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(each) for each in ended} == {BudgetExceeded}
    assert watch.reserved == 0


async def test_what_one_process_spends_the_other_knows_a_second_later(house):
    await house.budget(100)
    other = await house.joined()
    for _ in range(7):
        await house.write()
    house.settle(await house.admit(READ))
    await tick(house)
    await tick(other)
    [watch] = other.ledger
    assert watch.budget.shown(watch.spent) == Decimal("7.1")
    assert watch.budget.shown(watch.admitted) == 7
    await other.write()
    await tick(other)
    await tick(house)
    [watch] = house.ledger
    assert watch.budget.shown(watch.spent) == Decimal("8.1")


async def test_nothing_is_counted_twice_when_it_is_measured_anew(house):
    await house.budget(100, stop=100)
    other = await house.joined()
    for turn in range(5):
        await write_all([house, other], 3)
        await house.ledger.reload_all()
        await tick(other, house, *([other] * (turn % 2)))
        await other.ledger.reload_all()
    for each in (house, other):
        [watch] = each.ledger
        assert (watch.spent, watch.pending) == (30 * watch.budget.scale, 0)


async def test_what_a_killed_process_was_granted_counts_as_spent(house):
    await house.budget(100, stop=100)
    other = await house.joined()
    under_way = [await other.admit() for _ in range(10)]
    house.living.discard(other.ledger.member)  # and so it dies
    ran = 0
    for _ in range(3):
        ran += await write_all([house], 100)
        await tick(house)
    assert 88 <= ran <= 90
    assert len(under_way) + ran <= 100


async def test_what_was_granted_and_is_not_needed_is_given_back(house):
    await house.budget(100, stop=100)
    other = await house.joined()
    admissions = [await other.admit() for _ in range(60)]
    for admission in admissions:
        other.settle(admission, counts=False)  # they came to nothing
    ran = await write_all([house], 100)
    assert 0 < ran < 100
    with pytest.raises(BudgetExceeded) as raised:
        await house.write()
    assert "try again" in str(raised.value)  # it is not spent
    await tick(other)
    house.spending.look_again()
    assert ran + await write_all([house], 100) == 100
    assert await house.spent() == 100


async def test_a_clean_end_leaves_what_is_left_to_the_others(house):
    await house.budget(100, stop=100)
    other = await house.joined()
    await other.write()
    await other.evaluation.close()
    house.living.discard(other.ledger.member)
    ran = 0
    for _ in range(3):
        ran += await write_all([house], 100)
        await tick(house)
    assert ran == 99


async def test_a_stop_of_one_process_is_known_to_the_other(house):
    await house.budget(10, stop=100)
    other = await house.joined()
    assert await write_all([house], 50) == 10
    await house.ledger.keep_news()
    await other.ledger.reload_changed()
    with pytest.raises(BudgetExceeded):
        await other.admit()
    assert [watch.stopped for watch in other.ledger] == [True]


async def test_a_budget_made_by_another_process_is_kept_to(house):
    other = await house.joined()
    await house.budget(5, stop=100)
    await other.ledger.reload_changed()
    ran = 0
    for _ in range(3):
        ran += await write_all([other, house], 10)
        await tick(other, house)
    assert ran == 5


async def test_only_what_changed_is_measured_anew(house, monkeypatch):
    await house.budget(5, stop=100)
    other = await house.joined()
    measured = []
    monkeypatch.setattr(other.ledger, "reload", measured.append)
    await other.ledger.reload_changed()
    assert measured == []


async def test_a_budget_made_amid_spending_counts_it_once(house):
    other = await house.joined()
    for _ in range(3):
        await house.write()  # which is in no line yet
    await house.budget(10, stop=100)
    await other.ledger.reload_changed()
    ran = 0
    for _ in range(3):
        ran += await write_all([house, other], 10)
        await tick(house, other)
    assert ran == 7
