"""The REST XML protocol: REST with XML documents.

Forms are those of Smithy 2.0, "AWS restXml protocol".
"""

from collections.abc import Mapping

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.models import Operation, ServiceModel, Shape
from lenticular.apis.aws.wire.protocols import xml
from lenticular.apis.aws.wire.protocols.contract import MIB, Malformed, error_code, fault
from lenticular.apis.aws.wire.protocols.rest import ReadDocument, RestProtocol, WriteDocument
from lenticular.apis.aws.wire.service import Service
from lenticular.apis.http import Request


class RestXmlProtocol(RestProtocol):
    """restXml."""

    content_type = "application/xml"
    limit = 2 * MIB
    malformed_code = "MalformedXML"
    invalid_code = "InvalidInput"

    def __init__(self, model: ServiceModel, service: Service) -> None:
        super().__init__(model, service)
        self.namespace = model.namespace or _namespace_of_inputs(model)
        self._reader = xml.XmlReader(demand_required=not service.validate)
        self._writer = xml.XmlWriter()

    def document_reader(self, shape: Shape, members: Mapping[str, Shape]) -> ReadDocument:
        read = self._reader.structure(shape, members)
        wanted = shape.wire_name("")

        def read_document(document: bytes) -> object:
            root = xml.decode(document)
            if wanted and xml.local_name(root) != wanted:
                raise Malformed(f"The root is {xml.local_name(root)[:64]}; it should be {wanted}")
            return read(root)

        return read_document

    def document_writer(
        self, operation: Operation, shape: Shape, members: Mapping[str, Shape]
    ) -> WriteDocument:
        root = self.root_name(operation, shape)
        opening = f'{xml.DECLARATION}<{root} xmlns="{self.namespace}">'
        write, closing = self._writer.members(members), f"</{root}>"

        def write_document(value: object) -> bytes:
            pieces = [opening]
            write(value, pieces.append)
            pieces.append(closing)
            return "".join(pieces).encode()

        return write_document

    def root_name(self, operation: Operation, shape: Shape) -> str:
        """Return the name of the root of a result's document."""
        return shape.wire_name(shape.name)

    def error_document(self, error: AwsError, shape: Shape | None, request: Request) -> bytes:
        body = xml.error_members(self._writer, error, shape, error_code(error, shape))
        return (
            f'{xml.DECLARATION}<ErrorResponse xmlns="{self.namespace}">'
            f"<Error><Type>{fault(error)}</Type>{body}</Error>"
            f"<RequestId>{xml.escape(request.id)}</RequestId></ErrorResponse>"
        ).encode()


def _namespace_of_inputs(model: ServiceModel) -> str:
    """Return the name space that the model gives to documents of requests."""
    for operation in model.operations.values():
        shape = operation.input
        if shape is None:
            continue
        payload = shape.members.get(shape.traits.get("payload", ""))
        for traits in (shape.traits, payload.traits if payload else {}):
            if "xmlNamespace" in traits:
                uri: str = traits["xmlNamespace"]["uri"]
                return uri
    return ""
