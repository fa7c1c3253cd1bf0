"""Faults that a server can be given on purpose, to show that the checks find them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lenticular.engines.blobs.incoming import IncomingFile
from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.sqlite import SqliteStore
from lenticular.primitives.contents import Contents

EARLY, TRUNCATED, LEAKING = "acknowledges early", "truncates blobs", "leaks contents"


def sow(seed: str) -> None:
    """Give this process a fault."""
    {EARLY: acknowledge_early, TRUNCATED: truncate_blobs, LEAKING: leak_contents}[seed]()


def acknowledge_early() -> None:
    """Answer each transaction before it is committed; what commits it never comes to its turn."""
    changed: dict[bytes, bytes | None] = {}
    read = SqliteStore.read

    async def transact(
        self: SqliteStore, fn: Callable[[Transaction], Any], *_: object, **__: object
    ) -> Any:
        return await read(self, lambda reader: fn(Pending(reader, changed)))

    async def read_pending(
        self: SqliteStore, fn: Callable[[Reader], Any], *, long: bool = False
    ) -> Any:
        return await read(self, lambda reader: fn(Pending(reader, changed)), long=long)

    SqliteStore.transact = transact  # type: ignore[method-assign]
    SqliteStore.read = read_pending  # type: ignore[method-assign]


class Pending(Transaction):
    """What is committed, and above it what has changed and is not."""

    def __init__(self, reader: Reader, changed: dict[bytes, bytes | None]) -> None:
        self._reader = reader
        self._changed = changed

    def get(self, key: bytes) -> bytes | None:
        return self._changed[key] if key in self._changed else self._reader.get(key)

    def range(
        self, start: bytes, stop: bytes, *, limit: int | None = None, reverse: bool = False
    ) -> list[tuple[bytes, bytes]]:
        pairs = dict(self._reader.range(start, stop)) | {
            key: value for key, value in self._changed.items() if start <= key < stop
        }
        there = [(key, value) for key, value in pairs.items() if value is not None]
        return sorted(there, reverse=reverse)[:limit]

    def set(self, key: bytes, value: bytes) -> None:
        self._changed[key] = value

    def delete(self, key: bytes) -> None:
        self._changed[key] = None

    def delete_range(self, start: bytes, stop: bytes) -> None:
        for key, _ in self.range(start, stop):
            self.delete(key)

    def signal(self, topic: bytes) -> None:
        """Wake nobody."""


def truncate_blobs() -> None:
    """Leave the second half of every blob away, once it is complete."""
    commit = IncomingFile.commit

    def commit_half(self: IncomingFile, data: Any) -> Any:
        blob = commit(self, data)
        path = Path(self._path)
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size // 2)
        return blob

    IncomingFile.commit = commit_half  # type: ignore[method-assign]


def leak_contents() -> None:
    """Forget to release what nothing points at any more."""
    Contents.release = lambda *arguments: None  # type: ignore[method-assign, assignment]
