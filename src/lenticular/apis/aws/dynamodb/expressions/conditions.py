"""Parses conditions: ConditionExpression, FilterExpression and KeyConditionExpression.

The grammar is that of "Condition and filter expressions, operators, and functions in
DynamoDB". OR binds least, then AND, then NOT. Parentheses may stand around a condition or
an operand, but not doubled.
"""

from lenticular.apis.aws.dynamodb.expressions import lexer
from lenticular.apis.aws.dynamodb.expressions.nodes import (
    And,
    Between,
    Call,
    Comparison,
    Condition,
    In,
    Not,
    Operand,
    Or,
    Placeholder,
)
from lenticular.apis.aws.dynamodb.expressions.parser import Parser

COMPARATORS = frozenset(("=", "<>", "<", "<=", ">", ">="))
PREDICATES = frozenset(
    ("attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains")
)
"""The functions that are conditions."""
SIZE = "size"
"""The function that is an operand."""

CONDITION_FUNCTIONS = PREDICATES | {SIZE}
UPDATE_FUNCTIONS = frozenset(("if_not_exists", "list_append"))

_CONDITIONS = (And, Or, Not, Comparison, Between, In)


def parse_condition(kind: str, text: str) -> Condition:
    """Parse a condition; `kind` is the name of the parameter. Raises ValidationException."""
    parser = _ConditionParser(kind, text)
    condition = parser.condition()
    parser.finish()
    return condition


class _ConditionParser(Parser):
    keywords = frozenset(("AND", "OR", "NOT", "BETWEEN", "IN"))
    functions = CONDITION_FUNCTIONS
    foreign_functions = UPDATE_FUNCTIONS
    place = "a condition"

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(kind, text)
        self._last_group = (-1, -1)
        """Where the parentheses that were closed last opened and closed."""

    def condition(self) -> Condition:
        """Parse a condition."""
        return self._as_condition(self._any())

    def _any(self) -> Condition | Operand:
        """Parse a condition, or an operand if that is all there is in parentheses."""
        alternatives: list[Condition] = []
        conjuncts: list[Condition] = []
        while True:
            part = self._comparison()
            if self.token.kind not in {"AND", "OR"} and not alternatives and not conjuncts:
                return part
            conjuncts.append(self._as_condition(part))
            if self.take("AND"):
                self.count_operator()
                continue
            alternatives.append(conjuncts[0] if len(conjuncts) == 1 else And(tuple(conjuncts)))
            conjuncts = []
            if not self.take("OR"):
                break
            self.count_operator()
        return alternatives[0] if len(alternatives) == 1 else Or(tuple(alternatives))

    def _comparison(self) -> Condition | Operand:
        """Parse what has neither AND nor OR outside of parentheses."""
        negations = 0
        while self.take("NOT"):
            self.count_operator()
            negations += 1
        part = self._compared(self._operand())
        if negations:
            part = self._as_condition(part)
            if negations % 2:
                part = Not(part)
        return part

    def _compared(self, left: Condition | Operand) -> Condition | Operand:
        """Parse what may follow an operand to make a condition of it."""
        kind = self.token.kind
        if kind in COMPARATORS:
            operand = self._as_operand(left)
            self.advance()
            self.count_operator()
            return Comparison(kind, operand, self._as_operand(self._operand()))
        if kind == "BETWEEN":
            operand = self._as_operand(left)
            self.advance()
            self.count_operator()
            low = self._as_operand(self._operand())
            self.expect("AND")
            return Between(operand, low, self._as_operand(self._operand()))
        if kind == "IN":
            operand = self._as_operand(left)
            self.advance()
            self.count_operator()
            self.expect("(")
            return In(operand, self._list())
        return left

    def _operand(self) -> Condition | Operand:
        """Parse a path, a value, a call, or anything in parentheses."""
        if self.token.kind == lexer.VALUE_PLACEHOLDER:
            return Placeholder(self.advance().text)
        if self.token.kind == lexer.NAME and self.next_is("("):
            return self._call()
        if self.token.kind == "(":
            return self._group()
        return self.path()

    def _group(self) -> Condition | Operand:
        """Parse what is in parentheses, which must not be all in parentheses again."""
        opened = self.position
        self.enter()
        self.advance()
        inner = self._any()
        closed = self.position
        self.expect(")")
        self.leave()
        if self._last_group == (opened + 1, closed - 1):
            raise self.invalid("The expression has redundant parentheses;")
        self._last_group = (opened, closed)
        return inner

    def _call(self) -> Call:
        name = self.advance().text
        self.advance()
        self.enter()
        call = Call(name, self._list())
        self.leave()
        self.check_function(name)
        return call

    def _list(self) -> tuple[Operand, ...]:
        """Parse operands with commas between them, up to the closing parenthesis."""
        operands = [self._as_operand(self._operand())]
        while self.take(","):
            operands.append(self._as_operand(self._operand()))
        self.expect(")")
        return tuple(operands)

    def _as_condition(self, node: Condition | Operand) -> Condition:
        """Return what was parsed, which must be a condition."""
        if isinstance(node, _CONDITIONS):
            return node
        if not isinstance(node, Call):
            raise self.syntax_error()
        if node.function == SIZE:
            self.complain_of_use(SIZE)
        return node

    def _as_operand(self, node: Condition | Operand) -> Operand:
        """Return what was parsed, which must be an operand."""
        if isinstance(node, _CONDITIONS):
            raise self.syntax_error()
        if isinstance(node, Call) and node.function in PREDICATES:
            self.complain_of_use(node.function)
        return node
