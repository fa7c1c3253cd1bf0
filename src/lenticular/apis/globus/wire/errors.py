"""Errors of Globus services, and the forms in which each service writes them.

Every service has a document of its own: Auth's lists errors in the manner of JSON:API,
the token endpoint's is RFC 6749's, and Groups, Transfer and Search name a code. An
`ErrorForm` knows the document, and the service's codes for what can happen in each.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import msgspec

from lenticular.apis.http import Request, Response

INTERNAL = "The service failed on this request; its log, under the request's id, tells why"


_OAUTH_CODES = {401: "invalid_client", 403: "unauthorized_client", 500: "server_error"}

_CODES = {
    400: "ClientError.BadRequest",
    401: "AuthenticationFailed",
    403: "PermissionDenied",
    404: "ClientError.NotFound",
    409: "Conflict",
}


class GlobusError(Exception):
    """A refusal in a service's own words.

    `status` is the one of HTTP, `message` says what came, what was expected and what to
    do. `code` is the service's; empty: the one that it has for every error of this
    status. `fields` are further members of the document, `headers` go out with it.
    """

    def __init__(
        self,
        status: int,
        message: str,
        code: str = "",
        *,
        fields: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.fields = dict(fields or {})
        self.headers = dict(headers or {})


class ErrorForm(ABC):
    """How a service writes its errors."""

    def __init__(self, codes: Mapping[int, str] | None = None) -> None:
        """`codes` are the service's, by status, where they are not the form's usual ones."""
        self._codes = dict(codes or {})

    def code(self, error: GlobusError) -> str:
        """Return the code of an error: its own, or the one of its status."""
        return error.code or self._codes.get(error.status) or self.usual_code(error.status)

    def respond(self, request: Request, error: GlobusError) -> Response:
        """Write an error."""
        body = msgspec.json.encode(self.document(request, error))
        headers = [("Content-Type", "application/json"), *error.headers.items()]
        return Response(error.status, headers, body)

    @abstractmethod
    def usual_code(self, status: int) -> str:
        """Return the code of errors of this status in services of this form."""

    @abstractmethod
    def document(self, request: Request, error: GlobusError) -> dict[str, Any]:
        """Return the error's document."""


class ListedErrors(ErrorForm):
    """Globus Auth: ``{"errors": [{status, id, code, title, detail}]}`` (jsonapi.org, "Errors")."""

    def usual_code(self, status: int) -> str:
        return HTTPStatus(status).name

    def document(self, request: Request, error: GlobusError) -> dict[str, Any]:
        listed = {
            "status": str(error.status),
            "id": str(uuid4()),
            "code": self.code(error),
            "title": HTTPStatus(error.status).phrase,
            "detail": error.message,
        }
        return {"errors": [listed | error.fields]}


class OAuthErrors(ErrorForm):
    """The token endpoint: ``{"error", "error_description"}`` (RFC 6749, section 5.2)."""

    def usual_code(self, status: int) -> str:
        return _OAUTH_CODES.get(status, "invalid_request")

    def document(self, request: Request, error: GlobusError) -> dict[str, Any]:
        return {"error": self.code(error), "error_description": error.message} | error.fields


class CodedErrors(ErrorForm):
    """Groups, Transfer and Search: ``{"code", "message", "request_id", "resource"}``."""

    def usual_code(self, status: int) -> str:
        phrase = HTTPStatus(status).phrase.replace(" ", "").replace("-", "")
        return _CODES.get(status, f"{'ServiceError' if status >= 500 else 'ClientError'}.{phrase}")

    def document(self, request: Request, error: GlobusError) -> dict[str, Any]:
        document = {
            "code": self.code(error),
            "message": error.message,
            "request_id": request.id,
            "resource": request.path,
        }
        return document | error.fields
