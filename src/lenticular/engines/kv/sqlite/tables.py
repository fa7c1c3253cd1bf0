"""The tables of the store and the statements that read and write them.

``pairs`` holds the keys in order, with the values of up to `INLINE` bytes beside them:
these are the entries of listings and indexes, read by the thousand. Longer values are
rows of ``large``, in the order in which they were written, so that the keys stay dense,
and a longer value moves neither with its neighbours nor with its key. The measurements
that led here are in docs/decisions/0007-key-value-engine.md.
"""

import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import apsw

from lenticular.engines.kv.contract import Reader, StoreFailed
from lenticular.engines.kv.sqlite import checksums, recovery

INLINE = 512
"""Bytes of the longest value that is kept beside its key."""

_APPLICATION_ID = 0x4C4E5443
"""Tells the file command, and us, that a SQLite file is ours ("LNTC")."""
_FORMAT = 2
"""Kept in the file's ``user_version``. 1: pages without checksums, which get them."""

_PAGE_SIZE = 4096
_CACHE_SIZE = 8 * 1024 * 1024
_LOCK_WAIT = 10_000
"""Milliseconds to wait for a lock that another process holds."""
_CHECKPOINT_WAIT = 0.005
"""Seconds to wait for the checkpoint of another process."""
_LOG_KEPT = 64 * 1024 * 1024
"""Bytes to which a write-ahead log is cut that grew while something held up its restart."""

_MOST_ROWS = 64
"""Most rows in one statement. Each call gives the interpreter lock away and must get it
back, so one statement for many rows is worth much when the event loop is busy."""

_SCHEMA = """
CREATE TABLE pairs (key BLOB PRIMARY KEY, value BLOB, large INTEGER) STRICT, WITHOUT ROWID;
CREATE TABLE large (id INTEGER PRIMARY KEY, value BLOB NOT NULL) STRICT;
"""

# A value is beside its key, or else in the row of `large` that the key names.
_GET = """
SELECT coalesce(value, (SELECT large.value FROM large WHERE large.id = pairs.large))
FROM pairs WHERE key = ?
"""
_GET_MANY = """
SELECT key, coalesce(value, (SELECT large.value FROM large WHERE large.id = pairs.large))
FROM pairs WHERE key IN ({})
"""
_RANGE = """
SELECT key, coalesce(value, (SELECT large.value FROM large WHERE large.id = pairs.large))
FROM pairs WHERE key >= ? AND key < ? ORDER BY key LIMIT ?
"""
_RANGE_BACK = """
SELECT key, coalesce(value, (SELECT large.value FROM large WHERE large.id = pairs.large))
FROM pairs WHERE key >= ? AND key < ? ORDER BY key DESC LIMIT ?
"""
_LAST_LARGE = "SELECT coalesce(max(id), 0) FROM large"

_REMOVE_RANGE = "DELETE FROM pairs WHERE key >= ? AND key < ?"
_REMOVE_LARGE_OF_RANGE = """
DELETE FROM large WHERE id IN (SELECT large FROM pairs WHERE key >= ? AND key < ?)
"""

# These are completed with as many rows of parameters as there are.
_REMOVE = "DELETE FROM pairs WHERE key IN ({})"
_REMOVE_LARGE_OF = "DELETE FROM large WHERE id IN (SELECT large FROM pairs WHERE key IN ({}))"
_ADD_LARGE = "INSERT INTO large (id, value) VALUES {}"
_PUT = "REPLACE INTO pairs (key, value, large) VALUES {}"

_KEYS_WITHOUT_VALUE = """
SELECT count(*) FROM pairs WHERE value IS NULL
AND NOT EXISTS (SELECT 1 FROM large WHERE id = pairs.large)
"""
_VALUES_WITHOUT_KEY = """
SELECT count(*) FROM large
WHERE id NOT IN (SELECT large FROM pairs WHERE large IS NOT NULL)
"""

_Cell = bytes | int | None


