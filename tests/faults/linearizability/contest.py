"""Rounds of contention on one cloud that is killed meanwhile, and what was counted over them."""

import itertools
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from lenticular.server import process

from ..server import PATIENCE, Server
from .checker import groups, is_linearizable
from .clients import Items, Objects
from .contenders import SIZES, Contender
from .explanation import Violation, explain
from .history import History
from .registers import Outcome

COLUMNS = ("rounds", "histories", "operations", "refused", "unknown", "kills", "keys", "violations")

OBJECTS, ITEMS, GROUP = 2, 2, 3
"""Keys of a round: objects, items on their own, items that transactions join."""

_CLIENTS = 4
"""Of each of the three."""


class Contest:
    """A cloud for which clients contend, a round at a time, on keys of the round's own."""

    _numbers = itertools.count(1)
    """Of rounds, those of other contests for the same cloud too."""

    def __init__(self, server: Server, seed: object) -> None:
        """Begin with a server that runs, keeps its port, and has what registers lie in."""
        self.counts: Counter[str] = Counter()
        self.longest = 0.0
        """Seconds that the longest check of a history took."""
        self.violations: list[Violation] = []
        self._server = server
        self._victim = 0
        """The process that was killed last, of several."""
        self._chance = random.Random(f"linearizability {seed}")

    def give(self, fault: str) -> None:
        """Start the server again with one of the faults of `seeded.py`."""
        self._server.close()
        self._server.seed = fault
        self._server.start()

    def round(self, strike: Callable[[History], None]) -> None:
        """Let clients contend while `strike` does what it does, and check what they were told."""
        history = History()
        with self._contending(history):
            strike(history)
        self._server.wait_until(self._is_whole, "all processes serve")
        self._check(history)

    def kill(self, history: History) -> None:
        """Kill all of the cloud at some moment, start it again, and let clients go on."""
        self.wait(history)
        self._server.kill()
        died = time.monotonic_ns()
        self._server.start()
        history.crash(died, time.monotonic_ns())
        self.counts["kills"] += 1
        self.wait(history)

    def kill_worker(self, history: History) -> None:
        """Kill one of several processes, and let clients go on with the others.

        Those who had to do with it wait: they end the round with the one that replaces it.
        """
        self.wait(history)
        record = process.find(self._server.data)
        assert record
        self._victim = self._chance.choice(record.serving)
        os.kill(self._victim, signal.SIGKILL)
        self.counts["kills"] += 1
        self.wait(history)

    def wait(self, history: History) -> None:
        """Let clients go on for some operations, however long they take; kill nothing."""
        enough = len(history) + self._chance.randint(50, 250)
        self._server.wait_until(lambda: len(history) >= enough, "clients go on")

    def line(self) -> str:
        """Return what was counted."""
        counts = ", ".join(f"{self.counts[each]:,} {each}" for each in COLUMNS)
        return f"{counts}; longest check {self.longest * 1000:.0f} ms"

    def _is_whole(self) -> bool:
        record = process.find(self._server.data)
        assert record
        return record.is_complete and self._victim not in record.serving

    @contextmanager
    def _contending(self, history: History) -> Iterator[None]:
        self.counts["rounds"] += 1
        number = next(self._numbers)
        kinds = (
            ("o", partial(Objects, self._server), OBJECTS, 1, SIZES),
            ("i", partial(Items, self._server), ITEMS, 1, SIZES[:1]),
            ("t", partial(Items, self._server), GROUP, GROUP, SIZES[:1]),
        )
        contenders = [
            Contender(
                f"{kind}{each}",
                make_client,
                [f"{kind}{key}-{number}" for key in range(keys)],
                history,
                random.Random(self._chance.random()),
                widest=widest,
                sizes=sizes,
            )
            for kind, make_client, keys, widest, sizes in kinds
            for each in range(_CLIENTS)
        ]
        for each in contenders:
            each.start()
        try:
            yield
        finally:
            for each in contenders:
                each.stopping.set()
            for each in contenders:
                each.join(PATIENCE)
                assert not each.is_alive()
                if each.failure:
                    raise each.failure

    def _check(self, history: History) -> None:
        for group in groups(history.operations()):
            start = time.monotonic()
            is_good = is_linearizable(group)
            self.longest = max(self.longest, time.monotonic() - start)
            outcomes = Counter(each.outcome for each in group.operations)
            self.counts += Counter(
                histories=1,
                operations=len(group.operations),
                refused=outcomes[Outcome.REFUSED],
                unknown=outcomes[Outcome.UNKNOWN],
                keys=len(group.registers.keys),
                violations=not is_good,
            )
            if not is_good:
                self.violations.append(explain(group))
