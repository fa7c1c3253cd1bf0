"""Checksums of the file's pages: what is not as it was written is never read.

SQLite's checksum VFS (https://www.sqlite.org/cksumvfs.html, in the wheels of `apsw`) keeps the
last 8 bytes of each page for a checksum, made when the page is written to the file and compared
whenever it is read from there. The write-ahead log has checksums of its own, which SQLite
compares when it recovers the log: see `lenticular.engines.kv.sqlite.recovery`.
"""

import logging
import time
from functools import cache
from pathlib import Path

import apsw
import apsw.sqlite_extra

from lenticular.engines.kv.contract import StoreFailed

_VFS = "cksmvfs"

_RESERVED = 8
"""Bytes at the end of each page."""

_READ_SIZE = 1024 * 1024
_WRITING = 0.05
"""Seconds in which a page that is being written is surely there."""

_log = logging.getLogger(__name__)


@cache
def vfs() -> str | None:
    """Return the name of the checksum VFS, or None where `apsw` came without it.

    From the first call on it is what this process opens SQLite files with, unless told
    otherwise: another would leave wrong checksums behind. Files without them stay so.
    """
    if not apsw.sqlite_extra.has("cksumvfs"):
        return None
    connection = apsw.Connection(":memory:")
    try:
        apsw.sqlite_extra.load(connection, "cksumvfs")
    finally:
        connection.close()
    return _VFS


def check_present(connection: apsw.Connection, path: Path) -> None:
    """Raise StoreFailed for a file with checksums that this process cannot keep."""
    if vfs() is None and connection.reserve_bytes() == _RESERVED:
        raise StoreFailed(
            f"the pages of {path} have checksums, and this apsw has no cksumvfs to keep them: "
            "install the wheel of apsw from PyPI"
        )


def want(connection: apsw.Connection) -> None:
    """Have the pages of a file that is about to be made carry checksums."""
    if vfs() is not None:
        connection.reserve_bytes("main", _RESERVED)


def add(connection: apsw.Connection, path: Path) -> None:
    """Give checksums to the pages of a file of an earlier release: all of it is written anew."""
    if vfs() is None:
        _log.warning("the pages of %s have no checksums: this apsw has no cksumvfs", path)
        return
    if connection.reserve_bytes() == _RESERVED:
        return
    _log.info("adding checksums to the pages of %s", path)
    want(connection)
    try:
        connection.execute("VACUUM")
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    except apsw.FullError:
        _log.warning("no room for adding checksums to the pages of %s: next time", path)


def is_mismatch(error: BaseException) -> bool:
    """Tell whether an error of SQLite says that a page is not as it was written."""
    return getattr(error, "extendedresult", apsw.SQLITE_OK) == apsw.SQLITE_IOERR_DATA


def damaged_pages(connection: apsw.Connection) -> list[int]:
    """Read the file itself, past all that is in memory; return the numbers of bad pages.

    Empty for a file without checksums. Raises OSError.
    """
    if vfs() is None or connection.reserve_bytes() != _RESERVED:
        return []
    size = connection.pragma("page_size")
    damaged = []
    with Path(connection.filename).open("rb", buffering=_READ_SIZE) as file:
        number = 0
        while page := file.read(size):
            number += 1
            # One that a checkpoint is just writing is whole a moment later.
            if not _is_whole(connection, page) and not _is_whole_later(connection, number, size):
                damaged.append(number)
    return damaged


def _is_whole(connection: apsw.Connection, page: bytes) -> bool:
    verdict: int = connection.execute("SELECT verify_checksum(?)", (page,)).get
    return verdict == 1


def _is_whole_later(connection: apsw.Connection, number: int, size: int) -> bool:
    time.sleep(_WRITING)
    with Path(connection.filename).open("rb", buffering=0) as file:
        file.seek((number - 1) * size)
        return _is_whole(connection, file.read(size))
