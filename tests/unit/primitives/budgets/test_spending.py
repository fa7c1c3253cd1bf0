"""The hard stop: what is admitted, what is refused, and that no burst or crash gets past it."""

import asyncio
from decimal import Decimal

import pytest
from msgspec.structs import replace

from lenticular.engines.kv.contract import StoreFailed
from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.access import AccessDenied
from lenticular.primitives.budgets import spending
from lenticular.primitives.budgets.errors import BudgetExceeded
from lenticular.primitives.meters import DELETE, MANAGE, READ, Holder, levels, one_of, usage

ACCOUNT = "111111111111"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
HOUR = 3600
DAY = 24 * HOUR


async def outcomes(house, count, seconds=0.0, **options):
    """Make so many requests at once; return how many ran and how many were refused."""
    running = asyncio.Event()

    async def one():
        admission = await house.admit(**options)
        if seconds:
            await running.wait()
        else:
            await asyncio.sleep(0)
        house.settle(admission)

    tasks = [asyncio.create_task(one()) for _ in range(count)]
    await asyncio.sleep(seconds)
    running.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(result) for result in results} <= {type(None), BudgetExceeded}
    refused = sum(isinstance(result, BudgetExceeded) for result in results)
    return count - refused, refused


async def test_a_burst_of_a_thousand_spends_what_there_is_and_no_more(house):
    await house.budget(100, stop=100)
    assert await outcomes(house, 1000) == (100, 900)
    assert await house.spent() == 100


async def test_a_burst_that_is_slow_to_run_is_held_back_before_it_runs(house):
    await house.budget(100, stop=100)
    assert await outcomes(house, 1000, seconds=0.05) == (100, 900)
    assert await house.spent() == 100


async def test_a_request_of_many_units_counts_as_many(house):
    await house.budget(100, stop=100)
    await house.write(units=60)
    with pytest.raises(BudgetExceeded):
        await house.write(units=60)
    assert await house.spent() == 60


async def test_reading_deleting_and_settings_go_on(house):
    await house.budget(1, stop=100)
    await house.write()
    with pytest.raises(BudgetExceeded):
        await house.write()
    for request in (READ, DELETE, MANAGE):
        house.settle(await house.admit(request))
    assert await house.spent() == Decimal("1.1")


async def test_what_costs_nothing_is_never_refused(house):
    await house.budget(0, stop=100)
    await house.write(service="iam")
    with pytest.raises(BudgetExceeded):
        await house.write()


async def test_the_refusal_says_what_when_and_who_can_help(house):
    await house.budget("2.50", stop=100)
    await house.write(units=2)
    with pytest.raises(BudgetExceeded) as refused:
        await house.write()
    message = str(refused.value)
    assert "'lab' of account 111111111111" in message
    assert "2 USD of 2.5 USD" in message
    assert "ends 2026-07-01T00:00:00Z" in message
    assert "budgets:ModifyBudget" in message


async def test_a_stop_is_for_whom_the_budget_is(house):
    await house.budget(1, "alice", stop=100, filter=one_of("user", ALICE))
    await house.budget(1, "roads", stop=100, filter=one_of("project", "roads"))
    await house.write(user=ALICE)
    with pytest.raises(BudgetExceeded, match="'alice'"):
        await house.write(user=ALICE)
    bob = ALICE.replace("alice", "bob")
    await house.write(user=bob)
    await house.write(user=bob, project="roads")
    with pytest.raises(BudgetExceeded, match="'roads'"):
        await house.write(user=bob, project="roads")
    await house.write(user=bob)


async def test_another_accounts_spending_does_not_count(house):
    await house.budget(1, stop=100)
    others = usage("objects", "write", "222222222222", ALICE)
    for _ in range(5):
        house.settle(await house.spending.admit([others]))
    assert await house.spent() == 0


async def test_a_stranger_learns_nothing_of_a_stop_and_does_not_bring_it_on(house):
    await house.budget(10, stop=100)
    stranger = "arn:aws:iam::222222222222:user/mallory"
    with pytest.raises(AccessDenied) as refused:
        await house.write(user=stranger, units=11)
    assert "lab" not in str(refused.value)
    await house.write()


