"""The functions of S3 Select (S3 User Guide, "SQL functions")."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sqlglot import exp

from lenticular.primitives.selections import times
from lenticular.primitives.selections.errors import SelectionError
from lenticular.primitives.selections.values import (
    Kind,
    Value,
    as_number,
    as_text,
    as_time,
    as_truth,
    compared,
    joined,
)

AGGREGATES = frozenset({"AVG", "COUNT", "MAX", "MIN", "SUM"})

_TYPES: Mapping[str, tuple[str, Kind]] = {
    "BIGINT": ("BIGINT", Kind.INTEGER),
    "BOOLEAN": ("BOOLEAN", Kind.TRUTH),
    "CHAR": ("VARCHAR", Kind.TEXT),
    "DECIMAL": ("DECIMAL", Kind.NUMBER),
    "DOUBLE": ("DOUBLE", Kind.NUMBER),
    "FLOAT": ("DOUBLE", Kind.NUMBER),
    "INT": ("BIGINT", Kind.INTEGER),
    "SMALLINT": ("BIGINT", Kind.INTEGER),
    "TEXT": ("VARCHAR", Kind.TEXT),
    "TIMESTAMP": ("TIMESTAMP", Kind.TIME),
    "VARCHAR": ("VARCHAR", Kind.TEXT),
}
"""The engine's types by sqlglot's names of those that CAST takes."""
_MAX_DIGITS = 38


def arity(name: str, expected: str) -> SelectionError:
    """Return the error of a call with other arguments than a function takes."""
    return SelectionError("EvaluatorInvalidArguments", f"{name} takes {expected}.")


def cast(value: Value, to: exp.Expression) -> Value:
    """Return a value in another type."""
    name = getattr(getattr(to, "this", None), "name", "")
    if name not in _TYPES or (to.expressions and name != "DECIMAL"):
        raise SelectionError(
            "InvalidDataType",
            "CAST takes BOOL, INT, STRING, FLOAT, DECIMAL(precision, scale) and TIMESTAMP.",
        )
    sql_type, kind = _TYPES[name]
    match kind:
        case Kind.TEXT:
            return Value(as_text(value), kind)
        case Kind.TIME:
            return Value(as_time(value), kind)
        case Kind.TRUTH if value.kind == Kind.TRUTH:
            return value
    if name == "DECIMAL":
        sql_type = f"DECIMAL({', '.join(_digits(to.expressions))})"
    given = as_text(value) if value.kind == Kind.JSON else value.sql
    return Value(f"CAST({given} AS {sql_type})", kind)


def _digits(given: list[exp.Expression]) -> list[str]:
    """Return precision and scale of a decimal number."""
    digits = [each.this.this for each in given if isinstance(each.this, exp.Literal)] or ["38", "9"]
    if len(digits) > 2 or not all(each.isdecimal() and len(each) <= 2 for each in digits):
        raise SelectionError("ParseInvalidTypeParam", "DECIMAL takes precision and scale.")
    if not int(digits[-1]) <= int(digits[0]) <= _MAX_DIGITS:
        raise SelectionError(
            "ParseInvalidTypeParam", f"DECIMAL has up to {_MAX_DIGITS} digits, and its scale fewer."
        )
    return digits


def extract(part: str, time: Value) -> Value:
    """EXTRACT(part FROM time)."""
    return Value(times.extracted(part, as_time(time)), Kind.INTEGER)


def substring(text: Value, start: Value, length: Value | None) -> Value:
    """SUBSTRING, whose first character is 1; what lies before counts for the length (SQL-92)."""
    begin = f"CAST({as_number(start)} AS BIGINT)"
    if length is None:
        return Value(f"substring({as_text(text)}, greatest({begin}, 1))", Kind.TEXT)
    stop = f"({begin} + CAST({as_number(length)} AS BIGINT))"
    count = f"greatest({stop} - greatest({begin}, 1), 0)"
    return Value(f"substring({as_text(text)}, greatest({begin}, 1), {count})", Kind.TEXT)


def trim(text: Value, position: str, characters: Value) -> Value:
    """TRIM([LEADING | TRAILING | BOTH characters FROM] text)."""
    function = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(position, "trim")
    return Value(f"{function}({as_text(text)}, {as_text(characters)})", Kind.TEXT)


def to_string(time: Value, pattern: str) -> Value:
    """TO_STRING(time, pattern)."""
    return Value(times.written(as_time(time), pattern), Kind.TEXT)


def _date_add(part: str, count: Value, time: Value) -> Value:
    return Value(times.added(part, as_number(count), as_time(time)), Kind.TIME)


def _date_diff(part: str, start: Value, stop: Value) -> Value:
    return Value(times.between(part, as_time(start), as_time(stop)), Kind.INTEGER)


def _one(name: str, make: Callable[[Value], Value]) -> Callable[[list[Value]], Value]:
    """Return a function of one argument."""

    def call(arguments: list[Value]) -> Value:
        if len(arguments) != 1:
            raise arity(name, "one argument")
        return make(arguments[0])

    return call


def _coalesce(arguments: list[Value]) -> Value:
    if not arguments:
        raise arity("COALESCE", "at least one argument")
    sqls, kind = joined(arguments)
    return Value(f"coalesce({', '.join(sqls)})", kind)


def _nullif(arguments: list[Value]) -> Value:
    if len(arguments) != 2:
        raise arity("NULLIF", "two arguments")
    value, other = arguments
    return Value(
        f"(CASE WHEN {compared(value, '=', other).sql} THEN NULL ELSE {value.sql} END)", value.kind
    )


def _utcnow(arguments: list[Value]) -> Value:
    if arguments:
        raise arity("UTCNOW", "no argument")
    now = datetime.now(UTC).replace(tzinfo=None)
    return Value(f"TIMESTAMP '{now.isoformat(' ', 'milliseconds')}'", Kind.TIME)


def _char_length(value: Value) -> Value:
    return Value(f"length({as_text(value)})", Kind.INTEGER)


BY_NAME: Mapping[str, Callable[[list[Value]], Value]] = {
    "BOOL": _one("BOOL", lambda value: Value(f"CAST({as_truth(value)} AS BOOLEAN)", Kind.TRUTH)),
    "CHARACTER_LENGTH": _one("CHARACTER_LENGTH", _char_length),
    "CHAR_LENGTH": _one("CHAR_LENGTH", _char_length),
    "COALESCE": _coalesce,
    "FLOAT": _one("FLOAT", lambda value: Value(f"CAST({as_number(value)} AS DOUBLE)", Kind.NUMBER)),
    "INT": _one("INT", lambda value: Value(f"CAST({as_number(value)} AS BIGINT)", Kind.INTEGER)),
    "LOWER": _one("LOWER", lambda value: Value(f"lower({as_text(value)})", Kind.TEXT)),
    "NULLIF": _nullif,
    "STRING": _one("STRING", lambda value: Value(as_text(value), Kind.TEXT)),
    "TO_TIMESTAMP": _one("TO_TIMESTAMP", lambda value: Value(as_time(value), Kind.TIME)),
    "UPPER": _one("UPPER", lambda value: Value(f"upper({as_text(value)})", Kind.TEXT)),
    "UTCNOW": _utcnow,
}
"""Functions of values. INT, FLOAT, STRING and BOOL are another way to write CAST (Ceph's)."""

WITH_PART: Mapping[str, Callable[[str, Value, Value], Value]] = {
    "DATE_ADD": _date_add,
    "DATE_DIFF": _date_diff,
}
"""Functions whose first argument is the name of a part of a time."""
