"""``doctor``: looks at everything around the cloud that can be wrong, and says what to do."""

import asyncio
import os
import platform
import resource
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from lenticular.cli.output import print_json, stdout, waiting
from lenticular.server import ports, process
from lenticular.server.configuration import Configuration, ConfigurationError
from lenticular.server.settings import load

MINIMUM_PYTHON = (3, 11)
MINIMUM_SQLITE = (3, 45)
LOW_SPACE = 1 << 30
"""Bytes free below which a disk is called full."""
SLOW_FSYNC = 50
"""Synced writes per second below which every write of a single client is felt."""
FILES_BESIDE_CONNECTIONS = 256
OLD_BACKUP = 7
"""Days after which a backup is called old."""
SECRETS = ("master.key", "store.toml", "blob_store.toml", process.RECORD_NAME, "admin.sock")
"""Files of the data folder that only their owner may touch."""
MEASURING = 0.3
"""Seconds of measuring the disk."""


class Finding(msgspec.Struct, frozen=True):
    """What one check found."""

    check: str
    state: Literal["good", "note", "wrong"]
    finding: str
    advice: str = ""
    """What to do about it."""


def examine(flags: Mapping[str, object], config: Path | None, *, json: bool) -> int:
    """Print the findings of all checks; return 1 when something is wrong, 0 otherwise."""
    with waiting("Examining"):
        findings = list(_findings(flags, config))
    if json:
        print_json(findings)
    else:
        _print(findings)
    return int(any(finding.state == "wrong" for finding in findings))


def _findings(flags: Mapping[str, object], config: Path | None) -> Iterator[Finding]:
    yield check_python()
    yield check_sqlite()
    yield check_clock()
    try:
        configuration = load(flags, file=config)
    except ConfigurationError as error:
        yield Finding("settings", "wrong", str(error), "correct this setting")
        return
    checks: tuple[Callable[[Configuration], Finding], ...] = (
        check_folder,
        check_space,
        check_disk,
        check_secrets,
        check_master_key,
        check_ports,
        check_open_files,
        check_store,
        check_blob_store,
        check_backup,
    )
    for check in checks:
        yield check(configuration)


def check_python() -> Finding:
    """Whether this Python is one that the cloud is tested with."""
    found = f"Python {platform.python_version()} at {sys.executable}"
    if sys.version_info < MINIMUM_PYTHON:
        return Finding("python", "wrong", found, "use Python 3.11 or newer")
    return Finding("python", "good", found)


def check_sqlite() -> Finding:
    """Whether the SQLite that holds the keys is recent enough."""
    import apsw

    version = apsw.sqlite_lib_version()
    if tuple(int(part) for part in version.split(".")[:2]) < MINIMUM_SQLITE:
        return Finding("sqlite", "wrong", f"SQLite {version}", "install a newer apsw")
    return Finding("sqlite", "good", f"SQLite {version}, apsw {apsw.apsw_version()}")


def check_clock(
    wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic
) -> Finding:
    """Whether the wall clock is plausible and runs as fast as the steady one."""
    advice = "keep the clock by NTP: signatures are refused when it is 15 minutes off"
    wall_start, steady_start = wall(), steady()
    time.sleep(0.1)
    drift = (wall() - wall_start) - (steady() - steady_start)
    year = time.gmtime(wall_start).tm_year
    shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(wall_start))
    if not 2025 <= year < 2100:
        return Finding("clock", "wrong", f"the clock says {shown}", advice)
    if abs(drift) > 0.05:
        return Finding("clock", "wrong", f"the clock jumped by {drift:.2f} s just now", advice)
    return Finding("clock", "good", shown)


def check_folder(configuration: Configuration) -> Finding:
    """Whether the data folder can be written, by its owner only."""
    data = configuration.data
    if not data.exists():
        parent = _existing(data)
        if not os.access(parent, os.W_OK):
            advice = f"choose another folder with --data, or make {parent} writable"
            return Finding("folder", "wrong", f"{data} cannot be made", advice)
        return Finding("folder", "note", f"{data} does not exist yet; the first start makes it")
    if not data.is_dir() or not os.access(data, os.W_OK):
        return Finding("folder", "wrong", f"{data} is no writable folder", "choose another: --data")
    if mode := _mode_for_others(data):
        return Finding(
            "folder", "wrong", f"{data} is open to others ({mode:o})", f"chmod 700 {data}"
        )
    return Finding("folder", "good", str(data))


def check_space(configuration: Configuration) -> Finding:
    """Whether the disk has room."""
    usage = shutil.disk_usage(_existing(configuration.data))
    found = f"{usage.free / 1e9:.1f} GB free of {usage.total / 1e9:.1f} GB"
    if usage.free < LOW_SPACE:
        advice = "free space, or move the cloud: stop it, move the folder, start with --data"
        return Finding("space", "wrong", found, advice)
    return Finding("space", "good", found)


def check_disk(configuration: Configuration) -> Finding:
    """How many synced writes per second the disk makes: the pace of a lone writer."""
    folder = _existing(configuration.data)
    try:
        rate = fsync_rate(folder)
    except OSError as error:
        return Finding(
            "disk", "wrong", f"cannot write to {folder}: {error.strerror}", "mend the disk"
        )
    found = f"{rate:.0f} synced writes of 4 KiB per second"
    if rate < SLOW_FSYNC:
        advice = "each lone write waits for the disk; concurrent ones share the wait. Prefer an SSD"
        return Finding("disk", "note", found, advice)
    return Finding("disk", "good", found)


