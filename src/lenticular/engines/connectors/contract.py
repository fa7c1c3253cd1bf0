"""The contract of a connector: files and folders of one place, the same wherever they are.

Paths are absolute within the place, with ``/`` between names and none at the end (the root is
``/``). A name is any text without ``/`` and NUL but ``.`` and ``..``; a name that is not UTF-8
cannot be used: whoever lists meets a `Fault` ``INVALID_PATH`` in the entry's stead.

Every call may raise `Fault`. Calls of one connector may run at once. None of them blocks the
event loop.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from typing import Final, Literal, Protocol, runtime_checkable

from msgspec import Struct

from lenticular.engines.connectors.faults import Fault

Kind = Literal["file", "dir", "link", "other"]


class Entry(Struct, frozen=True):
    """A file, a folder, a symbolic link, or something else (a device, a socket)."""

    name: str
    kind: Kind
    size: int = 0
    """Bytes."""
    modified: float = 0.0
    """Seconds since the epoch; 0 where the place does not tell."""
    permissions: str = ""
    """Four octal digits; empty where there are none."""
    user: str = ""
    group: str = ""
    link_target: str = ""
    """What a link says, where the place tells that."""
    target_kind: Kind | Literal[""] = ""
    """What a link leads to within the place; empty: to nothing there."""
    version: str = ""
    """Another one whenever the content is: an ETag, or size, time and inode together."""


class Traits(Struct, frozen=True):
    """What a place can do, beyond what all can."""

    checksums: frozenset[str] = frozenset()
    """Algorithms of which it tells a file's checksum itself, without the bytes coming here."""
    is_writable: bool = True
    has_folders: bool = True
    """Whether an empty folder can be there (an object store has none)."""
    keeps_times: bool = False
    """Whether a file can be given the time of its modification."""
    is_local: bool = False
    """Whether its files are on this machine."""
    resumes: bool = False
    """Whether a `Writer` may be opened again to go on where another one stopped."""
    bundles: bool = False
    """Whether it takes and gives many small files at once (`Bundles`)."""


class Source(ABC):
    """A file that is open for reading."""

    entry: Entry
    """As it was when it was opened."""
    descriptor: int | None = None
    """Of the open file, where it is one of this machine: bytes can be sent right from it."""

    @abstractmethod
    def read(self, start: int, end: int) -> AsyncIterator[bytes | memoryview]:
        """Iterate over the bytes from `start` up to `end`, in chunks of any size.

        A chunk is valid until the next one is asked for. Raises `Fault` ``FILE_SIZE_CHANGED``
        when the file ends before, or is no longer the one that was opened.
        """

    @abstractmethod
    async def close(self) -> None:
        """Let go of it."""


class Writer(ABC):
    """A file that is being written beside what it is to replace, and is not to be seen yet."""

    @abstractmethod
    async def write(self, offset: int, data: bytes | memoryview) -> None:
        """Write `data` at an offset; several writes may be under way."""

    @abstractmethod
    async def durable(self) -> str:
        """Bring what was written to disk, and return the mark with which to go on from it.

        The mark (empty where the place cannot resume) is given to `Connector.open_writer`.
        """

    @abstractmethod
    async def commit(self, size: int, *, modified: float = 0.0, checksum: str = "") -> Entry:
        """Put it in its place, whole and durable, and return what is there now.

        `modified` is the time that it is to have (0: now), where the place keeps times.
        `checksum` is `algorithm:hexadecimal` of what was sent: it is compared with what the place
        tells of its file, or with the file read again. Raises `Fault` ``VERIFY_CHECKSUM`` when it
        differs, and ``NOT_SUPPORTED`` for an algorithm that cannot be compared.
        """

    @abstractmethod
    async def suspend(self) -> None:
        """Let go of it, but keep what was written, to go on later."""

    @abstractmethod
    async def abort(self) -> None:
        """Throw it away."""


