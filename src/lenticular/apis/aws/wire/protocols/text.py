"""Single values as text: in headers, labels, queries, forms and XML."""

import base64
import binascii
import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from lenticular.apis.aws.wire.models import Shape
from lenticular.apis.aws.wire.protocols import timestamps
from lenticular.apis.aws.wire.protocols.contract import Malformed

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?|NaN|-?Infinity")
_BOOLEANS = {"true": True, "false": False}
BOUNDS = {"integer": 1 << 31, "long": 1 << 63}
"""The integer types of the models: values are from minus this to below it."""


def text_reader(shape: Shape) -> Callable[[str], Any]:
    """Make the function that reads a value of `shape` from text. It raises `Malformed`."""
    match shape.type:
        case "string":
            return str
        case "integer" | "long":
            return _integer_reader(BOUNDS[shape.type])
        case "float" | "double":
            return _read_float
        case "boolean":
            return _read_boolean
        case "timestamp":
            return read_timestamp
        case "blob":
            return read_base64
    raise TypeError(f"{shape} has no form as text")


def text_writer(shape: Shape, timestamp_format: str = "iso8601") -> Callable[[Any], str]:
    """Make the function that writes a value of `shape` as text."""
    match shape.type:
        case "string" | "integer" | "long":
            return str
        case "float" | "double":
            return write_float
        case "boolean":
            return _write_boolean
        case "timestamp":
            return timestamps.WRITERS[shape.traits.get("timestampFormat", timestamp_format)]
        case "blob":
            return write_base64
    raise TypeError(f"{shape} has no form as text")


def _integer_reader(bound: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        stripped = text.strip()
        value = int(stripped) if _INTEGER.fullmatch(stripped) else bound
        if not -bound <= value < bound:
            raise Malformed(f"{text[:64]!r} is not an integer, or out of its range")
        return value

    return read


def _read_float(text: str) -> float:
    stripped = text.strip()
    if not _FLOAT.fullmatch(stripped):
        raise Malformed(f"{text[:64]!r} is not a number")
    return float(stripped)


def write_float(value: float) -> str:
    """Write a number as Smithy does: ``NaN``, ``Infinity`` and ``-Infinity`` by name."""
    if math.isfinite(value):
        return repr(float(value))
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _read_boolean(text: str) -> bool:
    value = _BOOLEANS.get(text.strip().lower())
    if value is None:
        raise Malformed(f"{text[:64]!r} is neither true nor false")
    return value


def _write_boolean(value: object) -> str:
    return "true" if value else "false"


def read_timestamp(value: str | float) -> datetime:
    """Read a timestamp in any format. Raises `Malformed`."""
    try:
        return timestamps.read_timestamp(value)
    except ValueError as error:
        raise Malformed(str(error)) from None


def read_base64(text: str) -> bytes:
    """Read base64, which may be broken into lines. Raises `Malformed`."""
    try:
        return binascii.a2b_base64("".join(text.split()), strict_mode=True)
    except ValueError as error:
        raise Malformed(f"{text[:64]!r} is not base64: {error}") from None


def write_base64(value: bytes) -> str:
    """Write base64 on one line."""
    return base64.b64encode(value).decode("ascii")
