"""Any connector, confined to a folder of its place and to what the rules allow there.

A path that no rule covers is as if it were not there; the folders on the way to one that is
covered show the way there and nothing else. What symbolic links lead to is the business of
the connector that follows them: `posix` asks the same rules.
"""

from collections.abc import AsyncIterator, Callable, Sequence

import msgspec

from lenticular.engines.connectors.contract import (
    Connector,
    Entry,
    Parcel,
    Source,
    Whole,
    Writer,
    bundles_of,
)
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.grants import Grants
from lenticular.engines.connectors.paths import child, clean, is_inside


class Confined(Connector):
    """What may be used of a place."""

    def __init__(self, inner: Connector, grants: Grants, prefix: str = "/") -> None:
        """Wrap `inner`, which is closed with this; `prefix` is the folder that is the root."""
        self._inner = inner
        self._grants = grants
        self._prefix = clean(prefix).rstrip("/")
        traits = inner.traits
        if not grants.is_writable:
            traits = msgspec.structs.replace(traits, is_writable=False)
        self.traits = traits

    async def stat(self, path: str, *, follow: bool = True) -> Entry:
        path = self._visible(path)
        entry = await self._inner.stat(self._prefix + path, follow=follow)
        if path == "/":
            return msgspec.structs.replace(entry, name="")
        if entry.kind != "dir" and not self._grants.permission(path):
            raise absent(path)  # nothing leads on from there
        return entry

    async def entries(self, path: str) -> AsyncIterator[Sequence[Entry | Fault]]:
        path = self._visible(path)
        ways = self._grants.ways(path)
        if ways is not None:
            yield await self._ways(path, ways)
            return
        async for page in self._inner.entries(self._prefix + path):
            yield page

    async def _ways(self, path: str, names: frozenset[str]) -> list[Entry | Fault]:
        found: list[Entry | Fault] = []
        for name in sorted(names):
            try:
                found.append(await self.stat(child(path, name), follow=False))
            except Fault as fault:
                if fault.code != "FILE_NOT_FOUND":
                    found.append(fault)
        return found

    async def open_source(self, path: str) -> Source:
        return await self._inner.open_source(self._prefix + self._readable(path))

    async def open_writer(self, path: str, size: int, *, resume: str = "") -> Writer:
        path = self._prefix + self._writable(path)
        return await self._inner.open_writer(path, size, resume=resume)

    async def checksum(self, path: str, algorithm: str) -> str:
        return await self._inner.checksum(self._prefix + self._readable(path), algorithm)

    async def make_folder(self, path: str) -> None:
        await self._inner.make_folder(self._prefix + self._writable(path))

    async def make_link(self, path: str, target: str) -> None:
        path = self._writable(path)
        if not is_inside(path, target):
            raise Fault("NOT_SUPPORTED", f"{path!r} would lead to {target!r}, out of the place")
        await self._inner.make_link(self._prefix + path, target)

    async def rename(self, old: str, new: str) -> None:
        old, new = self._movable(old), self._writable(new)
        if not self._grants.may_move(new):
            raise _denied(new)
        await self._inner.rename(self._prefix + old, self._prefix + new)

    async def remove(self, path: str) -> None:
        await self._inner.remove(self._prefix + self._movable(path))

    async def set_modified(self, path: str, modified: float) -> None:
        await self._inner.set_modified(self._prefix + self._writable(path), modified)

    async def read_many(self, paths: Sequence[str]) -> list[Whole | Fault]:
        """Read files whole (`Bundles`), those of them that may be read."""
        checked = [_outcome(self._readable, path) for path in paths]
        inside = [self._prefix + path for path in checked if isinstance(path, str)]
        bundles = bundles_of(self._inner)
        if bundles is None:
            raise Fault("NOT_SUPPORTED", "this place takes no bundles of files")
        results = iter(await bundles.read_many(inside))
        return [each if isinstance(each, Fault) else next(results) for each in checked]

    async def write_many(self, files: Sequence[Parcel]) -> list[Entry | Fault]:
        """Write files whole (`Bundles`), those of them that may be written."""
        checked = [_outcome(self._writable, file.path) for file in files]
        inside = [
            msgspec.structs.replace(file, path=self._prefix + path)
            for file, path in zip(files, checked, strict=True)
            if isinstance(path, str)
        ]
        bundles = bundles_of(self._inner)
        if bundles is None:
            raise Fault("NOT_SUPPORTED", "this place takes no bundles of files")
        results = iter(await bundles.write_many(inside))
        return [each if isinstance(each, Fault) else next(results) for each in checked]

    async def close(self) -> None:
        await self._inner.close()

    def _visible(self, path: str) -> str:
        path = clean(path)
        if not self._grants.is_visible(path):
            raise absent(path)
        return path

    def _readable(self, path: str) -> str:
        path = clean(path)
        if not self._grants.permission(path):
            raise absent(path)
        return path

    def _writable(self, path: str) -> str:
        path = self._visible(path)
        if self._grants.permission(path) != "rw":
            raise _denied(path)
        return path

    def _movable(self, path: str) -> str:
        path = self._visible(path)
        if not self._grants.may_move(path):
            raise _denied(path)
        return path


def absent(path: str) -> Fault:
    """Return the fault of a path where nothing is, or nothing that anybody is told of."""
    return Fault("FILE_NOT_FOUND", f"{path!r}: no such file or folder")


def _denied(path: str) -> Fault:
    return Fault("PERMISSION_DENIED", f"{path!r} may not be changed")


def _outcome(check: Callable[[str], str], path: str) -> str | Fault:
    try:
        return check(path)
    except Fault as fault:
        return fault
