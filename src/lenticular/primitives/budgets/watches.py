"""A watch: how much of one budget is used in its present period, kept in memory.

It knows what is spent, what is reserved by requests under way, and what its stops allow. All
of it is synchronous: between two awaits nothing else changes it.
"""

import asyncio

from msgspec.structs import replace

from lenticular.primitives.budgets.periods import Period
from lenticular.primitives.budgets.records import Action, Budget, State

_FORECAST_AFTER = 20
"""One part in so many of a period passes before anything is foretold of the rest."""


class Watch:
    """One budget in its present period. Amounts are in shares of the budget's scale."""

    def __init__(self, budget: Budget, actions: tuple[Action, ...]) -> None:
        self.budget = budget
        self.actions = actions
        self.period: Period | None = None
        """None: the budget is not in force now."""
        self.limit = 0
        self.spent = 0
        """Up to `now`."""
        self.now = 0
        self.rate = 0
        """What storage adds to `spent` in a millisecond."""
        self.admitted = 0
        """The part of `spent` that writing requests made, whom `reserved` stood for."""
        self.reserved = 0
        """What admitted requests under way may come to."""
        self.claimed = 0
        """What is durably noted that `admitted` and `reserved` may come to."""
        self.lost = 0
        """What an earlier process may have spent in its last second without a trace."""
        self.cap: int | None = None
        """What may be spent before a stop comes on by itself; None: anything."""
        self.stopped = False
        """Whether a stop is on."""
        self.claiming: asyncio.Task[None] | None = None
        self._freed = asyncio.Event()

    def take_over(self, measured: "Watch") -> None:
        """Take over records and amounts that were measured anew; what is reserved stays."""
        self.budget, self.actions = measured.budget, measured.actions
        if measured.period != self.period:
            self.reserved = self.claimed = 0
        self.period, self.limit = measured.period, measured.limit
        self.spent, self.now, self.rate = measured.spent, measured.now, measured.rate
        self.admitted, self.lost = measured.admitted, measured.lost
        self._find_cap()
        self._free()

    def advance(self, now: int) -> None:
        """Come to the moment `now`, in milliseconds since the epoch: perhaps to a new period.

        A clock that is set back does not bring the period before back.
        """
        if self.period is None or now >= self.period.stop:
            self._begin(now)
        elif now > self.now:
            self.spent += self.rate * (now - self.now)
            self.now = now

    def _begin(self, now: int) -> None:
        self.period = self.budget.period_at(now)
        self.admitted = self.reserved = self.claimed = self.lost = 0
        self.now = now
        self.spent = 0
        if self.period is not None:
            self.limit = self.budget.limit_in(self.period)
            self.spent = self.rate * (now - self.period.start)
        self._find_cap()
        self._free()

    # What its stops say.

    def state(self, action: Action) -> State:
        """Return the state of an action in the present period."""
        return action.state_in(self.period)

    def set_state(self, action: Action, state: State) -> None:
        """Let an action be in a state for the rest of the period."""
        if self.period is not None:
            changed = replace(action, state=state, since=self.period.start)
            self.actions = tuple(changed if each.id == action.id else each for each in self.actions)
            self._find_cap()
            self._free()

    def _find_cap(self) -> None:
        scale = self.budget.scale
        standing_by = [each for each in self.actions if self.state(each) == "standby"]
        caps = [
            action.threshold.amount(self.limit, scale)
            for action in standing_by
            if action.automatic and not action.threshold.forecast
        ]
        self.cap = min(caps) if caps else None
        self.stopped = any(self.state(action) == "executed" for action in self.actions)

    def due(self) -> list[Action]:
        """Return the actions whose threshold is reached and that still stand by."""
        scale, forecast = self.budget.scale, self.forecast()
        found = []
        for action in self.actions:
            value = forecast if action.threshold.forecast else self.spent
            if value is None or self.state(action) != "standby":
                continue
            if value >= action.threshold.amount(self.limit, scale):
                found.append(action)
        return found

    @property
    def unclaimed(self) -> bool:
        """Whether admitted spending goes beyond what is durably noted."""
        return self.cap is not None and self.admitted + self.lost + self.reserved > self.claimed

    # Spending.

    def fits(self, amount: int) -> bool:
        """Tell whether so much more may be spent, with all that is reserved."""
        return self.cap is None or self.spent + self.reserved + amount <= self.cap

    def can_wait(self, amount: int) -> bool:
        """Tell whether it would fit if requests under way came to nothing."""
        return self.reserved > 0 and (self.cap is None or self.spent + amount <= self.cap)

    def reserve(self, amount: int) -> Period | None:
        """Reserve an amount; return for which period."""
        self.reserved += amount
        return self.period

    def release(self, amount: int, period: Period | None) -> None:
        """Give a reservation back."""
        if period == self.period:
            self.reserved -= amount
            self._free()

    def spend(self, amount: int, moment: int, *, admitted: bool) -> None:
        """Note that so much was spent at a moment, by a request that was admitted or by another."""
        if self.period is None or moment >= self.period.stop:
            self.advance(moment)
        if self.period is not None and moment in self.period:
            self.spent += amount
            if admitted:
                self.admitted += amount

    async def freed(self, seconds: float) -> bool:
        """Wait until a reservation was given back; False: none was in so many seconds."""
        try:
            await asyncio.wait_for(self._freed.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def _free(self) -> None:
        self._freed.set()
        self._freed = asyncio.Event()

    # Telling.

    def forecast(self) -> int | None:
        """Return what will be spent at the end of the period, if it goes on as it did.

        None while too little of the period has passed to tell.
        """
        if self.period is None:
            return None
        length, passed = self.period.stop - self.period.start, self.now - self.period.start
        if passed * _FORECAST_AFTER < length:
            return None
        return self.spent * length // passed

    def shown(self, amount: int) -> str:
        """Return an amount as people read it."""
        return f"{self.budget.shown(amount):f} {self.budget.unit}"
