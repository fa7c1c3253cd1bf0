"""Budgets and their actions as records: made, found, changed and deleted, in a transaction."""

from collections.abc import Callable, Iterator
from typing import Final

from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.budgets import grants
from lenticular.primitives.budgets.errors import (
    ActionNotFound,
    BudgetExists,
    BudgetNotFound,
    TooMany,
)
from lenticular.primitives.budgets.periods import Period
from lenticular.primitives.budgets.records import (
    ACTION,
    ALARM,
    BUDGET,
    EVENT,
    Action,
    Alarm,
    Budget,
    Event,
    EventKind,
    State,
    decode_action,
    decode_alarm,
    decode_budget,
    decode_event,
    encode,
)

MOST_BUDGETS: Final = 1_000
"""Budgets of an account."""

MOST_ACTIONS: Final = 10
"""Actions of a budget."""


def create(tx: Transaction, budget: Budget) -> None:
    """Keep a new budget. Raises `BudgetExists` or `TooMany`."""
    key = BUDGET.pack(budget.account_id, budget.name)
    if tx.get(key) is not None:
        raise BudgetExists(budget.name)
    if len(tx.range(*BUDGET.range(budget.account_id), limit=MOST_BUDGETS)) == MOST_BUDGETS:
        raise TooMany("budgets", MOST_BUDGETS)
    tx.set(key, encode(budget))
    tx.signal(grants.CHANGED)


def find(reader: Reader, account_id: str, name: str) -> Budget:
    """Return a budget. Raises `BudgetNotFound`."""
    data = reader.get(BUDGET.pack(account_id, name))
    if data is None:
        raise BudgetNotFound(name)
    return decode_budget(data)


def budgets(reader: Reader, account_id: str | None = None) -> list[Budget]:
    """Return the budgets of an account, or of all, by name."""
    parts = () if account_id is None else (account_id,)
    return [decode_budget(data) for _, data in reader.range(*BUDGET.range(*parts))]


def change(tx: Transaction, account_id: str, name: str, fn: Callable[[Budget], Budget]) -> Budget:
    """Replace a budget by what `fn` makes of it. Raises `BudgetNotFound`, and what `fn` raises."""
    changed = fn(find(tx, account_id, name))
    tx.set(BUDGET.pack(account_id, name), encode(changed))
    tx.signal(grants.CHANGED)
    return changed


def delete(tx: Transaction, account_id: str, name: str) -> None:
    """Forget a budget with its actions; its alarms stay. Raises `BudgetNotFound`."""
    find(tx, account_id, name)
    for action in actions(tx, account_id, name):
        tx.delete_range(*EVENT.range(account_id, action.id))
        tx.delete(ACTION.pack(account_id, name, action.id))
    grants.forget(tx, account_id, name)
    tx.signal(grants.CHANGED)
    tx.delete(BUDGET.pack(account_id, name))


def create_action(tx: Transaction, action: Action, now: int) -> None:
    """Keep a new action. Raises `BudgetNotFound` or `TooMany`."""
    find(tx, action.account_id, action.budget)
    if len(actions(tx, action.account_id, action.budget)) >= MOST_ACTIONS:
        raise TooMany("actions of a budget", MOST_ACTIONS)
    save_action(tx, action, "create", "The action was created.", now)


def find_action(reader: Reader, account_id: str, name: str, action_id: str) -> Action:
    """Return an action. Raises `BudgetNotFound` or `ActionNotFound`."""
    find(reader, account_id, name)
    data = reader.get(ACTION.pack(account_id, name, action_id))
    if data is None:
        raise ActionNotFound(action_id)
    return decode_action(data)


def actions(reader: Reader, account_id: str, name: str | None = None) -> list[Action]:
    """Return the actions of a budget, or of all budgets of an account."""
    parts = (account_id,) if name is None else (account_id, name)
    return [decode_action(data) for _, data in reader.range(*ACTION.range(*parts))]


def actions_everywhere(reader: Reader) -> list[Action]:
    """Return the actions of all budgets of all accounts."""
    return [decode_action(data) for _, data in reader.range(*ACTION.range())]


def save_action(tx: Transaction, action: Action, kind: EventKind, message: str, now: int) -> None:
    """Keep an action as it is now, and that this happened to it."""
    tx.set(ACTION.pack(action.account_id, action.budget, action.id), encode(action))
    tx.signal(grants.CHANGED)
    place = EVENT.subspace(action.account_id, action.id, now)
    number = len(tx.range(*place.range()))
    tx.set(place.pack(number), encode(Event(now, kind, message, action)))


def delete_action(tx: Transaction, account_id: str, name: str, action_id: str) -> Action:
    """Forget an action; return it. Raises `BudgetNotFound` or `ActionNotFound`."""
    action = find_action(tx, account_id, name, action_id)
    tx.delete(ACTION.pack(account_id, name, action_id))
    tx.delete_range(*EVENT.range(account_id, action_id))
    tx.signal(grants.CHANGED)
    return action


def come_to(
    tx: Transaction, action: Action, state: State, period: Period, message: str, now: int
) -> None:
    """Let an action come to a state by itself, if it is still there and stands by."""
    data = tx.get(ACTION.pack(action.account_id, action.budget, action.id))
    if data is None:
        return
    present = decode_action(data)
    if present.state_in(period) == "standby":
        changed = replace(present, state=state, since=period.start)
        save_action(tx, changed, "system", message, now)


def events(reader: Reader, account_id: str, action_id: str) -> list[Event]:
    """Return what happened to an action, in order."""
    return [decode_event(data) for _, data in reader.range(*EVENT.range(account_id, action_id))]


def raise_alarm(tx: Transaction, alarm: Alarm) -> bool:
    """Keep an alarm, and with the budget that it was raised in this period.

    False: it was raised already, perhaps by another process, or the budget is gone.
    """
    if not mark_alarm(tx, alarm, alarm.period):
        return False
    place = ALARM.subspace(alarm.account_id, alarm.time, alarm.budget)
    tx.set(place.pack(len(tx.range(*place.range()))), encode(alarm))
    return True


def mark_alarm(tx: Transaction, alarm: Alarm, period: int) -> bool:
    """Keep with a budget for which period the threshold of an alarm is passed; 0: it is not.

    Return whether that is news.
    """
    data = tx.get(BUDGET.pack(alarm.account_id, alarm.budget))
    if data is None:
        return False
    budget = decode_budget(data)
    marked = tuple(
        replace(each, alarmed=period) if each.threshold == alarm.threshold else each
        for each in budget.notifications
    )
    tx.set(
        BUDGET.pack(alarm.account_id, alarm.budget),
        encode(replace(budget, notifications=marked)),
    )
    tx.signal(grants.CHANGED)
    return marked != budget.notifications


def alarms(reader: Reader, account_id: str) -> Iterator[Alarm]:
    """Iterate over an account's alarms, the latest first."""
    for _, data in reader.range(*ALARM.range(account_id), reverse=True):
        yield decode_alarm(data)
