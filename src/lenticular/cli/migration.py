"""``migrate``: the cloud moves to another key-value store, another store of blobs, or both."""

import asyncio
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from lenticular.cli import CommandError
from lenticular.cli.output import note, print_json, stderr
from lenticular.server import process
from lenticular.server.configuration import Configuration, ConfigurationError
from lenticular.server.migration import migrating, settings
from lenticular.server.migration.journal import Count, MigrationError
from lenticular.server.migration.migrating import Outcome, Wanted
from lenticular.server.migration.progress import Report, Step
from lenticular.server.restoring import RestorationUnfinished
from lenticular.server.settings import load

if TYPE_CHECKING:
    from rich.progress import Progress

HERE = {"store": "sqlite", "blob_store": "disk"}
"""What the data folder is called, by setting."""

_TITLES = {
    "prepare": "Preparing",
    "count": "Counting",
    "blobs": "Copying blobs",
    "keys": "Copying keys",
    "check blobs": "Checking blobs",
    "check keys": "Checking keys",
}

_LINE_INTERVAL = 10.0
"""Seconds between two lines about a stage where there is no terminal."""


def migrate(
    configuration: Configuration,
    config: Path | None,
    *,
    store: str | None,
    blob_store: str | None,
    settings_folder: Path | None,
    remove_source: bool,
    verify_only: bool,
    json: bool,
) -> None:
    """Move the cloud, or compare it with what is there, and print what came of it."""
    data = configuration.data
    wanted = Wanted(
        _setting("store", store),
        _setting("blob_store", blob_store),
        settings_folder,
        remove_source,
    )
    began = time.monotonic()
    with process.hold(data), _showing() as report, _refusals():
        if verify_only:
            outcome = asyncio.run(migrating.compare(configuration, wanted, report))
        else:
            file = settings.file_of(data, config)
            outcome = asyncio.run(migrating.migrate(configuration, file, wanted, report))
    if json:
        seconds = round(time.monotonic() - began, 1)
        print_json(msgspec.to_builtins(outcome) | {"seconds": seconds})
    elif verify_only:
        _print_compared(outcome)
    else:
        _print_moved(outcome, data)


def abandon(configuration: Configuration, *, json: bool) -> None:
    """Give the migration up, and print what that means."""
    with process.hold(configuration.data), _refusals():
        done = asyncio.run(migrating.abandon(configuration))
    if json:
        print_json({"abandoned": True, "message": done})
    else:
        print(done)


def _setting(name: str, given: str | None) -> str | None:
    """Return what the setting `name` is to have. Raises `ConfigurationError`."""
    if given is None:
        return None
    if given == HERE[name]:
        return ""
    option = "--" + name.replace("_", "-")
    try:
        load({name: given}, environment={})
    except ConfigurationError as error:
        raise CommandError(
            f"{option} {given}: expected {HERE[name]} or an address ({error})"
        ) from None
    if not given:
        raise CommandError(f"{option} is empty: expected {HERE[name]} or an address")
    return given


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (MigrationError, RestorationUnfinished) as error:
        raise CommandError(str(error)) from error


@contextmanager
def _showing() -> Iterator[Report]:
    """Show how far it is: a bar on a terminal, else a line now and then."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[counted]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=stderr()) as bar:
        yield _bars(bar)


def _bars(bar: "Progress") -> Report:
    tasks = {}

    def show(step: Step) -> None:
        if step.stage not in tasks:
            tasks[step.stage] = bar.add_task(_TITLES[step.stage], total=None, counted="")
        total, counted = _weight(step.total) or None, _counted(step)
        bar.update(tasks[step.stage], completed=_weight(step.done), total=total, counted=counted)

    return show


def _lines(clock: Callable[[], float] = time.monotonic) -> Report:
    told: dict[str, float] = {}

    def show(step: Step) -> None:
        is_done = step.done.items == step.total.items
        if is_done or clock() - told.get(step.stage, -_LINE_INTERVAL) >= _LINE_INTERVAL:
            told[step.stage] = clock()
            note(f"{_TITLES[step.stage]}: {_counted(step)}")

    return show


def _weight(count: Count) -> int:
    """Return how much work something is, by which the time that is left is told."""
    return count.size + count.items


def _counted(step: Step) -> str:
    what = "blobs" if "blobs" in step.stage else "keys"
    of = f" of {step.total.items:,}" if step.total.items else ""
    return f"{step.done.items:,}{of} {what}, {_bytes(step.done.size)}"


def _bytes(size: int) -> str:
    amount = float(size)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"


def _print_compared(outcome: Outcome) -> None:
    print(f"{_amount(outcome)} are the same in {' and '.join(outcome.target.values())}.")


def _print_moved(outcome: Outcome, data: Path) -> None:
    target = outcome.target
    print(f"The cloud has moved: keys are in {target['store']}, blobs in {target['blob_store']}.")
    print(f"{_amount(outcome)} were copied and read back, and are the same.")
    print(f"{outcome.configuration} names the new places.")
    for name in outcome.overriding:
        print(f"But {name} is set, names another place and goes before the file: change it.")
    for kept in outcome.kept:
        print(f"The old copy is kept as it was: {kept}")
    if outcome.kept:
        print("Remove it once you are content; the cloud does not need it, nor change it.")
    print(f"Go on with: lenticular start --data {shlex.quote(str(data))}")


def _amount(outcome: Outcome) -> str:
    parts = []
    if outcome.digest:
        parts.append(f"{outcome.keys.items:,} keys ({_bytes(outcome.keys.size)})")
    if outcome.source["blob_store"] != outcome.target["blob_store"] or outcome.blobs.items:
        parts.append(f"{outcome.blobs.items:,} blobs ({_bytes(outcome.blobs.size)})")
    return " and ".join(parts)
