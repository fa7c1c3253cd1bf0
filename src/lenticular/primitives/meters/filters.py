"""Filters: which lines are meant, by account, service, meter, user and project."""

from typing import Literal

from msgspec import Struct

from lenticular.primitives.meters.lines import Line

Dimension = Literal["account_id", "service", "meter", "user", "project"]
"""A field of `Line`."""


class Filter(Struct, array_like=True, frozen=True):
    """A condition on lines: a dimension with one of some values, or a combination of filters."""

    kind: Literal["one of", "all", "any", "not"] = "all"
    dimension: Dimension = "account_id"
    values: frozenset[str] = frozenset()
    """Of the dimension, when the kind is ``one of``."""
    parts: tuple["Filter", ...] = ()
    """What is combined; of ``not``, exactly one."""

    def matches(self, line: Line) -> bool:
        """Tell whether a line is meant."""
        match self.kind:
            case "one of":
                return getattr(line, self.dimension) in self.values
            case "all":
                return all(part.matches(line) for part in self.parts)
            case "any":
                return any(part.matches(line) for part in self.parts)
            case "not":
                return not self.parts[0].matches(line)


EVERYTHING = Filter()


def one_of(dimension: Dimension, *values: str) -> Filter:
    """Return the filter of the lines with one of these values."""
    return Filter("one of", dimension, frozenset(values))


def all_of(*parts: Filter) -> Filter:
    """Return the filter of the lines that every one of these means."""
    return parts[0] if len(parts) == 1 else Filter("all", parts=parts)


def any_of(*parts: Filter) -> Filter:
    """Return the filter of the lines that one of these means."""
    return Filter("any", parts=parts)


def none_of(part: Filter) -> Filter:
    """Return the filter of the lines that `part` does not mean."""
    return Filter("not", parts=(part,))
