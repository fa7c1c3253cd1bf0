"""Scrubbing: everything stored is read once against its checksums."""

from collections.abc import AsyncIterator

from msgspec import Struct

from lenticular.engines.blobs.contract import (
    BlobCorrupt,
    BlobNotFound,
    BlobStore,
    BlobStoreUnavailable,
)
from lenticular.server.administration.contract import Nothing, Site


class ScrubProgress(Struct, frozen=True):
    """One step of a scrub."""

    checked: int
    total: int
    problem: str | None = None
    """What is wrong with what was just checked."""


async def scrub(site: Site, wanted: Nothing) -> AsyncIterator[ScrubProgress]:
    """Check the database, then read every blob against its checksum."""
    cloud = site.cloud
    problems = await cloud.check_store()
    yield ScrubProgress(1, 1, "; ".join(problems) or None)
    checked = total = 1
    try:
        blobs = [entry.id async for entry in cloud.blobs.list()]
        total += len(blobs)
        for checked, blob_id in enumerate(blobs, start=2):
            yield ScrubProgress(checked, total, await _problem(cloud.blobs, blob_id))
    except BlobStoreUnavailable as error:
        yield ScrubProgress(checked, total, f"the rest cannot be checked: {error}")


async def _problem(blobs: BlobStore, blob_id: str) -> str | None:
    """Return what is wrong with a blob."""
    try:
        await blobs.verify(blob_id)
    except BlobCorrupt as error:
        return str(error)
    except BlobNotFound:
        pass  # deleted since it was listed
    return None
