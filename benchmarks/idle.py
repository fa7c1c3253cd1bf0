"""How long a cloud takes until it can be used, and how much memory it has when it rests."""

import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.report import Table
from benchmarks.servers import command, lenticular

STARTS = 5
REST = 3.0
"""Seconds after the start at which a server is taken to be at rest."""


def measure_start() -> Table:
    """Time ``lenticular start --detach``, which returns when every port answers."""
    with tempfile.TemporaryDirectory() as scratch:
        new = [_time_start(Path(scratch) / str(number)) for number in range(STARTS)]
        again = [_time_start(Path(scratch) / "0") for _ in range(STARTS)]
    return Table(
        "Ready after `lenticular start --detach`",
        ["data folder", "target", "median s", "slowest s"],
        [
            [name, "1.50", f"{statistics.median(times):.2f}", f"{max(times):.2f}"]
            for name, times in (("new", new), ("used before", again))
        ],
    )


def _time_start(data: Path) -> float:
    began = time.perf_counter()
    command(data, "start", "--detach", "--port-base=0")
    took = time.perf_counter() - began
    command(data, "stop")
    return took


def measure_memory() -> Table:
    """Measure the resident memory of a cloud that nobody uses."""
    with tempfile.TemporaryDirectory() as scratch, lenticular(Path(scratch)) as server:
        time.sleep(REST)
        resident = server.resident()
    return Table(
        "Resident memory, idle",
        ["", "target MB", "measured MB"],
        [["after the start", "150", f"{resident / 1e6:.0f}"]],
    )
