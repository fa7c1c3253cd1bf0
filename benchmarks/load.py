"""Requests per second of S3 and of tables, beside the peers, by the shared load tools.

The tools sign their requests beforehand and send them with wrk, so that it is the server
that is measured. They take the servers in turn, several rounds of each. This cloud runs twice:
with one process, and with a worker for each core, which is what the peers may use.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks.report import Table
from benchmarks.servers import (
    CORES,
    NotInstalled,
    Server,
    dynalite,
    lenticular,
    moto,
    program,
    seaweedfs,
)

TOOLS = Path(os.environ.get("BENCH_TOOLS", Path(__file__).parents[1] / ".." / "shared" / "tools"))
CONNECTIONS = 32
SLOWEST = 20.0
"""Milliseconds within which 99 of 100 durable PUTs of 4 KiB are to be answered."""

Start = Callable[[Path], AbstractContextManager[Server]]
Figures = Mapping[str, Mapping[str, float]]
"""By test and server: ``rps``, ``p99_ms`` and ``bad``."""


class Test(NamedTuple):
    """One kind of request that a tool sends."""

    meaning: str
    targets: Mapping[str, float]
    """By peer: this cloud's rate by the peer's, at least."""


S3 = {
    "put4k": Test("PUT 4 KiB", {"seaweedfs": 1.5}),
    "get4k": Test("GET 4 KiB", {"seaweedfs": 1.5}),
    "list1000": Test("list of 1,000 keys", {"seaweedfs": 5}),
    "put1m": Test("PUT 1 MiB", {"seaweedfs": 1}),
    "get1m": Test("GET 1 MiB", {"seaweedfs": 1}),
    "get16m": Test("GET 16 MiB", {"seaweedfs": 1}),
}
"""Of ``s3load.py``."""

TABLES = {
    "put": Test("PutItem", {"moto": 8, "dynalite": 0.7}),
    "get": Test("GetItem", {"moto": 8, "dynalite": 0.7}),
    "query": Test("Query of 20 items", {"moto": 8, "dynalite": 1.5}),
}
"""Of ``tableload.py``."""

OURS: Sequence[Start] = (lenticular, partial(lenticular, workers=CORES))[: min(CORES, 2)]
"""On one core they are the same."""


def measure_s3(secs: int, rounds: int) -> list[Table]:
    """Measure S3 beside SeaweedFS and moto."""
    figures, ours, notes = _measure("s3load.py", (seaweedfs, moto), secs, rounds)
    rates = tabulate("S3: requests per second", S3, figures, ours, notes)
    return [rates, _slowest(figures, ours)]


def measure_tables(secs: int, rounds: int) -> list[Table]:
    """Measure DynamoDB beside moto and dynalite."""
    figures, ours, notes = _measure("tableload.py", (moto, dynalite), secs, rounds)
    return [tabulate("DynamoDB: requests per second", TABLES, figures, ours, notes)]


def _measure(
    tool: str, peers: Sequence[Start], secs: int, rounds: int
) -> tuple[Figures, list[str], list[str]]:
    """Return what a tool found, which of the servers are ours, and which peers are missing."""
    program("wrk", "it is a package of Debian, apt-get install wrk")
    if not (TOOLS / tool).exists():
        raise NotInstalled(f"{TOOLS / tool} is missing: set BENCH_TOOLS to the folder that has it")
    notes = []
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        servers = [stack.enter_context(start(Path(scratch))) for start in OURS]
        ours = [server.name for server in servers]
        for start in peers:
            try:
                servers.append(stack.enter_context(start(Path(scratch))))
            except RuntimeError as error:  # it is missing, or does not come up
                notes.append(f"Without a peer: {error}.")
                print(notes[-1], flush=True)
        result = Path(scratch) / "result.json"
        options = [f"--secs={secs}", f"--rounds={rounds}", f"--conns={CONNECTIONS}"]
        run = [sys.executable, str(TOOLS / tool), *(server.argument() for server in servers)]
        subprocess.run([*run, *options, f"--json={result}"], check=True)
        return json.loads(result.read_text()), ours, notes


def tabulate(
    title: str,
    tests: Mapping[str, Test],
    figures: Figures,
    ours: Sequence[str],
    notes: Sequence[str] = (),
) -> Table:
    """Return a line for each request and peer, with our rates and their ratios to the peer's."""
    columns = ["request", *ours, "peer", "its rate", *(f"{name} / peer" for name in ours)]
    table = Table(title, [*columns, "wanted", "reached"], notes=list(notes))
    for test, (meaning, targets) in tests.items():
        own = [figures[f"{test}/{name}"] for name in ours]
        for key, other in figures.items():
            peer = key.partition("/")[2]
            if not key.startswith(f"{test}/") or peer in ours:
                continue
            ratios = [each["rps"] / other["rps"] if other["rps"] else 0.0 for each in own]
            row = [meaning, *map(_rate, own), peer, _rate(other), *(f"{at:.2f}" for at in ratios)]
            table.rows.append([*row, *_judged(targets.get(peer), max(ratios))])
    if any(figure["bad"] for figure in figures.values()):
        table.notes.append("`!`: some answers were errors.")
    return table


def _judged(wanted: float | None, ratio: float) -> tuple[str, str]:
    if wanted is None:
        return "", ""
    return f"{wanted:g}", "yes" if ratio >= wanted else "no"


def _slowest(figures: Figures, ours: Sequence[str]) -> Table:
    table = Table(
        f"Durable PUT of 4 KiB, {CONNECTIONS} connections: 99 of 100 are answered within",
        ["server", "ms", "wanted", "reached"],
        notes=[f"{SLOWEST:g} ms are wanted of a disk with 350 fsync/s or better."],
    )
    for name in ours:
        took = figures[f"put4k/{name}"]["p99_ms"] or 0.0
        reached = "yes" if 0 < took < SLOWEST else "no"
        table.rows.append([name, f"{took:.1f}", f"< {SLOWEST:g}", reached])
    return table


def _rate(figure: Mapping[str, float]) -> str:
    rate = figure["rps"]
    shown = f"{rate:,.0f}" if rate >= 100 else f"{rate:.1f}"
    return shown + ("!" if figure["bad"] else "")
