"""What a website of S3 answers in place of a page: HTML, for people.

Amazon S3 User Guide, "Website endpoints" (key differences between a website endpoint and a
REST API endpoint).
"""

from collections.abc import Mapping
from dataclasses import replace
from html import escape
from http import HTTPStatus

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.models import Operation, Shape
from lenticular.apis.aws.wire.protocols.contract import Arguments, Headers
from lenticular.apis.aws.wire.protocols.s3 import HOST_ID, S3Protocol
from lenticular.apis.aws.wire.rest_paths import decode_path
from lenticular.apis.aws.wire.service import Params
from lenticular.apis.http import Request


class ErrorDocumentFailed(AwsError):
    """An error for which the website has a page, and what kept that from being shown."""

    def __init__(self, error: AwsError, document: AwsError | None) -> None:
        super().__init__(
            error.code, error.message, error.status, fields=error.fields, headers=error.headers
        )
        self.document = document


class WebsiteProtocol(S3Protocol):
    """S3 as browsers see it on a website's host."""

    content_type = "text/html; charset=utf-8"

    async def parse(self, operation: Operation, request: Request, arguments: Arguments) -> Params:
        """Read the key in the path, and what a reader's headers say; the query says nothing."""
        labels = {**arguments, "Key": decode_path(request.raw_path.removeprefix("/"))}
        return await super().parse(operation, replace(request, raw_query=""), labels)

    def error_headers(self, error: AwsError, shape: Shape | None) -> Headers:
        return [
            ("x-amz-error-code", error.code),
            ("content-security-policy", "default-src 'none'"),
            ("x-content-type-options", "nosniff"),
        ]

    def error_document(self, error: AwsError, shape: Shape | None, request: Request) -> bytes:
        title = f"{error.status} {HTTPStatus(error.status).phrase}"
        lines = [
            "<html>",
            f"<head><title>{title}</title></head>",
            "<body>",
            f"<h1>{title}</h1>",
            _items(error, {"RequestId": request.id, "HostId": HOST_ID}),
        ]
        if isinstance(error, ErrorDocumentFailed) and error.document is not None:
            lines += [
                "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>",
                _items(error.document, {}),
            ]
        return "\n".join([*lines, "<hr/>", "</body>", "</html>", ""]).encode()


def _items(error: AwsError, more: Mapping[str, str]) -> str:
    told = {"Code": error.code, "Message": error.message, **error.fields, **more}
    items = "".join(
        f"<li>{escape(name)}: {escape(str(value))}</li>\n" for name, value in told.items()
    )
    return f"<ul>\n{items}</ul>"
