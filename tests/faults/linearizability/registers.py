"""What a history is held to: registers that can be read, written, and written on conditions.

A register has a key and holds a token, or None while there is nothing. A step touches one
register or several, all of them in one instant: so it is of an object with its entity tag, of
an item with its conditions, and of a transaction over several items.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

Value = str | None
"""The token that is there, or None: nothing is."""

Values = Mapping[str, Value]
"""By key."""

State = tuple[Value, ...]
"""What all registers of a group hold, in the order of their keys."""


class Outcome(Enum):
    """What a client was told of what it asked for."""

    DONE = "done"
    REFUSED = "refused"
    """A condition did not hold, so nothing was written."""
    UNKNOWN = "unknown"
    """No answer, or none that tells: it was done as a whole, or not at all."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is asked for: to write, if what is expected is there; or else to read."""

    expects: Values = field(default_factory=dict)
    writes: Values = field(default_factory=dict)
    reads: frozenset[str] = frozenset()

    @property
    def keys(self) -> frozenset[str]:
        """All registers that it touches."""
        return self.reads.union(self.expects, self.writes)


@dataclass(frozen=True, slots=True)
class Operation:
    """A step in a history: when it was asked for, when it was answered, and what."""

    client: str
    step: Step
    invoked: float
    outcome: Outcome = Outcome.UNKNOWN
    seen: Values = field(default_factory=dict)
    """What the answer tells of registers, before anything was written."""
    returned: float = math.inf
    """When it was answered; of an unknown one, when at the latest it was done if ever."""

    @property
    def is_idle(self) -> bool:
        """Whether it surely has changed nothing."""
        return self.outcome is Outcome.REFUSED or not self.step.writes


class Registers:
    """The registers with these keys, all of which hold nothing at first."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = keys
        self.nothing: State = (None,) * len(keys)
        self._places = {key: place for place, key in enumerate(keys)}

    def after(self, state: State, operation: Operation) -> list[State]:
        """Return the states that an operation can leave; none: it cannot have gone like this."""
        is_allowed = self._holds(state, operation.step.expects)
        if not self._holds(state, operation.seen):
            return []
        match operation.outcome:
            case Outcome.REFUSED:
                return [] if is_allowed else [state]
            case Outcome.DONE:
                return [self._written(state, operation.step.writes)] if is_allowed else []
            case Outcome.UNKNOWN:
                changed = self._written(state, operation.step.writes) if is_allowed else state
                return [changed, state] if changed != state else [state]

    def _holds(self, state: State, values: Values) -> bool:
        return all(state[self._places[key]] == value for key, value in values.items())

    def _written(self, state: State, values: Values) -> State:
        return tuple(values.get(key, value) for key, value in zip(self.keys, state, strict=True))