class Tables(Reader):
    """The tables, through one connection, which one thread uses at a time."""

    __slots__ = ("_execute", "connection", "view_of")

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection
        self.view_of: object = None
        """Whose reads share the transaction that is open, if one is held open for several."""
        # One cursor for all: every statement below is run to its end at once, so that none
        # is left open, which would hold on to an old state of the store.
        self._execute = connection.cursor().execute

    def get(self, key: bytes) -> bytes | None:
        value: bytes | None = self._execute(_GET, (key,)).get
        return value

    def get_many(self, keys: Collection[bytes]) -> dict[bytes, bytes | None]:
        """Return the values of `keys`, in as few steps as there can be."""
        found: dict[bytes, bytes | None] = dict.fromkeys(keys)
        asked = list(found)
        for begin in range(0, len(asked), _MOST_ROWS):
            cells = asked[begin : begin + _MOST_ROWS]
            # Powers of two, so that few different statements need to be prepared.
            rows = 1 << (len(cells) - 1).bit_length()
            cells += cells[-1:] * (rows - len(cells))
            pairs: list[Any] = self._execute(_completed(_GET_MANY, "?", rows), cells).fetchall()
            found.update(pairs)
        return found

    def range(
        self, start: bytes, stop: bytes, *, limit: int | None = None, reverse: bool = False
    ) -> list[tuple[bytes, bytes]]:
        most = -1 if limit is None else max(limit, 0)
        statement = _RANGE_BACK if reverse else _RANGE
        rows: list[Any] = self._execute(statement, (start, stop, most)).fetchall()
        return rows

    def write(self, changes: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Bring in new values, and None for keys to remove; best in key order."""
        keys: list[_Cell] = []
        removed: list[_Cell] = []
        pairs: list[_Cell] = []
        large: list[_Cell] = []
        last_id = self._execute(_LAST_LARGE).get
        for key, value in changes:
            keys.append(key)
            if value is None:
                removed.append(key)
            elif len(value) <= INLINE:
                pairs += (key, value, None)
            else:
                last_id += 1
                pairs += (key, None, last_id)
                large += (last_id, value)
        self._execute_rows(_REMOVE_LARGE_OF, "?", keys)
        self._execute_rows(_REMOVE, "?", removed)
        self._execute_rows(_ADD_LARGE, "(?, ?)", large)
        self._execute_rows(_PUT, "(?, ?, ?)", pairs)

    def delete_range(self, start: bytes, stop: bytes) -> None:
        """Remove every key with ``start <= key < stop``."""
        self._execute(_REMOVE_LARGE_OF_RANGE, (start, stop))
        self._execute(_REMOVE_RANGE, (start, stop))

    def run(self, statement: str) -> None:
        """Run a statement without parameters or results."""
        self._execute(statement)

    def free_size(self) -> int:
        """Return how many bytes of the file are free."""
        pages: int = self._execute("PRAGMA freelist_count").get
        return pages * _PAGE_SIZE

    def roll_back(self) -> None:
        """End the transaction, if SQLite has not ended it already, without its changes."""
        if self.connection.in_transaction:
            self._execute("ROLLBACK")

    def faults(self) -> list[str]:
        """Read everything and return what is wrong in it, in words; nothing when it is sound."""
        try:
            if damaged := checksums.damaged_pages(self.connection):
                return [f"{len(damaged)} pages are not as they were written: {damaged[:20]}"]
            faults = [text for (text,) in self._execute("PRAGMA quick_check")]
            if faults != ["ok"]:
                return faults
            counts = {
                "keys have lost their value": self._execute(_KEYS_WITHOUT_VALUE).get,
                "values have no key": self._execute(_VALUES_WITHOUT_KEY).get,
            }
        except apsw.CorruptError as error:
            return [str(error)]
        return [f"{count} {what}" for what, count in counts.items() if count]

    def _execute_rows(self, statement: str, row: str, cells: Sequence[_Cell]) -> None:
        """Run a statement for rows of parameters, as many at a time as one takes."""
        width = row.count("?")
        done = 0
        while done < len(cells):
            left = (len(cells) - done) // width
            # Powers of two, so that few different statements need to be prepared.
            rows = min(_MOST_ROWS, 1 << (left.bit_length() - 1))
            self._execute(_completed(statement, row, rows), cells[done : done + rows * width])
            done += rows * width


@cache
def _completed(statement: str, row: str, rows: int) -> str:
    return statement.format(", ".join([row] * rows))


def connect(path: Path, *, cache_size: int = _CACHE_SIZE, writes: bool = False) -> Tables:
    """Open a connection that keeps up to `cache_size` bytes of pages in memory."""
    connection = _open(path)
    for pragma, value in {
        "cache_size": -(cache_size // 1024),
        "journal_size_limit": _LOG_KEPT,
        "mmap_size": 0,
        "query_only": int(not writes),
        "synchronous": "full",
        "temp_store": "memory",
        "wal_autocheckpoint": 0,
    }.items():
        connection.pragma(pragma, value)
    return Tables(connection)


def _open(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, vfs=checksums.vfs())
    connection.set_busy_timeout(_LOCK_WAIT)
    # Closing the last connection would move the log into the file, come what may. The store
    # does that itself, unless it has lost its trust in the disk.
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    return connection


def prepare_file(path: Path, *, accept_loss: bool = False) -> None:
    """Make sure that the store's file is there, is ours, and is read by nobody else.

    Raises StoreFailed for a file that is not, where SQLite cannot keep a log, and where one has
    rotted, unless what is lost by that is accepted.
    """
    path.touch(mode=0o600)
    path.chmod(0o600)
    try:
        connection = _open(path)
        try:
            _prepare(connection, path, accept_loss=accept_loss)
        finally:
            connection.close()
    except apsw.Error as error:
        raise StoreFailed(f"{path} does not open as a SQLite file: {error}") from error


def _prepare(connection: apsw.Connection, path: Path, *, accept_loss: bool) -> None:
    checksums.check_present(connection, path)
    if path.stat().st_size == 0:
        checksums.want(connection)
    connection.pragma("page_size", _PAGE_SIZE)
    mode = connection.pragma("journal_mode", "wal")
    if mode != "wal":
        raise StoreFailed(
            f"SQLite cannot keep a write-ahead log for {path} (only {mode}): "
            "put the file on a local disk"
        )
    connection.execute("BEGIN IMMEDIATE")  # for another process may be doing the same
    cut_off = recovery.check(path, _PAGE_SIZE, _valid_frames(path), accept_loss=accept_loss)
    _prepare_tables(connection, path)
    connection.execute("COMMIT")
    if cut_off:
        _empty_log(connection)
    checksums.add(connection, path)


def _empty_log(connection: apsw.Connection) -> None:
    """Drop what a crash has left of a commit behind the end of the log."""
    with suppress(apsw.BusyError):  # others read from the log: they will write over it
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)


def _valid_frames(path: Path) -> int:
    """Return how many frames of the log SQLite takes for valid, while no other writes.

    SQLite is asked, by way of a checkpoint: who opens the index of the log himself lets go of
    all that this process has locked in it when he closes it (fcntl(2), "Record locks").
    """
    connection = _open(path)
    try:
        connection.pragma("user_version")  # it knows of the log once it has read
        while True:
            try:
                return connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)[0]
            except apsw.BusyError:
                time.sleep(_CHECKPOINT_WAIT)  # another process is at it
    finally:
        connection.close()


def _prepare_tables(connection: apsw.Connection, path: Path) -> None:
    owner = connection.pragma("application_id")
    version = connection.pragma("user_version")
    if owner == _APPLICATION_ID and version == _FORMAT:
        return
    if owner == _APPLICATION_ID and version > _FORMAT:
        raise StoreFailed(
            f"{path} has format {version}, and this release reads up to format {_FORMAT}: "
            "use the release that wrote it"
        )
    if owner == _APPLICATION_ID:
        connection.pragma("user_version", _FORMAT)
        return
    if connection.execute("SELECT count(*) FROM sqlite_schema").get:
        raise StoreFailed(f"{path} is the SQLite file of another program: name another file")
    connection.execute(_SCHEMA)
    connection.pragma("application_id", _APPLICATION_ID)
    connection.pragma("user_version", _FORMAT)
