"""References: which files of a repository its snapshots are made of.

There may be very many, so they are gone through in parts: each part has the names that begin
with some of the 256 bytes.
"""

from collections.abc import AsyncIterator, Collection
from itertools import pairwise

from lenticular.primitives.backups.blobtable import SavedBlob
from lenticular.primitives.backups.errors import FileDamaged
from lenticular.primitives.backups.frames import NAME_SIZE
from lenticular.primitives.backups.records import Manifest
from lenticular.primitives.backups.repository import FANS, Repository
from lenticular.primitives.backups.tables import pairs_of

MOST_NAMES = 1_000_000
"""Names of a part, about: some 100 MB."""


class References:
    """The files that several snapshots refer to."""

    def __init__(self, repository: Repository, manifests: Collection[Manifest]) -> None:
        self._repository = repository
        self._direct: set[bytes] = set()
        self._tables: dict[bytes, int] = {}
        self.damages: list[FileDamaged] = []
        """Chunks of tables of blobs that could not be read, as `names` came upon them."""
        for manifest in manifests:
            self._direct.update(bytes.fromhex(chunk.name) for chunk in manifest.keys.chunks)
            self._direct.update(bytes.fromhex(file.name) for file in manifest.files)
            for chunk in manifest.blobs.chunks:
                self._tables[bytes.fromhex(chunk.name)] = chunk.bytes

    def parts(self) -> list[range]:
        """Return the first bytes of the names of each part."""
        names = len(self._direct) + sum(self._tables.values()) // NAME_SIZE
        count = min(FANS, 1 + names // MOST_NAMES)
        ends = [FANS * number // count for number in range(count + 1)]
        return [range(first, end) for first, end in pairwise(ends)]

    async def names(self, part: range) -> set[bytes]:
        """Return the names of a part."""
        found = {name for name in (*self._direct, *self._tables) if name[0] in part}
        self.damages.clear()
        async for chunk in self._readable():
            for pair in pairs_of(chunk):
                pieces = SavedBlob.of(pair).pieces
                found.update(piece for piece in pieces if piece[0] in part)
        return found

    async def _readable(self) -> AsyncIterator[bytes]:
        for name in self._tables:
            try:
                yield await self._repository.get(name)
            except FileDamaged as error:
                self.damages.append(error)