async def test_requests_that_come_to_nothing_keep_nobody_out(house):
    """Denied requests that hold the rest of a budget: the next one waits for them, and runs."""
    await house.budget(10, stop=100)
    denied = [await house.admit() for _ in range(10)]
    waiting = asyncio.create_task(house.write())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    for admission in denied:
        house.settle(admission, counts=False)
    await waiting
    assert await house.spent() == 1


async def test_a_request_does_not_wait_for_ever(house, monkeypatch):
    monkeypatch.setattr(spending, "_PATIENCE", 0.01)
    await house.budget(1, stop=100)
    slow = await house.admit()
    with pytest.raises(BudgetExceeded, match="under way: try again"):
        await house.write()
    house.settle(slow, counts=False)
    await house.write()


async def test_a_stop_that_came_on_stays_on_and_is_kept(house):
    await house.budget("2.5", stop=100)
    await house.write(units=2)
    for _ in range(2):
        with pytest.raises(BudgetExceeded):
            await house.write()
    await house.evaluation.evaluate()
    assert await house.state() == "executed"
    [created, stopped] = await house.budgets.events(ACCOUNT, "lab", "lab-stop")
    assert (created.kind, stopped.kind) == ("create", "system")
    assert "2 USD of 2.5 USD" in stopped.message
    after = await house.restarted()
    with pytest.raises(BudgetExceeded):
        await after.write()


async def test_storage_that_goes_on_costing_brings_the_stop_on(house, clock):
    await house.budget(10, stop=100)
    holder = Holder(ACCOUNT, "objects", b"bucket")
    now = int(clock.now * 1000)
    await house.store.transact(lambda tx: levels.begin(tx, holder, ALICE, now))
    await house.store.transact(lambda tx: levels.change(tx, holder, 2**30, now))
    await house.evaluation.evaluate()
    clock.now += 9 * HOUR
    await house.evaluation.evaluate()
    assert await house.spent() == 9
    await house.write()
    clock.now += HOUR
    await house.evaluation.evaluate()
    assert await house.state() == "executed"
    with pytest.raises(BudgetExceeded):
        await house.write()
    assert await house.spent() == 11  # it goes on costing, and can be deleted


async def test_a_new_period_begins_with_nothing_spent(house, clock):
    await house.budget(2, stop=100, period="day")
    assert await outcomes(house, 10) == (2, 8)
    clock.now += 12 * HOUR - 1
    with pytest.raises(BudgetExceeded):
        await house.write()
    clock.now += 1
    assert await outcomes(house, 10) == (2, 8)
    await house.evaluation.evaluate()
    assert await house.state() == "executed"
    clock.now += DAY
    assert await outcomes(house, 10) == (2, 8)


async def test_a_request_across_midnight_is_charged_to_the_day_it_came_in(house, clock):
    await house.budget(2, stop=100, period="day")
    clock.now += 12 * HOUR - 1
    came_in = clock.now
    under_way = [await house.admit() for _ in range(2)]
    clock.now += 2
    await house.write()
    for admission in under_way:
        house.spending.settle(admission, came_in, 0, counts=True)
    assert await house.spent() == 1
    assert await outcomes(house, 5) == (1, 4)


async def test_a_clock_set_back_across_midnight_gives_nothing_back(house, clock):
    await house.budget(2, stop=100, period="day")
    clock.now += 12 * HOUR
    assert await outcomes(house, 5) == (2, 3)
    clock.now -= 1
    with pytest.raises(BudgetExceeded):
        await house.write()


@pytest.mark.parametrize("flushed", [True, False])
async def test_what_a_killed_process_spent_counts_after_it(house, flushed):
    """A burst, a kill before the meters are written, and another burst: nothing is spent twice."""
    await house.budget(1000, stop=100)
    ran, _ = await outcomes(house, 700)
    if flushed:
        await house.meters.flush()
    after = await house.restarted(killed=True)
    more, _ = await outcomes(after, 1000)
    assert 990 <= ran + more <= 1000


async def test_what_was_under_way_in_a_killed_process_counts_after_it(house):
    await house.budget(1000, stop=100)
    for _ in range(600):
        await house.admit()
    after = await house.restarted(killed=True)
    again = await after.restarted(killed=True)
    more, _ = await outcomes(again, 1000)
    assert 390 <= more <= 400


