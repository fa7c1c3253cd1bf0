"""``python -m tests.faults.kills``: kills clouds by the thousand, and prints what it counted.

Each cloud is killed `ROUND` times, then emptied, swept and looked through for orphans, and the
next one begins. Interrupted (Control-C, SIGTERM), it ends with the table of what it has.
"""

import argparse
import itertools
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

from .campaign import Campaign
from .processes import Processes
from .server import Server
from .tally import Tally
from .zygote import Zygote

ROUND = 250
"""Kills of one cloud."""

_MOST_FAILURES = 5
"""Rounds that may end before their time, until all end: each counts as a failure."""

_INTERVAL = 30.0
"""Seconds between two lines on how far it is."""


class Rounds:
    """Rounds of kills, by several threads at once, until there were enough."""

    def __init__(self, folder: Path, kills: int, seed: object, tally: Tally) -> None:
        self.tally = tally
        self.failures: list[BaseException] = []
        self._folder = folder
        self._wanted = kills
        self._seed = seed
        self._numbers = itertools.count(1)
        self._stopping = threading.Event()
        self._told = 0.0

    def run(self, kinds: list[type[Campaign]]) -> None:
        """Kill clouds of these kinds at the same time; return when there were enough kills."""
        threads = [threading.Thread(target=self._go_round, args=(kind,)) for kind in kinds]
        for thread in threads:
            thread.start()
        try:
            for seconds in itertools.repeat(0.5):
                if not any(thread.is_alive() for thread in threads):
                    break
                self._tell()
                time.sleep(seconds)
        finally:
            self._stopping.set()
            for thread in threads:
                thread.join()

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told >= _INTERVAL:
            self._told = now
            print(self.tally.line(), flush=True)

    def _go_round(self, kind: type[Campaign]) -> None:
        while self._goes_on():
            zygote = Zygote()
            try:
                while self._goes_on():
                    self._round(zygote, kind)
            except Exception as error:
                self.failures.append(error)
                if len(self.failures) >= _MOST_FAILURES:
                    self._stopping.set()
            finally:
                zygote.close()

    def _round(self, zygote: Zygote, kind: type[Campaign]) -> None:
        folder = self._folder / f"cloud{next(self._numbers)}"
        folder.mkdir()
        server = Server(folder / "data", zygote=zygote)
        campaign = kind(server, folder / "journals", self.tally, self._seed)
        try:
            campaign.begin()
            while campaign.kills < ROUND and self._goes_on():
                campaign.cycle()
            campaign.finish()
        finally:
            campaign.close()
        if not self.tally.faults:
            shutil.rmtree(folder)

    def _goes_on(self) -> bool:
        return self.tally.totals()["kills"] < self._wanted and not self._stopping.is_set()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=10_000, help="how many")
    parser.add_argument("--clouds", type=int, default=2, help="how many at the same time")
    parser.add_argument("--divided", type=int, default=1, help="clouds of two processes besides")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--folder", type=Path, help="where the clouds' data are, while it runs")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="kills-", dir=options.folder))
    tally = Tally()
    rounds = Rounds(folder, options.kills, options.seed, tally)
    print(f"{options.kills:,} kills, seed {options.seed}, data in {folder}", flush=True)
    try:
        rounds.run([Campaign] * options.clouds + [Processes] * options.divided)
    except KeyboardInterrupt:
        print("interrupted")
    print(tally.table())
    for evidence in tally.evidence:
        print(evidence)
    for failure in rounds.failures:
        traceback.print_exception(failure)
    if tally.faults or rounds.failures:
        print(f"look at {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
