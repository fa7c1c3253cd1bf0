"""Entries of files on this machine, and of what is in a folder, page by page."""

import errno
import grp
import os
import pwd
import stat
import time
from collections.abc import Generator
from contextlib import suppress
from functools import lru_cache
from typing import Final

from lenticular.engines.connectors.contract import Entry, Kind
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.paths import child
from lenticular.engines.connectors.posix.errors import fault_of
from lenticular.engines.connectors.posix.locating import Located, Locating
from lenticular.engines.connectors.temporaries import is_temporary

PAGE: Final = 1000
_KEPT = 14 * 86_400.0
"""Seconds after which nobody comes back to go on with a file that was begun."""

# Should it be swapped for a link in the moment between, that is not followed.
_LIST = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

_KINDS: dict[int, Kind] = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "link"}


def kind_of(status: os.stat_result) -> Kind:
    """Return what something is."""
    return _KINDS.get(stat.S_IFMT(status.st_mode), "other")


def version_of(status: os.stat_result) -> str:
    """Return what is another whenever a file is: size, time and inode."""
    return f"{status.st_size:x}-{status.st_mtime_ns:x}-{status.st_ino:x}"


def entry_of(
    name: str, status: os.stat_result, target: str = "", leads: Kind | None = None
) -> Entry:
    """Return the entry of a file; of a link with what it says and what it leads to."""
    kind = kind_of(status)
    return Entry(
        name,
        kind,
        status.st_size if kind == "file" else 0,
        status.st_mtime_ns / 1e9,
        f"{status.st_mode & 0o7777:04o}",
        _user(status.st_uid),
        _group(status.st_gid),
        target,
        leads or "",
        version_of(status),
    )


def entry_at(locating: Locating, path: str, located: Located) -> Entry:
    """Return the entry of what was located by `path`."""
    status = located.found()
    name = path.rpartition("/")[2]
    if not stat.S_ISLNK(status.st_mode):
        return entry_of(name, status)
    target = os.readlink(located.name, dir_fd=located.folder).decode(errors="replace")
    return entry_of(name, status, target, _leads_to(locating, path))


def pages(
    locating: Locating, path: str, *, sweep: bool
) -> Generator[list[Entry | Fault], None, None]:
    """Iterate over what is in a folder. With `sweep`, what was begun long ago is removed.

    Raises OSError.
    """
    with locating.find(path, follow=True) as located:
        located.found()
        folder = os.open(located.name, _LIST, dir_fd=located.folder)
    try:
        with os.scandir(folder) as found:
            page: list[Entry | Fault] = []
            for each in found:
                if is_temporary(each.name):
                    if sweep:
                        _sweep(folder, each)
                    continue
                entry = _listed(locating, path, each)
                if entry is not None:
                    page.append(entry)
                if len(page) == PAGE:
                    yield page
                    page = []
            yield page
    finally:
        os.close(folder)


def _listed(locating: Locating, folder: str, found: "os.DirEntry[str]") -> Entry | Fault | None:
    raw = os.fsencode(found.name)
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        shown = raw.decode(errors="backslashreplace")
        return Fault("INVALID_PATH", f"{child(folder, shown)!r}: the name is not UTF-8")
    path = child(folder, name)
    try:
        status = found.stat(follow_symlinks=False)
        if not stat.S_ISLNK(status.st_mode):
            return entry_of(name, status)
        with locating.find(path, follow=False) as located:
            return entry_at(locating, path, located)
    except OSError as error:
        return None if error.errno == errno.ENOENT else fault_of(error, path)  # gone meanwhile


def _leads_to(locating: Locating, path: str) -> Kind | None:
    try:
        with locating.find(path, follow=True) as located:
            return kind_of(located.found())
    except OSError:
        return None


def _sweep(folder: int, found: "os.DirEntry[str]") -> None:
    with suppress(OSError):
        if found.stat(follow_symlinks=False).st_mtime < time.time() - _KEPT:
            os.unlink(found.name, dir_fd=folder)


def sweep_all(located: Located) -> None:
    """Remove what was begun in a folder that is to be removed, if nothing else is in it.

    Raises OSError ``ENOTEMPTY``.
    """
    folder = os.open(located.name, _LIST, dir_fd=located.folder)
    try:
        with os.scandir(folder) as found:
            for each in found:
                if not is_temporary(each.name):
                    raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY))
                os.unlink(each.name, dir_fd=folder)
    finally:
        os.close(folder)


@lru_cache(1024)
def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


@lru_cache(1024)
def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
