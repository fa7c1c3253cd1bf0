"""Documents of maps and lists: what JSON and CBOR have in common.

Only single values differ, and each protocol says how in a `Values`. Shapes named
*opaque*, and those the model calls documents, go through as they are.
"""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from lenticular.apis.aws.wire.models import Shape, ShapeCompiler
from lenticular.apis.aws.wire.protocols.contract import Malformed
from lenticular.apis.aws.wire.protocols.text import BOUNDS

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Values:
    """How a format reads and writes the single values that it has no type of its own for."""

    read_timestamp: Convert
    write_timestamp: Callable[[Shape], Convert]
    read_blob: Convert
    write_blob: Convert
    write_float: Convert


def unchanged(value: Any) -> Any:
    """Stand for a shape whose values need no conversion."""
    return value


def _is_opaque(shape: Shape, opaque: Collection[str]) -> bool:
    return shape.name in opaque or bool(shape.traits.get("document"))


class DocumentReader(ShapeCompiler[Convert]):
    """Makes functions from decoded documents to parameters. They raise `Malformed`."""

    def __init__(self, values: Values, opaque: Collection[str] = ()) -> None:
        super().__init__()
        self._values = values
        self._opaque = opaque

    def compile(self, shape: Shape) -> Convert:
        if _is_opaque(shape, self._opaque):
            return unchanged
        match shape.type:
            case "structure":
                return self.structure(shape.members)
            case "list":
                return self._list(shape)
            case "map":
                return self._map(shape)
            case "string":
                return _read_string
            case "boolean":
                return _read_boolean
            case "integer" | "long":
                return _integer_reader(shape.type)
            case "float" | "double":
                return _read_float
            case "timestamp":
                return self._values.read_timestamp
            case "blob":
                return self._values.read_blob
        raise TypeError(f"{shape} is of an unknown type")

    def structure(self, members: Mapping[str, Shape]) -> Convert:
        """Make the function that reads a structure of these members, and no others."""
        readers = {at.wire_name(name): (name, self(at)) for name, at in members.items()}

        def read(value: Any) -> dict[str, Any]:
            if type(value) is not dict:
                raise _misplaced(value, "a structure")
            result = {}
            for key, item in value.items():
                found = readers.get(key)
                if found is not None and item is not None:
                    name, read_member = found
                    result[name] = read_member(item)
            return result

        return read

    def _list(self, shape: Shape) -> Convert:
        read_member = self._member(shape, shape.member)

        def read(value: Any) -> list[Any]:
            if type(value) is not list:
                raise _misplaced(value, "a list")
            return value if read_member is unchanged else [read_member(item) for item in value]

        return read

    def _map(self, shape: Shape) -> Convert:
        read_value = self._member(shape, shape.value)

        def read(value: Any) -> dict[str, Any]:
            if type(value) is not dict:
                raise _misplaced(value, "a map")
            if read_value is unchanged:
                return value
            return {_read_string(key): read_value(item) for key, item in value.items()}

        return read

    def _member(self, container: Shape, member: Shape) -> Convert:
        read = self(member)
        if read is unchanged or not container.traits.get("sparse"):
            return read
        return lambda item: None if item is None else read(item)


class DocumentWriter(ShapeCompiler[Convert]):
    """Makes functions from results to documents that can be encoded."""

    def __init__(self, values: Values, opaque: Collection[str] = ()) -> None:
        super().__init__()
        self._values = values
        self._opaque = opaque

    def compile(self, shape: Shape) -> Convert:
        if _is_opaque(shape, self._opaque):
            return unchanged
        match shape.type:
            case "structure":
                return self.structure(shape.members)
            case "list":
                return self._list(shape)
            case "map":
                return self._map(shape)
            case "float" | "double":
                return self._values.write_float
            case "timestamp":
                return self._values.write_timestamp(shape)
            case "blob":
                return self._values.write_blob
        return unchanged

    def structure(self, members: Mapping[str, Shape]) -> Convert:
        """Make the function that writes a structure of these members.

        It raises KeyError for a member that the model does not have.
        """
        writers = {name: (at.wire_name(name), self(at)) for name, at in members.items()}

        def write(value: Any) -> dict[str, Any]:
            result = {}
            for name, item in value.items():
                if item is not None:
                    key, write_member = writers[name]
                    result[key] = write_member(item)
            return result

        return write

    def _list(self, shape: Shape) -> Convert:
        write_member = self._member(shape, shape.member)
        if write_member is unchanged:
            return unchanged
        return lambda value: [write_member(item) for item in value]

    def _map(self, shape: Shape) -> Convert:
        write_value = self._member(shape, shape.value)
        if write_value is unchanged:
            return unchanged
        return lambda value: {key: write_value(item) for key, item in value.items()}

    def _member(self, container: Shape, member: Shape) -> Convert:
        write = self(member)
        if write is unchanged or not container.traits.get("sparse"):
            return write
        return lambda item: None if item is None else write(item)


def _read_string(value: Any) -> str:
    if type(value) is not str:
        raise _misplaced(value, "String")
    return value


def _read_boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise _misplaced(value, "Boolean")
    return value


def _integer_reader(type_name: str) -> Convert:
    bound = BOUNDS[type_name]

    def read(value: Any) -> int:
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int:
            raise _misplaced(value, type_name.capitalize())
        if not -bound <= value < bound:
            raise Malformed(f"{value} is out of the range of the type {type_name.capitalize()}")
        return value

    return read


_NAMED_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def _read_float(value: Any) -> float:
    if type(value) is str and value in _NAMED_FLOATS:
        return _NAMED_FLOATS[value]
    if type(value) not in {int, float}:
        raise _misplaced(value, "Double")
    return float(value)


def _misplaced(value: Any, wanted: str) -> Malformed:
    """Return the error, in AWS's words, for a value of the wrong type."""
    if isinstance(value, dict):
        return Malformed("Start of structure or map found where not expected.")
    if isinstance(value, list):
        return Malformed("Start of list found where not expected")
    return Malformed(f"{type_name(value)} cannot be converted to {wanted}")


def type_name(value: Any) -> str:
    """Return what AWS calls the type of a single value of a document."""
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    if isinstance(value, int | float):
        return "NUMBER_VALUE"
    return "NULL_VALUE" if value is None else "STRING_VALUE"
