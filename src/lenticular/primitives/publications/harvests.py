"""Harvests: all public records in the order in which they changed, page by page (OAI-PMH)."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from lenticular.engines.kv.contract import KeyValueStore, Reader
from lenticular.engines.kv.keys import after
from lenticular.primitives.publications import records
from lenticular.primitives.publications.records import STAMPED, Version
from lenticular.primitives.publications.views import Edition

_ROWS: Final = 100
_READ: Final = 200


class Position(Struct, frozen=True):
    """The last record that was told of."""

    stamp: int
    name: str
    number: int


class Page(Struct, frozen=True):
    """Some records, and where the next page begins (None: there is none)."""

    editions: list[Edition]
    behind: Position | None


class Harvests:
    """The public records of one cloud by the time of their last change."""

    def __init__(
        self, store: KeyValueStore, editions: Callable[[Reader, Version], Edition]
    ) -> None:
        self._store = store
        self._editions = editions
        self.rows = _ROWS
        """Records of a page."""

    async def earliest(self) -> int:
        """Return the time of the record that changed first, in seconds; 0: there is none."""

        def find(reader: Reader) -> int:
            rows = reader.range(*STAMPED.range(), limit=1)
            return int(STAMPED.unpack(rows[0][0])[0]) if rows else 0

        return await self._store.read(find)

    async def types(self) -> list[str]:
        """Return the general resource types of which there are records, sorted."""

        def find(reader: Reader) -> list[str]:
            public = (one for one in records.everything(reader) if one.is_public)
            return sorted({one.said.types.resource_type_general for one in public})

        return await self._store.read(find, long=True)

    async def page(
        self,
        since: int,
        until: int,
        *,
        resource_type: str = "",
        behind: Position | None = None,
    ) -> Page:
        """Return records that changed from `since` up to `until`, both in seconds, inclusive."""

        def find(reader: Reader) -> Page:
            start = STAMPED.pack(since)
            if behind is not None:
                start = after(STAMPED.pack(behind.stamp, behind.name, behind.number))
            stop = STAMPED.pack(until + 1)
            found: list[Edition] = []
            while rows := reader.range(start, stop, limit=_READ):
                for key, _ in rows:
                    _, name, number = STAMPED.unpack(key)
                    version = records.version(reader, name, number)
                    if version is None or not _fits(version, resource_type):
                        continue
                    if len(found) == self.rows:
                        last = found[-1].version
                        return Page(found, Position(last.stamp, last.name, last.number))
                    found.append(self._editions(reader, version))
                start = after(rows[-1][0])
            return Page(found, None)

        return await self._store.read(find, long=True)


def _fits(version: Version, resource_type: str) -> bool:
    return not resource_type or version.said.types.resource_type_general == resource_type
