"""The table of the blobs of a snapshot: for each, its size and the pieces that it is made of.

The key of a pair is the blob's id, the value its size (eight bytes, big-endian) and the names of
its pieces, of `PIECE` bytes each but the last.
"""

import struct
from dataclasses import dataclass

from lenticular.primitives.backups.frames import NAME_SIZE
from lenticular.primitives.backups.tables import Pair

PIECE = 4 * 1024 * 1024

_SIZE = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class SavedBlob:
    """A blob in a repository."""

    id: str
    size: int
    """Bytes."""
    pieces: tuple[bytes, ...]
    """Names."""

    @property
    def pair(self) -> Pair:
        """How it stands in the table."""
        return self.id.encode(), _SIZE.pack(self.size) + b"".join(self.pieces)

    @classmethod
    def of(cls, pair: Pair) -> "SavedBlob":
        """Read it back."""
        key, value = pair
        starts = range(_SIZE.size, len(value), NAME_SIZE)
        pieces = tuple(value[at : at + NAME_SIZE] for at in starts)
        return cls(key.decode(), _SIZE.unpack_from(value)[0], pieces)
