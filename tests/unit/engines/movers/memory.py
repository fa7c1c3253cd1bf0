"""A place in memory, which fails when it is told to, and the cloud's side of a job."""

import asyncio
import hashlib
import itertools

import msgspec
from awscrt import checksums

from lenticular.engines.connectors.contract import (
    SMALL_FILE,
    Connector,
    Entry,
    Fault,
    Parcel,
    Source,
    Traits,
    Whole,
    Writer,
)
from lenticular.engines.connectors.places import Folder, Place
from lenticular.engines.movers.contract import (
    LARGEST_CHECKPOINT,
    Counts,
    Item,
    Job,
    Options,
    Verdict,
)
from lenticular.engines.movers.https import HttpsMover
from lenticular.engines.movers.pacing import Pace

SUMS = {
    "crc64nvme": lambda data: f"{checksums.crc64nvme(data):016x}",
    "md5": lambda data: hashlib.md5(data).hexdigest(),
}

QUICK = Pace(
    first_pause=0.001,
    longest_pause=0.01,
    report_every=0.005,
    save_every=0.01,
    small=64,
    large=1024,
    smallest_range=256,
    largest_range=512,
)
"""A pace that makes of a few bytes what otherwise takes many."""


class Node:
    """What is at a path."""

    serials = itertools.count(1)

    def __init__(self, kind, data=b"", modified=1.0, target=""):
        self.kind, self.data, self.target = kind, data, target
        self.modified = modified
        self.version = str(next(self.serials))

    def entry(self, path):
        name = path.rpartition("/")[2]
        version = self.version if self.kind == "file" else ""
        entry = Entry(name, self.kind, len(self.data), self.modified, version=version)
        return msgspec.structs.replace(entry, link_target=self.target)


class Memory(Connector):
    """The files of a place. `meddle(operation, path)` may raise, change things, or wait."""

    def __init__(self, files=(), *, chunk=100, **traits):
        known = {"checksums": frozenset(SUMS), "bundles": True, "resumes": True}
        self.traits = Traits(**{**known, "keeps_times": True, **traits})
        self.nodes = {"/": Node("dir")}
        self.chunk = chunk
        self.begun = {}
        self.calls = []
        self.reads = []
        self.page = 3
        for path, what in dict(files).items():
            self.put(path, what)

    def put(self, path, what, modified=1.0):
        """Put a file (bytes), a folder (None), a link (text) or what a node is."""
        for folder in itertools.accumulate(path.split("/")[1:-1], lambda a, b: f"{a}/{b}"):
            self.nodes.setdefault(f"/{folder}", Node("dir"))
        if isinstance(what, bytes):
            self.nodes[path] = Node("file", what, modified)
        elif what is None:
            self.nodes[path] = Node("dir")
        else:
            self.nodes[path] = what if isinstance(what, Node) else Node("link", target=what)

    def files(self):
        """Return all that is there: files' bytes, None for folders, texts for links."""
        told = {"dir": lambda node: None, "link": lambda node: node.target}
        return {
            path: told.get(node.kind, lambda node: node.data)(node)
            for path, node in sorted(self.nodes.items())
            if path != "/"
        }

    async def meddle(self, operation, path):
        """Do nothing."""

    async def _begin(self, operation, path):
        self.calls.append((operation, path))
        await asyncio.sleep(0)
        await self.meddle(operation, path)

    def _at(self, path, *kinds):
        node = self.nodes.get(path)
        if node is None:
            raise Fault("FILE_NOT_FOUND", f"{path!r} is not there")
        if kinds and node.kind not in kinds:
            code = "IS_A_DIRECTORY" if node.kind == "dir" else "NOT_A_DIRECTORY"
            raise Fault(code, f"{path!r} is a {node.kind}")
        return node

    def _room(self, path):
        parent = path.rpartition("/")[0] or "/"
        self._at(parent, "dir")
        if path in self.nodes and self.nodes[path].kind == "dir":
            raise Fault("IS_A_DIRECTORY", f"{path!r} is a folder")

    async def stat(self, path, *, follow=True):
        await self._begin("stat", path)
        node = self._at(path)
        if follow and node.kind == "link":
            node = self._at(node.target)
        return node.entry(path)

    async def entries(self, path):
        await self._begin("entries", path)
        self._at(path, "dir")
        stem = path.rstrip("/") + "/"
        found = [
            node.entry(each) if isinstance(node.kind, str) else node.kind
            for each, node in reversed(self.nodes.items())
            if each.startswith(stem) and "/" not in each[len(stem) :] and each != "/"
        ]
        for start in range(0, len(found), self.page):
            yield found[start : start + self.page]

    async def open_source(self, path):
        await self._begin("open_source", path)
        node = self._at(path, "file", "link")
        return MemorySource(self, path, self._at(node.target) if node.kind == "link" else node)

    async def open_writer(self, path, size, *, resume=""):
        await self._begin("open_writer", path)
        self._room(path)
        if resume and resume not in self.begun:
            raise Fault("NOT_SUPPORTED", "begin anew")
        mark = resume or f"mark-{next(Node.serials)}"
        return MemoryWriter(self, path, mark, self.begun.setdefault(mark, bytearray()))

    async def checksum(self, path, algorithm):
        await self._begin("checksum", path)
        return SUMS[algorithm](bytes(self._at(path, "file").data))

    async def make_folder(self, path):
        await self._begin("make_folder", path)
        if path in self.nodes:
            raise Fault("EXISTS", f"{path!r} is there")
        self._at(path.rpartition("/")[0] or "/", "dir")
        self.nodes[path] = Node("dir")

    async def make_link(self, path, target):
        await self._begin("make_link", path)
        self._room(path)
        self.nodes[path] = Node("link", target=target)

    async def rename(self, old, new):
        raise NotImplementedError

    async def remove(self, path):
        await self._begin("remove", path)
        node = self._at(path)
        if node.kind == "dir" and any(each.startswith(f"{path}/") for each in self.nodes):
            raise Fault("NOT_EMPTY", f"{path!r} is not empty")
        del self.nodes[path]

    async def set_modified(self, path, modified):
        self._at(path).modified = modified

    async def read_many(self, paths):
        await self._begin("read_many", "")
        return [await self._each(self._read(path)) for path in paths]

    async def _read(self, path):
        await self._begin("read", path)
        node = self._at(path, "file", "link")
        node = self._at(node.target) if node.kind == "link" else node
        if len(node.data) > SMALL_FILE:
            raise Fault("FILE_SIZE_CHANGED", "too large now")
        return Whole(node.entry(path), bytes(node.data))

    async def write_many(self, files):
        await self._begin("write_many", "")
        return [await self._each(self._write(file)) for file in files]

    async def _write(self, file: Parcel):
        writer = await self.open_writer(file.path, len(file.data))
        await writer.write(0, file.data)
        return await writer.commit(len(file.data), modified=file.modified, checksum=file.checksum)

    async def _each(self, doing):
        try:
            return await doing
        except Fault as fault:
            return fault

    async def close(self):
        self.calls.append(("close", ""))


