"""``python -m tests.fuzz``: fuzzes a cloud of its own and tells how it went."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from ..faults.server import Server
from .driver import Driver, Report
from .verdict import verdict
from .world import SETTINGS, World


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000, help="how many are sent")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--first", type=int, default=0, help="number of the first one")
    parser.add_argument("--only", type=int, help="send this one alone, and show the answer")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        server = Server(Path(folder), **SETTINGS)
        server.start()
        try:
            world = World(server)
            world.furnish()
            driver = Driver(world, options.seed)
            if options.only is not None:
                report = asyncio.run(driver.run(1, first=options.only))
                print(report.last)
            else:
                warm = options.requests * 3 // 10
                run = driver.run(options.requests, first=options.first, warm=warm)
                report = asyncio.run(run)
            problems = verdict(world, report)
            _tell(report, problems)
            if problems:
                print(server.output()[-6000:])
        finally:
            server.close()
    return 1 if problems else 0


def _tell(report: Report, problems: list[str]) -> None:
    rate = report.requests / report.seconds
    print(f"{report.requests} requests in {report.seconds:.0f} s ({rate:.0f}/s)")
    print("statuses: " + ", ".join(f"{at} {n}" for at, n in sorted(report.statuses.items())))
    print(f"successes: {len(report.labels)} kinds, {report.labels.total()} requests")
    for label, count in report.labels.most_common():
        print(f"  {count:7} {label}")
    before, after = (size >> 20 for size in report.memory)
    print(f"memory {before} -> {after} MiB, open files {report.files[0]} -> {report.files[1]}")
    for each in problems:
        print(each)
    print(f"{len(problems)} problems" if problems else "no problems")


if __name__ == "__main__":
    sys.exit(main())
