"""Times in S3 Select: parts of them, arithmetic with them, and how patterns write them.

S3 User Guide, "Date functions". Times are kept in UTC: the offset that a time was written
with is not remembered.
"""

import re

from lenticular.primitives.selections.errors import SelectionError
from lenticular.primitives.selections.values import literal

PARTS = ("year", "month", "day", "hour", "minute", "second")
_SYMBOLS = re.compile(r"'[^']*'|([a-zA-Z])\1*|[^a-zA-Z']+|'")
_FORMATS = {
    "y": "%Y",
    "yy": "%y",
    "yyyy": "%Y",
    "M": "%-m",
    "MM": "%m",
    "MMM": "%b",
    "MMMM": "%B",
    "d": "%-d",
    "dd": "%d",
    "a": "%p",
    "h": "%-I",
    "hh": "%I",
    "H": "%-H",
    "HH": "%H",
    "m": "%-M",
    "mm": "%M",
    "s": "%-S",
    "ss": "%S",
}
_OFFSETS = {
    "x": "+00",
    "xx": "+0000",
    "xxx": "+00:00",
    "xxxx": "+0000",
    "xxxxx": "+00:00",
} | {"X" * count: "Z" for count in range(1, 6)}


def extracted(part: str, time: str) -> str:
    """Return a part of a time. Raises `SelectionError`."""
    if part in {"timezone_hour", "timezone_minute"}:
        return f"(CASE WHEN {time} IS NULL THEN NULL ELSE 0 END)"
    return f"date_part({literal(_part(part))}, {time})"


def added(part: str, count: str, time: str) -> str:
    """Return a time later by a count of a part. Raises `SelectionError`."""
    return f"({time} + to_{_part(part)}s(CAST({count} AS INTEGER)))"


def between(part: str, start: str, stop: str) -> str:
    """Return how many whole parts lie between two times. Raises `SelectionError`."""
    return f"date_sub({literal(_part(part))}, {start}, {stop})"


def _part(name: str) -> str:
    if name not in PARTS:
        raise SelectionError(
            "ParseExpectedDatePart",
            f"{name[:32]!r} is no part of a time; there are {', '.join(PARTS)}.",
        )
    return name


def written(time: str, pattern: str) -> str:
    """Return a time as a pattern has it. Raises `SelectionError`."""
    pieces = [_piece(found[0], time) for found in _SYMBOLS.finditer(pattern)]
    return f"({' || '.join(pieces)})" if pieces else "''"


def _piece(symbol: str, time: str) -> str:
    if symbol == "'":
        raise SelectionError(
            "EvaluatorUnterminatedTimestampFormatPatternToken",
            "The pattern of a time has a quotation mark that is not closed.",
        )
    if not symbol[0].isalpha():
        return literal(symbol.strip("'") if symbol[0] == "'" else symbol)
    if symbol in _FORMATS:
        return f"strftime({time}, '{_FORMATS[symbol]}')"
    if symbol in _OFFSETS:
        return literal(_OFFSETS[symbol])
    if symbol == "MMMMM":
        return f"left(strftime({time}, '%b'), 1)"
    if set(symbol) == {"S"} and len(symbol) <= 9:
        return f"left(strftime({time}, '%f') || '000', {len(symbol)})"
    if symbol == "n":
        return f"CAST(CAST(strftime({time}, '%f') AS INTEGER) * 1000 AS VARCHAR)"
    raise SelectionError(
        "EvaluatorInvalidTimestampFormatPatternSymbol",
        f"The pattern of a time has {symbol[:16]!r}, which stands for nothing.",
    )
