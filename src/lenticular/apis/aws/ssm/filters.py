"""Filters: which parameters DescribeParameters and GetParametersByPath are asked for.

API reference, "ParameterStringFilter".
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.parameters import Parameter, ParameterVersion

Predicate = Callable[[Parameter, ParameterVersion], bool]
Given = Mapping[str, Any]

_EQUALS = "Equals"
_COMPARISONS: Mapping[str, Callable[[str, str], bool]] = {
    _EQUALS: str.__eq__,
    "BeginsWith": str.startswith,
    "Contains": str.__contains__,
}
_OPTIONS: Mapping[str, Sequence[str]] = {
    "Name": ("Equals", "BeginsWith", "Contains"),
    "KeyId": ("Equals", "BeginsWith"),
    "Path": ("OneLevel", "Recursive"),
}
"""By filter key; of any other it is only `_EQUALS`."""

_TEXTS: Mapping[str, Callable[[Parameter, ParameterVersion], str]] = {
    "DataType": lambda parameter, version: version.data_type,
    "KeyId": lambda parameter, version: version.key_id,
    "Name": lambda parameter, version: parameter.name,
    "Tier": lambda parameter, version: version.tier,
    "Type": lambda parameter, version: version.type,
}
OF_PATHS = frozenset({"DataType", "KeyId", "Label", "Type"})
"""What can be filtered by below a path, besides tags."""
OF_DESCRIPTIONS = frozenset({"DataType", "KeyId", "Name", "Path", "Tier", "Type"})
"""What can be filtered by among all parameters, besides tags."""


def predicate(filters: Sequence[Given], keys: frozenset[str]) -> Predicate:
    """Compile filters, all of which must take a parameter.

    Raises InvalidFilterKey, InvalidFilterOption and InvalidFilterValue.
    """
    made = [_compiled(given, keys) for given in filters if given["Key"] != "Label"]
    return lambda parameter, version: all(takes(parameter, version) for takes in made)


def label_of(filters: Sequence[Given]) -> str:
    """Return the label that filters ask for; empty: none. Raises InvalidFilterValue."""
    wanted = [
        value for each in filters if each["Key"] == "Label" for value in each.get("Values", ())
    ]
    if len(wanted) > 1:
        raise AwsError("InvalidFilterValue", "A filter by Label has one value.")
    return wanted[0] if wanted else ""


def _compiled(given: Given, keys: frozenset[str]) -> Predicate:
    key = given["Key"]
    values = given.get("Values", ())
    if key.startswith("tag:"):
        return _by_tag(key.removeprefix("tag:"), values)
    if key not in keys:
        raise AwsError("InvalidFilterKey", f"The filter key {key} cannot be used here.")
    options = _OPTIONS.get(key, (_EQUALS,))
    option = given.get("Option", options[0])
    if option not in options:
        raise AwsError(
            "InvalidFilterOption",
            f"The following filter option is not valid: {option}. Valid options include: "
            f"[{', '.join(options)}].",
        )
    if not values:
        raise AwsError("InvalidFilterValue", f"The filter by {key} has no values.")
    if key == "Path":
        return _by_path(values, recursive=option == "Recursive")
    text, compare = _TEXTS[key], _COMPARISONS[option]
    return lambda parameter, version: any(
        compare(text(parameter, version), value) for value in values
    )


def _by_tag(key: str, values: Sequence[str]) -> Predicate:
    return lambda parameter, version: (
        key in parameter.tags and (not values or parameter.tags[key] in values)
    )


def _by_path(paths: Sequence[str], *, recursive: bool) -> Predicate:
    return lambda parameter, version: any(
        is_below(path, parameter.name, recursive=recursive) for path in paths
    )


def is_below(path: str, name: str, *, recursive: bool) -> bool:
    """Tell whether a name is below a path: right below it, or at any depth."""
    stem = path.rstrip("/") + "/"
    below = name.removeprefix(stem)
    return name.startswith(stem) and bool(below) and (recursive or "/" not in below)
