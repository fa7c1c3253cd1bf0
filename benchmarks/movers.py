"""Transfers beside globus-url-copy, rclone and scp: one large file, many small ones, a long way.

Every round has folders of its own, which are removed at the very end: ext4 looks long for room
where much was just deleted, and whoever comes first after that would pay for it. Our mover says
that a file has arrived when it is verified and on disk; the others leave both to chance. So each
is measured as it is, and with a sync of the file system after it.
"""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.links import shaped_link
from benchmarks.report import Table
from benchmarks.servers import NotInstalled, program

GIBIBYTE = 1024**3
LARGE = int(os.environ.get("MOVERS_LARGE", GIBIBYTE))
"""Bytes of the one large file."""
MANY, SMALL = 10_000, 10 * 1024
TREE = 100_000
"""Entries of the tree; a million with ``--long``."""

Run = Callable[[str, Path], list[str]]
"""Returns the command that moves a name (``large`` or ``many``) into a folder."""


def measure_movers(rounds: int, *, is_long: bool = False) -> Iterator[Table]:
    """Measure all. Raises NotInstalled without rclone or GridFTP's programs."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("MOVERS_DIR")) as name:
        scratch = Path(name)
        scratch.chmod(0o755)
        source = scratch / "source"
        _fill(source)
        with peers([], "127.0.0.1", source) as runs:
            yield _table("Loopback: one file of 1 GiB, MB/s", "large", runs, scratch, rounds)
            yield _table("Loopback: 10,000 files of 10 KiB, files/s", "many", runs, scratch, rounds)
        try:
            with shaped_link() as link, peers(link.far, link.address, source) as here:
                runs = {name: _elsewhere(link.near, run) for name, run in here.items()}
                title = "1 Gb/s, 50 ms: one file of 1 GiB, MB/s"
                yield _table(title, "large", runs, scratch, 1)
        except NotInstalled as error:
            print(f"Skipped the long way: {error}.", flush=True)
        yield _trees(scratch, 1_000_000 if is_long else TREE)


@contextmanager
def peers(prefix: list[str], host: str, source: Path) -> Iterator[dict[str, Run]]:
    """Serve a folder in every way, and yield how each is read; `prefix` runs servers elsewhere."""
    rclone = program("rclone", "it is a package of Debian")
    copy = program("globus-url-copy", "it is in Debian's globus-gass-copy-progs")
    server = program("globus-gridftp-server", "it is in Debian's globus-gridftp-server-progs")
    python = [sys.executable, "-m", "benchmarks.moverends"]
    ftp, web = _free_port(), _free_port()
    with ExitStack() as running:
        ours = running.enter_context(_serving([*prefix, *python, "serve", host, str(source)]))
        address = ours.stdout.readline().strip() if ours.stdout else ""
        anonymous = ["-anonymous-user", "nobody", "-anonymous-group", "nogroup"]
        line = [server, "-aa", "-p", str(ftp), "-control-interface", host, "-data-interface", host]
        running.enter_context(_serving([*prefix, *line, *(anonymous * (os.geteuid() == 0))]))
        line = [rclone, "serve", "http", str(source), "--addr", f"{host}:{web}"]
        running.enter_context(_serving([*prefix, *line]))
        time.sleep(2)
        remote = f":http,url='http://{host}:{web}':"
        url = f"ftp://{host}:{ftp}{source}"

        def gridftp(what: str, to: Path) -> list[str]:
            if what == "large":
                return [copy, "-fast", "-p", "4", f"{url}/large", f"file://{to}/large"]
            return [copy, "-r", "-cd", "-pp", "-cc", "2", f"{url}/many/", f"file://{to}/many/"]

        yield {
            "lenticular": lambda what, to: [
                *python,
                "move",
                address,
                str(to),
                f"/{what}",
                f"/{what}",
            ],
            "globus-url-copy": gridftp,
            "rclone": lambda what, to: [
                *(rclone, "copy", "--config", "/dev/null", f"{remote}{what}"),
                str(to if what == "large" else to / what),
            ],
        }


def _elsewhere(prefix: list[str], run: Run) -> Run:
    return lambda what, to: [*prefix, *run(what, to)]


def _table(title: str, what: str, runs: dict[str, Run], scratch: Path, rounds: int) -> Table:
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in runs}
    for number in range(rounds):
        for name, run in runs.items():
            folder = scratch / f"{what}-{name}-{number}-{time.monotonic_ns()}"
            folder.mkdir()
            os.sync()
            found[name].append(_timed(run(what, folder), folder))
            print(f"# {title} {name} {found[name][-1][0]:.2f} s", flush=True)
    amount = LARGE / 1e6 if what == "large" else MANY
    columns = ["", "as it is", "with a sync", "of ours"]
    table = Table(title, columns, notes=["Ours verifies what arrived and brings it to disk."])
    rates = {
        name: [amount / statistics.median(each[at] for each in times) for at in (0, 1)]
        for name, times in found.items()
    }
    for name, (alone, synced) in rates.items():
        ratio = rates["lenticular"][1] / synced
        table.rows.append([name, f"{alone:,.0f}", f"{synced:,.0f}", f"{ratio:.2f}"])
    memory = max(each[2] for each in found["lenticular"])
    table.notes.append(f"Our mover had at most {memory / 1e6:.0f} MB of memory.")
    return table


def _timed(line: list[str], folder: Path) -> tuple[float, float, float]:
    """Return the seconds of a command, those with a sync after it, and its memory if it tells."""
    began = time.perf_counter()
    done = subprocess.run(line, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    subprocess.run(["sync", "-f", str(folder)], check=True)
    synced = time.perf_counter() - began
    if not done.stdout.startswith("{"):
        return seconds, synced, 0.0
    told = json.loads(done.stdout)
    # What Python takes to start is not the mover's: an agent runs already.
    start = seconds - told["seconds"]
    return told["seconds"], synced - start, told["memory"]


def _trees(scratch: Path, entries: int) -> Table:
    """Move a tree of empty files with one folder of half of them, then sync it."""
    source, destination = scratch / "tree", scratch / "tree-copy"
    destination.mkdir()
    for number in range(entries):
        inside = "wide" if number % 2 else f"folder-{number % 1000:03}"
        if number < 2_000:
            (source / inside).mkdir(parents=True, exist_ok=True)
        (source / inside / f"{number:07}").touch()
    table = Table(f"A tree of {entries:,} entries", ["", "entries/s", "memory, MB"])
    for name, level in (("moved", ""), ("synchronised, nothing to move", "1")):
        line = [sys.executable, "-m", "benchmarks.moverends", "move", str(source)]
        line += [str(destination), "/", "/", level]
        told = json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout)
        rate, memory = told["files"] / told["seconds"], told["memory"] / 1e6
        table.rows.append([name, f"{rate:,.0f}", f"{memory:.0f}"])
    shutil.rmtree(source)
    return table


def _fill(source: Path) -> None:
    source.mkdir()
    with (source / "large").open("wb") as file:
        for start in range(0, LARGE, 1 << 24):
            file.write(os.urandom(min(1 << 24, LARGE - start)))
    for number in range(MANY):
        folder = source / "many" / f"{number % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:05}").write_bytes(os.urandom(SMALL))


@contextmanager
def _serving(line: list[str]) -> Iterator[subprocess.Popen[str]]:
    running = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield running
    finally:
        running.terminate()
        running.wait()


def _free_port() -> int:
    with socket.create_server(("", 0)) as found:
        port: int = found.getsockname()[1]
        return port
