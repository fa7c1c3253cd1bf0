"""Fixtures: budgets over a store in memory, with prices in whole dollars and a clock to set."""

import os
from decimal import Decimal

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.budgets import (
    Action,
    Budget,
    Budgets,
    Evaluation,
    Ledger,
    Spending,
    Threshold,
)
from lenticular.primitives.meters import WRITE, Meters, Prices, usage

ACCOUNT = "111111111111"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"

PRICES = """
[objects]
write = { usd = 1, per = 1 }
read = { usd = 0.1, per = 1 }
storage = { usd = 730, per = "GiB-month" }  # a dollar for a GiB in an hour
bytes_out = { usd = 1, per = "GiB" }
"""


class Clock:
    """Tells the time that a test sets: noon of the second of June, 2026, at first."""

    def __init__(self):
        self.now = 1_780_401_600.0

    def __call__(self):
        return self.now


class House:
    """The budgets of a cloud, as one process has them."""

    def __init__(self, store, clock, living=None):
        """`living` is the set of the processes that live together with this one."""
        self.store, self.clock, self.living = store, clock, set() if living is None else living
        self.meters = Meters(store, clock=clock)
        member = os.urandom(8)
        self.living.add(member)
        self.ledger = Ledger(
            store,
            self.meters,
            Prices(PRICES),
            clock=clock,
            member=member,
            living=lambda reader: self.living,
        )
        self.spending = Spending(self.ledger)
        self.budgets = Budgets(store, self.ledger, clock=clock)
        self.evaluation = Evaluation(self.ledger)

    async def budget(self, limit, name="lab", *, stop=None, **options):
        """Make a budget, and with `stop` a stop at so many percent."""
        given = {"measure": "cost", "unit": "USD", "period": "month", "begins": 0} | options
        budget = Budget(ACCOUNT, name, limit=Decimal(limit), **given)
        await self.budgets.create(budget)
        if stop is not None:
            await self.stop(stop, name)
        return budget

    async def stop(self, percent, name="lab", *, automatic=True, **options):
        """Make a stop."""
        threshold = Threshold(Decimal(percent), **options)
        action = Action(f"{name}-stop", ACCOUNT, name, threshold, automatic)
        return await self.budgets.create_action(action)

    async def admit(self, request=WRITE, *, user=ALICE, project="", units=1, service="objects"):
        return await self.spending.admit([usage(service, request, ACCOUNT, user, project, units)])

    def settle(self, admission, answered=0, *, counts=True):
        self.spending.settle(admission, self.clock.now, answered, counts=counts)

    async def write(self, **options):
        """Make a request that writes."""
        self.settle(await self.admit(**options))

    async def state(self, name="lab"):
        return (await self.budgets.find_action(ACCOUNT, name, f"{name}-stop")).state

    async def standing(self, name="lab"):
        [found] = await self.budgets.standings([await self.budgets.find(ACCOUNT, name)])
        return found

    async def spent(self, name="lab"):
        return (await self.standing(name)).spent

    async def joined(self):
        """Return the budgets of another process beside this one."""
        other = House(self.store, self.clock, self.living)
        await other.ledger.reload_all()
        return other

    async def restarted(self, *, killed=False):
        """Return the budgets of the process that comes after this one."""
        if not killed:
            await self.evaluation.close()
        self.living.discard(self.ledger.member)
        after = House(self.store, self.clock, self.living)
        await after.ledger.reload_all()
        return after


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def house(clock):
    return House(MemoryStore(), clock)