async def test_a_clean_end_leaves_nothing_uncertain(house):
    await house.budget(1000, stop=100)
    await outcomes(house, 700)
    after = await house.restarted()
    assert await after.spent() == 700
    assert await outcomes(after, 1000) == (300, 700)


async def test_nothing_runs_that_could_not_be_claimed(house, monkeypatch):
    await house.budget(1000, stop=100)

    async def fail(fn):
        raise StoreFailed("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(MemoryStore, "transact", lambda store, fn: fail(fn))
        for _ in range(3):
            with pytest.raises(StoreFailed):
                await house.admit()
    assert await outcomes(house, 1100) == (1000, 100)


async def test_raising_the_limit_lifts_the_stop(house):
    await house.budget(2, stop=100)
    assert await outcomes(house, 5) == (2, 3)
    await house.evaluation.evaluate()
    await house.budgets.change(ACCOUNT, "lab", lambda budget: replace(budget, limit=Decimal(5)))
    assert await outcomes(house, 5) == (3, 2)


async def test_lowering_the_limit_stops_at_once(house):
    await house.budget(10, stop=100)
    await house.write(units=3)
    await house.budgets.change(ACCOUNT, "lab", lambda budget: replace(budget, limit=Decimal(3)))
    with pytest.raises(BudgetExceeded):
        await house.write()


async def test_a_deleted_budget_stops_nothing(house):
    await house.budget(1, stop=100)
    assert await outcomes(house, 2) == (1, 1)
    await house.budgets.delete(ACCOUNT, "lab")
    assert await outcomes(house, 5) == (5, 0)


async def test_a_stop_at_half_of_the_limit(house):
    await house.budget(10, stop=50)
    assert await outcomes(house, 10) == (5, 5)


async def test_a_stop_that_waits_for_approval_stops_when_it_is_given(house):
    await house.budget(2)
    await house.stop(100, automatic=False)
    assert await outcomes(house, 3) == (3, 0)
    await house.evaluation.evaluate()
    assert await house.state() == "pending"
    assert await outcomes(house, 2) == (2, 0)
    await house.budgets.execute(ACCOUNT, "lab", "lab-stop", "approve")
    assert await outcomes(house, 2) == (0, 2)
    await house.budgets.execute(ACCOUNT, "lab", "lab-stop", "reverse")
    assert await outcomes(house, 2) == (2, 0)
    await house.evaluation.evaluate()
    assert await house.state() == "reversed"


async def test_limits_of_requests_and_of_bytes(house):
    await house.budget(3, "requests", measure="requests", unit="Requests", stop=100)
    assert await outcomes(house, 5) == (3, 2)
    await house.budgets.delete(ACCOUNT, "requests")
    await house.budget(1, "bytes", measure="bytes_out", unit="GB", stop=100)
    house.settle(await house.admit(READ), answered=2**30 - 1)
    await house.write()
    house.settle(await house.admit(READ), answered=1)
    await house.evaluation.evaluate()
    with pytest.raises(BudgetExceeded, match="1 GB of 1 GB"):
        await house.write()


async def test_every_budget_that_is_concerned_has_a_say(house):
    await house.budget(10, "wide", stop=100)
    await house.budget(2, "narrow", stop=100, filter=one_of("user", ALICE))
    assert await outcomes(house, 5) == (2, 3)
    assert await house.spent("wide") == 2
    bob = ALICE.replace("alice", "bob")
    assert await outcomes(house, 20, user=bob) == (8, 12)


async def test_measuring_anew_amid_a_burst_loses_nothing(house):
    await house.budget(100, stop=100)
    first = [await house.admit() for _ in range(40)]
    settling = asyncio.create_task(house.ledger.reload_all())
    for admission in first[:20]:
        await asyncio.sleep(0)
        house.settle(admission)
    await settling
    await house.meters.flush()
    await house.ledger.reload_all()
    for admission in first[20:]:
        house.settle(admission)
    assert await outcomes(house, 100) == (60, 40)
    assert await house.spent() == 100
