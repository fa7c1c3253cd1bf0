"""Who is next where agents have fewer slots than there are tasks for them.

Each agent has its slots, and users take turns for them. The next slot is given to the user
with the fewest tasks running there; of several, to the one whose turn was longest ago. Each
user's own tasks go in the order in which they came. A task that has had its slot for a quantum
lets go of it when others wait, and comes behind the others of its user: so whoever waits comes
on, however many tasks somebody else has, and however large.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

QUANTUM: Final = 60_000
"""Milliseconds for which a task keeps its slot at least, if it wants to."""


class Holding(Protocol):
    """A task that has a slot."""

    @property
    def task_id(self) -> str: ...

    @property
    def owner_id(self) -> str: ...

    @property
    def since(self) -> int:
        """When it was given the slot, in milliseconds since the epoch."""

    @property
    def is_yielding(self) -> bool: ...


def next_owner(
    waiting: Iterable[str], running: Mapping[str, int], turns: Mapping[str, int]
) -> str | None:
    """Return whose task is to have the next free slot; None: nobody waits.

    `running` tells how many tasks of each user run there, `turns` the number of each user's
    last turn.
    """
    return min(
        waiting,
        key=lambda owner: (running.get(owner, 0), turns.get(owner, 0), owner),
        default=None,
    )


def must_yield(task_id: str, holding: Sequence[Holding], waiting: int, now: int) -> bool:
    """Tell whether a task is to let go of its slot, where so many wait and no slot is free.

    No more tasks let go than wait: first those of the user with the most of them, and of
    these the one that has had its slot for the longest time.
    """
    wanted = waiting - sum(one.is_yielding for one in holding)
    if wanted <= 0:
        return False
    owners = [one.owner_id for one in holding]
    due = [one for one in holding if now - one.since >= QUANTUM and not one.is_yielding]
    due.sort(key=lambda one: (-owners.count(one.owner_id), one.since))
    return any(one.task_id == task_id for one in due[:wanted])
