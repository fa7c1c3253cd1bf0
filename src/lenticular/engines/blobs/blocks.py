"""Checksums of the blocks of a blob's file, so that a range is verified without the rest.

They stand behind the bytes, 8 for each block: a file is that much longer than its blob. Files
of releases before these have none; of those only the whole can be verified.
"""

from awscrt import checksums

from lenticular.engines.blobs.contract import BlobCorrupt
from lenticular.engines.blobs.digests import Buffer
from lenticular.engines.blobs.ids import BlobId

BLOCK = 128 * 1024
"""Bytes of a block. Smaller ones would cost more calls, larger ones make a short range read
and verify more that is not wanted."""

SIZE = 8
"""Bytes of a checksum: CRC-64/NVME, as in the blob's id."""


def size_of_file(size: int, *, has_blocks: bool = True) -> int:
    """Return how long the file of a blob of `size` bytes is."""
    return size + SIZE * -(-size // BLOCK) * has_blocks


class BlockChecksums:
    """The checksums of a stream's blocks, and of the whole, as its bytes pass."""

    __slots__ = ("_filled", "_open", "_sums", "_whole")

    def __init__(self) -> None:
        self._sums = bytearray()
        self._whole = 0
        self._open = 0
        self._filled = 0

    def update(self, data: Buffer) -> None:
        """Let `data` pass. A memoryview must be contiguous."""
        rest = memoryview(data).cast("B")
        while rest:
            part = rest[: BLOCK - self._filled]
            self._open = checksums.crc64nvme(part, self._open)
            self._filled += len(part)
            rest = rest[len(part) :]
            if self._filled == BLOCK:
                self._end_block()

    def result(self) -> tuple[bytes, bytes]:
        """Return the checksums of the blocks, one behind the other, and that of the whole."""
        if self._filled:
            self._end_block()
        return bytes(self._sums), self._whole.to_bytes(SIZE, "big")

    def _end_block(self) -> None:
        self._sums += self._open.to_bytes(SIZE, "big")
        self._whole = checksums.combine_crc64nvme(self._whole, self._open, self._filled)
        self._open = self._filled = 0


def check(named: BlobId, start: int, data: Buffer, sums: bytes) -> None:
    """Raise `BlobCorrupt` unless `data`, whole blocks from `start` on, have these checksums."""
    if block_checksums(data) != sums:
        raise BlobCorrupt(
            f"the bytes of blob {named} from {start} to {start + len(data)} "
            "are not those that were written"
        )


def block_checksums(data: Buffer) -> bytes:
    """Return the checksums of the blocks that `data` is made of, one behind the other."""
    view = memoryview(data)
    return b"".join(
        checksums.crc64nvme(view[at : at + BLOCK]).to_bytes(SIZE, "big")
        for at in range(0, len(view), BLOCK)
    )
