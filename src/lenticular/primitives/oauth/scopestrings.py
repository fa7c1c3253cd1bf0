"""The grammar in which clients ask for scopes: ``a[b c[d] *e] f``.

A scope is followed by those that its service needs in turn, in brackets. A star before a
scope says that consent to it can be withdrawn on its own (Globus Auth Developer Guide,
"Scopes", and `globus_sdk.scopes.ScopeParser`, whose strings these are). Everything is
bounded, for anybody may send one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lenticular.primitives.oauth.errors import ScopeInvalid

LONGEST = 16 * 1024
"""Characters of a request."""
DEEPEST = 10
"""Scopes on one path of dependencies."""
MOST = 200
"""Scopes in one request."""

_TOKEN = re.compile(r"\s*([\[\]*]|[\x21\x23-\x29\x2b-\x5a\x5e-\x7e]+)")
"""A special character, or a scope: RFC 6749, section 3.3, without the special ones."""


@dataclass(frozen=True, slots=True)
class Requested:
    """A scope as it was asked for, with those that it is to use."""

    string: str
    optional: bool = False
    """It had a star."""
    below: tuple["Requested", ...] = ()


def parse(text: str) -> tuple[Requested, ...]:
    """Read a request; what is named twice in one place is merged. Raises `ScopeInvalid`."""
    if len(text) > LONGEST:
        raise ScopeInvalid(f"the scopes are longer than {LONGEST} characters")
    tokens = list(_tokens(text))
    found, at = _list(tokens, 0, ())
    if at != len(tokens):
        raise ScopeInvalid("a ] in the scopes closes nothing")
    return found


def _tokens(text: str) -> Iterator[str]:
    at, end, count = 0, len(text.rstrip()), 0
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise ScopeInvalid(f"a scope cannot have the character {text[at:].lstrip()[0]!r}")
        count += match[1] not in "[]*"
        if count > MOST:
            raise ScopeInvalid(f"more than {MOST} scopes are asked for at once")
        yield match[1]
        at = match.end()


def _list(tokens: list[str], at: int, above: tuple[str, ...]) -> tuple[tuple[Requested, ...], int]:
    """Return the scopes from `at` up to the end or a closing bracket, and where that is."""
    found: list[Requested] = []
    while at < len(tokens) and tokens[at] != "]":
        optional = tokens[at] == "*"
        at += optional
        if at == len(tokens) or tokens[at] in "[]*":
            raise ScopeInvalid("a scope is missing after a * or before a [")
        name = tokens[at]
        at += 1
        if name in above:
            raise ScopeInvalid(f"the scope {name} depends on itself")
        below: tuple[Requested, ...] = ()
        if at < len(tokens) and tokens[at] == "[":
            if len(above) + 1 == DEEPEST:
                raise ScopeInvalid(f"scopes are nested more than {DEEPEST} deep")
            below, at = _list(tokens, at + 1, (*above, name))
            if at == len(tokens) or not below:
                raise ScopeInvalid("a [ in the scopes is not closed, or holds nothing")
            at += 1
        found.append(Requested(name, optional, below))
    return _merged(found), at


def _merged(scopes: list[Requested]) -> tuple[Requested, ...]:
    """Return each scope once: with all that any mention of it had below, and a star if all had."""
    merged: dict[str, Requested] = {}
    for scope in scopes:
        known = merged.get(scope.string, scope)
        below = scope.below if known is scope else _merged([*known.below, *scope.below])
        merged[scope.string] = Requested(scope.string, known.optional and scope.optional, below)
    return tuple(merged.values())
