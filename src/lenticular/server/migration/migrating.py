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
from lenticular.server.blobstore import BlobStoreError
from lenticular.server.configuration import Configuration
from lenticular.server.keyvaluestore import StoreError
from lenticular.server.migration import blobs, journal, notes, pairs, settings
from lenticular.server.migration.course import OUTSIDE, OWN, Course, Ends, opened
from lenticular.server.migration.journal import Count, Journal, MigrationError, Places
from lenticular.server.migration.notes import NOTE
from lenticular.server.migration.progress import Progress, Report
from lenticular.server.restoring import refuse_unfinished

_SWITCHED = {"switch", "remove"}
"""Stages from which on the cloud is at the target."""


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
    else:
        _check_same(plan, configuration, wanted)
        plan.remove_source = plan.remove_source or wanted.remove_source
        plan.settings = _folder(wanted.settings) or plan.settings
    try:
        if plan.stage not in _SWITCHED:
            await asyncio.to_thread(journal.keep_settings, data, plan)
        async with opened(configuration, plan) as ends:
            course = Course(configuration, file, plan, ends, report)
            if not plan.stage:
                await course.begin()
            await course.run()
    except BaseException:
        if not plan.stage:  # it has not begun
            await asyncio.to_thread(journal.end, data)
        raise
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
    await asyncio.to_thread(journal.keep_settings, configuration.data, plan)
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
    if plan is not None and plan.stage in _SWITCHED:
        raise MigrationError(
            "the cloud has moved already, but for the last step: `lenticular migrate` takes it"
        )
    try:
        return await (_go_back(configuration) if plan is None else _give_up(configuration, plan))
    except (StoreError, BlobStoreError, *OUTSIDE) as error:
        raise MigrationError(str(error)) from error


async def _give_up(configuration: Configuration, plan: Journal) -> str:
    """Give up a migration that is under way. The target may be out of reach."""
    store = await keyvaluestore.open_store(journal.store_at(configuration, plan, "source"))
    try:
        await notes.remove(store)
    finally:
        await store.close()
    await asyncio.to_thread(journal.end, configuration.data)
    return (
        f"The migration is given up, and the cloud is where it was. What was copied is still "
        f"there: {' and '.join(_moving(plan, plan.target.told()))}"
    )


async def _go_back(configuration: Configuration) -> str:
    """Let a cloud go on with the old copy from which it has moved."""
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
        settings=_folder(wanted.settings),
    )
    if wanted.store is None and wanted.blob_store is None:
        raise MigrationError("no migration is under way: say where to, --store or --blob-store")
    if not plan.moves_keys and not plan.moves_blobs:
        raise MigrationError("the cloud is there already")
    return plan


def _folder(settings: Path | None) -> str:
    return "" if settings is None else str(settings.absolute())


def _check_same(plan: Journal, configuration: Configuration, wanted: Wanted) -> None:
    """Raise `MigrationError` when another migration is wanted than the one under way."""
    asked = (wanted.store, wanted.blob_store)
    for there, here in zip(msgspec.structs.astuple(plan.target), asked, strict=True):
        if here is not None and here != there:
            journal.check_none(configuration.data)


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
    files = {
        "store": str(data / keyvaluestore.DATABASE_NAME),
        "blob_store": str(data / BLOBS_NAME),
    }
    told = plan.source.told()
    return _moving(
        plan, {name: told[name] if getattr(plan.source, name) else files[name] for name in files}
    )


def _moving(plan: Journal, places: dict[str, str]) -> list[str]:
    """Return those of the places, by setting, that concern what moves."""
    moves = {"store": plan.moves_keys, "blob_store": plan.moves_blobs}
    return [place for name, place in places.items() if moves[name]]


def _check_file(path: Path) -> None:
    if not path.exists():
        raise MigrationError(f"{path} is not there, so it cannot be compared")
