"""What entries can be asked to be: the expressions of a query, neutral to how it was written.

They are records that can be stored. A field that no visible entry has is a field that nothing
matches: no expression is ever wrong because of what an index contains.
"""

from enum import StrEnum

from msgspec import Struct

from lenticular.engines.search.geometry import Polygon
from lenticular.engines.search.values import Scalar


class Matching(StrEnum):
    """How a word is compared with those of a text."""

    WORD = "word"
    """It is that word, whatever the case. What is several words is a phrase."""
    PREFIX = "prefix"
    """It begins so."""
    WILDCARD = "wildcard"
    """``*`` stands for any letters, ``?`` for one."""
    PATTERN = "pattern"
    """It is as a whole as a regular expression says."""
    FUZZY = "fuzzy"
    """It is at most so many letters away."""


class Everything(Struct, frozen=True, tag=True):
    """Any entry."""


class Word(Struct, frozen=True, tag=True):
    """A word of a text; in a field that is no text, its value."""

    text: str
    matching: Matching = Matching.WORD
    field: str | None = None
    """None: in any field."""
    distance: int = 0
    """Letters that a fuzzy word may be away."""
    boost: float = 1.0


class Phrase(Struct, frozen=True, tag=True):
    """Words one after another, with at most `slop` words between any two."""

    text: str
    field: str | None = None
    slop: int = 0
    boost: float = 1.0


class Equals(Struct, frozen=True, tag=True):
    """One of a field's values is this, in whole."""

    field: str
    value: Scalar


class Between(Struct, frozen=True, tag=True):
    """One of a field's values lies between two bounds; None: no bound on that side."""

    field: str
    low: Scalar | None = None
    high: Scalar | None = None
    is_low_open: bool = False
    """Whether the bound itself is outside."""
    is_high_open: bool = False


class Exists(Struct, frozen=True, tag=True):
    """A field, or one below it, has a value."""

    field: str


class Like(Struct, frozen=True, tag=True):
    """A text of a field is, in whole and in the same case, as ``*`` and ``?`` leave it open."""

    field: str
    pattern: str


class Located(Struct, frozen=True, tag=True):
    """A place of a field meets one of the areas, or lies within one of them."""

    field: str
    areas: tuple[Polygon, ...]
    within: bool = False


class Held(Struct, frozen=True, tag=True):
    """One of the entry's sets of these names holds one of the principals."""

    names: tuple[str, ...]
    principals: tuple[str, ...]


class AllOf(Struct, frozen=True, tag=True):
    """All the parts hold. Without parts: anything."""

    parts: tuple["Expression", ...]


class AnyOf(Struct, frozen=True, tag=True):
    """One of the parts holds. Without parts: nothing."""

    parts: tuple["Expression", ...]


class Not(Struct, frozen=True, tag=True):
    """The part does not hold."""

    part: "Expression"


Expression = (
    Everything
    | Word
    | Phrase
    | Equals
    | Between
    | Exists
    | Like
    | Located
    | Held
    | AllOf
    | AnyOf
    | Not
)

EVERYTHING = Everything()
