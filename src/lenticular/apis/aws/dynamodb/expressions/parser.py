"""What the parsers of all kinds of expressions share: tokens, document paths, complaints.

Errors of syntax are raised where they are met. What is wrong with a function or a name is
told only when the syntax holds, in an order of its own: see `Complaint`.
"""

from enum import IntEnum

from lenticular.apis.aws.dynamodb import limits
from lenticular.apis.aws.dynamodb.errors import validation
from lenticular.apis.aws.dynamodb.expressions import lexer
from lenticular.apis.aws.dynamodb.expressions.lexer import Token
from lenticular.apis.aws.dynamodb.expressions.nodes import Path
from lenticular.apis.aws.dynamodb.expressions.words import is_reserved
from lenticular.apis.aws.wire.errors import AwsError


class Complaint(IntEnum):
    """Kinds of what is told once the syntax holds; the first of the lowest kind is told."""

    OPERATORS = 1
    FUNCTION_NAME = 2
    FUNCTION_PLACE = 3
    FUNCTION_USE = 4
    RESERVED = 5
    SECTION = 6
    PATH = 7


class Parser:
    """A position among the tokens of one expression."""

    keywords: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    """Those that may be called in this kind of expression."""
    foreign_functions: frozenset[str] = frozenset()
    """Those that may be called in others."""
    place = ""
    """What this kind of expression is called in a complaint about a foreign function."""

    def __init__(self, kind: str, text: str) -> None:
        self.kind = kind
        """The name of the parameter: ``UpdateExpression``."""
        size = len(text.encode())
        if size > limits.MAX_EXPRESSION:
            raise self.invalid(
                f"Expression size has exceeded the maximum allowed size; expression size: {size}"
            )
        self._text = text
        self._tokens = lexer.tokens(text, self.keywords)
        if len(self._tokens) == 1:
            raise self.invalid("The expression can not be empty;")
        self._at = 0
        self._complaints: dict[Complaint, str] = {}
        self._operators = 0
        self._depth = 0

    @property
    def token(self) -> Token:
        """The token at the position."""
        return self._tokens[self._at]

    @property
    def position(self) -> int:
        """The number of the token at the position."""
        return self._at

    def next_is(self, kind: str) -> bool:
        """Tell whether the token after the one at the position is of a kind."""
        return self.token.kind != lexer.END and self._tokens[self._at + 1].kind == kind

    def take(self, kind: str) -> bool:
        """Go past the token at the position if it is of a kind; tell whether it was."""
        if self.token.kind != kind:
            return False
        self._at += 1
        return True

    def advance(self) -> Token:
        """Go past the token at the position and return it."""
        token = self.token
        self._at += 1
        return token

    def expect(self, kind: str) -> Token:
        """Go past a token that must be of a kind and return it."""
        if self.token.kind != kind:
            raise self.syntax_error()
        return self.advance()

    def finish(self) -> None:
        """Check that the expression ends at the position, and tell what there is to complain."""
        self.expect_end()
        if self._operators > limits.MAX_OPERATORS:
            self.complain(
                Complaint.OPERATORS,
                "The expression contains too many operators; "
                f"operator count: {limits.MAX_OPERATORS + 1}",
            )
        if self._complaints:
            raise self.invalid(self._complaints[min(self._complaints)])

    def expect_end(self) -> None:
        """Check that nothing is left."""
        if self.token.kind != lexer.END:
            raise self.syntax_error()

    def count_operator(self) -> None:
        """Count an operator against the limit."""
        self._operators += 1

    def enter(self) -> None:
        """Go into parentheses, which may not be too many in one another."""
        self._depth += 1
        if self._depth > limits.MAX_PARENTHESES:
            raise self.invalid(
                "The expression is nested too deeply; "
                f"levels of parentheses allowed: {limits.MAX_PARENTHESES}"
            )

    def leave(self) -> None:
        """Come out of parentheses."""
        self._depth -= 1

    def complain(self, kind: Complaint, message: str) -> None:
        """Remember what is to be told if the syntax holds."""
        self._complaints.setdefault(kind, message)

    def invalid(self, message: str) -> AwsError:
        """Return an error of this expression."""
        return validation(f"Invalid {self.kind}: {message}")

    def syntax_error(self) -> AwsError:
        """Return the error that the token at the position cannot stand there."""
        around = lexer.near(self._text, self._tokens, self._at)
        return self.invalid(f'Syntax error; token: "{self.token.text}", near: "{around}"')

    def path(self) -> Path:
        """Parse a document path."""
        elements: list[str | int] = [self._path_name()]
        while True:
            if self.take("."):
                elements.append(self._path_name())
            elif self.take("["):
                elements.append(self._path_index())
                self.expect("]")
            else:
                break
        if len(elements) > limits.MAX_PATH:
            self.complain(
                Complaint.PATH,
                f"The document path has too many nesting levels; nesting levels: {len(elements)}",
            )
        return Path(tuple(elements))

    def check_function(self, name: str) -> None:
        """Complain about a function that cannot be called in this kind of expression."""
        if name in self.foreign_functions:
            self.complain(
                Complaint.FUNCTION_PLACE,
                f"The function is not allowed in {self.place} expression; function: {name}",
            )
        elif name not in self.functions:
            self.complain(Complaint.FUNCTION_NAME, f"Invalid function name; function: {name}")

    def complain_of_use(self, function: str) -> None:
        """Complain about a function that stands where its kind of value cannot."""
        self.complain(
            Complaint.FUNCTION_USE,
            "The function is not allowed to be used this way in an expression; "
            f"function: {function}",
        )

    def _path_name(self) -> str:
        if self.token.kind == lexer.NAME:
            name = self.advance().text
            if is_reserved(name):
                self.complain(
                    Complaint.RESERVED,
                    f"Attribute name is a reserved keyword; reserved keyword: {name}",
                )
            return name
        return self.expect(lexer.NAME_PLACEHOLDER).text

    def _path_index(self) -> int:
        digits = self.expect(lexer.NUMBER).text
        index = int(digits) if len(digits) < 20 else limits.MAX_LIST_INDEX + 1
        if index > limits.MAX_LIST_INDEX:
            self.complain(
                Complaint.PATH,
                f"List index is not within the allowable range; index: [{digits}]",
            )
        return index
