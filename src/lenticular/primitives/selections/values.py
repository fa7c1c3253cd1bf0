"""SQL expressions of the engine with what is known of their type, and how one becomes another.

Fields of delimited text are text; members of JSON have the type that each value has, columns
of Parquet that of the file. A comparison with a number, a truth value or a time takes text and
JSON as such where they are; what cannot be is not equal to any, as in PartiQL. A CAST that
fails ends the query.
"""

from dataclasses import dataclass
from enum import Enum, auto

DIVISION_BY_ZERO = "division by zero"
"""What the engine says when a statement divides by it."""


class Kind(Enum):
    """What is known of a value's type."""

    TEXT = auto()
    INTEGER = auto()
    NUMBER = auto()
    TRUTH = auto()
    TIME = auto()
    JSON = auto()
    """Whatever the value in the document is."""
    COLUMN = auto()
    """Whatever the file says: the engine knows."""
    NULL = auto()


NUMBERS = frozenset({Kind.INTEGER, Kind.NUMBER})
_KNOWN = NUMBERS | {Kind.COLUMN, Kind.NULL}


@dataclass(frozen=True, slots=True)
class Value:
    """An expression: parenthesised where it must be."""

    sql: str
    kind: Kind
    is_stored: bool = False
    """Whether it stands in the record as it is, where it may be missing."""


def literal(text: str) -> str:
    """Return a text as the engine's literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return a name as the engine's."""
    return '"' + name.replace('"', '""') + '"'


def as_text(value: Value) -> str:
    """Return a value as text."""
    match value.kind:
        case Kind.TEXT:
            return value.sql
        case Kind.JSON:
            return f"({value.sql} ->> '$')"
        case Kind.NUMBER:
            return f"regexp_replace(CAST({value.sql} AS VARCHAR), '\\.0$', '')"
        case Kind.TIME:
            return (
                f"regexp_replace(strftime({value.sql}, '%Y-%m-%dT%H:%M:%S.%fZ'), "
                "'(\\.000000|000)Z$', 'Z')"
            )
    return f"CAST({value.sql} AS VARCHAR)"


def as_number(value: Value, *, must: bool = True) -> str:
    """Return a value as a number; what is none ends the query, or is NULL unless it `must`."""
    if value.kind in _KNOWN:
        return value.sql
    return f"{'CAST' if must else 'TRY_CAST'}({as_text(value)} AS DOUBLE)"


def as_truth(value: Value) -> str:
    """Return a value as a truth value; what is none is NULL."""
    if value.kind in {Kind.TRUTH, Kind.COLUMN, Kind.NULL}:
        return value.sql
    return f"TRY_CAST({as_text(value)} AS BOOLEAN)"


_YEAR = "'\\d{4}T?'"
_MONTH = "'\\d{4}-\\d{2}T?'"
_OFFSET = "':.*[+-]\\d{2}(:?\\d{2})?$'"
_DAY = "'\\d{4}-\\d{2}-\\d{2}T'"


def as_time(value: Value, *, must: bool = True) -> str:
    """Return a value as a time in UTC (ISO 8601, as far as Amazon Ion's timestamps go)."""
    if value.kind in {Kind.TIME, Kind.COLUMN, Kind.NULL}:
        return value.sql
    text = as_text(value)
    whole = (
        f"CASE WHEN regexp_full_match({text}, {_YEAR}) THEN left({text}, 4) || '-01-01' "
        f"WHEN regexp_full_match({text}, {_MONTH}) THEN left({text}, 7) || '-01' "
        f"WHEN regexp_full_match({text}, {_DAY}) THEN left({text}, 10) ELSE {text} END"
    )
    compact = f"try_strptime({text}, '%Y%m%dT%H%M%SZ')"
    # The engine's plain times would drop an offset; those with one are told by their instant.
    instant = f"make_timestamp(epoch_us(TRY_CAST({text} AS TIMESTAMPTZ)))"
    offset = f"CASE WHEN regexp_matches({text}, {_OFFSET}) THEN {instant} END"
    last = f"CAST({whole} AS TIMESTAMP)" if must else "NULL"
    return f"coalesce({offset}, TRY_CAST({whole} AS TIMESTAMP), {compact}, {last})"


def compared(left: Value, operator: str, right: Value) -> Value:
    """Return a comparison."""
    kinds = {left.kind, right.kind}
    if Kind.NULL in kinds or left.kind == right.kind != Kind.JSON or kinds <= NUMBERS:
        sql = f"({left.sql} {operator} {right.sql})"
    elif kinds & NUMBERS:
        sql = f"({as_number(left, must=False)} {operator} {as_number(right, must=False)})"
    elif Kind.TRUTH in kinds:
        sql = f"({as_truth(left)} {operator} {as_truth(right)})"
    elif Kind.TIME in kinds:
        sql = f"({as_time(left, must=False)} {operator} {as_time(right, must=False)})"
    elif kinds == {Kind.JSON}:
        sql = _compared_json(left, operator, right)
    elif Kind.COLUMN in kinds and Kind.TEXT in kinds:
        sql = f"({left.sql} {operator} {right.sql})"
    else:
        sql = f"({as_text(left)} {operator} {as_text(right)})"
    return Value(sql, Kind.TRUTH)


def _compared_json(left: Value, operator: str, right: Value) -> str:
    """Compare two values of documents: as numbers if both are, else as text."""
    numbers = [as_number(each, must=False) for each in (left, right)]
    texts = [as_text(each) for each in (left, right)]
    return (
        f"(CASE WHEN {numbers[0]} IS NOT NULL AND {numbers[1]} IS NOT NULL "
        f"THEN {numbers[0]} {operator} {numbers[1]} "
        f"ELSE {texts[0]} {operator} {texts[1]} END)"
    )


def joined(values: list[Value]) -> tuple[list[str], Kind]:
    """Return values that stand for one another (CASE, COALESCE) in one type, and that type."""
    kinds = {value.kind for value in values} - {Kind.NULL}
    if not kinds:
        return [value.sql for value in values], Kind.NULL
    if len(kinds) == 1 and kinds != {Kind.JSON}:
        return [value.sql for value in values], kinds.pop()
    if kinds <= NUMBERS:
        return [f"CAST({value.sql} AS DOUBLE)" for value in values], Kind.NUMBER
    if kinds == {Kind.JSON}:
        # JSON's null is NULL here, so that COALESCE goes on to the next.
        present = "CASE WHEN {0} ->> '$' IS NULL THEN NULL ELSE {0} END"
        sqls = [
            value.sql if value.kind == Kind.NULL else present.format(f"({value.sql})")
            for value in values
        ]
        return sqls, Kind.JSON
    return [as_text(value) if value.kind != Kind.NULL else value.sql for value in values], Kind.TEXT
