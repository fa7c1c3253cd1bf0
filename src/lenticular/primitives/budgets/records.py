"""What the store remembers of budgets. Times are milliseconds since the epoch.

The records are MessagePack arrays: a field added at the end with a default reads old records
unchanged.
"""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Literal

import msgspec
from msgspec import Struct

from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.budgets.periods import Period, Unit, period_at
from lenticular.primitives.meters import (
    BYTES_OUT,
    DOLLAR,
    EVERYTHING,
    GIB,
    MONTH,
    REQUESTS,
    STORAGE,
    Filter,
    Line,
    Prices,
)

BUDGET = Subspace("budgets", "budget")  # (account id, name) -> Budget
ACTION = Subspace("budgets", "action")  # (account id, budget's name, action id) -> Action
EVENT = Subspace("budgets", "event")  # (account id, action id, time, number) -> Event
ALARM = Subspace("budgets", "alarm")  # (account id, time, budget's name, number) -> Alarm

Measure = Literal["cost", "requests", "bytes_out", "storage"]
"""What a budget limits: dollars, requests, GiB of answers, or GiB-months kept."""

_SCALES: dict[Measure, int] = {
    "cost": DOLLAR,
    "requests": 1,
    "bytes_out": GIB,
    "storage": GIB * MONTH,
}

State = Literal["standby", "pending", "executed", "reversed"]
"""Of an action: it waits for its threshold; for somebody's approval; it stops spending; it was
lifted for the rest of the period."""

_EXACT = Decimal("0.000000001")

EventKind = Literal["create", "update", "delete", "execute", "system"]
"""What changed an action: somebody's doing, or (``system``) the budget itself."""

FOREVER = 3_706_473_600_000
"""The end of a budget without one: 2087-06-15, as AWS has it."""


Comparison = Literal[">", "<", "="]


class Threshold(Struct, array_like=True, frozen=True):
    """How much of a budget is too much."""

    value: Decimal
    relative: bool = True
    """A percentage of the limit, not an amount."""
    forecast: bool = False
    """Of what will have been spent at the end of the period, not of what is spent."""
    comparison: Comparison = ">"

    def amount(self, limit: int, scale: int) -> int:
        """Return the amount it stands for, of a limit in shares of `scale` to the unit."""
        if self.relative:
            numerator, denominator = self.value.as_integer_ratio()
            return limit * numerator // (denominator * 100)
        return scaled(self.value, scale)

    def passed(self, amount: int, limit: int, scale: int) -> bool:
        """Tell whether an amount is beyond it."""
        threshold = self.amount(limit, scale)
        match self.comparison:
            case ">":
                return amount > threshold
            case "<":
                return amount < threshold
            case "=":
                return amount == threshold


class Subscriber(Struct, array_like=True, frozen=True):
    """Who is to be told."""

    kind: Literal["email", "sns"]
    address: str


class Notification(Struct, array_like=True, frozen=True):
    """A threshold, and who is told when it is passed."""

    threshold: Threshold
    subscribers: tuple[Subscriber, ...]
    alarmed: int = 0
    """The start of the period in which it was passed last; 0: never."""


class Budget(Struct, array_like=True, frozen=True):
    """How much may be used of something in each period."""

    account_id: str
    name: str
    measure: Measure
    unit: str
    """How its amounts are called: ``USD``, ``Requests``, ``GB``, ``GB-Mo``."""
    limit: Decimal
    period: Unit
    begins: int
    ends: int = FOREVER
    filter: Filter = EVERYTHING
    """Which lines of the account's meters count."""
    planned: tuple[tuple[int, Decimal], ...] = ()
    """Limits from given times on, in their order; empty: it is always `limit`."""
    notifications: tuple[Notification, ...] = ()
    changed: int = 0
    tags: dict[str, str] = {}
    settings: dict[str, Any] = {}
    """What an API keeps with the budget; nothing to the primitive."""

    @property
    def scale(self) -> int:
        """Shares of one unit of its amounts."""
        return _SCALES[self.measure]

    def limit_in(self, period: Period) -> int:
        """Return the limit of a period, in shares."""
        limits = [limit for start, limit in self.planned if start <= period.start]
        return scaled(limits[-1] if limits else self.limit, self.scale)

    def shown(self, amount: int) -> Decimal:
        """Return an amount of shares in the budget's unit, to nine decimals."""
        exact = (Decimal(amount) / self.scale).quantize(_EXACT, ROUND_HALF_EVEN)
        return exact.normalize() + 0  # no exponent of a whole number, no negative zero

    def period_at(self, moment: int) -> Period | None:
        """Return the period that a moment is in; None: it is not in force then."""
        return period_at(self.period, moment, self.begins, self.ends)

    def weight(self, line: Line, prices: Prices) -> int:
        """Return how many shares one unit of a line's quantity uses."""
        if line.account_id != self.account_id or not self.filter.matches(line):
            return 0
        if self.measure == "cost":
            return prices.cost(line.service, line.meter)
        if self.measure == "requests":
            return int(line.meter in REQUESTS)
        return int(line.meter == self.measure)

    def concerns(self, line: Line) -> bool:
        """Tell whether any meter counts of what a line is about."""
        meters = (*REQUESTS, BYTES_OUT, STORAGE)
        return line.account_id == self.account_id and any(
            self.filter.matches(line._replace(meter=meter)) for meter in meters
        )


class Action(Struct, array_like=True, frozen=True):
    """A stop: what is done when a budget comes to a threshold."""

    id: str
    """A UUID."""
    account_id: str
    budget: str
    """The budget's name."""
    threshold: Threshold
    automatic: bool
    """It needs nobody's approval."""
    state: State = "standby"
    since: int = 0
    """The start of the period that `state` is for; in a later one it is ``standby`` again."""
    subscribers: tuple[Subscriber, ...] = ()
    tags: dict[str, str] = {}
    settings: dict[str, Any] = {}
    """What an API keeps with the action; nothing to the primitive."""

    def state_in(self, period: Period | None) -> State:
        """Return its state in the present period."""
        return self.state if period is not None and self.since == period.start else "standby"


class Event(Struct, array_like=True, frozen=True):
    """Something that happened to an action."""

    time: int
    kind: EventKind
    message: str
    action: Action
    """As it was then."""


class Alarm(Struct, array_like=True, frozen=True):
    """A threshold was passed."""

    time: int
    account_id: str
    budget: str
    threshold: Threshold
    amount: str
    """What was used, or will have been, in the budget's unit."""
    limit: str
    period: int
    """The start of the period."""
    subscribers: tuple[Subscriber, ...] = ()
    """Who was to be told."""


encode = msgspec.msgpack.Encoder().encode
decode_budget = msgspec.msgpack.Decoder(Budget).decode
decode_action = msgspec.msgpack.Decoder(Action).decode
decode_event = msgspec.msgpack.Decoder(Event).decode
decode_alarm = msgspec.msgpack.Decoder(Alarm).decode


def scaled(amount: Decimal, scale: int) -> int:
    """Return an amount in shares of `scale` to the unit; what is below a share is dropped."""
    numerator, denominator = amount.as_integer_ratio()
    return numerator * scale // denominator
