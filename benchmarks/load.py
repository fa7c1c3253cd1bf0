"""Requests per second of S3 and of tables, beside the peers, by the shared load tools.

The tools sign their requests beforehand and send them with wrk, so that it is the server
that is measured. They take the servers in turn, several rounds of each.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from benchmarks.report import Table
from benchmarks.servers import NotInstalled, Server, lenticular, moto, program, seaweedfs

TOOLS = Path(os.environ.get("BENCH_TOOLS", Path(__file__).parents[1] / ".." / "shared" / "tools"))
CONNECTIONS = 32

Start = Callable[[Path], AbstractContextManager[Server]]

S3 = {
    "put4k": ("PUT 4 KiB", 4000),
    "get4k": ("GET 4 KiB", 8000),
    "list1000": ("list of 1,000 keys", 500),
    "put1m": ("PUT 1 MiB", None),
    "get1m": ("GET 1 MiB", 1000),
    "get16m": ("GET 16 MiB", None),
}
"""What each test of ``s3load.py`` does, and the target in requests per second."""

TABLES = {
    "put": ("PutItem", 3000),
    "get": ("GetItem", 5000),
    "query": ("Query of 20 items", None),
}
"""The same for ``tableload.py``."""


def measure_s3(secs: int, rounds: int) -> Table:
    """Measure S3 beside SeaweedFS and moto."""
    return _measure(
        "S3: requests per second", "s3load.py", S3, (lenticular, seaweedfs, moto), secs, rounds
    )


def measure_tables(secs: int, rounds: int) -> Table:
    """Measure DynamoDB beside moto."""
    return _measure(
        "DynamoDB: requests per second", "tableload.py", TABLES, (lenticular, moto), secs, rounds
    )


def _measure(
    title: str,
    tool: str,
    tests: dict[str, tuple[str, int | None]],
    starts: Sequence[Start],
    secs: int,
    rounds: int,
) -> Table:
    program("wrk", "it is a package of Debian, apt-get install wrk")
    if not (TOOLS / tool).exists():
        raise NotInstalled(f"{TOOLS / tool} is missing: set BENCH_TOOLS to the folder that has it")
    notes = []
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        servers = []
        for start in starts:
            try:
                servers.append(stack.enter_context(start(Path(scratch))))
            except NotInstalled as error:
                notes.append(f"Without {start.__name__}: {error}.")
                print(notes[-1], flush=True)
        result = Path(scratch) / "result.json"
        options = [f"--secs={secs}", f"--rounds={rounds}", f"--conns={CONNECTIONS}"]
        run = [sys.executable, str(TOOLS / tool), *(server.argument() for server in servers)]
        subprocess.run([*run, *options, f"--json={result}"], check=True)
        return _tabulate(title, tests, servers, json.loads(result.read_text()), notes)


def _tabulate(
    title: str,
    tests: dict[str, tuple[str, int | None]],
    servers: list[Server],
    result: dict[str, dict[str, float]],
    notes: list[str],
) -> Table:
    ours, *peers = [server.name for server in servers]
    columns = ["request", "target", ours, "p99 ms"]
    for peer in peers:
        columns += [peer, "ratio"]
    table = Table(title, columns, notes=notes)
    for test, (meaning, target) in tests.items():
        own = result[f"{test}/{ours}"]
        row = [meaning, f"{target:,}" if target else "", _rate(own), f"{own['p99_ms'] or 0:.1f}"]
        for peer in peers:
            other = result[f"{test}/{peer}"]
            ratio = own["rps"] / other["rps"] if other["rps"] else float("nan")
            row += [_rate(other), f"{ratio:.1f}"]
        table.rows.append(row)
    if any(figure["bad"] for figure in result.values()):
        table.notes.append("`!`: some answers were errors.")
    return table


def _rate(figure: dict[str, float]) -> str:
    rate = figure["rps"]
    shown = f"{rate:,.0f}" if rate >= 100 else f"{rate:.1f}"
    return shown + ("!" if figure["bad"] else "")
