"""REST: parameters in the path, the query and the headers, and in the body what is left.

Forms are those of Smithy 2.0, "HTTP binding traits".
"""

from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from lenticular.apis.aws.wire.models import Operation, Shape
from lenticular.apis.aws.wire.protocols.bindings import HeadReader, HeadWriter
from lenticular.apis.aws.wire.protocols.contract import (
    Arguments,
    Malformed,
    Parser,
    Serialiser,
    WireProtocol,
)
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.apis.http import Request, Response

ReadDocument = Callable[[bytes], Any]
WriteDocument = Callable[[Any], bytes]
WriteBody = Callable[[Result], bytes | AsyncIterator[bytes]]


class RestProtocol(WireProtocol):
    """What REST protocols have in common; each has its own document."""

    stream_type = "application/octet-stream"
    """The content type of a stream of which the result does not say."""

    @abstractmethod
    def document_reader(self, shape: Shape, members: Mapping[str, Shape]) -> ReadDocument:
        """Make the function that reads a document of these members of a structure."""

    @abstractmethod
    def document_writer(
        self, operation: Operation, shape: Shape, members: Mapping[str, Shape]
    ) -> WriteDocument:
        """Make the function that writes a document of these members of a structure."""

    def compile_parser(self, operation: Operation) -> Parser:
        shape = operation.input
        read_head = HeadReader(operation)
        payload = shape.traits.get("payload") if shape else None
        if shape is not None and payload is not None:
            return self._payload_parser(shape, payload, read_head)
        if shape is None or not shape.body_members:

            async def parse_head(request: Request, arguments: Arguments) -> Params:
                return read_head(request, arguments)

            return parse_head
        read_document, limit = self.document_reader(shape, shape.body_members), self.document_limit

        async def parse(request: Request, arguments: Arguments) -> Params:
            params = read_head(request, arguments)
            document = await request.body.read(limit)
            if document:
                params.update(read_document(document))
            return params

        return parse

    def _payload_parser(self, shape: Shape, payload: str, read_head: HeadReader) -> Parser:
        member, limit = shape.members[payload], self.document_limit
        is_required = payload in shape.required
        is_text = member.type in {"blob", "string"}
        if member.traits.get("streaming"):

            async def parse_stream(request: Request, arguments: Arguments) -> Params:
                params = read_head(request, arguments)
                params[payload] = request.body
                return params

            return parse_stream
        read_payload = self._payload_reader(member)

        async def parse(request: Request, arguments: Arguments) -> Params:
            params = read_head(request, arguments)
            document = await request.body.read(limit)
            if document or (is_required and is_text):
                params[payload] = read_payload(document)
            elif is_required and not self.service.validate:
                raise Malformed(f"The request has no body; it needs a {member.wire_name(payload)}")
            return params

        return parse

    def _payload_reader(self, member: Shape) -> ReadDocument:
        match member.type:
            case "blob":
                return bytes
            case "string":
                return _read_string
        return self.document_reader(member, member.members)

    def compile_serialiser(self, operation: Operation) -> Serialiser:
        write_head = HeadWriter(operation.output)
        write_body, content_type = self._body_writer(operation)
        members = operation.output.members if operation.output else {}
        typed_by = [
            name for name, at in members.items() if at.wire_name("").lower() == "content-type"
        ]

        def serialise(result: Result, call: Call) -> Response:
            headers = self.response_headers(call.request)
            rest, status = write_head(result, headers)
            if content_type and not any(result.get(name) is not None for name in typed_by):
                headers.append(("content-type", content_type))
            return Response(call.status or status or operation.status, headers, write_body(rest))

        return serialise

    def _body_writer(self, operation: Operation) -> tuple[WriteBody, str]:
        """Make the function that writes the body; return it with the body's content type."""
        shape = operation.output
        payload = shape.traits.get("payload") if shape else None
        if shape is not None and payload is not None:
            member = shape.members[payload]
            if member.type == "blob":
                return lambda rest: rest.get(payload, b""), self.stream_type
            if member.type == "string":
                return lambda rest: rest.get(payload, "").encode(), "text/plain"
            write_payload = self.document_writer(operation, member, member.members)
            return (
                lambda rest: write_payload(rest[payload]) if payload in rest else b"",
                self.content_type,
            )
        if shape is not None and shape.body_members:
            return self.document_writer(operation, shape, shape.body_members), self.content_type
        return _no_body, ""


def _read_string(document: bytes) -> str:
    try:
        return document.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"The body is not UTF-8: {error}") from None


def _no_body(rest: Result) -> bytes:
    if rest:
        raise KeyError(f"the model has no members {sorted(rest)} in this result")
    return b""
