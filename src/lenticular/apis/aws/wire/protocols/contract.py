"""The contract of a wire protocol, and what all six have in common.

A protocol is bound to one service. From the service's model it makes, once per
operation and when first used, a parser (HTTP request to parameters) and a serialiser
(result to HTTP response).
"""

import errno
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.models import Operation, ServiceModel, Shape
from lenticular.apis.aws.wire.service import Call, Params, Result, Service
from lenticular.apis.aws.wire.validation import ValidationFailed
from lenticular.apis.http import BodyError, BodyTooLarge, Request, Response
from lenticular.engines.blobs.contract import BlobStoreFull
from lenticular.engines.kv.contract import StoreFull

Arguments = Mapping[str, str]
"""What routing read of a request: the labels of a REST path, or the pairs of a form."""
Parser = Callable[[Request, Arguments], Awaitable[Params]]
Serialiser = Callable[[Result, Call], Response]
Headers = list[tuple[str, str]]

MIB = 1024 * 1024

BUSY = "This cloud serves as many at once as it may open files for. Please try again."

FULL = (
    "The disk of this cloud is full: nothing was written. Delete something, or ask whoever runs "
    "the cloud to make room; reading and deleting go on."
)


class Malformed(ValueError):
    """A document that cannot be read; says what is wrong with it, for the client."""


class MalformedParameter(Malformed):
    """A header, a label or a member of the query that cannot be read."""

    def __init__(self, name: str, value: str, problem: object) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name
        self.value = value


class WireProtocol(ABC):
    """One protocol, bound to one service."""

    content_type: str
    """Of documents."""
    limit = 16 * MIB
    """The largest document taken where the service does not say, in bytes."""
    malformed_code = "SerializationException"
    invalid_code = "ValidationException"
    internal_code = "InternalFailure"
    busy_code = "ServiceUnavailable"
    full_code = ""
    """Of the error that the cloud's disk is full; empty: that of an internal error."""
    request_id_header = "x-amzn-requestid"

    def __init__(self, model: ServiceModel, service: Service) -> None:
        self.model = model
        self.service = service
        self.document_limit = service.document_limit or self.limit
        self._parsers: dict[str, Parser] = {}
        self._serialisers: dict[str, Serialiser] = {}

    @abstractmethod
    def compile_parser(self, operation: Operation) -> Parser:
        """Make the function that reads the parameters of `operation`.

        It raises `Malformed` and `BodyError`.
        """

    @abstractmethod
    def compile_serialiser(self, operation: Operation) -> Serialiser:
        """Make the function that writes the result of `operation`."""

    @abstractmethod
    def error_document(self, error: AwsError, shape: Shape | None, request: Request) -> bytes:
        """Write `error`, whose shape in the model is `shape` if it has one there."""

    async def parse(self, operation: Operation, request: Request, arguments: Arguments) -> Params:
        """Read the parameters of a request.

        Raises `Malformed`, `BodyError`, and `AwsError` for an operation that takes an event stream.
        """
        parser = self._parsers.get(operation.name)
        if parser is None:
            if operation.takes_event_stream:
                message = f"{operation.name} takes an event stream; this version reads none"
                raise AwsError("NotImplemented", message, 501)
            parser = self._parsers[operation.name] = self.compile_parser(operation)
        return await parser(request, arguments)

    def serialise(self, operation: Operation, result: Result | bytes, call: Call) -> Response:
        """Write the response of a successful call."""
        if isinstance(result, bytes):
            headers = [*self.response_headers(call.request), ("content-type", self.content_type)]
            return Response(call.status or operation.status, headers, result)
        serialiser = self._serialisers.get(operation.name)
        if serialiser is None:
            serialiser = self._serialisers[operation.name] = self.compile_serialiser(operation)
        return serialiser(result, call)

    def response_headers(self, request: Request) -> Headers:
        """Return a new list of the headers that every response carries."""
        return [(self.request_id_header, request.id)]

    def fail(self, error: AwsError, request: Request) -> Response:
        """Write an error in this protocol's form."""
        shape = self.model.errors.get(error.code)
        status = error.status
        if shape is not None and not error.has_own_status:
            status = _status_in_model(shape)
        headers = [*self.response_headers(request), *self.error_headers(error, shape)]
        headers += error.headers.items()
        if request.method == "HEAD" or status in {204, 304}:
            return Response(status, headers)
        headers.append(("content-type", self.content_type))
        return Response(status, headers, self.error_document(error, shape, request))

    def error_headers(self, error: AwsError, shape: Shape | None) -> Headers:
        """Return the headers that tell of an error beside its document."""
        return []

    def explain(self, error: Exception) -> AwsError:
        """Return the error of this protocol for one that any of its requests may meet."""
        match error:
            case AwsError():
                return error
            case ValidationFailed():
                return AwsError(self.invalid_code, str(error), 400)
            case Malformed():
                return AwsError(self.malformed_code, str(error), 400)
            case BodyTooLarge():
                return self.too_large(error.limit)
            case BodyError():
                return AwsError("IncompleteBody", f"The body cannot be used: {error}", 400)
            case StoreFull() | BlobStoreFull():
                # A status that clients do not try again at once: it would be in vain.
                return AwsError(self.full_code or self.internal_code, FULL, 507)
            case OSError(errno=errno.EMFILE | errno.ENFILE):
                return AwsError(self.busy_code, BUSY, 503)
        message = "An internal error occurred. Please try again; the log has it by request id."
        return AwsError(self.internal_code, message, 500)

    def too_large(self, limit: int) -> AwsError:
        """Return the error for a document above `limit` bytes."""
        message = f"The request's document is larger than the {limit} bytes taken here"
        return AwsError("RequestEntityTooLarge", message, 413)


def _status_in_model(shape: Shape) -> int:
    status: int | None = shape.traits.get("error", {}).get("httpStatusCode")
    return status or (500 if shape.traits.get("fault") else 400)


def error_code(error: AwsError, shape: Shape | None) -> str:
    """Return the code of an error on the wire, which its shape may have under another name."""
    code: str = shape.traits.get("error", {}).get("code", shape.name) if shape else error.code
    return code


def fault(error: AwsError) -> str:
    """Return who is to blame for an error: ``Sender`` or ``Receiver``."""
    return "Sender" if error.status < 500 else "Receiver"
