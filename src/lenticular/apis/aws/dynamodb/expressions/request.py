"""The expressions of one request: which may come together, their placeholders, their use.

Compiled expressions are kept and found again by their text, their names and the types of
their values.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from lenticular.apis.aws.dynamodb.errors import invalid, validation
from lenticular.apis.aws.dynamodb.expressions import keyconditions, legacy, paths
from lenticular.apis.aws.dynamodb.expressions.changes import Step, change, check_steps
from lenticular.apis.aws.dynamodb.expressions.compiler import Test, compile_condition
from lenticular.apis.aws.dynamodb.expressions.conditions import parse_condition
from lenticular.apis.aws.dynamodb.expressions.keyconditions import BoundKeyCondition, KeyCondition
from lenticular.apis.aws.dynamodb.expressions.nodes import Condition as ConditionNode
from lenticular.apis.aws.dynamodb.expressions.paths import DocumentPath
from lenticular.apis.aws.dynamodb.expressions.projections import (
    Project,
    parse_projection,
    projection,
)
from lenticular.apis.aws.dynamodb.expressions.scope import Scope, Use, Values
from lenticular.apis.aws.dynamodb.expressions.updates import compile_update, parse_update
from lenticular.apis.aws.dynamodb.values import read_values
from lenticular.apis.aws.wire.service import Params
from lenticular.primitives.tables import Change, Condition, Guard, Item, Table, Update
from lenticular.primitives.tables.values import type_of

_NAME_KEY = re.compile(r"#[A-Za-z0-9_]+")
_VALUE_KEY = re.compile(r":[A-Za-z0-9_]+")
_KEPT = 512
"""Compiled expressions of a kind that are kept."""

_MAKING = frozenset(("SET", "ADD"))

_Names = tuple[tuple[str, str], ...]
_Types = tuple[tuple[str, str], ...]


class UpdatePlan(NamedTuple):
    """What an update does to an item."""

    change: Change
    guard: Guard
    targets: tuple[DocumentPath, ...]
    creates: bool
    """It makes an item where there is none: what only removes does not."""

    def apply(self, write: Update) -> None:
        """Let a write do this."""
        write.change, write.creates = self.change, self.creates
        write.guard = _both(self.guard, write.guard)


class Expressions:
    """The expressions of one request, and the older parameters that they replace.

    The methods are called in the order in which the service checks: the constructor,
    then `read_placeholders`, the expressions, and last `finish`. All raise `AwsError`.
    """

    def __init__(
        self, params: Params, expressions: Sequence[str], replaced: Sequence[str] = ()
    ) -> None:
        self._params = params
        given = [name for name in expressions if name in params]
        if given:
            older = [name for name in replaced if name in params]
            if "KeyConditions" in older and "KeyConditionExpression" not in params:
                older.remove("KeyConditions")
            if older:
                raise validation(
                    "Can not use both expression and non-expression parameters in the same "
                    f"request: Non-expression parameters: {{{', '.join(older)}}} "
                    f"Expression parameters: {{{', '.join(given)}}}"
                )
        elif "ExpressionAttributeNames" in params:
            raise validation(
                "ExpressionAttributeNames can only be specified when using expressions"
            )
        if "ExpressionAttributeValues" in params:
            with_values = [name for name in expressions if name != "ProjectionExpression"]
            if not any(name in given for name in with_values):
                verb = "are" if len(with_values) > 1 else "is"
                raise validation(
                    "ExpressionAttributeValues can only be specified when using expressions: "
                    f"{' and '.join(with_values)} {verb} null"
                )
        self._names: dict[str, str] = {}
        self._values: Values = {}
        self._names_key: _Names = ()
        self._types_key: _Types = ()
        self._uses: dict[str, Use] = {}
        """By parameter."""

    def read_placeholders(self) -> None:
        """Read the names and values that placeholders stand for."""
        names = self._params.get("ExpressionAttributeNames")
        if names is not None:
            _check_keys("ExpressionAttributeNames", names, _NAME_KEY)
            for placeholder, name in names.items():
                if not name:
                    raise validation(
                        "ExpressionAttributeNames contains invalid value: Empty attribute name "
                        f"for key {placeholder}"
                    )
            self._names = names
            self._names_key = tuple(names.items())
        values = self._params.get("ExpressionAttributeValues")
        if values is not None:
            _check_keys("ExpressionAttributeValues", values, _VALUE_KEY)
            self._values = read_values(values)
            self._types_key = tuple((name, type_of(item)) for name, item in self._values.items())

    def condition(self, parameter: str) -> Condition | None:
        """Return the condition of ConditionExpression or FilterExpression; None: none came."""
        text = self._params.get(parameter)
        if text is None:
            return None
        test, use = _condition(parameter, text, self._names_key, self._types_key)
        self._note(parameter, use)
        return _bound(test, self._values)

    def older_condition(self, parameter: str) -> Condition | None:
        """Return the condition of Expected, QueryFilter or ScanFilter; None: none came."""
        given, operator = self._params.get(parameter), self._params.get("ConditionalOperator")
        legacy.check_operator(operator, given)
        if not given:
            return None
        make = legacy.expected_condition if parameter == "Expected" else legacy.filter_condition
        node = make(given, operator)
        return None if node is None else _older_test(parameter, node)

    def update(self) -> UpdatePlan | None:
        """Return the plan of UpdateExpression; None: none came."""
        text = self._params.get("UpdateExpression")
        if text is None:
            return None
        steps, use = _update(text, self._names_key, self._types_key)
        self._note("UpdateExpression", use)
        return _plan(steps, self._values, use.paths, older=False)

    def older_update(self) -> UpdatePlan | None:
        """Return the plan of AttributeUpdates; None: none came."""
        updates = self._params.get("AttributeUpdates")
        if not updates:
            return None
        if "" in updates:
            raise invalid("Empty attribute name")
        scope = Scope("AttributeUpdates", {}, {})
        steps = compile_update(legacy.update_actions(updates), scope)
        return _plan(steps, {}, (), older=True)

    def projection(self) -> Project | None:
        """Return what ProjectionExpression or AttributesToGet asks for; None: everything."""
        text = self._params.get("ProjectionExpression")
        if text is not None:
            project, use = _projection(text, self._names_key)
            self._note("ProjectionExpression", use)
            return project
        names = self._params.get("AttributesToGet")
        return None if names is None else projection((name,) for name in names)

    def check_key_condition(self) -> None:
        """Parse and check KeyConditionExpression, if it came; `key_conditions` reads it."""
        text = self._params.get("KeyConditionExpression")
        if text is not None:
            kind = "KeyConditionExpression"
            self._note(kind, _condition(kind, text, self._names_key, self._types_key)[1])

    def key_conditions(self) -> dict[str, BoundKeyCondition]:
        """Return what KeyConditionExpression or KeyConditions says, by attribute."""
        text = self._params.get("KeyConditionExpression")
        if text is None:
            return legacy.key_conditions(self._params["KeyConditions"])
        conditions = _key_conditions(text, self._names_key, self._types_key)
        values = self._values
        return {
            name: BoundKeyCondition(operator, tuple([values[each] for each in placeholders]))
            for name, (operator, placeholders) in conditions.items()
        }

    def finish(self) -> None:
        """Check that every placeholder that came was used."""
        if self._names_key:
            used = [use.names for use in self._uses.values()]
            _check_used("ExpressionAttributeNames", self._names, used)
        if self._types_key:
            used = [use.values for use in self._uses.values()]
            _check_used("ExpressionAttributeValues", self._values, used)

    def guard(self) -> Guard | None:
        """Return what checks that no path goes into a key attribute; None: none could."""
        if not self._uses:
            return None
        nested = [path for use in self._uses.values() for path in use.paths if len(path) > 1]
        if not nested:
            return None
        return lambda table: paths.check_scalars(table, nested)

    def attributes(self, parameter: str) -> tuple[str, ...]:
        """Return the names of the attributes that a parameter is about."""
        if parameter in self._uses:
            return tuple(str(path[0]) for path in self._uses[parameter].paths)
        return tuple(self._params.get(parameter) or ())

    def _note(self, parameter: str, use: Use) -> None:
        self._uses[parameter] = use
        for check in use.checks:
            check(self._values)


def check_distinct_names(names: Iterable[str] | None) -> None:
    """Check that no attribute is named twice in AttributesToGet. Raises `AwsError`."""
    seen: set[str] = set()
    for name in names or ():
        if name in seen:
            raise invalid(f"Duplicate value in attribute name: {name}")
        if not name:
            raise invalid("Empty attribute name")
        seen.add(name)


@lru_cache(_KEPT)
def _condition(kind: str, text: str, names: _Names, types: _Types) -> tuple[Test, Use]:
    scope = Scope(kind, dict(names), dict(types))
    test = compile_condition(parse_condition(kind, text), scope)
    return test, scope.use()


@lru_cache(_KEPT)
def _key_conditions(text: str, names: _Names, types: _Types) -> dict[str, KeyCondition]:
    kind = "KeyConditionExpression"
    scope = Scope(kind, dict(names), dict(types))
    return keyconditions.key_conditions(parse_condition(kind, text), scope)


@lru_cache(_KEPT)
def _update(text: str, names: _Names, types: _Types) -> tuple[tuple[Step, ...], Use]:
    scope = Scope("UpdateExpression", dict(names), dict(types))
    steps = compile_update(parse_update(text), scope)
    return steps, scope.use()


@lru_cache(_KEPT)
def _projection(text: str, names: _Names) -> tuple[Project, Use]:
    kind = "ProjectionExpression"
    scope = Scope(kind, dict(names), {})
    found = [scope.path(path) for path in parse_projection(kind, text)]
    paths.check_disjoint(kind, found)
    return projection(found), scope.use()


def _bound(test: Test, values: Values) -> Condition:
    return lambda item: test(item, values)


def _older_test(parameter: str, node: ConditionNode) -> Condition:
    return _bound(compile_condition(node, Scope(parameter, {}, {})), {})


def _plan(
    steps: Sequence[Step], values: Values, used: Iterable[DocumentPath], *, older: bool
) -> UpdatePlan:
    nested = [path for path in used if len(path) > 1]

    def make(table: Table, item: Item) -> Item:
        return change(steps, item, values, legacy=older)

    def guard(table: Table) -> None:
        check_steps(table, steps)
        paths.check_scalars(table, nested)

    targets = tuple(step.path for step in steps)
    return UpdatePlan(make, guard, targets, any(step.section in _MAKING for step in steps))


def _both(one: Guard, two: Guard | None) -> Guard:
    if two is None:
        return one

    def guard(table: Table) -> None:
        one(table)
        two(table)

    return guard


def _check_keys(parameter: str, given: Params, form: re.Pattern[str]) -> None:
    if not given:
        raise validation(f"{parameter} must not be empty")
    for key in given:
        if not form.fullmatch(key):
            raise validation(f'{parameter} contains invalid key: Syntax error; key: "{key}"')


def _check_used(parameter: str, given: Iterable[str], used: Iterable[frozenset[str]]) -> None:
    unused = set(given).difference(*used)
    if unused:
        raise validation(
            f"Value provided in {parameter} unused in expressions: "
            f"keys: {{{', '.join(sorted(unused))}}}"
        )
