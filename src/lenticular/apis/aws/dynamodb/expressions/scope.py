"""What the placeholders of an expression stand for, and what an expression made use of.

An expression is compiled once for its text, the names its placeholders stand for and the
types of its values; the values themselves come with each run. So an expression that is
sent again with other values is found ready made.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lenticular.apis.aws.dynamodb.errors import validation
from lenticular.apis.aws.dynamodb.expressions.nodes import Name, Path
from lenticular.apis.aws.dynamodb.expressions.paths import DocumentPath
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.tables import Value

Values = Mapping[str, Value]
"""Values by placeholder, with its colon."""

ValueCheck = Callable[[Values], None]
"""Raises when values that come with a run do not suit."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a compiled expression made use of."""

    names: frozenset[str]
    """Name placeholders, with their hash sign."""
    values: frozenset[str]
    """Value placeholders, with their colon."""
    paths: tuple[DocumentPath, ...]
    """All document paths, in order."""
    checks: tuple[ValueCheck, ...]
    """To be made of the values of each run."""


class Scope:
    """What is known while an expression is compiled."""

    def __init__(self, kind: str, names: Mapping[str, str], types: Mapping[str, str]) -> None:
        self.kind = kind
        """The name of the parameter: ``FilterExpression``."""
        self._names = names
        self._types = types
        self._used_names: set[str] = set()
        self._used_values: set[str] = set()
        self._paths: list[DocumentPath] = []
        self._checks: list[ValueCheck] = []

    def path(self, path: Path | Name) -> DocumentPath:
        """Return a path with its placeholders replaced."""
        if isinstance(path, Name):
            found: DocumentPath = (path.text,)
        else:
            found = tuple(self._element(element) for element in path.elements)
        self._paths.append(found)
        return found

    def type_of(self, placeholder: str) -> str:
        """Return the type of a value."""
        found = self._types.get(placeholder)
        if found is None:
            raise self.invalid(
                "An expression attribute value used in expression is not defined; "
                f"attribute value: {placeholder}"
            )
        self._used_values.add(placeholder)
        return found

    def check_later(self, check: ValueCheck) -> None:
        """Have a check made of the values of each run."""
        self._checks.append(check)

    def use(self) -> Use:
        """Return what was made use of so far."""
        return Use(
            frozenset(self._used_names),
            frozenset(self._used_values),
            tuple(self._paths),
            tuple(self._checks),
        )

    def invalid(self, message: str) -> AwsError:
        """Return an error of this expression."""
        return validation(f"Invalid {self.kind}: {message}")

    def bad_operand(self, function: str, type_name: str) -> AwsError:
        """Return the error of an operand whose type does not suit."""
        return self.invalid(
            "Incorrect operand type for operator or function; "
            f"operator or function: {function}, operand type: {type_name}"
        )

    def bad_count(self, function: str, count: int) -> AwsError:
        """Return the error of too many or too few operands."""
        return self.invalid(
            "Incorrect number of operands for operator or function; "
            f"operator or function: {function}, number of operands: {count}"
        )

    def needs_path(self, function: str) -> AwsError:
        """Return the error of an operand that had to be a document path."""
        return self.invalid(
            f"Operator or function requires a document path; operator or function: {function}"
        )

    def _element(self, element: str | int) -> str | int:
        if isinstance(element, int) or not element.startswith("#"):
            return element
        name = self._names.get(element)
        if name is None:
            raise self.invalid(
                "An expression attribute name used in the document path is not defined; "
                f"attribute name: {element}"
            )
        self._used_names.add(element)
        return name
