"""The REST JSON protocol: REST with JSON documents.

Forms are those of Smithy 2.0, "AWS restJson1 protocol".
"""

from collections.abc import Mapping

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.models import Operation, ServiceModel, Shape
from lenticular.apis.aws.wire.protocols.bindings import HeadWriter
from lenticular.apis.aws.wire.protocols.contract import Headers
from lenticular.apis.aws.wire.protocols.documents import DocumentReader, DocumentWriter
from lenticular.apis.aws.wire.protocols.json import JSON_VALUES, decode, encode
from lenticular.apis.aws.wire.protocols.rest import ReadDocument, RestProtocol, WriteDocument
from lenticular.apis.aws.wire.protocols.rpc import error_members
from lenticular.apis.aws.wire.service import Service
from lenticular.apis.http import Request


class RestJsonProtocol(RestProtocol):
    """restJson1."""

    content_type = "application/json"

    def __init__(self, model: ServiceModel, service: Service) -> None:
        super().__init__(model, service)
        self._reader = DocumentReader(JSON_VALUES, service.opaque)
        self._writer = DocumentWriter(JSON_VALUES, service.opaque)

    def document_reader(self, shape: Shape, members: Mapping[str, Shape]) -> ReadDocument:
        if shape.traits.get("document"):
            return decode
        read = self._reader.structure(members)
        return lambda document: read(decode(document))

    def document_writer(
        self, operation: Operation, shape: Shape, members: Mapping[str, Shape]
    ) -> WriteDocument:
        if shape.traits.get("document"):
            return encode
        write = self._writer.structure(members)
        return lambda value: encode(write(value))

    def error_headers(self, error: AwsError, shape: Shape | None) -> Headers:
        headers: Headers = [("x-amzn-errortype", shape.name if shape else error.code)]
        HeadWriter(shape)(error.fields, headers)
        return headers

    def error_document(self, error: AwsError, shape: Shape | None, request: Request) -> bytes:
        return encode(error_members(self._writer, error, shape))
