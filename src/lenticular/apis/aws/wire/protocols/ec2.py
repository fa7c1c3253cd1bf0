"""EC2's protocol: the query protocol with names and documents of its own.

Forms are those of Smithy 2.0, "AWS EC2 query protocol".
"""

from collections.abc import Callable
from typing import Any

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.models import Operation, Shape
from lenticular.apis.aws.wire.protocols import xml
from lenticular.apis.aws.wire.protocols.query import FormReader, QueryProtocol
from lenticular.apis.aws.wire.service import Result
from lenticular.apis.aws.wire.validation import ValidationFailed
from lenticular.apis.http import Request


class Ec2FormReader(FormReader):
    """Reads forms in which every list is flattened and names begin with a capital."""

    def member_name(self, name: str, shape: Shape) -> str:
        if "queryName" in shape.traits:
            return str(shape.traits["queryName"])
        wire_name = shape.wire_name(name)
        return wire_name[:1].upper() + wire_name[1:]

    def list_items(self, shape: Shape, node: dict[str, Any]) -> dict[str, Any]:
        return node


class Ec2Protocol(QueryProtocol):
    """ec2Query."""

    invalid_code = "InvalidParameterValue"
    malformed_code = "InvalidParameterValue"
    internal_code = "InternalError"
    reader = Ec2FormReader

    def _document_writer(self, operation: Operation) -> Callable[[Result, str, xml.Emit], None]:
        write = self._writer.members(operation.output.members if operation.output else {})
        root = f"{operation.name}Response"
        opening = f'{xml.DECLARATION}<{root} xmlns="{self.model.namespace}">'

        def write_document(result: Result, request_id: str, emit: xml.Emit) -> None:
            emit(f"{opening}<requestId>{xml.escape(request_id)}</requestId>")
            write(result, emit)
            emit(f"</{root}>")

        return write_document

    def explain(self, error: Exception) -> AwsError:
        if isinstance(error, ValidationFailed):
            missing = [problem.path for problem in error.problems if problem.is_missing]
            if missing:
                name = missing[0][:1].upper() + missing[0][1:]
                message = f"The request must contain the parameter {name}"
                return AwsError("MissingParameter", message, 400)
        return super().explain(error)

    def error_document(self, error: AwsError, shape: Shape | None, request: Request) -> bytes:
        body = xml.error_members(self._writer, error, shape, error.code)
        return (
            f"{xml.DECLARATION}<Response><Errors><Error>{body}</Error></Errors>"
            f"<RequestID>{xml.escape(request.id)}</RequestID></Response>"
        ).encode()
