"""Comparing: whether a file has to be moved, by the level of synchronisation.

Transfer API, "sync_level": 0 if nothing is there, 1 if what is there has another size, 2 if it
is older than the source's, 3 if its checksum is another one. Each level also moves what is not
there at all. A place that does not tell times has its files moved at level 2.
"""

import asyncio

from lenticular.engines.connectors.contract import Connector, Entry
from lenticular.engines.movers.checksums import FAST, checksum_of
from lenticular.engines.movers.ends import Pair
from lenticular.engines.movers.troubles import at

BY_CHECKSUM = 3


def differs(level: int | None, source: Entry, destination: Entry | None) -> bool:
    """Tell whether a file has to be moved, as far as entries tell: True at level 3 as well
    when sizes differ, False there when only checksums can tell.
    """
    if level is None or destination is None or destination.kind != "file":
        return True
    if level == 0:
        return False
    if level == 2:
        return not (source.modified and destination.modified) or (
            source.modified > destination.modified
        )
    return source.size != destination.size


async def has_other_bytes(ends: Pair, source: str, destination: str) -> bool:
    """Tell whether the checksums of two files differ. Raises `Trouble`."""
    algorithm = _common(ends.source, ends.destination)
    other = asyncio.ensure_future(checksum_of(ends.destination, destination, algorithm))
    try:
        with at("source"):
            one = await checksum_of(ends.source, source, algorithm)
        with at("destination"):
            return one != await other
    finally:
        other.cancel()
        await asyncio.wait([other])


def _common(source: Connector, destination: Connector) -> str:
    """Return an algorithm that both places tell themselves, or one that is quick here."""
    both = source.traits.checksums & destination.traits.checksums
    return FAST if FAST in both or not both else min(both)
