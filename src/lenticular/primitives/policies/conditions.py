"""Conditions: when a statement counts.

IAM User Guide, "IAM JSON policy elements: Condition operators" and "Multivalued context keys".
"""

import base64
import binascii
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple, TypeVar

from lenticular.primitives.policies import variables
from lenticular.primitives.policies.matching import Matcher, matcher
from lenticular.primitives.policies.variables import Template, Values

T = TypeVar("T")

Matches = Callable[[str, Values], bool]
"""Tells whether one value of a request matches one of those that a policy lists."""

Test = Callable[[tuple[str, ...], Values], bool]
"""Tells whether the values of a request's key, of which there is one or more, will do."""

_QUANTIFIERS = ("ForAllValues:", "ForAnyValue:")
_IF_EXISTS = "IfExists"


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """One line of a condition: an operator, a key and the values that it may have."""

    operator: str
    """As it was written, with what it begins and ends with."""
    key: str
    """As it was written."""
    expected: tuple[str, ...]
    """As they were written."""
    name: str
    """The key in lower case."""
    if_missing: bool
    """Whether it holds for a request that has no such key."""
    test: Test

    def holds(self, values: Values) -> bool:
        """Tell whether it holds for a request with these values of its keys."""
        found = values(self.name)
        return self.test(found, values) if found else self.if_missing


class _Operator(NamedTuple):
    compile: Callable[[Sequence[str], bool], Matches]
    """Makes the test of one value of the values in a policy; the flag says whether variables
    stand in them. Raises ValueError for a value that the operator cannot be used with."""
    negated: bool = False


def parse_condition(
    name: str, key: str, expected: Sequence[str], *, with_variables: bool
) -> Condition:
    """Compile one line of a condition. Raises ValueError for what it cannot be."""
    quantifier, base, if_exists = _divide(name)
    if ":" not in key:
        raise ValueError(
            f"{key!r} is no condition key: expected one with a prefix, such as aws:SourceIp"
        )
    if base == "Null":
        if quantifier or if_exists:
            raise ValueError(f"{name!r} is no condition operator: Null stands for itself")
        return _null(key, expected)
    if base not in OPERATORS:
        raise ValueError(f"{name!r} is no condition operator: expected one such as StringEquals")
    chosen = OPERATORS[base]
    matches = chosen.compile(expected, with_variables)
    test, if_missing = _QUANTIFIED[quantifier](matches, chosen.negated)
    return Condition(name, key, tuple(expected), key.lower(), if_exists or if_missing, test)


def _divide(name: str) -> tuple[str, str, bool]:
    """Return the quantifier of an operator, the operator itself, and whether IfExists ends it."""
    quantifier = next((each for each in _QUANTIFIERS if name.startswith(each)), "")
    base = name.removeprefix(quantifier)
    return quantifier, base.removesuffix(_IF_EXISTS), base.endswith(_IF_EXISTS)


def _null(key: str, expected: Sequence[str]) -> Condition:
    wanted = {_boolean(value) for value in expected}
    return Condition(
        operator="Null",
        key=key,
        expected=tuple(expected),
        name=key.lower(),
        if_missing=True in wanted,
        test=lambda found, values: False in wanted,
    )


# -- how many of a request's values must match


def _of_one(matches: Matches, negated: bool) -> tuple[Test, bool]:
    """Without a quantifier: a value matches, or for a negated operator none does."""

    def test(found: tuple[str, ...], values: Values) -> bool:
        for value in found:
            if matches(value, values):
                return not negated
        return negated

    return test, negated


def _of_all(matches: Matches, negated: bool) -> tuple[Test, bool]:
    """``ForAllValues``: no value fails; an empty text is no value."""
    return lambda found, values: all(
        matches(value, values) is not negated for value in found if value
    ), True


def _of_any(matches: Matches, negated: bool) -> tuple[Test, bool]:
    """``ForAnyValue``: some value does not fail."""
    return lambda found, values: any(
        matches(value, values) is not negated for value in found
    ), False


_QUANTIFIED = {"": _of_one, "ForAllValues:": _of_all, "ForAnyValue:": _of_any}


# -- texts and ARNs


def _equals(pattern: str) -> Matcher:
    return variables.unquote(pattern).__eq__


def _equals_in_any_case(pattern: str) -> Matcher:
    expected = variables.unquote(pattern).casefold()
    return lambda value: value.casefold() == expected


def _like(pattern: str) -> Matcher:
    return matcher(pattern, "text")


def _like_arn(pattern: str) -> Matcher:
    return matcher(pattern, "arn")


