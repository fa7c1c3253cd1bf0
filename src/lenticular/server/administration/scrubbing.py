"""Scrubbing: everything stored is read once against its checksums."""

from collections.abc import AsyncIterator

from msgspec import Struct

from lenticular.engines.blobs.contract import BlobCorrupt, BlobNotFound
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
    blobs = [entry.id async for entry in cloud.blobs.list()]
    total = 1 + len(blobs)
    yield ScrubProgress(1, total, "; ".join(problems) or None)
    for checked, blob_id in enumerate(blobs, start=2):
        problem = None
        try:
            await cloud.blobs.verify(blob_id)
        except BlobCorrupt as error:
            problem = str(error)
        except BlobNotFound:
            pass  # deleted since it was listed
        yield ScrubProgress(checked, total, problem)
