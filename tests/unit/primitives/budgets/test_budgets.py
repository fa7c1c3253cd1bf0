"""Budgets and actions as records: made, changed, deleted, and what is refused."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from lenticular.primitives.budgets import Threshold, catalog
from lenticular.primitives.budgets.errors import (
    ActionNotFound,
    ActionStateWrong,
    BudgetExists,
    BudgetNotFound,
    TooMany,
)
from lenticular.primitives.meters import all_of, none_of, one_of

ACCOUNT = "111111111111"


async def test_a_budget_is_found_as_it_was_made(house):
    made = await house.budget(
        "12.345678901",
        filter=all_of(one_of("project", "roads"), none_of(one_of("service", "tables"))),
        tags={"team": "a"},
        settings={"CostTypes": {"IncludeTax": True}},
    )
    found = await house.budgets.find(ACCOUNT, "lab")
    assert found == replace(made, changed=found.changed)
    assert found.changed == int(house.clock.now * 1000)
    assert await house.budgets.of_account(ACCOUNT) == [found]
    assert await house.budgets.of_account("222222222222") == []
    assert await house.budgets.of_account() == [found]


async def test_names_are_an_accounts_own(house):
    made = await house.budget(1)
    with pytest.raises(BudgetExists):
        await house.budgets.create(made)
    await house.budgets.create(replace(made, account_id="222222222222"))
    for attempt in (
        house.budgets.find(ACCOUNT, "other"),
        house.budgets.delete(ACCOUNT, "other"),
        house.budgets.change(ACCOUNT, "other", lambda budget: budget),
        house.budgets.actions(ACCOUNT, "other"),
        house.budgets.events(ACCOUNT, "other", "id"),
    ):
        with pytest.raises(BudgetNotFound):
            await attempt


async def test_there_is_an_end_to_budgets_and_actions(house, monkeypatch):
    monkeypatch.setattr(catalog, "MOST_BUDGETS", 2)
    monkeypatch.setattr(catalog, "MOST_ACTIONS", 1)
    await house.budget(1, "a", stop=100)
    await house.budget(1, "b")
    with pytest.raises(TooMany):
        await house.budget(1, "c")
    with pytest.raises(TooMany):
        await house.stop(50, "a")


async def test_with_a_budget_go_its_actions_and_their_history(house):
    await house.budget(1, stop=100)
    await house.budgets.delete(ACCOUNT, "lab")
    assert await house.budgets.actions(ACCOUNT) == []
    await house.budget(1)
    with pytest.raises(ActionNotFound):
        await house.budgets.events(ACCOUNT, "lab", "lab-stop")


async def test_an_action_is_changed_and_its_history_kept(house):
    await house.budget(10, stop=100)
    before, after = await house.budgets.change_action(
        ACCOUNT, "lab", "lab-stop", lambda action: replace(action, threshold=HALF)
    )
    assert (before.threshold.value, after.threshold.value) == (100, 50)
    events = await house.budgets.events(ACCOUNT, "lab", "lab-stop")
    assert [(event.kind, event.action.threshold.value) for event in events] == [
        ("create", 100),
        ("update", 50),
    ]
    assert await house.budgets.delete_action(ACCOUNT, "lab", "lab-stop") == after
    with pytest.raises(ActionNotFound):
        await house.budgets.find_action(ACCOUNT, "lab", "lab-stop")


HALF = Threshold(Decimal(50))


@pytest.mark.parametrize("step", ["approve", "reverse", "reset"])
async def test_what_cannot_be_done_in_a_state_is_refused(house, step):
    await house.budget(10, stop=100)
    with pytest.raises(ActionStateWrong):
        await house.budgets.execute(ACCOUNT, "lab", "lab-stop", step)


async def test_a_reversed_stop_can_be_set_again(house):
    await house.budget(1, stop=100)
    await house.write()
    await house.evaluation.evaluate()
    await house.budgets.execute(ACCOUNT, "lab", "lab-stop", "reverse")
    await house.write()
    await house.budgets.execute(ACCOUNT, "lab", "lab-stop", "reset")
    await house.evaluation.evaluate()
    assert await house.state() == "executed"
    kinds = [event.kind for event in await house.budgets.events(ACCOUNT, "lab", "lab-stop")]
    assert kinds == ["create", "system", "execute", "execute", "system"]