def _texts(
    make_matcher: Callable[[str], Matcher],
) -> Callable[[Sequence[str], bool], Matches]:
    """Return what compiles an operator whose values may hold variables."""

    def compile_values(expected: Sequence[str], with_variables: bool) -> Matches:
        parsed = [variables.parse(text, variables=with_variables) for text in expected]
        constant = tuple(make_matcher(text) for text in parsed if isinstance(text, str))
        templates = tuple(text for text in parsed if isinstance(text, Template))

        def matches(value: str, values: Values) -> bool:
            for matching in constant:
                if matching(value):
                    return True
            for template in templates:
                filled = template.fill(values)
                if filled is not None and make_matcher(filled)(value):
                    return True
            return False

        return matches

    return compile_values


# -- numbers, dates, truth, bytes and addresses


def _compared(
    read: Callable[[str], T], compare: Callable[[T, T], bool]
) -> Callable[[Sequence[str], bool], Matches]:
    """Return what compiles an operator that reads both sides: a policy's value must be
    readable, and a request's that is not matches nothing."""

    def compile_values(expected: Sequence[str], with_variables: bool) -> Matches:
        limits = tuple(read(text) for text in expected)

        def matches(value: str, values: Values) -> bool:
            try:
                found = read(value)
            except ValueError:
                return False
            return any(compare(found, limit) for limit in limits)

        return matches

    return compile_values


_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,9})?")


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is not a number")
    return Decimal(text)


_DATE = re.compile(
    r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?)?)?", re.ASCII
)
_REST_OF_DATE = {4: "-01-01", 7: "-01"}
"""What a date lacks that has so many characters."""


def _date(text: str) -> float:
    """Return the seconds since the epoch of a date as the W3C writes it, or of seconds."""
    try:
        if not _DATE.fullmatch(text):
            return float(_number(text))
        moment = datetime.fromisoformat(text + _REST_OF_DATE.get(len(text), ""))
    except ValueError:
        raise ValueError(
            f"{text!r} is not a date: expected one such as 2026-07-14T12:00:00Z, or seconds since "
            f"1970"
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _binary(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError(f"{text!r} is not in base 64") from None


_Address = IPv4Address | IPv6Address
_Network = IPv4Network | IPv6Network

_ADDRESSES = 256
"""Addresses of requests that a condition remembers."""


def _address(text: str) -> _Address:
    """Read the address of a request. Raises ValueError."""
    address = ip_address(text)
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _network(text: str) -> _Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise ValueError(
            f"{text!r} is no range of addresses: expected one such as 192.0.2.0/24 or 2001:db8::/32"
        ) from None


def _addresses(expected: Sequence[str], with_variables: bool) -> Matches:
    networks = tuple(_network(text) for text in expected)

    @lru_cache(maxsize=_ADDRESSES)  # reading an address costs more than all else
    def is_within(value: str) -> bool:
        try:
            address = _address(value)
        except ValueError:
            return False
        return any(address in network for network in networks)

    return lambda value, values: is_within(value)


def _both(name: str, negation: str, compile_values: Any) -> dict[str, _Operator]:
    return {name: _Operator(compile_values), negation: _Operator(compile_values, negated=True)}


OPERATORS: dict[str, _Operator] = {
    **_both("StringEquals", "StringNotEquals", _texts(_equals)),
    **_both("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", _texts(_equals_in_any_case)),
    **_both("StringLike", "StringNotLike", _texts(_like)),
    **_both("ArnEquals", "ArnNotEquals", _texts(_like_arn)),
    **_both("ArnLike", "ArnNotLike", _texts(_like_arn)),
    **_both("NumericEquals", "NumericNotEquals", _compared(_number, operator.eq)),
    "NumericLessThan": _Operator(_compared(_number, operator.lt)),
    "NumericLessThanEquals": _Operator(_compared(_number, operator.le)),
    "NumericGreaterThan": _Operator(_compared(_number, operator.gt)),
    "NumericGreaterThanEquals": _Operator(_compared(_number, operator.ge)),
    **_both("DateEquals", "DateNotEquals", _compared(_date, operator.eq)),
    "DateLessThan": _Operator(_compared(_date, operator.lt)),
    "DateLessThanEquals": _Operator(_compared(_date, operator.le)),
    "DateGreaterThan": _Operator(_compared(_date, operator.gt)),
    "DateGreaterThanEquals": _Operator(_compared(_date, operator.ge)),
    "Bool": _Operator(_compared(_boolean, operator.eq)),
    "BinaryEquals": _Operator(_compared(_binary, operator.eq)),
    **_both("IpAddress", "NotIpAddress", _addresses),
}
"""Every operator but Null, without what may stand before and after its name."""
