"""Is a history linearizable: can each operation have happened in one instant between its
invocation and its response, so that all of them together make sense one after the other?

The search is that of Wing and Gong (Testing and Verifying Concurrent Objects, Journal of
Parallel and Distributed Computing 17, 1993): take an operation that was invoked before any
other one had returned, carry it out, go on with the rest, and take another one where that
leads nowhere. As Lowe does (Testing for linearizability, Concurrency and Computation 29(4),
2017) it never searches twice from the same operations taken and the same state. Registers
that no operation joins are searched apart, which is allowed because linearizability is
composable (Horn and Kroening, Faster linearizability checking via P-compositionality, 2015).

An operation of unknown outcome may have happened until its latest moment, or never.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .registers import Operation, Registers, State


class _Point(NamedTuple):
    """How far a search is."""

    first: int
    """All operations before this one are taken, in the order of their invocations."""
    further: int
    """Those taken from there on: a bit for each."""
    state: State


class Group(NamedTuple):
    """Operations on registers that some of them join."""

    registers: Registers
    operations: list[Operation]
    """In the order of their invocations."""


def groups(operations: Sequence[Operation]) -> list[Group]:
    """Part a history into what can be checked apart."""
    joined: dict[str, set[str]] = {}
    for keys in {operation.step.keys for operation in operations}:
        whole = set(keys).union(*(joined.get(key, ()) for key in keys))
        joined.update(dict.fromkeys(whole, whole))
    parts: dict[frozenset[str], list[Operation]] = {}
    for operation in sorted(operations, key=lambda each: each.invoked):
        whole = joined[min(operation.step.keys)]
        parts.setdefault(frozenset(whole), []).append(operation)
    return [Group(Registers(sorted(keys)), part) for keys, part in parts.items()]


def is_linearizable(group: Group) -> bool:
    """Tell whether there is an order in which all operations make sense."""
    registers, operations = group
    start = _Point(0, 0, registers.nothing)
    stack, known = [start], {start}
    while stack:
        point = stack.pop()
        candidates = list(_candidates(operations, point))
        if all(math.isinf(operations[number].returned) for number in candidates):
            return True  # what is left may never have happened
        # What is pushed last is tried first: what returned first has likely happened first.
        candidates.sort(key=lambda number: -operations[number].returned)
        for number in candidates:
            for state in reversed(registers.after(point.state, operations[number])):
                following = _take(point, number, state)
                if following not in known:
                    known.add(following)
                    stack.append(following)
    return False


def _candidates(operations: Sequence[Operation], point: _Point) -> Iterator[int]:
    """Find what was invoked before anything else that is left had returned."""
    deadline = math.inf
    left = ((1 << len(operations) - point.first) - 1) & ~point.further
    while left:
        lowest = left & -left
        number = point.first + lowest.bit_length() - 1
        if operations[number].invoked > deadline:
            return
        deadline = min(deadline, operations[number].returned)
        yield number
        left ^= lowest


def _take(point: _Point, number: int, state: State) -> _Point:
    first, further = point.first, point.further | 1 << number - point.first
    while further & 1:
        first, further = first + 1, further >> 1
    return _Point(first, further, state)
