"""A campaign of kills against a cloud of several processes: of one worker, of the supervisor.

Who kills a worker takes a part of the cloud away: the other workers go on, the supervisor
starts it again, and the requests that it had under way are broken off. Who kills the
supervisor takes all of it away, for its workers end with it.
"""

import os
import signal
from types import MappingProxyType

from lenticular.server import process

from .campaign import FULLY, LOAD, START, STOP, Campaign

WORKERS = 2

WORKER = f"one of {WORKERS} workers"
OF_ALL = f"all of {WORKERS} workers: "

_FAST_AGAIN = 3
"""Workers killed one after the other before the supervisor is killed: it lets one that ends
again and again wait longer and longer."""


class Processes(Campaign):
    """A cloud of several processes."""

    kinds = MappingProxyType({WORKER: 6, LOAD: 3, START: 1, STOP: 1})
    _killed = 0

    def begin(self) -> None:
        self.server.settings["workers"] = WORKERS
        super().begin()

    def strike(self, kind: str) -> str:
        if kind == WORKER and self._killed < _FAST_AGAIN:
            self._killed += 1
            if not self.server.running:
                self.server.start()
            self._strike_worker()
            return kind
        self._killed = 0
        self.server.close()
        return OF_ALL + super().strike(LOAD if kind == WORKER else kind)

    def finish(self) -> None:
        self.server.close()
        super().finish()

    def _strike_worker(self) -> None:
        """Kill one of the workers under load; the others go on, also while it starts again."""
        self.server.wait_for_answers()
        self.verify(fully=self.cycles % FULLY == 0)
        with self.working():
            self.server.ends_within(self.chance.uniform(0.01, 0.3))
            record = process.find(self.server.data)
            assert record
            os.kill(self.chance.choice(record.serving), signal.SIGKILL)
            self.server.ends_within(self.chance.uniform(0.01, 0.5))
        self.server.exit_code = -signal.SIGKILL
