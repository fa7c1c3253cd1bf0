"""Where a path leads beneath a folder: never out of it, whatever symbolic links say.

The kernel resolves a path at once when no link is on the way (openat2 with RESOLVE_BENEATH
and RESOLVE_NO_SYMLINKS). Otherwise, and on kernels that cannot, it is gone name by name, from
the descriptor of each folder to the next, without letting the kernel follow a link: what each
link says is looked at here. So somebody who swaps folders for links meanwhile cannot mislead
it. A link that leads out, even one that leads in again, leads to nothing; an absolute one is
followed when it leads into the folder. What a link leads to is to be covered by the rules, as
what it was reached by.
"""

import errno
import os
import stat
from collections import deque
from collections.abc import Iterable
from types import TracebackType
from typing import Final, Self

from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.grants import Grants
from lenticular.engines.connectors.paths import split
from lenticular.engines.connectors.posix.system import open_beneath
from lenticular.engines.connectors.temporaries import is_temporary

FOLDER: Final = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_LINKS = 40
_CANNOT = {errno.ENOSYS, errno.EPERM}  # an older kernel; a sandbox that knows no openat2


def real_folder(path: str) -> str:
    """Return where a folder really is, so that links to it do not matter."""
    return os.path.realpath(path)


class Located:
    """Something beneath a folder, or the place for it: a name in an open folder."""

    __slots__ = ("_is_lent", "folder", "name", "path", "status")

    def __init__(self, folder: int, name: bytes, path: str, *, is_lent: bool = False) -> None:
        self.folder = folder
        """Descriptor of the folder it is in; closed with this, unless it `is_lent`."""
        self._is_lent = is_lent
        self.name = name
        """``.`` for the folder itself."""
        self.path = path
        """Where it really is, from the root on: there is no link in it."""
        self.status = _status(name, folder)
        """None: nothing is there."""

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return self.status is not None and stat.S_ISLNK(self.status.st_mode)

    def found(self) -> os.stat_result:
        """Return its status. Raises FileNotFoundError."""
        if self.status is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return self.status

    def keep_folder(self) -> int:
        """Return the descriptor of the folder, to be closed by the caller."""
        folder, self.folder = self.folder, -1
        return folder

    def close(self) -> None:
        """Close the folder."""
        if self.folder >= 0 and not self._is_lent:
            os.close(self.folder)
            self.folder = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Locating:
    """The folder that a place is, and the way to what is in it. Everything here blocks."""

    def __init__(self, root: str, prefix: str, grants: Grants) -> None:
        """Begin at the folder `prefix` of `root`, to which no link may lead."""
        self.given = root, prefix, grants
        self._root = root
        self._prefix = tuple(map(str.encode, split(prefix)))
        self._real = (*filter(None, os.fsencode(root).split(b"/")), *self._prefix)
        self._grants = grants

    def find(self, path: str, *, follow: bool) -> Located:
        """Return what is at a path; with `follow`, what it leads to if it is a link.

        Raises `Fault` for what cannot be a path, and OSError: ``ENOENT`` also when a link leads
        out, or to what may not be used at all.
        """
        parts = split(path)
        if parts and is_temporary(parts[-1]):
            raise Fault("INVALID_PATH", f"{path!r} is the name of a file that is being written")
        names = tuple(map(str.encode, parts))
        root = _open_root(self._root)
        try:
            try:
                located = self._go(root, names)
            except OSError as error:
                if error.errno != errno.ELOOP and error.errno not in _CANNOT:
                    raise
            else:
                if not (follow and located.is_link):
                    return located
                located.close()
            return self._walk(root, names, follow=follow)
        finally:
            os.close(root)

    def find_changeable(self, path: str, *, moves: bool = False) -> Located:
        """Return what is at a path, itself, for somebody who is to change it.

        With `moves` it is to be removed, or to get another name. Raises as `find`, and `Fault`
        ``PERMISSION_DENIED`` when links lead to what may only be read.
        """
        located = self.find(path, follow=False)
        grants, real = self._grants, located.path
        if not (grants.may_move(real) if moves else grants.permission(real) == "rw"):
            located.close()
            raise Fault("PERMISSION_DENIED", f"{path!r} may not be changed")
        return located

    def open_folder(self, names: Iterable[bytes]) -> int:
        """Open a folder to which no link leads.

        Raises OSError; then what is in it is to be found by `find`, which tells more.
        """
        root = _open_root(self._root)
        try:
            return self._open(root, names)
        finally:
            os.close(root)

    def _open(self, root: int, names: Iterable[bytes]) -> int:
        way = b"/".join((*self._prefix, *names)) or b"."
        return open_beneath(way, FOLDER & ~os.O_NOFOLLOW, root)  # or a link is no folder

    def _go(self, root: int, names: tuple[bytes, ...]) -> Located:
        """Let the kernel go. Raises OSError ``ELOOP`` when a link is on the way."""
        return _located(self._open(root, names[:-1]), names)

    def _walk(self, root: int, names: Iterable[bytes], *, follow: bool) -> Located:
        """Go name by name."""
        way = _Way(_descend(root, self._prefix))
        ahead = deque(names)
        links = 0
        try:
            while ahead:
                name = ahead.popleft()
                if name == b"..":
                    way.up()
                    continue
                if not ahead and not follow:
                    return self._permitted(way.end(name), links)
                target = _target(name, way.folder)
                if target is None and not ahead:
                    return self._permitted(way.end(name), links)
                if target is None:
                    way.down(name)
                    continue
                links += 1
                if links > _MOST_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
                said = [each for each in target.split(b"/") if each not in {b"", b"."}]
                if target.startswith(b"/"):
                    said = self._inside(said)
                    way.begin()
                ahead.extendleft(reversed(said))
            return self._permitted(way.end(None), links)
        finally:
            way.close()

    def _inside(self, said: list[bytes]) -> list[bytes]:
        """Return what an absolute link says as seen from the root of the place."""
        deep = len(self._real)
        if tuple(said[:deep]) != self._real:
            raise _nothing()
        return said[deep:]

    def _permitted(self, located: Located, links: int) -> Located:
        if links and not self._grants.permission(located.path):
            located.close()
            raise _nothing()
        return located


