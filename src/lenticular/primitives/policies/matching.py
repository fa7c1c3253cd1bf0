"""Patterns: ``*`` is any number of characters and ``?`` is one, in actions, ARNs and texts.

IAM User Guide, "IAM JSON policy elements: Resource" and "... Condition operators". An ARN
has six components, divided by its first five colons. In the first five a wildcard stays
within its component; where a star ends a component of a statement's resource, it may also
run on beyond the colon.

Every pattern is matched in a time that grows with the product of the two lengths at most,
whatever its author thought of: a part between two stars is tried at its first place only.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from operator import methodcaller
from typing import Literal, NamedTuple

from lenticular.primitives.policies.variables import unquote

Scope = Literal["text", "arn", "resource"]
"""How far a wildcard reaches: anywhere; within its component of an ARN; or, as in the
resources of a statement, beyond the component when it ends it."""

Matcher = Callable[[str], object]
"""Tells by the truth of its result whether a text matches."""

_REMEMBERED = 10_000

_PART = re.compile(r"\$\{[*?$]\}|.", re.DOTALL)
_WILD = re.compile(r"(?<!\$\{)[*?]")
_ANY = r"(?s:.)"
_WITHIN = r"[^:]"
_LAST_COMPONENT = 5


@lru_cache(maxsize=_REMEMBERED)
def matcher(pattern: str, scope: Scope = "text") -> Matcher:
    """Return what tells whether a text matches `pattern`, which is quoted (`variables`)."""
    simple = simplified(pattern, scope)
    if simple is None:
        return re.compile(_expression(pattern, scope)).fullmatch
    return methodcaller("startswith", simple.text) if simple.prefix else simple.text.__eq__


class Simple(NamedTuple):
    """A pattern that is a text, or everything that begins with it."""

    text: str
    prefix: bool


def simplified(pattern: str, scope: Scope) -> Simple | None:
    """Return a pattern as a text or a beginning, if it is no more than that."""
    first = _WILD.search(pattern)
    if first is None:
        return Simple(unquote(pattern), prefix=False)
    if first.start() != len(pattern) - 1 or pattern[-1] == "?":
        return None
    if scope == "arn" and pattern != "*" and pattern.count(":") < _LAST_COMPONENT:
        return None  # the star stays in its component
    return Simple(unquote(pattern[:-1]), prefix=True)


def part_of(pattern: str) -> str:
    """Return a text that is in everything that a pattern matches, the more telling the better.

    It is the longest one behind the first wildcard: what stands before it is compared first
    in any case, and is often the same in all patterns.
    """
    return max((unquote(piece) for piece in _WILD.split(pattern)[1:]), key=len, default="")


def _expression(pattern: str, scope: Scope) -> str:
    """Return the regular expression of a pattern.

    Stars that match anything divide it into stretches, and within these, stars that stay in
    their component divide it into pieces. If a stretch is found at all, then its first place
    leaves the most to the rest: no other place needs to be tried, and so for pieces.
    """
    stretches: list[list[str]] = [[""]]
    parts = _PART.findall(pattern)
    component = _LAST_COMPONENT if scope == "text" else 0
    for at, part in enumerate(parts):
        if part == "*":
            ends = at + 1 == len(parts) or parts[at + 1] == ":"
            if component >= _LAST_COMPONENT or (scope == "resource" and ends):
                stretches.append([""])
            else:
                stretches[-1].append("")
        elif part == "?":
            stretches[-1][-1] += _ANY if component >= _LAST_COMPONENT else _WITHIN
        else:
            component += part == ":"
            stretches[-1][-1] += re.escape(unquote(part))
    first, *others = stretches
    if not others:
        return _stretch(first, last=True)
    middle = "".join(f"(?>{_ANY}*?{_stretch(each)})" for each in others[:-1])
    return f"{_stretch(first)}{middle}{_ANY}*{_stretch(others[-1], last=True)}"


def _stretch(pieces: list[str], *, last: bool = False) -> str:
    """Return the expression of a stretch; the last one reaches to the end of the text."""
    first, *others = pieces
    if not others:
        return first
    *middle, end = others
    closing = f"{_WITHIN}*{end}" if last else f"(?>{_WITHIN}*?{end})"
    return first + "".join(f"(?>{_WITHIN}*?{piece})" for piece in middle) + closing
