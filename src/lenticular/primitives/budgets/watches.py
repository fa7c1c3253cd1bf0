"""A watch: how much of one budget is used in its present period, kept in memory.

It knows what is spent, what is reserved by requests under way, and what its stops allow. All
of it is synchronous: between two awaits nothing else changes it.
"""

import asyncio

from msgspec.structs import replace

from lenticular.primitives.budgets.grants import Level, Tally
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
        """The part of `spent` that admitted requests made, of all processes."""
        self.lost = 0
        """The part of `spent` that processes which have died may have spent without a trace."""
        self.tally = Tally(0)
        """What all processes have brought to the lines, as far as `spent` knows it."""
        self.used = 0
        """What requests spent that this process has admitted."""
        self.pending = 0
        """The part of it that it has not brought to the lines yet."""
        self.reserved = 0
        """What admitted requests under way may come to."""
        self.granted = 0
        """What `used` and `reserved` may come to, durably."""
        self.elsewhere = 0
        """What other processes were granted when there was nothing left for us."""
        self.cap: int | None = None
        """What may be spent before a stop comes on by itself; None: anything."""
        self.stopped = False
        """Whether a stop is on."""
        self.asking: asyncio.Task[None] | None = None
        """What changes `granted`."""
        self.is_to_ask = False
        """Whether it asks for what is reserved from now on, too."""
        self._freed = asyncio.Event()

    def take_over(self, measured: "Watch") -> None:
        """Take over records and amounts that were measured anew; what is reserved stays."""
        self.budget, self.actions = measured.budget, measured.actions
        if measured.period != self.period:
            self._begin_grant()
        self.period, self.limit = measured.period, measured.limit
        self.spent, self.now, self.rate = measured.spent, measured.now, measured.rate
        self.admitted, self.lost, self.tally = measured.admitted, measured.lost, measured.tally
        self.pending = measured.pending
        self._find_cap()
        self.free()

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
        self.admitted = self.lost = 0
        self.tally = Tally(0 if self.period is None else self.period.start)
        self._begin_grant()
        self.now = now
        self.spent = 0
        if self.period is not None:
            self.limit = self.budget.limit_in(self.period)
            self.spent = self.rate * (now - self.period.start)
        self._find_cap()
        self.free()

    def _begin_grant(self) -> None:
        self.used = self.pending = self.reserved = self.granted = 0
        self.elsewhere = 0

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
            self.free()

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

    # What it is granted.

    @property
    def is_covered(self) -> bool:
        """Whether what is spent and reserved here is granted, if it needs to be."""
        is_free = self.cap is None and not self.stopped
        return is_free or self.used + self.reserved <= self.granted

    @property
    def unused(self) -> int:
        """What is granted and neither spent nor reserved."""
        return self.granted - self.used - self.reserved

    @property
    def level(self) -> Level:
        """What is to be asked for."""
        return Level(
            self.used + self.reserved,
            self.used - self.pending,
            self.cap or 0,
            self.spent - self.admitted - self.lost,
            self.admitted - self.pending - self.tally.admitted,
        )

    def learn(self, tally: Tally, *, spent: int = 0, admitted: int = 0) -> None:
        """Learn from the tally what other processes spent; a part of it was brought by us."""
        if self.period is None or tally.start != self.period.start:
            return
        known = self.tally
        if tally.spent < known.spent or tally.lost < known.lost:
            return  # what is known is newer
        news = tally.spent - known.spent - spent + tally.lost - known.lost
        self.spent += news
        self.admitted += tally.admitted - known.admitted - admitted
        self.lost += tally.lost - known.lost
        self.pending -= admitted
        self.tally = tally
        if news:
            self.free()

    # Spending.

    def fits(self, amount: int) -> bool:
        """Tell whether so much more may be spent, with all that is reserved."""
        taken = self.spent + self.reserved + self.elsewhere
        return self.cap is None or taken + amount <= self.cap

    def can_wait(self, amount: int) -> bool:
        """Tell whether it would fit if requests under way came to nothing."""
        may_be_freed = self.reserved > 0 or self.elsewhere > 0
        return may_be_freed and (self.cap is None or self.spent + amount <= self.cap)

    def reserve(self, amount: int) -> Period | None:
        """Reserve an amount; return for which period."""
        self.reserved += amount
        return self.period

    def release(self, amount: int, period: Period | None) -> None:
        """Give a reservation back."""
        if period == self.period:
            self.reserved -= amount
            self.free()

    def withdraw(self, amount: int, period: Period | None) -> None:
        """Take back a reservation that is not granted, which frees nothing."""
        if period == self.period:
            self.reserved -= amount

    def spend(self, amount: int, moment: int, *, admitted: bool) -> None:
        """Note that so much was spent at a moment, by a request that was admitted or by another."""
        if self.period is None or moment >= self.period.stop:
            self.advance(moment)
        if self.period is not None and moment in self.period:
            self.spent += amount
            if admitted:
                self.admitted += amount
                self.used += amount
                self.pending += amount

    async def freed(self, seconds: float) -> bool:
        """Wait until a reservation was given back; False: none was in so many seconds."""
        try:
            await asyncio.wait_for(self._freed.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def look_again(self) -> None:
        """Let those who wait for other processes ask again."""
        if self.elsewhere:
            self.elsewhere = 0
            self.free()

    def free(self) -> None:
        """Let those who wait look again."""
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