class Connector(ABC):
    """The files of one place."""

    traits: Traits

    @abstractmethod
    async def stat(self, path: str, *, follow: bool = True) -> Entry:
        """Return what is at a path; `follow`: what a link leads to, within the place."""

    @abstractmethod
    def entries(self, path: str) -> AsyncIterator[Sequence[Entry | Fault]]:
        """Iterate over what is in a folder, in pages, in any order.

        Links are not followed. Memory stays bounded, however many entries there are.
        """

    @abstractmethod
    async def open_source(self, path: str) -> Source:
        """Open a file for reading (a link is followed within the place)."""

    @abstractmethod
    async def open_writer(self, path: str, size: int, *, resume: str = "") -> Writer:
        """Begin a file of `size` bytes (-1: not known); `resume` is what `durable` returned.

        The folder must be there, where the place has folders. Raises `Fault`
        ``NO_SPACE_LEFT`` or ``QUOTA_EXCEEDED`` at once where it is known not to fit, and
        ``NOT_SUPPORTED`` when what `resume` stands for is no longer there: begin anew.
        """

    @abstractmethod
    async def checksum(self, path: str, algorithm: str) -> str:
        """Return the hexadecimal checksum of a file as it is on disk now.

        Raises `Fault` ``NOT_SUPPORTED`` for an algorithm that is none of the place's.
        """

    @abstractmethod
    async def make_folder(self, path: str) -> None:
        """Make a folder in one that is there. Raises `Fault` ``EXISTS``."""

    @abstractmethod
    async def rename(self, old: str, new: str) -> None:
        """Give a file or folder another path. Raises `Fault` ``EXISTS``: nothing is replaced."""

    @abstractmethod
    async def remove(self, path: str) -> None:
        """Remove a file, a link (not what it leads to) or an empty folder."""

    async def make_link(self, path: str, target: str) -> None:
        """Make a symbolic link that says `target`, in place of a file or link that is there.

        Raises `Fault` ``NOT_SUPPORTED`` where there are none, or it would lead out of the place.
        """
        raise Fault("NOT_SUPPORTED", f"{path!r}: no symbolic link can be made here")

    @abstractmethod
    async def set_modified(self, path: str, modified: float) -> None:
        """Give a folder or file the time of its modification, where the place keeps times."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of the place."""


SMALL_FILE: Final = 256 * 1024
"""Bytes of a file up to which it may be in a bundle."""

BUNDLE_FILES: Final = 512
"""Files of a bundle, at most."""

BUNDLE_BYTES: Final = 4 * 1024 * 1024
"""Bytes of a bundle's files together, at most."""


class Whole(Struct, frozen=True):
    """A small file that was read."""

    entry: Entry
    """As it was when it was read; its size is that of the data."""
    data: bytes


class Parcel(Struct, frozen=True):
    """A small file that is to be written."""

    path: str
    data: bytes
    modified: float = 0.0
    """The time that it is to have (0: now), where the place keeps times."""
    checksum: str = ""
    """`algorithm:hexadecimal` of what was sent, as `Writer.commit` has it."""


@runtime_checkable
class Bundles(Protocol):
    """What a connector can do besides, where asking for each small file by itself is slow.

    A bundle keeps to `BUNDLE_FILES` files and `BUNDLE_BYTES` bytes, each file to `SMALL_FILE`.
    Each file has a result of its own, in the order in which they were given; what fails for
    all of them (no connection) is raised as a `Fault`, and any of them may have been done.
    """

    async def read_many(self, paths: Sequence[str]) -> list[Whole | Fault]:
        """Read files whole, as `Connector.open_source` would.

        One that has become larger than a bundle takes is a `Fault` ``FILE_SIZE_CHANGED``.
        """

    async def write_many(self, files: Sequence[Parcel]) -> list[Entry | Fault]:
        """Write files whole, as `Connector.open_writer` and `Writer.commit` would.

        Each that is not a `Fault` is in its place and durable when this returns. The folders
        must be there.
        """


def bundles_of(connector: Connector) -> Bundles | None:
    """Return a connector as one that takes bundles; None when it does not."""
    return connector if connector.traits.bundles and isinstance(connector, Bundles) else None


__all__ = [
    "BUNDLE_BYTES",
    "BUNDLE_FILES",
    "SMALL_FILE",
    "Bundles",
    "Connector",
    "Entry",
    "Fault",
    "Kind",
    "Parcel",
    "Source",
    "Traits",
    "Whole",
    "Writer",
    "bundles_of",
]
