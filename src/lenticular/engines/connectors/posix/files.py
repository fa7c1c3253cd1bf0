"""The connector of a folder of this machine."""

from collections.abc import AsyncIterator, Iterator, Sequence

from lenticular.engines.connectors.contract import (
    Connector,
    Entry,
    Parcel,
    Source,
    Traits,
    Whole,
    Writer,
)
from lenticular.engines.connectors.digesting import ALGORITHMS, TURN, Digest
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.grants import EVERYTHING, Grants
from lenticular.engines.connectors.paths import split
from lenticular.engines.connectors.posix import bundles
from lenticular.engines.connectors.posix.changes import Changes
from lenticular.engines.connectors.posix.entries import entry_at, pages
from lenticular.engines.connectors.posix.errors import told
from lenticular.engines.connectors.posix.locating import Locating
from lenticular.engines.connectors.posix.source import PosixSource, open_source
from lenticular.engines.connectors.posix.writer import PosixWriter, open_incoming
from lenticular.engines.connectors.threads import run, run_syncing


class PosixFiles(Connector):
    """The files in a folder."""

    def __init__(self, root: str, prefix: str = "/", grants: Grants = EVERYTHING) -> None:
        """Take the folder `prefix` of the folder `root`, without looking whether it is there.

        `grants` are asked about what symbolic links lead to. What is asked for by its own path
        they are asked about by `Confined`.
        """
        self._locating = Locating(root, prefix, grants)
        self._changes = Changes(self._locating)
        self._grants = grants
        self.traits = Traits(
            checksums=ALGORITHMS, keeps_times=True, is_local=True, resumes=True, bundles=True
        )

    async def stat(self, path: str, *, follow: bool = True) -> Entry:
        return await run(self._stat, path, follow)

    async def entries(self, path: str) -> AsyncIterator[Sequence[Entry | Fault]]:
        split(path)
        found = pages(self._locating, path, sweep=self._grants.permission(path) == "rw")
        try:
            while (page := await run(_next, path, found)) is not None:
                yield page
        finally:
            await run(found.close)

    async def open_source(self, path: str) -> Source:
        return await run(open_source, self._locating, path)

    async def open_writer(self, path: str, size: int, *, resume: str = "") -> Writer:
        return PosixWriter(await run(open_incoming, self._locating, path, size, resume))

    async def checksum(self, path: str, algorithm: str) -> str:
        digest = Digest(algorithm)
        source: PosixSource = await run(open_source, self._locating, path)
        try:
            while digest.offset < source.entry.size:
                await run(source.digest, digest, digest.offset + TURN)
        finally:
            await source.close()
        return digest.result()

    async def make_folder(self, path: str) -> None:
        await run_syncing(self._changes.make_folder, path)

    async def make_link(self, path: str, target: str) -> None:
        await run_syncing(self._changes.make_link, path, target)

    async def rename(self, old: str, new: str) -> None:
        await run_syncing(self._changes.rename, old, new)

    async def remove(self, path: str) -> None:
        await run(self._changes.remove, path)

    async def set_modified(self, path: str, modified: float) -> None:
        await run(self._changes.set_modified, path, modified)

    async def read_many(self, paths: Sequence[str]) -> list[Whole | Fault]:
        """Read files whole (`Bundles`)."""
        return await run(bundles.read, self._locating, paths)

    async def write_many(self, files: Sequence[Parcel]) -> list[Entry | Fault]:
        """Write files whole (`Bundles`): all of them are brought to disk together."""
        return await run_syncing(bundles.write, self._locating, files)

    async def close(self) -> None:
        """Nothing is held."""

    def _stat(self, path: str, follow: bool) -> Entry:
        with told(path), self._locating.find(path, follow=follow) as located:
            return entry_at(self._locating, path, located)


def _next(path: str, found: Iterator[list[Entry | Fault]]) -> list[Entry | Fault] | None:
    with told(path):
        return next(found, None)
