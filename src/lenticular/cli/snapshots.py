"""Snapshots made, shown, verified, pruned and restored: what ``backup`` and ``restore`` do."""

import asyncio
import getpass
import shlex
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from lenticular.cli import CommandError
from lenticular.cli.output import print_json, stderr
from lenticular.server import backups, repositories
from lenticular.server.configuration import Configuration

T = TypeVar("T")


def target(place: str, settings: Path | None, passphrase_file: Path | None) -> backups.Target:
    """Return where the backups are; a passphrase is asked for when one is needed."""

    def passphrase() -> str:
        if passphrase_file is not None:
            try:
                text = passphrase_file.read_text(encoding="utf-8").rstrip("\r\n")
            except OSError as error:
                raise CommandError(f"{passphrase_file}: {error.strerror}") from None
        elif sys.stdin.isatty():
            text = getpass.getpass(f"Passphrase of {place}: ", stream=sys.stderr)
        else:
            raise CommandError(f"{place} is encrypted: give its passphrase by --passphrase-file")
        if not text:
            raise CommandError("the passphrase is empty")
        return text

    return backups.Target(place, settings, passphrase)


def create(
    configuration: Configuration,
    config: Path | None,
    place: backups.Target,
    *,
    encrypt: bool,
    include_secrets: bool,
    complete: bool,
    json: bool,
) -> int:
    """Back up, and print what was added; return the exit code."""
    with _bar() as report:
        snapshot, manifest = _run(
            backups.make(
                configuration,
                config,
                place,
                report,
                encrypt=encrypt,
                include_secrets=include_secrets,
                complete=complete,
            )
        )
    if json:
        print_json(repositories.Shown.of(snapshot, manifest))
    else:
        print(f"snapshot {snapshot.id} is in {place.place}")
        print(
            f"  {manifest.keys.pairs} keys, {manifest.blob_count} blobs "
            f"({_size(manifest.blob_bytes)}); {manifest.added_files} files "
            f"({_size(manifest.added_bytes)}) were added"
        )
        _print_damages(manifest.damages)
    return 1 if manifest.damages else 0


def show(place: backups.Target, *, json: bool) -> None:
    """Print the snapshots."""
    shown = _run(repositories.shown(place))
    if json:
        print_json(shown)
        return
    if not shown:
        print(f"There is no snapshot in {place.place}; `lenticular backup TARGET` makes one.")
    for each in shown:
        if each.problem:
            print(f"{each.id}  damaged: {each.problem}")
            continue
        taken = datetime.fromtimestamp(each.taken, UTC)
        print(
            f"{each.id}  {taken:%Y-%m-%d %H:%M:%S} UTC  cloud {each.cloud[:8]} of {each.host}  "
            f"{each.keys} keys, {each.blobs} blobs ({_size(each.blob_bytes)}), "
            f"{_size(each.added_bytes)} added{', with secrets' * each.has_secrets}"
        )


def verify(place: backups.Target, snapshot: str, *, remove_damaged: bool, json: bool) -> int:
    """Verify, and print what is damaged; return the exit code."""
    with _bar() as report:
        found = _run(repositories.verify(place, snapshot, report, remove_damaged=remove_damaged))
    if json:
        print_json(found)
    else:
        print(f"{found.files} files verified, {len(found.damages)} damaged")
        for problem in found.damages.values():
            print(f"  {problem}")
        for name in found.snapshots:
            print(f"snapshot {name} is not whole")
    return 1 if found.damages else 0


def prune(
    place: backups.Target, rules: Mapping[str, int], remove: list[str], *, json: bool
) -> None:
    """Prune, and print what went. Raises `CommandError` without any rule."""
    if not any(rules.values()) and not remove:
        raise CommandError("say what to keep (--keep-last, --keep-daily ...), or what to --remove")
    pruned = _run(repositories.prune(place, rules, remove))
    if json:
        print_json(
            {
                "kept": [each.id for each in pruned.kept],
                "removed": [each.id for each in pruned.removed],
                "files": pruned.files,
            }
        )
        return
    for each in pruned.removed:
        print(f"removed snapshot {each.id}")
    print(f"{len(pruned.kept)} snapshots are left; {pruned.files} files were removed")


def restore(
    place: backups.Target,
    snapshot: str,
    data: Path | None,
    *,
    master_key: Path | None,
    incomplete: bool,
    json: bool,
) -> int:
    """Restore, and print what to do next; return the exit code."""
    if data is None:
        raise CommandError("name the folder of the restored cloud: --data DIR")
    data = data.expanduser().absolute()
    key = None if master_key is None else master_key.read_bytes()
    with _bar() as report:
        restored = _run(
            backups.restore(place, snapshot, data, report, master_key=key, incomplete=incomplete)
        )
    manifest = restored.manifest
    if json:
        print_json(
            {
                "snapshot": restored.snapshot.id,
                "data": str(data),
                "keys": manifest.keys.pairs,
                "blobs": manifest.blob_count,
                "missing": restored.missing,
                "needs_master_key": restored.needs_master_key,
                "master_key": manifest.master_key,
            }
        )
    else:
        print(f"snapshot {restored.snapshot.id} is restored into {data}, and checked:")
        print(f"  {manifest.keys.pairs} keys, {manifest.blob_count} blobs")
        _print_damages(restored.missing)
        if restored.needs_master_key:
            print(
                f"the backup has no secrets: put the master key of the cloud (fingerprint "
                f"{manifest.master_key}) into {data / 'master.key'}, mode 600, before it starts"
            )
        print(f"start it with: lenticular start --data {shlex.quote(str(data))}")
    return 1 if restored.missing else 0


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; raise `CommandError` for what the owner can mend."""
    try:
        return asyncio.run(work)
    except backups.REFUSALS as error:
        raise CommandError(str(error)) from error


@contextmanager
def _bar() -> Iterator[Callable[[Any], None]]:
    """Show a bar where there is a terminal; gives what is told of each step."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[size]}"),
    )
    with Progress(*columns, console=stderr(), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=None, size="")

        def report(step: Any) -> None:
            bar.update(
                task,
                description=step.stage,
                completed=step.done,
                total=step.total or None,
                size=_size(step.bytes) if step.bytes else "",
            )

        yield report


def _print_damages(damages: list[Any]) -> None:
    if damages:
        print(f"{len(damages)} blobs are missing or damaged:")
    for damage in damages:
        print(f"  {damage.blob}: {damage.problem}")


def _size(count: float) -> str:
    """Return a number of bytes as people read it."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
