"""A file system as POSIX promises it: what was not synced may be lost, each part by itself.

`Disk` is given the calls in their order. It knows what every process sees, and apart from
that what the disk is bound to hold:

- the bytes and the length of a file, as they were when the last fsync or fdatasync of it
  *began*, with no regard to writes that were not over by then;
- a name in a folder (that something was made, renamed, linked or removed), as it was when
  the last fsync of *that folder* began. To sync a file does nothing for its name, to sync a
  folder nothing for its own name in the folder above.

`Disk.kept` is that and nothing else. `Disk.scattered` draws what may be there as well: of
what was not synced, for each sector of a file, for its length and for each name the state
after any of the changes since. So a rename may be there without the bytes of the file,
the old name beside the new one, a page in parts, the end of a log without its middle.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Union

from .calls import Call, NotUnderstood
from .recorder import Tree

SECTORS = (512, 4096)
"""Bytes that a disk writes whole or not at all."""

_PASSED_BY = ("-shm", "held-back")
"""Ends of names of files without content of their own: memory that processes share (the index
of SQLite's log, made anew), and room that is held back."""

_NOTHING = object()

Node = Union["File", "Folder"]


@dataclass(frozen=True, slots=True)
class _Change:
    """A write at `offset`; without data the file's new length."""

    offset: int
    data: bytes | None
    call: Call

    @property
    def stop(self) -> int:
        return self.offset + len(self.data or b"")


@dataclass(eq=False, slots=True)
class File:
    """A file, whatever its names are."""

    kept: bytes = b""
    now: bytearray = field(default_factory=bytearray)
    position: int = 0
    appends: bool = False
    loose: list[_Change] = field(default_factory=list)

    def change(self, change: _Change) -> None:
        """Write, or set the length, for all processes to see."""
        _apply(self.now, change)
        self.loose.append(change)

    def sync(self, call: Call) -> None:
        """Keep what was written before the sync began."""
        kept = bytearray(self.kept)
        for change in self.loose:
            if change.call.end <= call.begin:
                _apply(kept, change)
        self.kept = bytes(kept)
        self.loose = [change for change in self.loose if change.call.end > call.begin]

    def scattered(self, chance: Random, bias: float, sector: int) -> bytes:
        """Return what may be there."""
        content = bytearray(self.kept)
        cuts = [change for change in self.loose if change.data is None]
        there = cuts[: _drawn(chance, bias, len(cuts))]
        writes: list[_Change] = []
        for change in self.loose:
            if change in there:
                _scatter(content, writes, chance, bias, sector)
                _apply(content, change)
                writes = []
            elif change.data is not None:
                writes.append(change)
        _scatter(content, writes, chance, bias, sector)
        return bytes(content)


@dataclass(eq=False, slots=True)
class Folder:
    """A folder: names, and what they stand for."""

    kept: dict[str, Node] = field(default_factory=dict)
    now: dict[str, Node] = field(default_factory=dict)
    loose: list[tuple[str, Node | None, Call]] = field(default_factory=list)

    def change(self, name: str, node: Node | None, call: Call) -> None:
        """Let a name stand for something, or for nothing, for all processes to see."""
        _set(self.now, name, node)
        self.loose.append((name, node, call))

    def sync(self, call: Call) -> None:
        """Keep what was done before the sync began."""
        self.kept = dict(self.kept)
        for name, node, change in self.loose:
            if change.end <= call.begin:
                _set(self.kept, name, node)
        self.loose = [change for change in self.loose if change[2].end > call.begin]

    def scattered(self, chance: Random, bias: float) -> dict[str, Node]:
        """Return the names that may be there."""
        versions: defaultdict[str, list[Node | None]] = defaultdict(list)
        for name, node, _ in self.loose:
            versions[name].append(node)
        names = dict(self.kept)
        for name, nodes in versions.items():
            if count := _drawn(chance, bias, len(nodes)):
                _set(names, name, nodes[count - 1])
        return names


class Disk:
    """The folder that was recorded."""

    def __init__(self, begins: Tree, forgets: Collection[str] = ()) -> None:
        """Make the disk, which holds `begins`. It takes no notice of syncs of what it `forgets`.

        That is ``blob files``, ``blob folders``, ``database files``, ``data folders`` ...: with
        it a program is tried that left them out.
        """
        self.root = Folder()
        for path, content in sorted(begins.items()):
            above, name = self._place(path)
            node = Folder() if content is None else File(content, bytearray(content))
            above.kept[name] = above.now[name] = node
        self.syncs = 0
        """How often what the disk is bound to hold may have changed."""
        self._forgets = forgets

    def apply(self, call: Call) -> None:
        """Do what a call did, but for a sync, which does it when it is over: see `sync`."""
        if call.paths and _is_passed_by(call.paths[0]):
            return
        done = getattr(self, f"_{call.name}", None)
        if done is None:
            raise NotUnderstood(f"{call.name} of {call.paths}: teach it to the model of the disk")
        done(call)

    def sync(self, call: Call) -> None:
        """Do an fsync or fdatasync, which has returned."""
        node = self._find(call.paths[0])
        if node is not None and call.known and _kind(node, call.paths[0]) not in self._forgets:
            node.sync(call)
            self.syncs += 1

    def kept(self) -> Tree:
        """Return what is on the disk at least."""
        return _tree(self.root, lambda folder: folder.kept, lambda file: file.kept)

    def seen(self) -> Tree:
        """Return what processes see."""
        return _tree(self.root, lambda folder: folder.now, lambda file: bytes(file.now))

    def scattered(self, chance: Random) -> Tree:
        """Return what may be on the disk: drawn anew with each call."""
        bias, sector = chance.choice((0.0, 0.1, 0.5, 0.9)), chance.choice(SECTORS)
        return _tree(
            self.root,
            lambda folder: folder.scattered(chance, bias),
            lambda file: file.scattered(chance, bias, sector),
        )

    def adopt(self, left: Tree, unknown: set[str], call: Call) -> None:
        """Take over what a killed process left of what it was at, as changes not synced.

        Raises `AssertionError` when the rest is not what the calls make it.
        """
        seen = self.seen()
        for path in sorted(set(seen) | set(left)):
            if _is_passed_by(path) or seen.get(path, _NOTHING) == left.get(path, _NOTHING):
                continue
            assert path in unknown, f"{path} is not what the recorded calls make it"
            above, name = self._place(path)
            node = above.now.get(name)
            if path not in left:
                above.change(name, None, call)
                continue
            if node is None:
                node = File() if left[path] is not None else Folder()
                above.change(name, node, call)
            if isinstance(node, File):
                node.change(_Change(0, None, call))
                node.change(_Change(0, left[path], call))

    def _find(self, path: str) -> Node | None:
        node: Node | None = self.root
        for name in path.split("/") if path else ():
            node = node.now.get(name) if isinstance(node, Folder) else None
        return node

    def _place(self, path: str) -> tuple[Folder, str]:
        above, _, name = path.rpartition("/")
        folder = self._find(above)
        assert isinstance(folder, Folder), f"{path} was made in no folder"
        return folder, name

    def _file(self, call: Call) -> File | None:
        """Return the file that a call is about; None where it has no name any more."""
        node = self._find(call.paths[0])
        return node if isinstance(node, File) else None

    def _openat(self, call: Call) -> None:
        if "O_TMPFILE" in call.flags:
            raise NotUnderstood("a file without a name: teach it to the model of the disk")
        folder, name = self._place(call.paths[0])
        file = folder.now.get(name)
        if file is None and "O_CREAT" in call.flags and call.known:
            file = File()
            folder.change(name, file, call)
        if isinstance(file, File) and ("O_WRONLY" in call.flags or "O_RDWR" in call.flags):
            file.position, file.appends = 0, "O_APPEND" in call.flags
            if "O_TRUNC" in call.flags:
                file.change(_Change(0, None, call))

    _open = _openat

    def _write(self, call: Call) -> None:
        file = self._file(call)
        if file is not None and call.known:
            start = len(file.now) if file.appends else file.position
            file.change(_Change(start, call.data, call))
            file.position = start + len(call.data)

    _writev = _write

    def _pwrite64(self, call: Call) -> None:
        file = self._file(call)
        if file is not None and call.known:
            file.change(_Change(call.numbers[-1], call.data, call))

    def _lseek(self, call: Call) -> None:
        file = self._file(call)
        if file is not None and "SEEK_SET" in call.flags:
            file.position = call.numbers[0]

    def _ftruncate(self, call: Call) -> None:
        file = self._file(call)
        if file is not None and call.known:
            file.change(_Change(call.numbers[0], None, call))

    _truncate = _ftruncate

    def _mkdir(self, call: Call) -> None:
        if call.known:
            folder, name = self._place(call.paths[0])
            folder.change(name, Folder(), call)

    _mkdirat = _mkdir

    def _unlink(self, call: Call) -> None:
        folder, name = self._place(call.paths[0])
        if name in folder.now and call.known:  # not a socket
            folder.change(name, None, call)

    _unlinkat = _rmdir = _unlink

    def _rename(self, call: Call) -> None:
        if not call.known:
            return
        (folder, name), (target, new_name) = map(self._place, call.paths)
        node = folder.now[name]
        folder.change(name, None, call)
        target.change(new_name, node, call)

    _renameat = _renameat2 = _rename

    def _link(self, call: Call) -> None:
        if call.known:
            target, name = self._place(call.paths[1])
            target.change(name, self._find(call.paths[0]), call)

    _linkat = _link


def _drawn(chance: Random, bias: float, count: int) -> int:
    """Return how many of `count` changes have reached the disk: mostly all, the higher `bias`."""
    return count if chance.random() < bias else chance.randint(0, count)


def _apply(content: bytearray, change: _Change) -> None:
    if change.data is None:
        del content[change.offset :]
    content += bytes(max(change.offset - len(content), 0))  # zero up to where it goes on
    if change.data is not None:
        content[change.offset : change.stop] = change.data


def _scatter(
    content: bytearray, writes: Sequence[_Change], chance: Random, bias: float, sector: int
) -> None:
    """Let of each sector of a file, and of its length, be there what may be after some writes."""
    versions: defaultdict[int, list[_Change]] = defaultdict(list)
    sizes = [len(content)]
    for write in writes:
        sizes.append(max(sizes[-1], write.stop))
        for number in range(write.offset // sector, -(-write.stop // sector)):
            versions[number].append(write)
    # What no write has reached is zero, or what the disk had there before.
    filled = chance.randbytes if chance.random() < 0.5 else bytes
    content += filled(sizes[-1] - len(content))
    for number, changes in versions.items():
        for write in changes[: _drawn(chance, bias, len(changes))]:
            start = max(write.offset, number * sector)
            stop = min(write.stop, (number + 1) * sector)
            content[start:stop] = (write.data or b"")[start - write.offset : stop - write.offset]
    del content[sizes[_drawn(chance, bias, len(writes))] :]


def _set(names: dict[str, Node], name: str, node: Node | None) -> None:
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node


def _kind(node: Node, path: str) -> str:
    """Return what a sync is of, as `Disk` can be told to forget it."""
    where = "blob" if "/blobs/" in path else "database" if ".db" in path else "data"
    return f"{where} {'folders' if isinstance(node, Folder) else 'files'}"


def _is_passed_by(path: str) -> bool:
    return path.endswith(_PASSED_BY)


def _tree(root: Folder, names_of, content_of) -> Tree:  # type: ignore[no-untyped-def]
    found: Tree = {}

    def enter(folder: Folder, above: str) -> None:
        for name, node in names_of(folder).items():
            path = above + name
            if isinstance(node, Folder):
                found[path] = None
                enter(node, f"{path}/")
            elif not _is_passed_by(path):
                found[path] = content_of(node)

    enter(root, "")
    return found
