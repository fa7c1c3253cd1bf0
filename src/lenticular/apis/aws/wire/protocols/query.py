"""The query protocol: parameters in a form, results in XML.

Forms are those of Smithy 2.0, "AWS query protocol".
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.models import Operation, ServiceModel, Shape, ShapeCompiler
from lenticular.apis.aws.wire.protocols import xml
from lenticular.apis.aws.wire.protocols.contract import (
    MIB,
    Arguments,
    Malformed,
    Parser,
    Serialiser,
    WireProtocol,
    error_code,
    fault,
)
from lenticular.apis.aws.wire.protocols.text import text_reader
from lenticular.apis.aws.wire.service import Call, Params, Result, Service
from lenticular.apis.http import Request, Response

FORM_LIMIT = MIB
"""The largest form taken, in bytes."""
MOST_PAIRS = 10_000
"""The most parameters taken in a form."""
_DEPTH = 64
"""The most dots in the name of a parameter."""

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What XML has no way to write (XML 1.0, "Characters"): once kept, every answer that tells it
would be unreadable."""

Node = str | dict[str, Any]
"""A value, or values by the part of their names before the next dot."""
Read = Callable[[Node], Any]


def nest(arguments: Arguments) -> dict[str, Any]:
    """Arrange parameters by the parts of their names: ``Tags.member.1.Key`` lies in ``Tags``."""
    root: dict[str, Any] = {}
    for name, value in arguments.items():
        *parents, last = name.split(".")
        if len(parents) > _DEPTH:
            raise Malformed(f"The parameter {name[:64]} has more than {_DEPTH} parts")
        node = root
        for parent in parents:
            below = node.get(parent)
            if not isinstance(below, dict):
                below = node[parent] = {}
            node = below
        node.setdefault(last, value)
    return root


class FormReader(ShapeCompiler[Read]):
    """Makes functions from the nodes of a form to parameters. They raise `Malformed`."""

    def compile(self, shape: Shape) -> Read:
        match shape.type:
            case "structure":
                return self._structure(shape)
            case "list":
                return self._list(shape)
            case "map":
                return self._map(shape)
        read = text_reader(shape)

        def read_value(node: Node) -> Any:
            if isinstance(node, dict):
                raise Malformed("Start of structure or map found where not expected.")
            if _NOT_IN_XML.search(node):
                raise Malformed("A value has a control character, which no answer could tell")
            return read(node)

        return read_value

    def member_name(self, name: str, shape: Shape) -> str:
        """Return the name in forms of a member that is `name` in the model."""
        return xml.element_name(name, shape)

    def list_items(self, shape: Shape, node: dict[str, Any]) -> dict[str, Any]:
        """Return the members of a list, by their numbers."""
        if shape.flattened:
            return node
        # Some clients write "member" also where the model has another name.
        items = node.get(shape.member.wire_name("member"), node.get("member"))
        return items if isinstance(items, dict) else {}

    def _structure(self, shape: Shape) -> Read:
        readers = {
            self.member_name(name, at): (name, self(at)) for name, at in shape.members.items()
        }

        def read(node: Node) -> dict[str, Any]:
            if not isinstance(node, dict):
                if node:
                    raise Malformed("STRING_VALUE cannot be converted to a structure")
                return {}
            result = {}
            for key, item in node.items():
                if found := readers.get(key):
                    name, read_member = found
                    result[name] = read_member(item)
            return result

        return read

    def _list(self, shape: Shape) -> Read:
        read_member = self(shape.member)

        def read(node: Node) -> list[Any]:
            # An empty list comes as an empty value.
            items = self.list_items(shape, node) if isinstance(node, dict) else {}
            return [read_member(item) for item in _in_order(items)]

        return read

    def _map(self, shape: Shape) -> Read:
        read_key, read_value = self(shape.key), self(shape.value)
        key_name, value_name = shape.key.wire_name("key"), shape.value.wire_name("value")

        def read(node: Node) -> dict[str, Any]:
            entries = node if isinstance(node, dict) else {}
            if not shape.flattened:
                entries = entries.get("entry", {})
            result = {}
            for entry in _in_order(entries):
                if not isinstance(entry, dict) or key_name not in entry:
                    raise Malformed(f"An entry of a map needs a {key_name} and a {value_name}")
                result[read_key(entry[key_name])] = read_value(entry.get(value_name, {}))
            return result

        return read


def _in_order(items: dict[str, Any]) -> Iterable[Any]:
    if not isinstance(items, dict):
        raise Malformed("The members of a list or map are not numbered")
    for number in items:
        if not (number.isascii() and number.isdigit() and len(number) <= 9):
            raise Malformed(f"{number[:64]!r} is not the number of a member of a list or map")
    return [items[number] for number in sorted(items, key=int)]


class QueryProtocol(WireProtocol):
    """awsQuery."""

    content_type = "text/xml"
    limit = FORM_LIMIT
    malformed_code = "MalformedInput"
    invalid_code = "ValidationError"
    reader: type[FormReader] = FormReader

    def __init__(self, model: ServiceModel, service: Service) -> None:
        super().__init__(model, service)
        self._reader = self.reader()
        self._writer = xml.XmlWriter()

    def compile_parser(self, operation: Operation) -> Parser:
        read = self._reader(operation.input) if operation.input else None

        async def parse(request: Request, arguments: Arguments) -> Params:
            params: Params = read(nest(arguments)) if read else {}
            return params

        return parse

    def compile_serialiser(self, operation: Operation) -> Serialiser:
        write, content_type = self._document_writer(operation), ("content-type", self.content_type)

        def serialise(result: Result, call: Call) -> Response:
            headers = [*self.response_headers(call.request), content_type]
            pieces: list[str] = []
            write(result, call.request.id, pieces.append)
            return Response(call.status or operation.status, headers, "".join(pieces).encode())

        return serialise

    def _document_writer(self, operation: Operation) -> Callable[[Result, str, xml.Emit], None]:
        shape = operation.output
        write = self._writer.members(shape.members) if shape else None
        root = f"{operation.name}Response"
        opening = f'{xml.DECLARATION}<{root} xmlns="{self.model.namespace}">'
        wrapper = shape.traits.get("resultWrapper", f"{operation.name}Result") if shape else ""

        def write_document(result: Result, request_id: str, emit: xml.Emit) -> None:
            emit(opening)
            if write is not None:
                emit(f"<{wrapper}>")
                write(result, emit)
                emit(f"</{wrapper}>")
            emit(f"<ResponseMetadata><RequestId>{xml.escape(request_id)}</RequestId>")
            emit(f"</ResponseMetadata></{root}>")

        return write_document

    def error_document(self, error: AwsError, shape: Shape | None, request: Request) -> bytes:
        body = xml.error_members(self._writer, error, shape, error_code(error, shape))
        return (
            f'{xml.DECLARATION}<ErrorResponse xmlns="{self.model.namespace}">'
            f"<Error><Type>{fault(error)}</Type>{body}</Error>"
            f"<RequestId>{xml.escape(request.id)}</RequestId></ErrorResponse>"
        ).encode()
