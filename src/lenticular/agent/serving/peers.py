"""What other agents ask: the operations of `engines.connectors.peer.wire`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from lenticular.agent.serving.answers import SAFE, Refusal
from lenticular.agent.serving.blocks import BlockWriter
from lenticular.agent.serving.gate import Visit
from lenticular.agent.serving.held import Held
from lenticular.apis.http import BodyTooLarge, Request, Response
from lenticular.engines.connectors.contract import (
    BUNDLE_BYTES,
    BUNDLE_FILES,
    SMALL_FILE,
    Bundles,
    Connector,
    Entry,
    Fault,
    Parcel,
    Whole,
    Writer,
    bundles_of,
)
from lenticular.engines.connectors.grants import Grants
from lenticular.engines.connectors.paths import clean
from lenticular.engines.connectors.peer import wire

_LARGEST: Final = 2 * BUNDLE_BYTES
"""Bytes of a document: a bundle, and the names of its files."""

_AT_ONCE: Final = 16
"""Files of a bundle that are read or written at once, where a place takes no bundles."""

_LARGEST_FRAME: Final = 64 * 1024 * 1024

Pages = AsyncIterator[Sequence[Entry | Fault]]
Handler = Callable[[Visit, Any], Awaitable[Struct]]


class PeerOperations:
    """Does what other agents ask."""

    def __init__(self, writers: Held[Writer], listings: Held[Pages]) -> None:
        self._writers = writers
        self._listings = listings
        self._marks: dict[str, str] = {}
        """Names of held writers by their marks."""
        self._handlers: dict[type[Struct], Handler] = {
            wire.Stat: self._stat,
            wire.Listing: self._list,
            wire.Checksum: self._checksum,
            wire.MakeFolder: self._make_folder,
            wire.MakeLink: self._make_link,
            wire.Rename: self._rename,
            wire.Remove: self._remove,
            wire.SetModified: self._set_modified,
            wire.Open: self._open,
            wire.Close: self._close,
            wire.Commit: self._commit,
            wire.ReadMany: self._read_many,
            wire.WriteMany: self._write_many,
        }

    async def answer(self, request: Request, visit: Visit) -> Response:
        """Answer a POST to the base of a collection. Raises `Refusal`."""
        kind = request.headers.get("content-type", "")
        try:
            if kind == wire.FRAMES:
                return _answer(await self._take_frames(request, visit))
            if kind != wire.DOCUMENT:
                raise Refusal(415, "BadRequest", f"POST takes {wire.DOCUMENT} and no other type")
            operation = wire.read_operation(await request.body.read(_LARGEST))
            return _answer(await self._handlers[type(operation)](visit, operation))
        except BodyTooLarge as error:
            raise Refusal(413, "BadRequest", str(error)) from None
        except msgspec.DecodeError as error:
            raise Refusal(400, "BadRequest", f"This is no operation: {error}") from None
        except Fault as fault:
            return _answer(wire.Failure(fault.code, fault.description), 422)

    # Looking

    async def _stat(self, visit: Visit, asked: wire.Stat) -> Entry:
        return await visit.files.stat(asked.path, follow=asked.follow)

    async def _list(self, visit: Visit, asked: wire.Listing) -> wire.Page:
        if asked.more:
            pages = self._listings.find(visit, asked.more).what
            await self._listings.drop(asked.more)
        else:
            pages = visit.files.entries(asked.path)
        found: list[wire.Named | wire.Failure] = []
        async for page in pages:
            found += [_outcome(each) for each in page]
            if len(found) >= wire.PAGE:
                more = await self._listings.hold(visit, asked.path, pages)
                return wire.Page(tuple(found), more)
        return wire.Page(tuple(found))

    async def _checksum(self, visit: Visit, asked: wire.Checksum) -> wire.Text:
        return wire.Text(await visit.files.checksum(asked.path, asked.algorithm))

    # Changing

    async def _make_folder(self, visit: Visit, asked: wire.MakeFolder) -> wire.Done:
        if visit.files.traits.has_folders:
            await visit.files.make_folder(asked.path)
        return wire.Done()

    async def _make_link(self, visit: Visit, asked: wire.MakeLink) -> wire.Done:
        await visit.files.make_link(asked.path, asked.target)
        return wire.Done()

    async def _rename(self, visit: Visit, asked: wire.Rename) -> wire.Done:
        await visit.files.rename(asked.old, asked.new)
        return wire.Done()

    async def _remove(self, visit: Visit, asked: wire.Remove) -> wire.Done:
        await visit.files.remove(asked.path)
        return wire.Done()

    async def _set_modified(self, visit: Visit, asked: wire.SetModified) -> wire.Done:
        if visit.files.traits.keeps_times:
            await visit.files.set_modified(asked.path, asked.modified)
        return wire.Done()

    # Writing

    async def _open(self, visit: Visit, asked: wire.Open) -> wire.Opened:
        if asked.resume:
            await self._let_go(asked.resume)
        writer = await visit.files.open_writer(asked.path, asked.size, resume=asked.resume)
        name = await self._writers.hold(visit, clean(asked.path), writer)
        if asked.resume:
            self._marks[asked.resume] = name
        return wire.Opened(name)

    async def _let_go(self, mark: str) -> None:
        """Suspend the writer of a mark, if one is held: whoever knows the mark goes on with it.

        Its connections were lost, perhaps, without this end having learned of it.
        """
        name = self._marks.pop(mark, "")
        writer = await self._writers.drop(name)
        if writer is not None:
            await writer.suspend()

    async def _close(self, visit: Visit, asked: wire.Close) -> Struct:
        if asked.how != "durable" and not self._writers.has(asked.writer):
            return wire.Done()  # it was let go already
        writer = self._writers.find(visit, asked.writer).what
        if asked.how == "durable":
            mark = await writer.durable()
            if mark:
                self._marks = {
                    known: name for known, name in self._marks.items() if self._writers.has(name)
                } | {mark: asked.writer}
            return wire.Text(mark)
        await self._writers.drop(asked.writer)
        if asked.how == "suspend":
            await writer.suspend()
        else:
            await writer.abort()
        return wire.Done()

    async def _commit(self, visit: Visit, asked: wire.Commit) -> Entry:
        holding = self._writers.find(visit, asked.writer)
        _require_writable(visit, holding.path)
        holding.uses += 1
        try:
            entry = await holding.what.commit(
                asked.size, modified=asked.modified, checksum=asked.checksum
            )
        finally:
            holding.uses -= 1
        await self._writers.drop(asked.writer)
        return entry

    async def _take_frames(self, request: Request, visit: Visit) -> wire.Written:
        """Write the frames of a body, as they come."""
        name = request.parameters.get(wire.WRITER, "")
        holding = self._writers.find(visit, name)
        _require_writable(visit, holding.path)
        holding.uses += 1
        try:
            return wire.Written(await _write_frames(request, visit, holding.what))
        finally:
            holding.uses -= 1
            holding.last = visit.gate.clock()

    # Many at once

    async def _read_many(self, visit: Visit, asked: wire.ReadMany) -> wire.Wholes:
        if len(asked.paths) > BUNDLE_FILES:
            raise Fault("NOT_SUPPORTED", f"A bundle has at most {BUNDLE_FILES} files")
        results = await _bundles(visit.files).read_many(asked.paths)
        return wire.Wholes(
            tuple(
                wire.Failure(each.code, each.description)
                if isinstance(each, Fault)
                else wire.Read(each)
                for each in results
            )
        )

    async def _write_many(self, visit: Visit, asked: wire.WriteMany) -> wire.Page:
        if len(asked.files) > BUNDLE_FILES:
            raise Fault("NOT_SUPPORTED", f"A bundle has at most {BUNDLE_FILES} files")
        results = await _bundles(visit.files).write_many(asked.files)
        return wire.Page(tuple(map(_outcome, results)))


class _OneByOne:
    """Bundles for a place that takes none."""

    def __init__(self, files: Connector) -> None:
        self._files = files
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def read_many(self, paths: Sequence[str]) -> list[Whole | Fault]:
        return await asyncio.gather(*map(self._read, paths))

    async def write_many(self, files: Sequence[Parcel]) -> list[Entry | Fault]:
        return await asyncio.gather(*map(self._write, files))

    async def _read(self, path: str) -> Whole | Fault:
        async with self._places:
            try:
                source = await self._files.open_source(path)
                try:
                    if source.entry.size > SMALL_FILE:
                        return Fault("FILE_SIZE_CHANGED", f"{path!r} is larger than it was")
                    chunks = [bytes(each) async for each in source.read(0, source.entry.size)]
                    return Whole(source.entry, b"".join(chunks))
                finally:
                    await source.close()
            except Fault as fault:
                return fault

    async def _write(self, file: Parcel) -> Entry | Fault:
        async with self._places:
            try:
                writer = await self._files.open_writer(file.path, len(file.data))
                try:
                    await writer.write(0, file.data)
                    return await writer.commit(
                        len(file.data), modified=file.modified, checksum=file.checksum
                    )
                except BaseException:
                    await writer.abort()
                    raise
            except Fault as fault:
                return fault


async def _write_frames(request: Request, visit: Visit, writer: Writer) -> int:
    head = bytearray()
    left = written = 0
    blocks = BlockWriter(writer.write)
    try:
        async for data in request.body:
            chunk = memoryview(data)
            await visit.renew()
            while chunk:
                if left:
                    taken, chunk = chunk[:left], chunk[left:]
                    left -= len(taken)
                    written += len(taken)
                    await blocks.add(taken)
                    continue
                missing = wire.FRAME.size - len(head)
                head += chunk[:missing]
                chunk = chunk[missing:]
                if len(head) == wire.FRAME.size:
                    offset, left = wire.FRAME.unpack(head)
                    head.clear()
                    if left > _LARGEST_FRAME:
                        raise Refusal(400, "BadRequest", f"A frame of {left} bytes is too large")
                    await blocks.go_to(offset)
        if left or head:
            raise Fault("CONNECTION_BROKEN", "The last frame is cut short")
        await blocks.flush()
    except BaseException:
        await blocks.abandon()
        raise
    return written


def _bundles(files: Connector) -> Bundles:
    return bundles_of(files) or _OneByOne(files)


def _require_writable(visit: Visit, path: str) -> None:
    """Raise `Fault` unless the visitor may still write there."""
    if Grants(visit.place.rules).permission(path) != "rw":
        raise Fault("PERMISSION_DENIED", f"{path!r} may not be changed")


def _outcome(each: Entry | Fault) -> wire.Named | wire.Failure:
    if isinstance(each, Fault):
        return wire.Failure(each.code, each.description)
    return wire.Named(each)


def _answer(content: Struct, status: int = 200) -> Response:
    return Response(status, [("Content-Type", wire.DOCUMENT), *SAFE], wire.encode(content))
