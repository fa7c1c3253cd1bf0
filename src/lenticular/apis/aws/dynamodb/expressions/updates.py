"""Updates: parses an UpdateExpression, checks it, and compiles it.

The grammar is that of "Using update expressions in DynamoDB": up to one section each of
SET, REMOVE, ADD and DELETE, in any order.
"""

from collections.abc import Sequence

from lenticular.apis.aws.dynamodb.expressions import lexer, paths
from lenticular.apis.aws.dynamodb.expressions.changes import (
    SETS,
    ReadNew,
    Step,
    appended,
    first_of,
    summed,
)
from lenticular.apis.aws.dynamodb.expressions.conditions import (
    CONDITION_FUNCTIONS,
    UPDATE_FUNCTIONS,
)
from lenticular.apis.aws.dynamodb.expressions.nodes import (
    Action,
    Call,
    Literal,
    Name,
    Operand,
    Path,
    Placeholder,
    Sum,
)
from lenticular.apis.aws.dynamodb.expressions.parser import Complaint, Parser
from lenticular.apis.aws.dynamodb.expressions.paths import DocumentPath
from lenticular.apis.aws.dynamodb.expressions.scope import Scope
from lenticular.primitives.tables.values import type_of

_SECTIONS = ("SET", "REMOVE", "ADD", "DELETE")
_LONG_NAMES = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "BOOL": "BOOLEAN",
    "NULL": "NULL",
    "SS": "STRING_SET",
    "NS": "NUMBER_SET",
    "BS": "BINARY_SET",
    "L": "LIST",
    "M": "MAP",
}


def parse_update(text: str) -> list[Action]:
    """Parse an update. Raises ValidationException."""
    parser = _UpdateParser("UpdateExpression", text)
    actions = parser.sections()
    parser.finish()
    return actions


class _UpdateParser(Parser):
    keywords = frozenset(_SECTIONS)
    functions = UPDATE_FUNCTIONS
    foreign_functions = CONDITION_FUNCTIONS
    place = "an update"

    def sections(self) -> list[Action]:
        """Parse all sections."""
        actions: list[Action] = []
        seen: set[str] = set()
        while True:
            section = self.token.kind
            if section not in _SECTIONS:
                raise self.syntax_error()
            if section in seen:
                self.complain(
                    Complaint.SECTION,
                    f'The "{section}" section can only be used once in an update expression;',
                )
            seen.add(section)
            self.advance()
            actions.append(self._action(section))
            while self.take(","):
                actions.append(self._action(section))
            if self.token.kind == lexer.END:
                return actions

    def _action(self, section: str) -> Action:
        path = self.path()
        if section == "REMOVE":
            return Action(section, path)
        self.count_operator()
        if section == "SET":
            self.expect("=")
            return Action(section, path, self._value())
        return Action(section, path, Placeholder(self.expect(lexer.VALUE_PLACEHOLDER).text))

    def _value(self) -> Operand | Sum:
        """Parse what an attribute is set to: an operand or the sum of two, or it in parentheses."""
        if self.token.kind == "(":
            self.enter()
            self.advance()
            value = self._value()
            self.expect(")")
            self.leave()
            if isinstance(value, Sum):
                return value
            left = value
        else:
            left = self._operand()
        if self.token.kind not in {"+", "-"}:
            return left
        operator = self.advance().kind
        self.count_operator()
        return Sum(operator, left, self._operand())

    def _operand(self) -> Operand:
        if self.token.kind == lexer.VALUE_PLACEHOLDER:
            return Placeholder(self.advance().text)
        if self.token.kind == lexer.NAME and self.next_is("("):
            return self._call()
        if self.token.kind == "(":
            self.enter()
            self.advance()
            operand = self._operand()
            self.expect(")")
            self.leave()
            return operand
        return self.path()

    def _call(self) -> Call:
        name = self.advance().text
        self.advance()
        self.enter()
        arguments = [self._operand()]
        while self.take(","):
            arguments.append(self._operand())
        self.expect(")")
        self.leave()
        self.check_function(name)
        for argument in arguments:
            if isinstance(argument, Call) and argument.function == "list_append":
                self.complain_of_use("list_append")
        return Call(name, tuple(arguments))


def compile_update(actions: Sequence[Action], scope: Scope) -> tuple[Step, ...]:
    """Check the actions of an update, and compile them. Raises ValidationException."""
    targets = _resolve(actions, scope)
    paths.check_disjoint(scope.kind, targets)
    for action in actions:
        _check_section(action, scope)
    return tuple(_step(action, path, scope) for action, path in zip(actions, targets, strict=True))


def _resolve(actions: Sequence[Action], scope: Scope) -> list[DocumentPath]:
    """Return the paths that actions change, once all placeholders are known to be defined."""
    targets = []
    for action in actions:
        targets.append(scope.path(action.path))
        if isinstance(action.value, Sum):
            _resolve_operand(action.value.left, scope)
            _resolve_operand(action.value.right, scope)
        elif action.value is not None:
            _resolve_operand(action.value, scope)
    return targets


def _resolve_operand(operand: Operand, scope: Scope) -> None:
    match operand:
        case Path() | Name():
            scope.path(operand)
        case Placeholder():
            scope.type_of(operand.text)
        case Call():
            for argument in operand.arguments:
                _resolve_operand(argument, scope)


def _check_section(action: Action, scope: Scope) -> None:
    """Check the type of what is added or deleted."""
    if action.section not in {"ADD", "DELETE"} or not isinstance(action.value, Placeholder):
        return
    type_name = scope.type_of(action.value.text)
    if type_name not in SETS and not (action.section == "ADD" and type_name == "N"):
        raise scope.invalid(
            "Incorrect operand type for operator or function; "
            f"operator: {action.section}, operand type: {_LONG_NAMES[type_name]}"
        )


def _step(action: Action, path: DocumentPath, scope: Scope) -> Step:
    if action.value is None:
        return Step(action.section, path)
    read, type_name = _value(action.value, scope)
    return Step(action.section, path, read, None if action.section == "DELETE" else type_name)


def _value(value: Operand | Sum, scope: Scope) -> tuple[ReadNew, str | None]:
    """Return the function that reads a new value, and its type if that is known beforehand."""
    if not isinstance(value, Sum):
        return _operand(value, scope)
    reads = []
    for operand in (value.left, value.right):
        read, type_name = _operand(operand, scope)
        if type_name not in {None, "N"}:
            raise scope.bad_operand(value.operator, str(type_name))
        reads.append(read)
    return summed(value.operator, *reads), "N"


def _operand(operand: Operand, scope: Scope) -> tuple[ReadNew, str | None]:
    match operand:
        case Path() | Name():
            follow = paths.follow(scope.path(operand))
            return lambda item, values: follow(item), None
        case Placeholder():
            name = operand.text
            return lambda item, values: values[name], scope.type_of(name)
        case Literal():
            value = operand.value
            return lambda item, values: value, type_of(value)
        case Call():
            return _call(operand, scope)


def _call(call: Call, scope: Scope) -> tuple[ReadNew, str | None]:
    name = call.function
    if len(call.arguments) != 2:
        raise scope.bad_count(name, len(call.arguments))
    if name == "if_not_exists" and not isinstance(call.arguments[0], Path):
        raise scope.needs_path(name)
    (first, first_type), (second, second_type) = (
        _operand(argument, scope) for argument in call.arguments
    )
    if name == "if_not_exists":
        return first_of(first, second), None
    for type_name in (first_type, second_type):
        if type_name not in {None, "L"}:
            raise scope.bad_operand(name, str(type_name))
    return appended(first, second), "L"
