"""Why a history is not linearizable, in as few operations as show it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .checker import Group, groups, is_linearizable
from .registers import Operation, Outcome, Values

_SHOWN = 40
"""Operations of a window that are shown, the last ones."""


@dataclass(frozen=True)
class Violation:
    """A group of registers whose history makes no sense."""

    keys: Sequence[str]
    culprit: Operation
    """Before this one was answered, it made sense."""
    window: Sequence[Operation]
    """What shows it, in the order of the invocations, with the culprit."""

    def __str__(self) -> str:
        start = self.window[0].invoked
        lines = [_line(each, start, "<-" if each is self.culprit else "") for each in self.window]
        return "\n".join([f"not linearizable: {', '.join(self.keys)}", *lines[-_SHOWN:]])


def violations(operations: Sequence[Operation]) -> list[Violation]:
    """Check a history; return what is wrong with it."""
    return [explain(group) for group in groups(operations) if not is_linearizable(group)]


def explain(group: Group) -> Violation:
    """Find what makes a group of operations not linearizable.

    What came after the first answer that cannot be is left out. So are reads and refusals
    that it takes none of: without what has changed nothing, a history that makes sense would
    go on making sense. What has changed something stays, from the first value on that matters.
    """
    moments = sorted({each.returned for each in group.operations} - {math.inf})
    low, high = 0, len(moments) - 1
    while low < high:
        middle = (low + high) // 2
        if is_linearizable(until(group, moments[middle])):
            low = middle + 1
        else:
            high = middle
    group = until(group, moments[high])
    culprit = max(group.operations, key=lambda each: (_answered(each), each.invoked))
    kept = _needed(group, lambda each: each.is_idle and each is not culprit)
    matter = [each for each in kept if each.is_idle or each is culprit]
    values = {value for each in matter for value in _told(each).items()}
    matter += [each for each in kept if values & each.step.writes.items()]
    begin = min(each.invoked for each in matter)
    window = [each for each in kept if each.returned >= begin]
    return Violation(group.registers.keys, culprit, window)


def until(group: Group, moment: float) -> Group:
    """Return the history as it was at a moment: what had no answer by then has none."""
    before = [
        each
        if each.returned <= moment
        else replace(each, outcome=Outcome.UNKNOWN, seen={}, returned=math.inf)
        for each in group.operations
        if each.invoked <= moment
    ]
    return Group(group.registers, before)


def _needed(group: Group, may_go: Callable[[Operation], bool]) -> list[Operation]:
    """Leave out what may go, in ever smaller pieces, while the rest stays not linearizable."""
    kept = group.operations
    size = len(kept)
    while size:
        for start in range(len(kept) - size, -size, -size):
            piece = slice(max(start, 0), start + size)
            rest = [each for each in kept[piece] if not may_go(each)]
            fewer = [*kept[: piece.start], *rest, *kept[piece.stop :]]
            if len(fewer) < len(kept) and not is_linearizable(Group(group.registers, fewer)):
                kept = fewer
        size //= 2
    return kept


def _answered(operation: Operation) -> float:
    return -math.inf if math.isinf(operation.returned) else operation.returned


def _told(operation: Operation) -> Values:
    return {**operation.step.expects, **operation.seen}


def _line(operation: Operation, start: float, mark: str) -> str:
    begin, end = ((each - start) / 1e6 for each in (operation.invoked, operation.returned))
    told = f"{operation.outcome.value}{_words(', saw', operation.seen)}"
    step = operation.step
    asked = _words("if", step.expects) + _words(" write", step.writes)
    asked = asked or f"read {' '.join(sorted(step.reads))}"
    return f"  {begin:9.3f} ..{end:9.3f} ms  {operation.client:<8} {asked.strip()}: {told} {mark}"


def _words(head: str, values: Values) -> str:
    return f"{head} {' '.join(f'{key}={value}' for key, value in values.items())}" if values else ""
