"""Cuts the power at every recorded call, and tells what is on the disk then."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from .calls import Call
from .disk import Disk
from .recorder import Run, Tree


@dataclass(slots=True)
class Image:
    """What is on the disk after a power cut."""

    tree: Tree
    answers: list[int]
    """How many answers had been sent, at each of the cuts that lead to it."""
    drawn: bool = False
    """Whether it is one of many that are possible, or what the disk holds at least."""
    at: str = ""
    """The last call before the cut."""


@dataclass(slots=True)
class Replay:
    """The calls of several runs of programs on one folder, done again on a model of the disk.

    Iterating over it gives the images, one for all cuts in a row that lead to the same, and
    of each cut with a chance of `rate` one that is drawn from `chance`. In the end all that
    processes saw must be what the folder really held, or a call was not recorded. It may be
    iterated over again, for other draws.
    """

    runs: Sequence[Run]
    chance: Random = field(default_factory=Random)
    rate: float = 0.0
    begins: Tree = field(default_factory=dict)
    """What the disk held before."""
    forgets: Collection[str] = ()
    """What it does not take notice of when it is synced: see `Disk`."""
    cuts: int = 0
    """How many there were so far."""

    sent: dict[str, int] = field(default_factory=dict, init=False)
    """Which number in their order the answer to a request has."""

    def __post_init__(self) -> None:
        for run in self.runs:
            for call in sorted(run.calls, key=_moment):
                for request in call.answers:
                    self.sent.setdefault(request, len(self.sent))

    def __iter__(self) -> Iterator[Image]:
        disk = Disk(self.begins, self.forgets)
        current = Image(disk.kept(), [0])
        syncs = answers = self.cuts = 0
        for run in self.runs:
            for call in sorted(run.calls, key=_moment):
                self._carry_out(disk, call)
                answers = max(answers, *(self.sent[each] + 1 for each in call.answers), 0)
                if disk.syncs != syncs:
                    yield current
                    syncs = disk.syncs
                    current = Image(disk.kept(), [], at=f"{call.name} {call.paths}")
                self.cuts += 1
                current.answers.append(answers)
                if self.chance.random() < self.rate:
                    tree = disk.scattered(self.chance)
                    if tree != current.tree:
                        yield Image(tree, [answers], drawn=True, at=current.at)
            if run.calls:
                unknown = {path for call in run.calls if not call.known for path in call.paths}
                disk.adopt(run.left, unknown, run.calls[-1])
        yield current

    def _carry_out(self, disk: Disk, call: Call) -> None:
        if call.name in _SYNCS:
            disk.sync(call)
        elif not call.answers:
            disk.apply(call)


_SYNCS = {"fsync", "fdatasync"}


def _moment(call: Call) -> int:
    """Return when a call matters: a sync when it returns, any other as soon as it begins."""
    return call.end if call.name in _SYNCS else call.begin
