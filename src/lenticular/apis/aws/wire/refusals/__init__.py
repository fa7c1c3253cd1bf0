"""How AWS words the refusal of a request's credential or signature: S3 in its own way, all
other services in another, with codes and statuses by their protocol.
"""

from lenticular.apis.aws.wire.refusals.contract import Refusals
from lenticular.apis.aws.wire.refusals.s3 import S3Refusals
from lenticular.apis.aws.wire.refusals.services import ServiceRefusals
from lenticular.apis.http import Request

S3_SERVICES = frozenset({"s3", "s3express", "s3-object-lambda", "s3-outposts"})
"""The service names in a credential scope whose requests S3 verifies by its own rules."""

S3 = S3Refusals()
_QUERY = ServiceRefusals(
    403,
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "MissingAuthenticationToken",
    "ExpiredToken",
)
_EXCEPTIONS = (
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "IncompleteSignatureException",
    "MissingAuthenticationTokenException",
    "ExpiredTokenException",
)
_JSON = ServiceRefusals(400, *_EXCEPTIONS)
_REST_JSON = ServiceRefusals(403, *_EXCEPTIONS)


def refusals_for(request: Request, service: str | None) -> Refusals:
    """Return the refusals of the service that a request is for.

    `service` is that of its credential scope, or where the request was routed to. Without
    one, the request is taken for one to S3 unless it carries the marks of a protocol that
    S3 does not speak.
    """
    if service in S3_SERVICES:
        return S3
    headers = request.headers
    content_type = headers.get("content-type", "")
    if (
        "x-amz-target" in headers
        or "smithy-protocol" in headers
        or content_type.startswith("application/x-amz-json")
    ):
        return _JSON
    if request.raw_path == "/" and (
        content_type.startswith("application/x-www-form-urlencoded")
        or "Action" in request.parameters
    ):
        return _QUERY
    return S3 if service is None else _REST_JSON
