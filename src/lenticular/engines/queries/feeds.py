"""The inputs of a query within its process: files that the engine opens, and counts them."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

from lenticular.engines.queries.compression import opened
from lenticular.engines.queries.contract import Parquet, Relation
from lenticular.engines.queries.scanning import prepared

_READ = 1024 * 1024


class Stream:
    """An input that is read once: a thread brings it into the form that the engine reads."""

    def __init__(self, fd: int, relation: Relation) -> None:
        self._source = fd
        self._relation = relation
        self.scanned = 0
        self.processed = 0
        self.failure: Exception | None = None
        """What is wrong with the input; the engine sees only that it ends."""
        self._readable, self._writable = os.pipe()
        self.path = f"/dev/fd/{self._readable}"
        """Where the engine finds it."""

    def start(self) -> None:
        """Begin to read."""
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            with os.fdopen(self._writable, "wb", buffering=0) as pipe:
                for block in prepared(self._opened(), self._relation):
                    rest = memoryview(block)
                    while rest:
                        rest = rest[pipe.write(rest) :]
        except BrokenPipeError:
            pass  # the engine has what it needs
        except Exception as error:
            self.failure = error
        finally:
            os.close(self._source)

    def _opened(self) -> Iterator[bytes]:
        for piece in opened(self._pieces(), self._relation.compression):
            self.processed += len(piece)
            yield piece

    def _pieces(self) -> Iterator[bytes]:
        while piece := os.read(self._source, _READ):
            self.scanned += len(piece)
            yield piece


class StoredFile:
    """An input that the engine reads where it wants."""

    failure = None

    def __init__(self, fd: int) -> None:
        self._size = os.fstat(fd).st_size
        self._before = _read_by_process()
        self.path = f"/proc/self/fd/{fd}"
        """Where the engine finds it."""

    def start(self) -> None:
        """Nothing is to be begun."""

    @property
    def scanned(self) -> int:
        """Bytes that were read of it, as the kernel counts them for this process."""
        return min(_read_by_process() - self._before, self._size)

    @property
    def processed(self) -> int:
        """The same: columns are compressed within the file, if at all."""
        return self.scanned


Feed = Stream | StoredFile


def feed(fd: int, relation: Relation) -> Feed:
    """Return what gives the engine the input that is open as `fd`."""
    return StoredFile(fd) if isinstance(relation.form, Parquet) else Stream(fd, relation)


def _read_by_process() -> int:
    counters = Path("/proc/self/io").read_text(encoding="ascii")
    return int(counters.split()[1])
