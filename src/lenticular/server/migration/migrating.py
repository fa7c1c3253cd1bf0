"""What the owner of a data folder can ask for: to migrate, to compare, to give a migration up.

The caller holds the data folder (`lenticular.server.process.hold`).
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import Struct

from lenticular.server import keyvaluestore
from lenticular.server.blobplaces import BLOBS_NAME, open_place
from lenticular.server.configuration import Configuration
from lenticular.server.migration import blobs, journal, notes, pairs, settings
from lenticular.server.migration.course import OWN, Course, Ends, opened
from lenticular.server.migration.journal import Count, Journal, MigrationError, Places
from lenticular.server.migration.notes import NOTE
from lenticular.server.migration.progress import Progress, Report
from lenticular.server.restoring import refuse_unfinished


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where a cloud is to move, or to be compared; None: not there."""

    store: str | None = None
    """As the setting of this name has it: empty for SQLite in the data folder."""
    blob_store: str | None = None
    """As the setting of this name has it: empty for the data folder."""
    settings: Path | None = None
    """The folder with how these are reached, where that is not what the data folder has."""
    remove_source: bool = False


class Outcome(Struct, frozen=True):
    """What a migration, or a comparison, came to."""

    source: dict[str, str]
    target: dict[str, str]
    keys: Count
    blobs: Count
    digest: str
    """SHA-256 of all keys and values, the same on both sides; empty where they did not move."""
    resumed: bool = False
    """Whether an earlier run had begun it."""
    kept: tuple[str, ...] = ()
    """What is left at the source."""
    configuration: str = ""
    """The file that names the new places now."""
    overriding: tuple[str, ...] = ()
    """Environment variables that name other places, and go before that file."""


async def migrate(
    configuration: Configuration, file: Path, wanted: Wanted, report: Report
) -> Outcome:
    """Move a cloud, or go on where an earlier run was cut off.

    `file` is its configuration file. Raises `MigrationError`; then the cloud is where it was,
    or `migrate` goes on when it is called again. Also raises `RestorationUnfinished`.
    """
    data = configuration.data
    refuse_unfinished(data)
    plan = await asyncio.to_thread(journal.load, data)
    resumed = plan is not None
    if plan is None:
        plan = _planned(configuration, wanted)
        await asyncio.to_thread(journal.begin, data, plan, wanted.settings)
    else:
        _check_same(plan, configuration, wanted)
    plan.remove_source = plan.remove_source or wanted.remove_source
    async with opened(configuration, plan) as ends:
        course = Course(configuration, file, plan, ends, report)
        if not plan.stage:
            await _begin(course, data)
        await course.run()
    await asyncio.to_thread(journal.end, data)
    return msgspec.structs.replace(
        _outcome(plan),
        resumed=resumed,
        kept=() if plan.remove_source else tuple(_kept(plan, data)),
        configuration=str(file),
        overriding=tuple(settings.overriding(plan.target)),
    )


async def compare(configuration: Configuration, wanted: Wanted, report: Report) -> Outcome:
    """Compare a cloud with its copy, and change neither.

    That is the target of the migration that is under way, or what is at the places `wanted`.
    Raises `MigrationError` where they are not the same.
    """
    plan = await asyncio.to_thread(journal.load, configuration.data)
    if plan is not None:
        async with opened(configuration, plan) as ends:
            return await _compare(plan, ends, report)
    plan = _planned(configuration, wanted)
    if plan.moves_keys and not plan.target.store:
        _check_file(configuration.data / keyvaluestore.DATABASE_NAME)
    await asyncio.to_thread(journal.keep_settings, configuration.data, wanted.settings)
    try:
        async with opened(configuration, plan) as ends:
            return await _compare(plan, ends, report)
    finally:
        await asyncio.to_thread(journal.end, configuration.data)


