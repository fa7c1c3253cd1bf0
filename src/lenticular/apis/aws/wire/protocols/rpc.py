"""Remote procedure calls whose parameters and results are whole documents: JSON and CBOR."""

from abc import abstractmethod
from typing import Any

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.models import Operation, ServiceModel, Shape
from lenticular.apis.aws.wire.protocols.contract import (
    Arguments,
    Headers,
    Parser,
    Serialiser,
    WireProtocol,
    error_code,
    fault,
)
from lenticular.apis.aws.wire.protocols.documents import DocumentReader, DocumentWriter, Values
from lenticular.apis.aws.wire.service import Call, Params, Result, Service
from lenticular.apis.http import Request, Response


class RpcProtocol(WireProtocol):
    """What the protocols have in common; each has its own encoding and names of errors."""

    values: Values

    def __init__(self, model: ServiceModel, service: Service) -> None:
        super().__init__(model, service)
        self._reader = DocumentReader(self.values, service.opaque)
        self._writer = DocumentWriter(self.values, service.opaque)

    @staticmethod
    @abstractmethod
    def decode(document: bytes) -> Any:
        """Decode a document; an empty one as an empty map. Raises `Malformed`."""

    @staticmethod
    @abstractmethod
    def encode(value: Any) -> bytes:
        """Encode a document."""

    @abstractmethod
    def error_type(self, error: AwsError, shape: Shape | None) -> str:
        """Return the ``__type`` of an error."""

    def compile_parser(self, operation: Operation) -> Parser:
        decode, limit = self.decode, self.document_limit
        read = self._reader(operation.input) if operation.input else None

        async def parse(request: Request, arguments: Arguments) -> Params:
            document = decode(await request.body.read(limit))
            params: Params = read(document) if read else {}
            return params

        return parse

    def compile_serialiser(self, operation: Operation) -> Serialiser:
        encode, status = self.encode, operation.status
        write = self._writer(operation.output) if operation.output else None
        content_type = ("content-type", self.content_type)

        def serialise(result: Result, call: Call) -> Response:
            headers = [*self.response_headers(call.request), content_type]
            return Response(call.status or status, headers, encode(write(result) if write else {}))

        return serialise

    def error_headers(self, error: AwsError, shape: Shape | None) -> Headers:
        if not self.model.is_query_compatible:
            return []
        code = error.query_code or error_code(error, shape)
        return [("x-amzn-query-error", f"{code};{fault(error)}")]

    def error_document(self, error: AwsError, shape: Shape | None, request: Request) -> bytes:
        members = error_members(self._writer, error, shape)
        return self.encode({"__type": self.error_type(error, shape), **members})


def error_members(writer: DocumentWriter, error: AwsError, shape: Shape | None) -> dict[str, Any]:
    """Write the message of an error and its fields, which its shape need not have."""
    members = shape.members if shape else {}
    message = next((name for name in members if name.lower() == "message"), "message")
    values = {message: error.message, **error.fields}
    modelled = {name: value for name, value in values.items() if name in members}
    others = {name: value for name, value in values.items() if name not in members}
    written: dict[str, Any] = writer.structure(members)(modelled)
    return others | written
