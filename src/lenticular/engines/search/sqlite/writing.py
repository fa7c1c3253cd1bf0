"""How entries get into the file of an index, and out of it."""

from collections.abc import Iterable
from typing import Any

import apsw
import msgspec

from lenticular.engines.search.contract import Batch, Document, EntryKey, Mark
from lenticular.engines.search.sqlite.schema import Binding
from lenticular.engines.search.values import Kind


class Writer:
    """Changes one index, within a transaction that the caller has begun."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._fields: dict[str, int] = dict(self._rows("SELECT name, id FROM field"))
        self._audiences: dict[str, int] = dict(self._rows("SELECT members, id FROM audience"))
        self._last_entry = self._last("entry")
        self._last_value = self._last("value")

    def write(self, batch: Batch) -> None:
        """Remove and replace entries."""
        for key in (*batch.removed, *(document.key for document in batch.documents)):
            self._remove(key)
        self._add(batch.documents)

    def set_mark(self, mark: Mark) -> None:
        """Note how far the index has come."""
        self._connection.execute("DELETE FROM state")
        self._connection.execute("INSERT INTO state VALUES (?, ?)", (mark.number, mark.nonce))

    def _remove(self, key: EntryKey) -> None:
        subject, entry_id = key
        found = self._rows(
            "SELECT e.id, e.subject FROM subject s JOIN entry e ON e.subject = s.id"
            " WHERE s.name = ? AND e.label = ?",
            (subject, label(entry_id)),
        )
        for entry, number in found:
            self._run(
                "DELETE FROM words WHERE rowid IN (SELECT id FROM value WHERE entry = ?)", entry
            )
            for table in ("value", "place", "held"):
                self._run(f"DELETE FROM {table} WHERE entry = ?", entry)
            self._run("DELETE FROM entry WHERE id = ?", entry)
            self._run(
                "DELETE FROM subject WHERE id = ?1"
                " AND NOT EXISTS (SELECT 1 FROM entry WHERE subject = ?1)",
                number,
            )

    def _add(self, documents: Iterable[Document]) -> None:
        entries, values, words, places, held = [], [], [], [], []
        for document in documents:
            self._last_entry += 1
            entry = self._last_entry
            subject, entry_id = document.key
            self._run("INSERT OR IGNORE INTO subject (name) VALUES (?)", subject)
            audience = self._audience(document.audience)
            entries.append((entry, subject, label(entry_id), audience))
            held += [(name, principal, entry) for name, principal in document.sets]
            for value in document.values:
                self._last_value += 1
                field = self._field(value.field, value.kind)
                size = len(value.words)
                values.append((self._last_value, entry, field, value.plain, size))
                if value.words:
                    words.append((self._last_value, value.words))
                if value.place is not None:
                    geometry = msgspec.json.encode(value.place).decode()
                    places.append((entry, field, *value.place.box(), geometry))
        many = self._connection.executemany
        many("INSERT INTO entry SELECT ?, s.id, ?3, ?4 FROM subject s WHERE s.name = ?2", entries)
        many("INSERT INTO value VALUES (?, ?, ?, ?, ?)", values)
        many("INSERT INTO words (rowid, text) VALUES (?, ?)", words)
        many("INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?)", places)
        many("INSERT OR IGNORE INTO held VALUES (?, ?, ?)", held)

    def _field(self, name: str, kind: Kind) -> int:
        known = self._fields.get(name)
        if known is None:
            self._run("INSERT INTO field (name, kind) VALUES (?, ?)", name, kind.value)
            known = self._fields[name] = self._connection.last_insert_rowid()
        return known

    def _audience(self, principals: frozenset[str]) -> int:
        members = msgspec.json.encode(sorted(principals)).decode()
        known = self._audiences.get(members)
        if known is None:
            self._run("INSERT INTO audience (members) VALUES (?)", members)
            known = self._audiences[members] = self._connection.last_insert_rowid()
            pairs = [(principal, known) for principal in principals]
            self._connection.executemany("INSERT INTO member VALUES (?, ?)", pairs)
        return known

    def _last(self, table: str) -> int:
        [(last,)] = self._rows(f"SELECT ifnull(max(id), 0) FROM {table}")
        return int(last)

    def _run(self, statement: str, *bindings: Binding) -> None:
        self._connection.execute(statement, bindings)

    def _rows(self, statement: str, bindings: tuple[Binding, ...] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, bindings).fetchall()


def label(entry_id: str | None) -> str:
    """Return how the id of an entry is kept, so that none is told from the empty one."""
    return "" if entry_id is None else f"={entry_id}"


def entry_id_of(kept: str) -> str | None:
    """Return the id of an entry that is kept so."""
    return kept[1:] if kept else None
