"""Statements of S3 Select, parsed: ``SELECT ... FROM S3Object[*].path[*] alias WHERE ... LIMIT``.

S3 User Guide, "SQL reference for Amazon S3 Select". sqlglot knows much more SQL than that:
what a statement may be made of is said here and in `translation`, everything else is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token, TokenType
from sqlglot.tokens import Tokenizer

from lenticular.primitives.selections.errors import SelectionError
from lenticular.primitives.selections.paths import Name, Step

MAX_EXPRESSION = 256 * 1024
"""Most bytes of a statement."""
_MAX_TOKENS = 20_000
_MAX_STEPS = 100
"""Steps of a path after FROM: each is a statement within the one of the engine."""
_SOURCE = "s3object"
_CLAUSES = frozenset(
    {"expressions", "from_", "from", "where", "limit", "kind", "operation_modifiers"}
)
_ENDS = frozenset({TokenType.WHERE, TokenType.LIMIT, TokenType.SEMICOLON})


@dataclass(frozen=True, slots=True)
class Statement:
    """What is asked."""

    columns: Sequence[exp.Expression]
    """Empty for ``*``."""
    path: Sequence[Step]
    """What of each record is a row, after ``S3Object[*]``."""
    alias: Name | None
    where: exp.Expression | None
    limit: int | None


class _Parser(Parser):
    """sqlglot's parser without any database's functions: `translation` knows the few there are."""

    FUNCTIONS: ClassVar = {}
    FUNCTION_PARSERS: ClassVar = {
        name: Parser.FUNCTION_PARSERS[name] for name in ("CAST", "EXTRACT", "SUBSTRING", "TRIM")
    }


def parse(expression: str) -> Statement:
    """Parse a statement. Raises `SelectionError`."""
    if len(expression.encode()) > MAX_EXPRESSION:
        raise SelectionError(
            "ExpressionTooLong",
            f"The SQL expression is longer than the {MAX_EXPRESSION} bytes that are taken.",
        )
    try:
        tokens = Tokenizer().tokenize(expression)
        if len(tokens) > _MAX_TOKENS:
            raise SelectionError(
                "ExpressionTooLong", f"The SQL expression has more than {_MAX_TOKENS} words."
            )
        while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
            tokens.pop()
        source = _Source(tokens)
        trees = _Parser().parse(source.rest, expression)
    except SqlglotError as error:
        raise SelectionError("ParseUnexpectedToken", _explained(error)) from None
    except RecursionError:
        raise too_deep() from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Select):
        raise SelectionError(
            "ParseUnsupportedSelect", "The SQL expression must be one SELECT statement."
        )
    return _statement(trees[0], source)


def too_deep() -> SelectionError:
    """Return the error of a statement that nobody means."""
    return SelectionError("UnsupportedSyntax", "The SQL expression is nested too deeply.")


def _explained(error: SqlglotError) -> str:
    """Return where sqlglot stumbled, without its markup for terminals."""
    details = getattr(error, "errors", None)
    if not details:
        return "The SQL expression cannot be read."
    at = details[0]
    near = (at.get("highlight") or "its end")[:64]
    return f"Unexpected token near {near!r}, line {at.get('line')}, column {at.get('col')}."


def _statement(tree: exp.Select, source: "_Source") -> Statement:
    for name, value in tree.args.items():
        if value and name not in _CLAUSES:
            raise SelectionError(
                "UnsupportedSqlStructure",
                f"{name.strip('_').upper()} is not supported: a statement has SELECT, FROM, "
                "WHERE and LIMIT.",
            )
    columns = tree.expressions
    if not columns:
        raise SelectionError("ParseEmptySelect", "The SELECT list is empty.")
    stars = [each for each in columns if each.is_star and not isinstance(each, exp.Count)]
    if stars and len(columns) > 1:
        raise SelectionError(
            "ParseAsteriskIsNotAloneInSelectList",
            "Other expressions are not allowed in the SELECT list when * is used.",
        )
    if stars:
        _check_star(stars[0], source.alias)
        columns = []
    where = tree.args.get("where")
    return Statement(
        columns, source.path, source.alias, where and where.this, _limit(tree.args.get("limit"))
    )


def _check_star(star: exp.Expression, alias: Name | None) -> None:
    """Refuse a ``*`` with anything about it but the alias."""
    match star:
        case exp.Star() if not any(star.args.values()):
            return
        case exp.Column(this=exp.Star() as inner) if not any(inner.args.values()):
            if alias is not None and not star.db and alias.matches(star.table):
                return
    raise SelectionError(
        "ParseInvalidContextForWildcardInSelectList", "* stands alone, or after the alias."
    )


def _limit(clause: exp.Expression | None) -> int | None:
    if clause is None:
        return None
    count = clause.args.get("expression")
    extra = [name for name, value in clause.args.items() if value and name != "expression"]
    if not isinstance(count, exp.Literal) or count.is_string or extra:
        raise SelectionError("UnsupportedSyntax", "LIMIT takes one whole number.")
    if not count.this.isdecimal() or len(count.this) > 18:
        raise SelectionError("EvaluatorNegativeLimit", "LIMIT takes a whole number from 0 on.")
    return int(count.this)


class _Source:
    """The FROM clause, whose paths sqlglot does not know, taken out of the tokens."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        """Read it. Raises `SelectionError`."""
        self._tokens = tokens
        begin = self._find_from()
        self._at = begin + 1
        self._expect_source()
        self.path: list[Step] = self._read_path()
        self.alias = self._read_alias()
        if self._at < len(tokens) and tokens[self._at].token_type not in _ENDS:
            kind = tokens[self._at].token_type
            if kind in {TokenType.COMMA, TokenType.JOIN, TokenType.INNER, TokenType.CROSS}:
                raise SelectionError(
                    "UnsupportedSqlStructure", "FROM takes one source: there are no joins."
                )
            raise self._unexpected()
        self.rest = [*tokens[: begin + 2], *tokens[self._at :]]
        """The tokens with a FROM clause of one name."""

    def _find_from(self) -> int:
        """Return where the FROM clause of the statement is: not one within parentheses."""
        depth = 0
        for index, token in enumerate(self._tokens):
            if token.token_type == TokenType.L_PAREN:
                depth += 1
            elif token.token_type == TokenType.R_PAREN:
                depth -= 1
            elif token.token_type == TokenType.FROM and depth == 0:
                return index
        raise SelectionError("ParseSelectMissingFrom", "The SELECT statement has no FROM.")

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _takes(self, kind: TokenType) -> bool:
        token = self._peek()
        if token is not None and token.token_type == kind:
            self._at += 1
            return True
        return False

    def _unexpected(self) -> SelectionError:
        token = self._peek()
        near = "its end" if token is None else repr(token.text[:64])
        return SelectionError("ParseUnexpectedToken", f"Unexpected token in FROM near {near}.")

    def _expect_source(self) -> None:
        token = self._peek()
        if token is None or token.text.lower() != _SOURCE or token.token_type == TokenType.STRING:
            raise SelectionError(
                "InvalidDataSource",
                f"FROM takes S3Object, the object itself, and not "
                f"{'nothing' if token is None else repr(token.text[:64])}.",
            )
        self._at += 1

    def _read_path(self) -> list[Step]:
        """Read ``[*].name[0]`` ...; the first ``[*]``, for all records, is not a step."""
        path: list[Step] = []
        is_first = True
        while True:
            if self._takes(TokenType.L_BRACKET):
                step = self._read_index()
                if step is not None or not is_first:
                    path.append(step)
                is_first = False
            elif self._takes(TokenType.DOT):
                path.append(self._read_name())
                is_first = False
            else:
                return path
            if len(path) > _MAX_STEPS:
                raise too_deep()

    def _read_index(self) -> int | None:
        token = self._peek()
        index = None
        if token is not None and token.token_type == TokenType.NUMBER and token.text.isdecimal():
            index = int(token.text[:9])
            self._at += 1
        elif not self._takes(TokenType.STAR):
            raise self._unexpected()
        if not self._takes(TokenType.R_BRACKET):
            raise self._unexpected()
        return index

    def _read_name(self) -> Name:
        token = self._peek()
        if token is None or not _is_name(token):
            raise self._unexpected()
        self._at += 1
        return Name(token.text, token.token_type == TokenType.IDENTIFIER)

    def _read_alias(self) -> Name | None:
        """Read the alias; without one, the last name of the path is it, else ``S3Object``."""
        if self._takes(TokenType.ALIAS):
            return self._read_name()
        token = self._peek()
        if token is not None and token.token_type in {TokenType.VAR, TokenType.IDENTIFIER}:
            return self._read_name()
        if self.path and isinstance(self.path[-1], Name):
            return self.path[-1]
        return Name(_SOURCE, is_exact=False)


def _is_name(token: Token) -> bool:
    """Tell whether a token can be a name: a word that sqlglot takes for a keyword can, too."""
    if token.token_type == TokenType.IDENTIFIER:
        return True
    return token.token_type != TokenType.STRING and token.text.replace("_", "a").isalnum()