class _Way:
    """The folders that were gone through, each open, from the root of the place on."""

    def __init__(self, start: int) -> None:
        self._open = [start]
        self._names: list[bytes] = []

    @property
    def folder(self) -> int:
        return self._open[-1]

    def down(self, name: bytes) -> None:
        self._open.append(os.open(name, FOLDER, dir_fd=self.folder))
        self._names.append(name)

    def up(self) -> None:
        if not self._names:
            raise _nothing()
        os.close(self._open.pop())
        self._names.pop()

    def begin(self) -> None:
        while self._names:
            self.up()

    def end(self, name: bytes | None) -> Located:
        names = (*self._names, name) if name is not None else tuple(self._names)
        folder = os.dup(self.folder)
        return _located(folder, names, itself=name is None)

    def close(self) -> None:
        while self._open:
            os.close(self._open.pop())


def _located(folder: int, names: tuple[bytes, ...], *, itself: bool = False) -> Located:
    path = "/" + b"/".join(names).decode(errors="surrogateescape")
    name = b"." if itself or not names else names[-1]
    try:
        return Located(folder, name, path)
    except OSError:
        os.close(folder)
        raise


def _open_root(path: str) -> int:
    """Open a folder of the machine to which no link leads: somebody could have made one since."""
    way = os.fsencode(path).strip(b"/")
    machine = os.open("/", FOLDER)
    try:
        try:
            return open_beneath(way or b".", FOLDER & ~os.O_NOFOLLOW, machine)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise _nothing() from None
            if error.errno not in _CANNOT:
                raise
        return _descend(machine, filter(None, way.split(b"/")))
    finally:
        os.close(machine)


def _descend(root: int, names: Iterable[bytes]) -> int:
    """Open a folder that is reached without any link."""
    folder = os.dup(root)
    for name in names:
        try:
            deeper = os.open(name, FOLDER, dir_fd=folder)
        except NotADirectoryError:  # that is what the system says of a link, too
            raise _nothing() from None
        finally:
            os.close(folder)
        folder = deeper
    return folder


def _status(name: bytes, folder: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _target(name: bytes, folder: int) -> bytes | None:
    """Return what a link says; None for what is none, or not there."""
    try:
        return os.readlink(name, dir_fd=folder)
    except OSError as error:
        if error.errno in {errno.EINVAL, errno.ENOENT}:
            return None
        raise


def _nothing() -> OSError:
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
