"""What expressions are parsed into.

The legacy parameters (``Expected``, ``QueryFilter``, ...) are made into the same nodes, so
that there is one evaluator for both.
"""

from dataclasses import dataclass

from lenticular.primitives.tables import Value


@dataclass(frozen=True, slots=True)
class Path:
    """A document path as written: names, ``#name`` placeholders, list indexes."""

    elements: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """A top-level attribute of exactly this name, of a legacy parameter."""

    text: str


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A value placeholder."""

    text: str
    """With its colon."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value of a legacy parameter."""

    value: Value


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments."""

    function: str
    arguments: tuple["Operand", ...]


Operand = Path | Name | Placeholder | Literal | Call
"""What has a value. A `Call` of ``size``, ``if_not_exists`` or ``list_append``, that is."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands and ``=``, ``<>``, ``<``, ``<=``, ``>`` or ``>=`` between them."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Between:
    """``operand BETWEEN low AND high``."""

    operand: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True, slots=True)
class In:
    """``operand IN (choice, ...)``."""

    operand: Operand
    choices: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of the parts."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not the part."""

    part: "Condition"


Condition = Comparison | Between | In | And | Or | Not | Call
"""What is true or false. A `Call` of one of the other functions, that is."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Two operands and ``+`` or ``-`` between them."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Action:
    """One action of an update."""

    section: str
    """``SET``, ``REMOVE``, ``ADD`` or ``DELETE``."""
    path: Path | Name
    value: Operand | Sum | None = None
    """None of a ``REMOVE``."""
