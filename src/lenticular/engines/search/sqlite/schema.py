"""The file of one index: its tables, and the connections to it.

Values of all fields are rows of one table, whose ``plain`` is compared and whose ``rowid`` is
that of its words in the full text table (FTS5, without a copy of the text). Entries share
their audience: most of an index is for the same few.
"""

import time
from collections.abc import Callable
from pathlib import Path

import apsw
import apsw.sqlite_extra
import msgspec

from lenticular.engines.search.geometry import Geometry, Polygon, lies_within, meet
from lenticular.engines.search.values import floored

VERSION = 1
"""Of the tables: a file of another version is made anew."""

_PATIENCE = 120_000
"""Milliseconds that a writer waits for another process that writes."""

_STEPS = 20_000
"""Steps of SQLite between two looks at the time."""

_TABLES = """
CREATE TABLE state (number INTEGER NOT NULL, nonce TEXT NOT NULL);
CREATE TABLE field (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL);
CREATE TABLE subject (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE audience (id INTEGER PRIMARY KEY, members TEXT NOT NULL UNIQUE);
CREATE TABLE member (
    principal TEXT, audience INTEGER, PRIMARY KEY (principal, audience)
) WITHOUT ROWID;
CREATE TABLE entry (id INTEGER PRIMARY KEY, subject INTEGER, label TEXT, audience INTEGER);
CREATE UNIQUE INDEX entry_key ON entry (subject, label);
CREATE TABLE held (
    name TEXT, principal TEXT, entry INTEGER, PRIMARY KEY (name, principal, entry)
) WITHOUT ROWID;
CREATE INDEX held_of_entry ON held (entry);
CREATE TABLE value (id INTEGER PRIMARY KEY, entry INTEGER, field INTEGER, plain, size INTEGER);
CREATE INDEX value_of_entry ON value (entry, field, plain);
CREATE INDEX value_of_field ON value (field, plain, entry);
CREATE TABLE place (
    entry INTEGER, field INTEGER, west REAL, east REAL, south REAL, north REAL, geometry TEXT
);
CREATE INDEX place_of_field ON place (field, west);
CREATE INDEX place_of_entry ON place (entry);
CREATE VIRTUAL TABLE words USING fts5(
    text, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
"""

_OWN_TABLES = """
CREATE TEMP TABLE hit (entry INTEGER PRIMARY KEY, subject INTEGER, kept INTEGER, score REAL);
CREATE TEMP TABLE expansion (leaf INTEGER, term TEXT, PRIMARY KEY (leaf, term)) WITHOUT ROWID;
CREATE TEMP TABLE part (entry INTEGER PRIMARY KEY, weight REAL);
CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, words, row);
CREATE VIRTUAL TABLE temp.instance USING fts5vocab(main, words, instance);
"""

Binding = str | int | float | None
"""What a parameter of a statement takes."""

DAMAGES = (apsw.CorruptError, apsw.NotADBError, apsw.FormatError)
"""What tells that a file is none of ours, or broken: it is made anew."""


class Writing:
    """A connection that writes. Made with its tables when they are missing."""

    def __init__(self, path: Path) -> None:
        self.connection = apsw.Connection(str(path))
        try:
            self.connection.set_busy_timeout(_PATIENCE)
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = NORMAL")
            self.connection.execute("PRAGMA cache_size = -32000")
        except BaseException:
            self.connection.close()
            raise

    def make_tables(self) -> None:
        """Make the tables, without anything that was there."""
        names = self.connection.execute(
            "SELECT type, name FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL"
            " AND name NOT LIKE 'words\\_%' ESCAPE '\\'"
        ).get
        for _, name in names or ():
            self.connection.execute(f'DROP TABLE "{name}"')
        self.connection.execute(_TABLES)
        self.connection.execute(f"PRAGMA user_version = {VERSION}")


class Reading:
    """A connection that answers queries, with tables of its own beside those of the index."""

    def __init__(self, path: Path) -> None:
        self.inode = path.stat().st_ino
        self.connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            self.connection.set_busy_timeout(_PATIENCE)
            self.connection.execute("PRAGMA temp_store = MEMORY")
            if not self._has_tables():
                raise apsw.FormatError(f"{path} has other tables")
            self.connection.execute(_OWN_TABLES)
            apsw.sqlite_extra.load(self.connection, "regexp")
            for name, function in _FUNCTIONS.items():
                self.connection.create_scalar_function(name, function, deterministic=True)
        except BaseException:
            self.connection.close()
            raise

    def _has_tables(self) -> bool:
        return bool(self.connection.execute("PRAGMA user_version").get == VERSION)

    def limit(self, seconds: float) -> None:
        """Let what comes now be interrupted after so many seconds."""
        deadline = time.monotonic() + seconds
        self.connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)


_decode_geometry = msgspec.json.Decoder(Geometry).decode
_decode_area = msgspec.json.Decoder(Polygon).decode


def _located(geometry: str, area: str, within: int) -> bool:
    """Tell whether a place meets an area, or lies within it; both are JSON."""
    compare = lies_within if within else meet
    return compare(_decode_geometry(geometry), _decode_area(area))


def _is_near(term: str, word: str, distance: int) -> bool:
    """Tell whether a term is at most so many insertions, deletions and changes from a word."""
    if abs(len(term) - len(word)) > distance:
        return False
    before = list(range(len(word) + 1))
    for row, letter in enumerate(term, 1):
        after = [row]
        for column, other in enumerate(word, 1):
            change = before[column - 1] + (letter != other)
            after.append(min(before[column] + 1, after[-1] + 1, change))
        before = after
    return before[-1] <= distance


_FUNCTIONS: dict[str, Callable[..., int | bool]] = {
    "floored": floored,
    "located": _located,
    "near": _is_near,
}
