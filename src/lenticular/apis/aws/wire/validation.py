"""The constraints of the models, held against parsed parameters.

What fails is told in the words that AWS's services use ("1 validation error detected:
Value 'x' at 'tableName' failed to satisfy constraint: ...").
"""

import re
import warnings
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from lenticular.apis.aws.wire.models import Shape, ShapeCompiler

MOST_PROBLEMS = 10
"""After so many problems, checking stops."""
_LONGEST_SHOWN = 1024
"""Characters of a value that a message repeats."""
_LONGEST_MATCHED = 1024
"""Characters of a string that is matched against a pattern; a longer one passes."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One value that breaks a constraint."""

    path: str
    """As AWS writes it: ``keySchema.1.member.attributeName``."""
    value: str | None
    """As AWS writes it; None: not to be shown."""
    constraint: str
    is_missing: bool = False

    def __str__(self) -> str:
        quoted = "" if self.value is None else f" '{self.value}'"
        shown = " null" if self.is_missing else quoted
        return f"Value{shown} at '{self.path}' failed to satisfy constraint: {self.constraint}"


class ValidationFailed(Exception):
    """Parameters break constraints of the model. The message is AWS's."""

    def __init__(self, problems: list[Problem]) -> None:
        count = len(problems)
        noun = "error" if count == 1 else "errors"
        super().__init__(f"{count} validation {noun} detected: {'; '.join(map(str, problems))}")
        self.problems = problems


Check = Callable[[Any, str, list[Problem]], None]
"""Adds the problems of a value at a path."""
Constraint = tuple[Callable[[Any], bool], str]
"""Whether a value is right, and what is demanded of it."""


def _no_check(value: object, path: str, problems: list[Problem]) -> None:
    """Stand for a shape that has no constraints."""


class Validator(ShapeCompiler[Check]):
    """Checks parameters against the constraints of their shapes: all but the `opaque` ones."""

    def __init__(self, opaque: Collection[str] = ()) -> None:
        super().__init__()
        self._opaque = opaque

    def validate(self, shape: Shape, params: Any) -> None:
        """Raise `ValidationFailed` when `params` break a constraint of `shape`."""
        check = self(shape)
        if check is not _no_check:
            problems: list[Problem] = []
            check(params, "", problems)
            if problems:
                raise ValidationFailed(problems[:MOST_PROBLEMS])

    def compile(self, shape: Shape) -> Check:
        if shape.name in self._opaque or shape.traits.get("document"):
            return _no_check
        contents = self._contents(shape)
        constraints = _constraints(shape)
        if not constraints:
            return contents

        def check(value: Any, path: str, problems: list[Problem]) -> None:
            for holds, demand in constraints:
                if not holds(value):
                    problems.append(Problem(path, _shown(shape, value), demand))
            contents(value, path, problems)

        return check

    def _contents(self, shape: Shape) -> Check:
        match shape.type:
            case "structure":
                return self._structure(shape)
            case "list":
                return self._list(shape)
            case "map":
                return self._map(shape)
        return _no_check

    def _structure(self, shape: Shape) -> Check:
        required = [(name, _lower_camel(name)) for name in shape.required]
        checks = {
            name: (_lower_camel(name), check_member)
            for name, member in shape.members.items()
            if (check_member := self(member)) is not _no_check
        }
        if not required and not checks:
            return _no_check

        def check(value: Any, path: str, problems: list[Problem]) -> None:
            parent = f"{path}." if path else ""
            for name, label in required:
                if name not in value:
                    demand = "Member must not be null"
                    problems.append(Problem(parent + label, None, demand, is_missing=True))
            for name, (label, check_member) in checks.items():
                if name in value:
                    check_member(value[name], parent + label, problems)

        return check

    def _list(self, shape: Shape) -> Check:
        if shape.member.type not in _CONTAINERS:
            return _check_all(shape, list, "Member", _constraints(shape.member))
        check_member = self(shape.member)
        if check_member is _no_check:
            return _no_check

        def check(value: Any, path: str, problems: list[Problem]) -> None:
            for number, item in enumerate(value, 1):
                if len(problems) >= MOST_PROBLEMS:
                    return
                if item is not None:
                    check_member(item, f"{path}.{number}.member", problems)

        return check

    def _map(self, shape: Shape) -> Check:
        constraints = _constraints(shape.value)
        check_keys = _check_all(shape, dict.keys, "Map keys", _constraints(shape.key))
        check_values = _check_all(shape, dict.values, "Map value", constraints)
        check_member = self._contents(shape.value) if constraints else self(shape.value)
        if check_keys is check_values is check_member is _no_check:
            return _no_check

        def check(value: Any, path: str, problems: list[Problem]) -> None:
            check_keys(value, path, problems)
            check_values(value, path, problems)
            if check_member is not _no_check:
                for key, item in value.items():
                    if len(problems) >= MOST_PROBLEMS:
                        return
                    if item is not None:
                        check_member(item, f"{path}.{key}.member", problems)

        return check


