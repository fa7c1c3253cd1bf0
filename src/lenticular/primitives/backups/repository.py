"""A repository: a place with the snapshots of clouds, and all that they are made of.

==============================  ==========================================================
``lenticular-backup.json``      that it is one, its format and, encrypted, its wrapped key
``objects/NN/NAME``             frames: chunks of tables, pieces of blobs, small files
``snapshots/TIME-NAME``         the manifest of a snapshot, a frame, too
``unfinished/NAME``             how far a backup has come that has not finished
``locks/ID``                    who works on it just now
==============================  ==========================================================

A snapshot is there from the moment when its manifest is, which is written when everything
that it names is durable. Nothing else ever changes or replaces a file (but locks).
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Self, TypeVar
from uuid import uuid4

import msgspec
from msgspec import Struct

from lenticular.engines.files.contract import Files
from lenticular.primitives.backups.errors import (
    FileDamaged,
    RepositoryUnsuitable,
    SnapshotUnknown,
)
from lenticular.primitives.backups.flow import in_order
from lenticular.primitives.backups.frames import FrameDamaged, Frames
from lenticular.primitives.backups.passphrases import WrappedKey, unwrap, wrap_new_key
from lenticular.primitives.backups.records import Manifest, Progress, Table, stamp
from lenticular.primitives.backups.tables import Pair, pairs_of

T = TypeVar("T")

HEAD = "lenticular-backup.json"
FORMAT = 1
FANS = 256

_SNAPSHOTS = "snapshots"
_UNFINISHED = "unfinished"
_AHEAD = 4
"""Chunks of a table that are fetched before they are asked for."""

LATEST = "latest"

Passphrase = Callable[[], str]
"""Asks for the passphrase of a repository; called only where there is one."""


def no_passphrase() -> str:
    """Refuse: there is nobody to ask."""
    raise RepositoryUnsuitable("the repository is encrypted: give its passphrase")


class Head(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``lenticular-backup.json`` says."""

    format: int = FORMAT
    id: str
    key: WrappedKey | None = None
    """None: the repository is not encrypted."""
    check: str = ""
    """SHA-256 of this, as compact JSON with an empty check."""
    about: str = (
        "Backups of Lenticular clouds. Whoever changes or removes anything here loses them."
    )

    def checked(self) -> Self:
        """Return the same with its check."""
        bare = msgspec.structs.replace(self, check="")
        digest = hashlib.sha256(msgspec.json.encode(bare)).hexdigest()
        return msgspec.structs.replace(bare, check=digest)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot as the repository lists it."""

    id: str
    """Its time and the first digits of its name: what people call it."""
    path: str
    name: bytes


@dataclass(slots=True)
class Added:
    """What was written to a repository."""

    files: int = 0
    bytes: int = 0


async def is_encrypted(files: Files) -> bool:
    """Whether there is an encrypted repository at a place. Raises `RepositoryUnsuitable`."""
    data = await files.get(HEAD)
    return data is not None and _read_head(files.name, data).key is not None


class Repository:
    """An open repository."""

    def __init__(self, files: Files, head: Head, frames: Frames) -> None:
        self.files = files
        self.frames = frames
        self.id = head.id
        self.is_encrypted = head.key is not None
        self.added = Added()

    @classmethod
    async def open(cls, files: Files, passphrase: Passphrase = no_passphrase) -> Self:
        """Open the repository at a place. Raises `RepositoryUnsuitable`."""
        data = await files.get(HEAD)
        if data is None:
            raise RepositoryUnsuitable(f"{files.name} is no backup repository: it has no {HEAD}")
        head = _read_head(files.name, data)
        if head.key is None:
            return cls(files, head, Frames())
        key = await asyncio.to_thread(unwrap, head.key, passphrase())
        return cls(files, head, Frames(key))

    @classmethod
    async def begin(
        cls, files: Files, passphrase: Passphrase = no_passphrase, *, encrypt: bool = False
    ) -> Self:
        """Open the repository at a place, and make it there when there is none.

        Raises `RepositoryUnsuitable`, also for one that is not encrypted and should be.
        """
        if await files.get(HEAD) is None:
            key = await asyncio.to_thread(wrap_new_key, passphrase()) if encrypt else None
            head = Head(id=uuid4().hex, key=key).checked()
            await files.put_first(HEAD, msgspec.json.format(msgspec.json.encode(head)) + b"\n")
        repository = await cls.open(files, passphrase)
        if encrypt and not repository.is_encrypted:
            raise RepositoryUnsuitable(
                f"{files.name} is not encrypted, and stays so: begin another repository"
            )
        return repository

    # Objects.

    async def add(self, data: bytes | bytearray | memoryview) -> bytes:
        """Keep bytes, and return their name. What is there already is not written again."""
        name = await asyncio.to_thread(self.frames.name, data)
        path = object_path(name)
        if await self.files.size(path) is None:
            frame = await asyncio.to_thread(self.frames.close, name, data)
            await self.files.put(path, frame)
            self.added.files += 1
            self.added.bytes += len(frame)
        return name

    async def get(self, name: bytes) -> bytes:
        """Return the bytes of this name. Raises `FileDamaged`."""
        return await self._open(object_path(name), name)

    async def pairs(self, table: Table) -> AsyncIterator[Pair]:
        """Iterate over the pairs of a table. Raises `FileDamaged`."""
        async for chunk in self.chunks(table):
            for pair in pairs_of(chunk):
                yield pair

    async def chunks(self, table: Table) -> AsyncIterator[bytes]:
        """Iterate over the chunks of a table. Raises `FileDamaged`."""

        async def names() -> AsyncIterator[bytes]:
            for name in table.names:
                yield bytes.fromhex(name)

        async for chunk in in_order(names(), self.get, _AHEAD):
            yield chunk

    # Snapshots.

    async def publish(self, manifest: Manifest) -> Snapshot:
        """Make a snapshot of what was added, which is durable."""
        data = msgspec.json.encode(manifest)
        name = self.frames.name(data)
        path = f"{_SNAPSHOTS}/{stamp(manifest.taken)}-{name.hex()}"
        await self.files.put(path, self.frames.close(name, data))
        return _snapshot(path.rpartition("/")[2])

    async def snapshots(self) -> list[Snapshot]:
        """Return the snapshots, the oldest first."""
        return [_snapshot(name) for name in sorted([n async for n in self.files.names(_SNAPSHOTS)])]

    async def find(self, wanted: str = LATEST) -> Snapshot:
        """Return a snapshot by its id, the beginning of it, or ``latest``.

        Raises `SnapshotUnknown`.
        """
        snapshots = await self.snapshots()
        fitting = [each for each in snapshots if each.id.startswith(wanted)]
        if wanted == LATEST:
            fitting = snapshots[-1:]
        if len(fitting) != 1:
            what = "has no snapshot" if not fitting else f"has {len(fitting)} snapshots"
            raise SnapshotUnknown(
                f"{self.files.name} {what} {wanted}: `lenticular backup list` shows what there is"
            )
        return fitting[0]

    async def manifest(self, snapshot: Snapshot) -> Manifest:
        """Return what a snapshot consists of. Raises `FileDamaged`."""
        data = await self._open(snapshot.path, snapshot.name)
        return _decoded(data, Manifest, snapshot.path)

    async def forget(self, snapshot: Snapshot) -> None:
        """Remove a snapshot; what it was made of stays."""
        await self.files.delete(snapshot.path)

    # Backups that have not finished.

    async def note_progress(self, run: str, progress: Progress) -> str:
        """Note how far a backup has come, and return the path of the note."""
        data = msgspec.json.encode(progress)
        name = self.frames.name(data)
        path = f"{_UNFINISHED}/{run}-{name.hex()}"
        await self.files.put(path, self.frames.close(name, data))
        return path

    async def unfinished(self) -> dict[str, Progress]:
        """Return how far backups came that have not finished, by the paths of these notes.

        A note that cannot be read is left out: without it more is read again, and that is all.
        """
        found = {}
        async for entry in self.files.names(_UNFINISHED):
            path = f"{_UNFINISHED}/{entry}"
            try:
                data = await self._open(path, bytes.fromhex(entry.rpartition("-")[2]))
                found[path] = _decoded(data, Progress, path)
            except (FileDamaged, ValueError):
                continue
        return found

    async def forget_unfinished(self) -> None:
        """Remove all notes of backups that have not finished."""
        paths = [f"{_UNFINISHED}/{entry}" async for entry in self.files.names(_UNFINISHED)]
        if paths:
            await self.files.delete(*paths)

    async def _open(self, path: str, name: bytes) -> bytes:
        frame = await self.files.get(path)
        if frame is None:
            raise FileDamaged(path, "is missing")
        try:
            return await asyncio.to_thread(self.frames.open, name, frame)
        except FrameDamaged as error:
            raise FileDamaged(path, str(error)) from None


def object_path(name: bytes) -> str:
    """Return where the frame of a name is."""
    digits = name.hex()
    return f"{object_folder(name[0])}/{digits}"


def object_folder(number: int) -> str:
    """Return one of the `FANS` folders of frames."""
    return f"objects/{number:02x}"


def _read_head(place: str, data: bytes) -> Head:
    try:
        head = msgspec.json.decode(data, type=Head)
    except msgspec.DecodeError as error:
        raise RepositoryUnsuitable(f"{place}: {HEAD} is damaged: {error}") from None
    if head.format != FORMAT:
        raise RepositoryUnsuitable(
            f"{place} has format {head.format}, and this release knows {FORMAT}: use a newer one"
        )
    if head.checked() != head:
        raise RepositoryUnsuitable(f"{place}: {HEAD} is damaged: its check does not fit")
    return head


def _snapshot(entry: str) -> Snapshot:
    time, _, name = entry.rpartition("-")
    try:
        raw = bytes.fromhex(name)
    except ValueError:
        raw = b""
    return Snapshot(f"{time}-{name[:8]}", f"{_SNAPSHOTS}/{entry}", raw)


def _decoded(data: bytes, kind: type[T], path: str) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError as error:
        raise FileDamaged(path, f"has a form that this release does not know: {error}") from None
