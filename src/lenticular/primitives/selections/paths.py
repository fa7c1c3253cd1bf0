"""Paths in statements: from a record to what is in it, step by step."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """A step of a path by name."""

    text: str
    is_exact: bool
    """Whether it was quoted, so that the case counts."""

    def matches(self, other: str) -> bool:
        """Tell whether a column or member called `other` is meant."""
        return self.text == other or (not self.is_exact and self.text.lower() == other.lower())


Step = Name | int | None
"""Of a path: a member, an element by its index, or each element (None)."""