def fsync_rate(folder: Path, seconds: float = MEASURING) -> float:
    """Measure how many 4 KiB writes per second are made durable in `folder`."""
    block = os.urandom(4096)
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        count = 0
        start = time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds:
            file.write(block)
            os.fsync(file.fileno())
            count += 1
    return count / spent


def check_secrets(configuration: Configuration) -> Finding:
    """Whether the files that grant power over the cloud are their owner's only."""
    found = [configuration.data / name for name in SECRETS]
    exposed = [path for path in found if path.exists() and _mode_for_others(path)]
    if exposed:
        names = " ".join(str(path) for path in exposed)
        return Finding("secrets", "wrong", f"open to others: {names}", f"chmod 600 {names}")
    return Finding("secrets", "good", "only their owner can read the keys")


def check_master_key(configuration: Configuration) -> Finding:
    """Whether the key is there without which the secrets of the cloud cannot be opened."""
    from lenticular.server.keyvaluestore import DATABASE_NAME
    from lenticular.server.masterkey import MASTER_KEY_NAME, MasterKeyError, master_key_of

    path = configuration.data / MASTER_KEY_NAME
    if not path.exists() and not (configuration.data / DATABASE_NAME).exists():
        if configuration.store:
            found = f"{path} does not exist yet; only the first machine of a new cloud makes it"
            return Finding("master key", "note", found, "copy it from another machine of the cloud")
        return Finding("master key", "good", "the first start makes it")
    try:
        master_key_of(configuration.data, is_new=False)
    except MasterKeyError as error:
        found, _, advice = str(error).rpartition(": ")
        return Finding("master key", "wrong", found, advice)
    except OSError as error:
        advice = "run this as the user that runs the cloud"
        return Finding("master key", "wrong", f"{path} cannot be read: {error.strerror}", advice)
    return Finding("master key", "good", str(path))


def check_ports(configuration: Configuration) -> Finding:
    """Whether the ports are free or, when the cloud runs, answer."""
    if record := process.find(configuration.data):
        if record.answers():
            return Finding("ports", "good", f"the cloud runs and answers at {record.url}")
        advice = f"look into {configuration.data / process.LOG_NAME}"
        return Finding("ports", "wrong", f"process {record.pid} runs but does not answer", advice)
    if not configuration.port_base:
        return Finding("ports", "good", "free ones are chosen at the start")
    try:
        ports.check(configuration.host, configuration.port_base)
    except ports.PortUnavailable as error:
        found, _, advice = str(error).partition("; ")
        return Finding("ports", "wrong", found, advice)
    return Finding("ports", "good", f"free from {configuration.port_base} on {configuration.host}")


def check_open_files(configuration: Configuration) -> Finding:
    """Whether the process may open as many files as connections are allowed."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = configuration.max_connections + FILES_BESIDE_CONNECTIONS
    if hard != resource.RLIM_INFINITY and hard < needed:
        advice = f"raise it (ulimit -Hn {needed}), or set max_connections lower"
        return Finding("open files", "wrong", f"at most {hard}, {needed} may be needed", advice)
    limit = "no limit" if hard == resource.RLIM_INFINITY else f"up to {hard}"
    return Finding("open files", "good", f"{limit}, {needed} may be needed")


def check_store(configuration: Configuration) -> Finding:
    """Whether the keys can be reached, where they are elsewhere, and would be kept."""
    if not configuration.store:
        return Finding("store", "good", "a SQLite file in the data folder")
    from lenticular.server.keyvaluestore import StoreError, examine_store

    try:
        return Finding("store", "good", asyncio.run(examine_store(configuration)))
    except StoreError as error:
        return Finding("store", "wrong", str(error), "see docs/clusters.md")


def check_blob_store(configuration: Configuration) -> Finding:
    """Whether the bytes of larger objects can be reached, where they are elsewhere."""
    if not configuration.blob_store:
        return Finding("blob store", "good", "the data folder")
    from lenticular.server.blobplaces import examine_blob_store

    if problem := asyncio.run(examine_blob_store(configuration)):
        advice = "start it, or correct blob_store and blob_store.toml (docs/remote-blobs.md)"
        return Finding("blob store", "wrong", problem, advice)
    return Finding("blob store", "good", f"{configuration.blob_store} answers")


def check_backup(configuration: Configuration) -> Finding:
    """How old the last backup is that this machine made."""
    from lenticular.server import backups

    last = backups.last_of(configuration.data)
    if last is None:
        advice = "make one: lenticular backup TARGET (docs/backups.md)"
        return Finding("backup", "note", "none was made from here", advice)
    days, hours = divmod(int(backups.age(last) // 3600), 24)
    found = f"{days} days and {hours} hours old, in {last.target}"
    if days >= OLD_BACKUP:
        return Finding("backup", "note", found, "make another: lenticular backup TARGET")
    return Finding("backup", "good", found)


def _existing(path: Path) -> Path:
    """Return the nearest folder at or above `path` that exists."""
    return next(folder for folder in (path, *path.parents) if folder.is_dir())


def _mode_for_others(path: Path) -> int:
    """Return the mode of `path` when group or others may do anything with it, else 0."""
    mode = stat.S_IMODE(path.stat().st_mode)
    return mode if mode & 0o077 else 0


def _print(findings: list[Finding]) -> None:
    from rich.markup import escape
    from rich.table import Table

    marks = {
        "good": "[green]good[/green]",
        "note": "[yellow]note[/yellow]",
        "wrong": "[red]wrong[/red]",
    }
    table = Table(box=None, show_header=False, pad_edge=False)
    for finding in findings:
        advice = f"\n-> {finding.advice}" if finding.advice else ""
        table.add_row(finding.check, marks[finding.state], escape(finding.finding + advice))
    stdout().print(table)
