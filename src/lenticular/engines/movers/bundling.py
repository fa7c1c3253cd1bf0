"""Bundling: many small files at once, since each by itself would take as long as its way there.

A place that does not take bundles is asked for several files at once instead.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, TypeVar

from lenticular.engines.connectors.contract import (
    Connector,
    Entry,
    Parcel,
    Whole,
    bundles_of,
)
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.paths import parent
from lenticular.engines.movers.checksums import FAST, checksum_of, fast
from lenticular.engines.movers.closing import closing
from lenticular.engines.movers.contract import Moved
from lenticular.engines.movers.copying import Terms
from lenticular.engines.movers.ends import Pair
from lenticular.engines.movers.folders import Folders
from lenticular.engines.movers.steps import Step
from lenticular.engines.movers.troubles import Trouble, at

_AT_ONCE: Final = 8
"""Files of a bundle that are asked for at once, where it has to be one by one."""

Result = tuple[Step, Moved | Trouble]
Carrier = Callable[[Terms, Pair, Folders, Sequence[Step]], AsyncGenerator[Result, None]]
"""Moves files, as `move_bundle` does."""

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


async def move_bundle(
    terms: Terms, ends: Pair, folders: Folders, steps: Sequence[Step]
) -> AsyncGenerator[Result, None]:
    """Move small files, and tell of each how it went. Raises `Trouble` that all of them met."""
    with at("source"):
        read = await _read_many(ends.source, [step.source for step in steps])
        if terms.verifies and ends.is_exposed and FAST in ends.source.traits.checksums:
            read = await _each(
                lambda each: _check_sent(ends.source, *each),
                [(step.source, whole) for step, whole in zip(steps, read, strict=True)],
            )
    missing = await _make_folders(ends, folders, steps)
    parcels: list[tuple[Step, Parcel]] = []
    for step, whole in zip(steps, read, strict=True):
        if isinstance(whole, Fault):
            yield step, Trouble(whole, "source")
        elif len(whole.data) != whole.entry.size:
            told = f"{step.source!r} has {whole.entry.size} bytes, {len(whole.data)} came"
            yield step, Trouble(Fault("FILE_SIZE_CHANGED", told), "source")
        elif (trouble := missing.get(parent(step.destination))) is not None:
            yield step, trouble
        else:
            parcels.append((step, _parcel(terms, ends, step, whole)))
    terms.ledger.counts.bytes_transferred += sum(len(parcel.data) for _, parcel in parcels)
    with at("destination"):
        put = await _write_many(ends.destination, [parcel for _, parcel in parcels])
    verified = await _verify_all(terms, ends, [parcel for _, parcel in parcels], put)
    for (step, parcel), result in zip(parcels, verified, strict=True):
        if isinstance(result, Fault):
            if result.code == "FILE_NOT_FOUND":  # its folder was removed by somebody
                folders.forget(parent(step.destination))
            yield step, Trouble(result, "destination")
        else:
            yield step, Moved(step.source, step.destination, len(parcel.data), *result)


async def _check_sent(source: Connector, path: str, whole: Whole | Fault) -> Whole | Fault:
    """Compare what came over an open network with what the source says that it sent."""
    if isinstance(whole, Fault):
        return whole
    told = await _outcome(source.checksum(path, FAST))
    if isinstance(told, Fault):
        return whole if told.code == "NOT_SUPPORTED" else told
    if told == (found := fast(whole.data)):
        return whole
    return Fault("VERIFY_CHECKSUM", f"{path!r}: its {FAST} is {told}, {found} came")


async def _make_folders(ends: Pair, folders: Folders, steps: Sequence[Step]) -> dict[str, Trouble]:
    """Make the folders of files, and return what kept one from being made."""
    missing: dict[str, Trouble] = {}
    for path in dict.fromkeys(parent(step.destination) for step in steps):
        try:
            with at("destination"):
                await folders.make(ends.destination, path)
        except Trouble as trouble:
            missing[path] = trouble
    return missing


def _parcel(terms: Terms, ends: Pair, step: Step, whole: Whole) -> Parcel:
    compares = terms.verifies and FAST in ends.destination.traits.checksums
    return Parcel(
        step.destination,
        whole.data,
        whole.entry.modified if terms.keeps_times else 0.0,
        f"{FAST}:{fast(whole.data)}" if compares else "",
    )


Verified = tuple[str, str] | Fault
"""The checksum of a file that arrived and its algorithm (both empty: it was not verified)."""


async def _verify_all(
    terms: Terms, ends: Pair, parcels: Sequence[Parcel], put: Sequence[Entry | Fault]
) -> list[Verified]:
    """Return for each file what is known of it; those that the place did not verify are read."""
    if not terms.verifies:
        return [each if isinstance(each, Fault) else ("", "") for each in put]
    arrived = [not isinstance(each, Fault) for each in put]
    counts = terms.ledger.counts
    counts.bytes_checksummed += sum(
        len(parcel.data) for parcel, is_there in zip(parcels, arrived, strict=True) if is_there
    )
    if FAST in ends.destination.traits.checksums:
        return [
            each if isinstance(each, Fault) else (parcel.checksum.partition(":")[2], FAST)
            for parcel, each in zip(parcels, put, strict=True)
        ]
    return await _each(lambda each: _read_back(ends, *each), list(zip(parcels, put, strict=True)))


async def _read_back(ends: Pair, parcel: Parcel, put: Entry | Fault) -> Verified:
    if isinstance(put, Fault):
        return put
    expected = fast(parcel.data)
    found = await _outcome(checksum_of(ends.destination, parcel.path, FAST))
    if isinstance(found, Fault) or found == expected:
        return found if isinstance(found, Fault) else (expected, FAST)
    told = f"{parcel.path!r}: its {FAST} is {found}, it should be {expected}"
    return Fault("VERIFY_CHECKSUM", told)


async def _read_many(connector: Connector, paths: Sequence[str]) -> list[Whole | Fault]:
    if (bundles := bundles_of(connector)) is not None:
        return await bundles.read_many(paths)
    return await _each(lambda path: _outcome(_read(connector, path)), paths)


async def _write_many(connector: Connector, files: Sequence[Parcel]) -> list[Entry | Fault]:
    if not files:
        return []
    if (bundles := bundles_of(connector)) is not None:
        return await bundles.write_many(files)
    return await _each(lambda file: _outcome(_write(connector, file)), files)


async def _outcome(doing: Awaitable[Answer]) -> Answer | Fault:
    try:
        return await doing
    except Fault as fault:
        return fault


async def _read(connector: Connector, path: str) -> Whole:
    source = await connector.open_source(path)
    data = bytearray()
    try:
        async with closing(source.read(0, source.entry.size)) as chunks:
            async for chunk in chunks:
                data += chunk
    finally:
        await source.close()
    return Whole(source.entry, bytes(data))


async def _write(connector: Connector, file: Parcel) -> Entry:
    writer = await connector.open_writer(file.path, len(file.data))
    try:
        if file.data:
            await writer.write(0, file.data)
        return await writer.commit(len(file.data), modified=file.modified, checksum=file.checksum)
    except BaseException:
        with suppress(Fault):
            await asyncio.shield(writer.abort())
        raise


async def _each(do: Callable[[Asked], Awaitable[Answer]], asked: Sequence[Asked]) -> list[Answer]:
    """Do the same for all, a few at once, and return the answers in the order of the asked."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(each: Asked) -> Answer:
        async with places:
            return await do(each)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(each)) for each in asked]
    return [task.result() for task in tasks]