class MemorySource(Source):
    """An open file."""

    def __init__(self, place, path, node):
        self._place, self._path, self._version = place, path, node.version
        self.entry = node.entry(path)

    async def read(self, start, end):
        self._place.reads.append((start, end))
        while start < end:
            await self._place._begin("read", self._path)
            node = self._place._at(self._path)
            node = self._place._at(node.target) if node.kind == "link" else node
            if node.version != self._version:
                raise Fault("FILE_SIZE_CHANGED", f"{self._path!r} is another one")
            data = bytes(node.data[start : min(end, start + self._place.chunk)])
            start += len(data)
            yield data

    async def close(self):
        self._place.calls.append(("close_source", self._path))


class MemoryWriter(Writer):
    """A file on its way in."""

    def __init__(self, place, path, mark, data):
        self._place, self._path, self._mark, self._data = place, path, mark, data

    async def write(self, offset, data):
        await self._place._begin("write", self._path)
        if self._mark not in self._place.begun:
            raise Fault("CONNECTION_RESET", "thrown away")
        self._data.extend(bytes(max(0, offset + len(data) - len(self._data))))
        self._data[offset : offset + len(data)] = data

    async def durable(self):
        await self._place._begin("durable", self._path)
        return self._mark if self._place.traits.resumes else ""

    async def commit(self, size, *, modified=0.0, checksum=""):
        await self._place._begin("commit", self._path)
        if len(self._data) != size:
            raise Fault("FILE_SIZE_CHANGED", f"{len(self._data)} bytes of {size}")
        if checksum:
            algorithm, _, expected = checksum.partition(":")
            if (found := SUMS[algorithm](bytes(self._data))) != expected:
                raise Fault("VERIFY_CHECKSUM", f"{found}, not {expected}")
        self._place._room(self._path)
        self._place.begun.pop(self._mark)
        node = Node("file", bytes(self._data), modified or 1000.0)
        self._place.nodes[self._path] = node
        return node.entry(self._path)

    async def suspend(self):
        await self._place._begin("suspend", self._path)

    async def abort(self):
        await self._place._begin("abort", self._path)
        self._place.begun.pop(self._mark, None)


class Cloud:
    """The cloud's side of a job: hands out the items, and takes reports."""

    def __init__(self, *items, options=None, kind="transfer"):
        self.given = [Item(*each) if isinstance(each, tuple) else each for each in items]
        self.options = options or {}
        self.kind = kind
        self.attempt = 0
        self.reports = []
        self.checkpoint = b""
        self.counts = None
        self.moved, self.events, self.skipped = [], [], []
        self.verdict = lambda report: Verdict()
        self.is_deaf = lambda: False

    def job(self):
        """Return the job as it would be given out now."""
        self.attempt += 1
        options = Options(**self.options)
        source = None if self.kind == "delete" else Place(Folder("source"))
        return Job(
            *("job", self.attempt, self.kind, Place(Folder("destination"))),
            *(source, options, self.checkpoint, self.counts),
        )

    async def items(self, start):
        for at in range(start, len(self.given), 3):
            await asyncio.sleep(0)
            yield self.given[at : at + 3]

    async def report(self, report):
        await asyncio.sleep(0)
        if self.is_deaf():
            await asyncio.Event().wait()
        assert report.attempt == self.attempt
        self.reports.append(report)
        if report.checkpoint is not None:
            assert len(report.checkpoint) <= LARGEST_CHECKPOINT
            self.checkpoint = report.checkpoint
        self.counts = msgspec.structs.replace(report.counts)
        self.moved += report.moved
        self.events += report.events
        self.skipped += report.skipped
        return self.verdict(report)

    @property
    def ended(self):
        """How the last attempt ended."""
        return self.reports[-1].ended

    def codes(self):
        """Return the codes of the events, in their order."""
        return [event.code for event in self.events]

    @property
    def told(self) -> Counts:
        """The last counts."""
        return self.reports[-1].counts


async def move(source, destination, *items, pace=QUICK, verdict=None, kind="transfer", **options):
    """Do a job and return the cloud's side of it."""
    cloud = Cloud(*items, options=options, kind=kind)
    cloud.verdict = verdict or cloud.verdict
    await mover(source, destination, pace).run(cloud.job(), cloud)
    return cloud


def mover(source, destination, pace=QUICK):
    """Return a mover between two places."""
    places = {"source": source, "destination": destination}
    return HttpsMover(lambda place: places[place.at.root], pace=pace)