_CONTAINERS = frozenset({"structure", "list", "map"})


def _check_all(
    shape: Shape, parts: Callable[[Any], Iterable[Any]], noun: str, constraints: list[Constraint]
) -> Check:
    """Check each of the parts of a value; the value is shown, and its demands, as a whole."""
    if not constraints:
        return _no_check
    tests = [holds for holds, _ in constraints]
    demand = f"{noun} must satisfy constraint: [{', '.join(each for _, each in constraints)}]"

    def check(value: Any, path: str, problems: list[Problem]) -> None:
        for part in parts(value):
            for holds in tests:
                if part is not None and not holds(part):
                    problems.append(Problem(path, _shown(shape, value), demand))
                    return

    return check


def _constraints(shape: Shape) -> list[Constraint]:
    """Return the constraints of a value itself, in the order in which AWS names them."""
    found: list[Constraint] = []
    low, high = shape.traits.get("min"), shape.traits.get("max")
    if shape.type in {"string", "blob", "list", "map"}:
        if high is not None:
            demand = f"Member must have length less than or equal to {high}"
            found.append((lambda value: len(value) <= high, demand))
        if low:
            demand = f"Member must have length greater than or equal to {low}"
            found.append((lambda value: len(value) >= low, demand))
    elif shape.type in {"integer", "long", "float", "double"}:
        if high is not None:
            demand = f"Member must have value less than or equal to {high}"
            found.append((lambda value: value <= high, demand))
        if low is not None:
            demand = f"Member must have value greater than or equal to {low}"
            found.append((lambda value: value >= low, demand))
    if shape.type == "string":
        found += _pattern(shape.traits.get("pattern"))
        if values := shape.traits.get("enum"):
            demand = f"Member must satisfy enum value set: [{', '.join(values)}]"
            found.append((frozenset(values).__contains__, demand))
    return found


def _pattern(pattern: str | None) -> list[Constraint]:
    """Return the constraint of a pattern, or none when Python cannot or should not match it.

    The patterns are Java's, and matched by backtracking.
    """
    if pattern is None or may_explode(pattern):
        return []
    try:
        with warnings.catch_warnings():
            # What Python warns of ("possible nested set") means something else in Java.
            warnings.simplefilter("error", FutureWarning)
            matches = re.compile(pattern, re.ASCII).fullmatch
    except (re.error, FutureWarning):
        return []

    def holds(value: str) -> bool:
        return len(value) > _LONGEST_MATCHED or matches(value) is not None

    return [(holds, f"Member must satisfy regular expression pattern: {pattern}")]


_ATOMS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:[:=!]|<[=!])|(?<!\))\{\d+\}")
"""What stands for one character, opens a group, or repeats a fixed number of times."""


def may_explode(pattern: str) -> bool:
    """Whether matching may take longer than the square of the string's length.

    So it is taken to be when a group that can match in several ways is repeated, and
    when there are more than two repetitions.
    """
    plain = _ATOMS.sub(lambda atom: "(" if atom[0].startswith("(") else "x", pattern)
    if len(_REPETITION.findall(plain)) > 2:
        return True
    groups = [False]
    for position, sign in enumerate(plain):
        if sign == "(":
            groups.append(False)
        elif sign == ")" and len(groups) > 1:
            is_variable = groups.pop()
            if is_variable and plain[position + 1 : position + 2] in {"*", "+", "{"}:
                return True
            groups[-1] |= is_variable
        elif sign in "*+?{|":
            groups[-1] = True
    return False


def branches(pattern: str) -> int:
    """Return how many ways a pattern may be gone through, its repetitions apart.

    Each part that may be left out doubles them, and each choice within a group multiplies them:
    ``a?a?a?aaa`` is tried in all its ways before it fails.
    """
    plain = _ATOMS.sub(lambda atom: "(" if atom[0].startswith("(") else "x", pattern)
    ways, choices = 1, [1]
    for sign in plain:
        if sign == "(":
            choices.append(1)
        elif sign == ")" and len(choices) > 1:
            ways *= choices.pop()
        elif sign == "|":
            choices[-1] += 1
        elif sign == "?":
            ways *= 2
    return ways


_REPETITION = re.compile(r"[*+]|\{")


def _lower_camel(name: str) -> str:
    return name[:1].lower() + name[1:]


def _shown(shape: Shape, value: Any) -> str | None:
    if shape.type == "blob" or shape.traits.get("sensitive"):
        return None
    text = _java_text(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _java_text(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list():
            return f"[{', '.join(map(_java_text, value))}]"
        case dict():
            pairs = (f"{_java_text(key)}={_java_text(item)}" for key, item in value.items())
            return f"{{{', '.join(pairs)}}}"
    return str(value)
