"""Decimal numbers of up to 38 digits: one way to write each, and bytes in their order.

A number has one canonical text, plain decimal without exponent, sign of zero, leading or
trailing zeros, so that equal numbers are equal texts. Its bytes are the base-100 floating
point form that databases use for keys: a byte of sign and exponent, then two digits a
byte; a negative number has the complement and an end mark above every digit, so that
bytes compare as the numbers do.
"""

import re
from decimal import Context, Decimal

from lenticular.primitives.tables.errors import (
    NumberInvalid,
    NumberTooLarge,
    NumberTooPrecise,
    NumberTooSmall,
)
from lenticular.primitives.tables.limits import MAX_DIGITS, MAX_EXPONENT, MIN_EXPONENT

_PLAIN = re.compile(r"-?[1-9][0-9]{0,37}|0")
"""Canonical integers without a closer look: nearly all numbers that come."""
_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?")
_FAR = 1_000_000
"""An exponent beyond any that counts."""

_ZERO = b"\x80"
_EXPONENT_BIAS = 192
_COMPLEMENT = 101
_END_OF_NEGATIVE = b"\x66"
_MOST_PAIRS = 20

_EXACT = Context(prec=400, Emax=_FAR, Emin=-_FAR)
"""Wide enough that no sum of two numbers in range is rounded."""


def canonical(text: str) -> str:
    """Return the one text of the number that `text` writes.

    Takes an optional sign, digits with an optional point, an optional exponent, and
    nothing around them. Raises `NumberInvalid`, `NumberTooPrecise`, `NumberTooLarge` or
    `NumberTooSmall`.
    """
    if _PLAIN.fullmatch(text):
        return text
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise NumberInvalid(text)
    sign, whole, fraction, exponent = match.groups()
    digits = whole + (fraction or "")
    if not digits:
        raise NumberInvalid(text)
    significant = digits.lstrip("0")
    if not significant:
        return "0"
    point = len(whole) - (len(digits) - len(significant)) + _exponent(exponent)
    significant = significant.rstrip("0")
    if len(significant) > MAX_DIGITS:
        raise NumberTooPrecise(f"{text!r} has more than {MAX_DIGITS} significant digits")
    if point - 1 > MAX_EXPONENT:
        raise NumberTooLarge(f"{text!r} is out of range")
    if point - 1 < MIN_EXPONENT:
        raise NumberTooSmall(f"{text!r} is out of range")
    return ("-" if sign == "-" else "") + _plain(significant, point)


def encode(number: str) -> bytes:
    """Return the bytes of a canonical number; they compare as the numbers do."""
    if number == "0":
        return _ZERO
    negative, digits, point = _parts(number)
    if point % 2:
        digits = "0" + digits
    if len(digits) % 2:
        digits += "0"
    head = _EXPONENT_BIAS + (point + 1) // 2
    pairs = [int(digits[at : at + 2]) for at in range(0, len(digits), 2)]
    if not negative:
        return bytes([head, *(pair + 1 for pair in pairs)])
    body = bytes([255 - head, *(_COMPLEMENT - pair for pair in pairs)])
    return body if len(pairs) == _MOST_PAIRS else body + _END_OF_NEGATIVE


def size(number: str) -> int:
    """Return how many bytes a canonical number counts for in the size of an item."""
    if number == "0":
        return 1
    negative, digits, point = _parts(number)
    pairs = (len(digits) + point % 2 + 1) // 2
    return 1 + pairs + (negative and pairs < _MOST_PAIRS)


def add(left: str, right: str) -> str:
    """Return the sum of two canonical numbers.

    Raises `NumberTooLarge` when it is out of range or has too many digits to be exact,
    and `NumberTooSmall`.
    """
    return _result(_EXACT.add(Decimal(left), Decimal(right)))


def subtract(left: str, right: str) -> str:
    """Return the difference of two canonical numbers. Raises as `add`."""
    return _result(_EXACT.subtract(Decimal(left), Decimal(right)))


def _result(number: Decimal) -> str:
    try:
        return canonical(format(number, "f"))
    except NumberTooPrecise as error:
        raise NumberTooLarge(str(error)) from error


def _exponent(text: str | None) -> int:
    if not text:
        return 0
    sign = -1 if text[0] == "-" else 1
    digits = text.lstrip("+-0")
    return sign * (_FAR if len(digits) > 6 else int(digits or "0"))


def _plain(digits: str, point: int) -> str:
    """Write significant digits with the decimal point behind the first `point` of them."""
    if point <= 0:
        return "0." + "0" * -point + digits
    if point >= len(digits):
        return digits + "0" * (point - len(digits))
    return f"{digits[:point]}.{digits[point:]}"


def _parts(number: str) -> tuple[bool, str, int]:
    """Split a canonical number other than zero: negative, significant digits, point."""
    negative = number[0] == "-"
    whole, _, fraction = number[negative:].partition(".")
    if not fraction:
        return negative, whole.rstrip("0"), len(whole)
    if whole != "0":
        return negative, whole + fraction, len(whole)
    digits = fraction.lstrip("0")
    return negative, digits, len(digits) - len(fraction)
