"""Names in statements: what they mean in a record of each form."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from lenticular.engines.queries.contract import Delimited, Json, Parquet
from lenticular.primitives.selections.errors import SelectionError
from lenticular.primitives.selections.forms import CsvInput, Header
from lenticular.primitives.selections.paths import Name, Step
from lenticular.primitives.selections.values import Kind, Value, identifier, literal

RELATION = "selected"
"""The relation that is selected from; its name hides no column of a file."""
MAX_COLUMNS = 10_000


def _position(name: Name) -> int | None:
    """Return the number in ``_1``, ``_2`` ...; None: it is another name."""
    digits = name.text.removeprefix("_")
    if name.text[:1] == "_" and digits.isascii() and digits.isdigit() and int(digits[:9]):
        return int(digits[:9])
    return None


class Records(ABC):
    """The records of one object, for the translation of names."""

    @property
    @abstractmethod
    def form(self) -> Delimited | Json | Parquet:
        """The form that the engine reads; known once the statement is translated."""

    @abstractmethod
    def source(self, path: Sequence[Step]) -> str:
        """Return what rows are taken from, for a path of FROM. Raises `SelectionError`."""

    @abstractmethod
    def member(self, path: Sequence[Step]) -> Value:
        """Return what a path in a record means. Raises `SelectionError`."""

    @abstractmethod
    def members(self) -> list[tuple[str, Value]] | None:
        """Return all that ``*`` means, with names; None: only the engine knows."""


class DelimitedRecords(Records):
    """Records of delimited text: columns by their position, or by the header's names."""

    def __init__(self, given: CsvInput, names: Sequence[str], columns: int) -> None:
        """Know the `names` of the header, and how many `columns` the first records have."""
        self._given = given
        self._names = names
        self._columns = max(columns, 1)

    @property
    def form(self) -> Delimited:
        has_header = self._given.header != Header.NONE
        return Delimited(self._given.dialect, self._columns, has_header)

    def source(self, path: Sequence[Step]) -> str:
        if path:
            raise SelectionError(
                "InvalidKeyPath", "Records of CSV have no members to go into: FROM S3Object."
            )
        return RELATION

    def member(self, path: Sequence[Step]) -> Value:
        if len(path) != 1 or not isinstance(path[0], Name):
            raise SelectionError(
                "InvalidKeyPath", "A record of CSV has columns, and these nothing."
            )
        name = path[0]
        found = [index for index, each in enumerate(self._names, 1) if name.matches(each)]
        if len(found) > 1:
            raise SelectionError(
                "AmbiguousFieldName", f"The header has more than one column {name.text!r}."
            )
        position = found[0] if found else _position(name)
        if position is None:
            raise self._unknown(name)
        if position > MAX_COLUMNS:
            raise SelectionError("InvalidColumnIndex", f"There is no column {position}.")
        self._columns = max(self._columns, position)
        return self._column(position)

    def _unknown(self, name: Name) -> SelectionError:
        if self._given.header == Header.USE:
            known = ", ".join(self._names)[:200]
            return SelectionError(
                "MissingHeaders", f"The file has no column {name.text[:64]!r}; it has {known}."
            )
        return SelectionError(
            "InvalidColumnIndex",
            f"{name.text[:64]!r} is no column: without a header (FileHeaderInfo USE) they are "
            "_1, _2 and so on.",
        )

    def members(self) -> list[tuple[str, Value]]:
        names = list(self._names[: self._columns])
        names += [f"_{number}" for number in range(len(names) + 1, self._columns + 1)]
        return [(name, self._column(number)) for number, name in enumerate(names, 1)]

    @staticmethod
    def _column(number: int) -> Value:
        return Value(f"c{number}", Kind.TEXT, is_stored=True)


class JsonRecords(Records):
    """Values of JSON, and what is within them."""

    def __init__(self, *, lines: bool) -> None:
        self._lines = lines

    @property
    def form(self) -> Json:
        return Json(self._lines)

    def source(self, path: Sequence[Step]) -> str:
        """Go into each record step by step; what is not there is a row nevertheless."""
        sql = f"(FROM {RELATION} SELECT json AS record)"
        for step in path:
            if step is None:
                each = (
                    "unnest(CASE WHEN json_type(record) = 'ARRAY' "
                    "THEN json_extract(record, '$[*]') ELSE [record] END)"
                )
            else:
                each = _within("record", step)
            sql = f"(FROM {sql} SELECT {each} AS record)"
        return sql

    def member(self, path: Sequence[Step]) -> Value:
        if path and isinstance(path[0], Name) and path[0].text == "_1":
            path = path[1:]  # the record is the one column of the row
        if None in path:
            raise SelectionError("ParseInvalidPathComponent", "[*] may stand in FROM only.")
        sql = "record"
        for step in path:
            sql = _within(sql, step)
        return Value(sql, Kind.JSON, is_stored=True)

    def members(self) -> None:
        return None


def _within(json: str, step: Step) -> str:
    """Return a member or an element of a value of JSON."""
    if not isinstance(step, Name):
        return f"json_extract({json}, '$[{step}]')"
    exact = f"json_extract(it, {literal(_pointer(step.text))})"
    if step.is_exact:
        return exact.replace("it", json, 1)
    # JSON pointers know one case only: where it is not the one, the names are looked through.
    lowered = literal(step.text.lower())
    key = f"list_filter(json_keys(it), lambda name: lower(name) = {lowered})[1]"
    escaped = f"replace(replace({key}, '~', '~0'), '/', '~1')"
    found = f"coalesce({exact}, json_extract(it, '/' || {escaped}))"
    return f"list_transform([{json}], lambda it: {found})[1]"


def _pointer(name: str) -> str:
    """Return a JSON pointer to a member (RFC 6901)."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


class ParquetRecords(Records):
    """Rows of Parquet."""

    @property
    def form(self) -> Parquet:
        return Parquet()

    def source(self, path: Sequence[Step]) -> str:
        if path:
            raise SelectionError(
                "InvalidKeyPath", "Rows of Parquet have no members to go into: FROM S3Object."
            )
        return RELATION

    def member(self, path: Sequence[Step]) -> Value:
        sql = RELATION
        for step in path:
            match step:
                case Name():
                    sql = f"{sql}.{identifier(step.text)}"
                case int():
                    sql = f"({sql})[{step + 1}]"
                case None:
                    raise SelectionError("ParseInvalidPathComponent", "[*] may stand in FROM only.")
        if sql == RELATION:
            raise SelectionError("InvalidKeyPath", "Name a column of the file, or *.")
        return Value(sql, Kind.COLUMN, is_stored=True)

    def members(self) -> None:
        return None
