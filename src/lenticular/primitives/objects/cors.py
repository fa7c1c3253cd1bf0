"""Cross-origin resource sharing: which pages of other origins may use a bucket from a browser.

The rules are neutral: every interface that browsers use reads and writes the same ones.
Fetch Standard (WHATWG), "HTTP-CORS protocol".
"""

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec import Struct

from lenticular.primitives.objects.settings import Kind

ANYWHERE = "*"


class CorsRule(Struct, array_like=True, frozen=True):
    """What pages of some origins may do.

    An origin and a header may have one asterisk, which stands for any characters.
    """

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...] = ()
    """That requests may have."""
    exposed: tuple[str, ...] = ()
    """Headers of answers that scripts may read."""
    max_age: int | None = None
    """Seconds that a browser may remember the rule."""
    id: str = ""


class Cors(Struct, array_like=True, frozen=True):
    """The rules of a bucket; the first one that fits counts."""

    rules: tuple[CorsRule, ...]

    def match(self, origin: str, method: str, headers: Iterable[str] = ()) -> "Match | None":
        """Return the first rule that lets a page of `origin` send such a request, or None."""
        for rule in self.rules:
            if method not in rule.methods:
                continue
            if not all(_is_any(name.lower(), map(str.lower, rule.headers)) for name in headers):
                continue
            if ANYWHERE in rule.origins:
                return Match(rule, ANYWHERE)
            if _is_any(origin, rule.origins):
                return Match(rule, origin)
        return None


CORS = Kind("cors", Cors)


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that fits."""

    rule: CorsRule
    origin: str
    """For whom it fits: the origin that asks, or `ANYWHERE`."""


def _is_any(text: str, patterns: Iterable[str]) -> bool:
    return any(_fits(text, pattern) for pattern in patterns)


def _fits(text: str, pattern: str) -> bool:
    head, asterisk, tail = pattern.partition("*")
    if not asterisk:
        return text == pattern
    return len(text) >= len(head) + len(tail) and text.startswith(head) and text.endswith(tail)