async def abandon(configuration: Configuration) -> str:
    """Let the cloud go on where it is: give up a migration that is under way, or undo the last.

    Of one that is under way what was copied stays where it is, for a later one. Returns what
    was done, in words. Raises `MigrationError`.
    """
    plan = await asyncio.to_thread(journal.load, configuration.data)
    if plan is not None and plan.stage in {"switch", "remove"}:
        raise MigrationError(
            "the cloud has moved already, but for the last step: `lenticular migrate` takes it"
        )
    if plan is not None:
        async with opened(configuration, plan) as ends:
            await notes.remove(ends.source)
        await asyncio.to_thread(journal.end, configuration.data)
        told = plan.target.told()
        return (
            f"The migration is given up, and the cloud is where it was. What was copied to "
            f"{told['store']} and {told['blob_store']} is still there."
        )
    store = await keyvaluestore.open_store(configuration)
    try:
        note = await notes.find(store)
        if note is None or note.state == notes.ARRIVING:
            raise MigrationError("there is no migration to give up")
        if not await pairs.holds_more(store, {NOTE}):
            raise MigrationError(f"nothing is left here: the cloud has moved to {note.other}")
        place = await open_place(configuration)
        try:
            await place.claim(note.cloud)
        finally:
            await place.blobs.close()
        await notes.remove(store)
    finally:
        await store.close()
    return f"The cloud goes on here, as it was when it was moved to {note.other}."


def _planned(configuration: Configuration, wanted: Wanted) -> Journal:
    source = Places(configuration.store, configuration.blob_store)
    store = source.store if wanted.store is None else wanted.store
    blob_store = source.blob_store if wanted.blob_store is None else wanted.blob_store
    # The same address may be another place, if it is reached in another way.
    keys_elsewhere, blobs_elsewhere = (
        wanted.settings is not None and (wanted.settings / name).exists()
        for name in journal.SETTINGS_NAMES
    )
    plan = Journal(
        cloud="",
        source=source,
        target=Places(store, blob_store),
        moves_keys=store != source.store or bool(wanted.store and keys_elsewhere),
        moves_blobs=blob_store != source.blob_store or bool(wanted.blob_store and blobs_elsewhere),
        remove_source=wanted.remove_source,
    )
    if wanted.store is None and wanted.blob_store is None:
        raise MigrationError("no migration is under way: say where to, --store or --blob-store")
    if not plan.moves_keys and not plan.moves_blobs:
        raise MigrationError("the cloud is there already")
    return plan


def _check_same(plan: Journal, configuration: Configuration, wanted: Wanted) -> None:
    """Raise `MigrationError` when another migration is wanted than the one under way."""
    asked = (wanted.store, wanted.blob_store)
    for there, here in zip(msgspec.structs.astuple(plan.target), asked, strict=True):
        if here is not None and here != there:
            journal.check_none(configuration.data)


async def _begin(course: Course, data: Path) -> None:
    """Let a migration begin, or forget it."""
    try:
        await course.begin()
    except BaseException:
        await asyncio.to_thread(journal.end, data)
        raise


async def _compare(plan: Journal, ends: Ends, report: Report) -> Outcome:
    try:
        if ends.target_blobs is not None:
            plan.blobs = await blobs.count(ends.source)
            progress = Progress("check blobs", plan.blobs, report)
            await blobs.compare(ends.source, ends.target_blobs.blobs, progress)
        if plan.moves_keys:
            progress = Progress("check keys", plan.keys, report)
            plan.digest = await pairs.compare(ends.source, ends.target, OWN, progress)
            plan.keys = progress.done
    except pairs.Difference as error:
        raise MigrationError(f"the copy is not the same: {error}") from error
    return _outcome(plan)


def _outcome(plan: Journal) -> Outcome:
    return Outcome(plan.source.told(), plan.target.told(), plan.keys, plan.blobs, plan.digest)


def _kept(plan: Journal, data: Path) -> list[str]:
    """Return what is left at the source, for people."""
    kept = []
    if plan.moves_keys:
        kept.append(plan.source.told()["store"] if plan.source.store else _database(data))
    if plan.moves_blobs:
        kept.append(plan.source.blob_store or str(data / BLOBS_NAME))
    return kept


def _database(data: Path) -> str:
    return str(data / keyvaluestore.DATABASE_NAME)


def _check_file(path: Path) -> None:
    if not path.exists():
        raise MigrationError(f"{path} is not there, so it cannot be compared")
