"""The recorder: what several clients asked for at the same time, what they were told, and when."""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from .registers import Operation, Outcome, Step, Values


class NotAsked(Exception):
    """There was nobody to ask: what was to be done was surely not done."""


class Answer(NamedTuple):
    """What a client was told."""

    outcome: Outcome
    seen: Values = MappingProxyType({})


UNKNOWN = Answer(Outcome.UNKNOWN)


class History:
    """Operations of clients, each in a thread of its own."""

    def __init__(self) -> None:
        self._operations: list[Operation] = []
        self._crashes: list[tuple[float, float]] = []

    def __len__(self) -> int:
        return len(self._operations)

    def carry_out(self, client: str, step: Step, ask: Callable[[Step], Answer]) -> Answer:
        """Ask for a step, and note it with the answer. Raises `NotAsked`, and notes nothing."""
        invoked = time.monotonic_ns()
        answer = ask(step)
        returned = time.monotonic_ns()
        if answer.outcome is not Outcome.UNKNOWN:
            self._operations.append(Operation(client, step, invoked, *answer, returned))
        elif step.writes:
            self._operations.append(Operation(client, step, invoked))
        return answer

    def crash(self, died: float, back: float) -> None:
        """Note that all of the cloud died, and when it answered again (``monotonic_ns``).

        What had been asked for before it died has happened before it is back, or never: the
        cloud has no memory but its disk. (This makes the check stricter than linearizability
        asks for; Aguilera and Frølund, Strict linearizability and the power of aborting, 2003.)
        """
        self._crashes.append((died, back))

    def operations(self) -> list[Operation]:
        """Return all operations. An unknown one lasts until the next crash, or for ever."""
        return [
            each
            if each.outcome is not Outcome.UNKNOWN
            else replace(each, returned=self._latest(each.invoked))
            for each in self._operations
        ]

    def _latest(self, invoked: float) -> float:
        return min((back for died, back in self._crashes if invoked < died), default=math.inf)
