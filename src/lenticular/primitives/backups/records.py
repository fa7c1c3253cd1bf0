"""What a repository says of its snapshots, as JSON."""

from datetime import UTC, datetime

from msgspec import Struct


class Chunk(Struct, frozen=True):
    """A stretch of a table: a frame of pairs."""

    name: str
    """Hexadecimal."""
    pairs: int
    bytes: int
    """Of the frame's content."""


class Table(Struct, frozen=True):
    """Pairs in the order of their keys, cut into chunks (`tables`)."""

    chunks: list[Chunk] = []

    @property
    def pairs(self) -> int:
        """How many pairs there are."""
        return sum(chunk.pairs for chunk in self.chunks)

    @property
    def names(self) -> list[str]:
        """The names of the chunks: two tables with the same names hold the same pairs."""
        return [chunk.name for chunk in self.chunks]


class SavedFile(Struct, frozen=True):
    """A small file beside the cloud: its configuration, its certificates."""

    path: str
    """Relative to the data folder."""
    name: str
    """Of the frame that holds its bytes."""
    secret: bool = False
    """Whether it was taken only because the owner asked for secrets, too."""


class Damage(Struct, frozen=True):
    """A blob that could not be copied, because the cloud itself has not got it any more."""

    blob: str
    problem: str


class Manifest(Struct, frozen=True, kw_only=True):
    """A snapshot: one state of one cloud."""

    format: int = 1
    cloud: str
    """Names the cloud: a repository may hold several."""
    taken: float
    """When the cloud was in this state, in seconds since the epoch."""
    finished: float
    release: str
    """The version of Lenticular that made it."""
    host: str
    keys: Table
    """All pairs of the key-value store."""
    blobs: Table
    """Every blob that these refer to, and what it is made of."""
    blob_count: int
    blob_bytes: int
    files: list[SavedFile]
    master_key: str
    """Fingerprint of the key that opens the secrets among the pairs."""
    damages: list[Damage] = []
    added_files: int
    """How many files this snapshot added to the repository."""
    added_bytes: int


class Progress(Struct, frozen=True, kw_only=True):
    """What a backup that has not finished has copied so far."""

    format: int = 1
    cloud: str
    blobs: Table


def stamp(moment: float) -> str:
    """Return a time as names of snapshots have it: to the millisecond, in UTC."""
    seconds, milliseconds = divmod(int(moment * 1000), 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y%m%dT%H%M%S}{milliseconds:03}Z"
