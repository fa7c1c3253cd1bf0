"""S3's condition keys that stand in a request, for policies that ask for them.

Service Authorization Reference, "Condition keys for Amazon S3". Those of resources
(``s3:ExistingObjectTag/...``) are told by the objects primitive.
"""

import calendar
import time
from collections.abc import Callable, Mapping

from lenticular.apis.aws.s3.tags import header_tags
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params
from lenticular.apis.aws.wire.unmodelled import POST_OBJECT
from lenticular.apis.http import Request
from lenticular.primitives.circumstances import Value

_HEADER = "s3:x-amz-"
_REQUEST_TAG = "s3:requestobjecttag/"

_PARAMETERS = {
    "s3:prefix": "Prefix",
    "s3:delimiter": "Delimiter",
    "s3:max-keys": "MaxKeys",
    "s3:versionid": "VersionId",
}
_HEADERS = {"s3:if-match": "if-match", "s3:if-none-match": "if-none-match"}


def condition_keys(call: Call, params: Params) -> Callable[[str], Value | None]:
    """Return what finds a condition key, given in lower case, in a request."""

    def find(key: str) -> Value | None:
        if key in _PARAMETERS:
            value = params.get(_PARAMETERS[key])
            return None if value is None else str(value)
        if key in _HEADERS:
            return call.request.headers.get(_HEADERS[key])
        if key.startswith(_HEADER):
            return call.request.headers.get(key.removeprefix("s3:"))
        if key.startswith(_REQUEST_TAG):
            return _tags(params).get(key.removeprefix(_REQUEST_TAG))
        if key == "s3:requestobjecttagkeys":
            return tuple(_tags(params)) or None
        if key == "s3:locationconstraint":
            configuration = params.get("CreateBucketConfiguration") or {}
            return configuration.get("LocationConstraint")
        if call.operation == POST_OBJECT and key in _SIGNATURE:
            return _signature_of_form(key, call, params)
        finder = _SIGNATURE.get(key)
        return finder(call.request) if finder is not None else None

    return find


def _tags(params: Params) -> Mapping[str, str]:
    """Return the tags that a request brings, by lower-case name; none where they are malformed."""
    given = params.get("Tagging")
    if isinstance(given, str):
        try:
            pairs = header_tags(given)
        except AwsError:
            return {}
    else:
        tags = (given or {}).get("TagSet") or []
        pairs = {tag.get("Key", ""): tag.get("Value", "") for tag in tags}
    return {name.lower(): value for name, value in pairs.items()}


def _is_presigned(request: Request) -> bool:
    return bool(request.parameters.keys() & {"X-Amz-Signature", "Signature"})


def _auth_type(request: Request) -> str | None:
    if _is_presigned(request):
        return "REST-QUERY-STRING"
    return "REST-HEADER" if "authorization" in request.headers else None


def _signature_version(request: Request) -> str | None:
    if _auth_type(request) is None:
        return None
    scheme = request.headers.get("authorization", "")
    legacy = scheme.startswith("AWS ") or "Signature" in request.parameters
    return "AWS" if legacy else "AWS4-HMAC-SHA256"


def _signature_age(request: Request) -> str | None:
    """Return the milliseconds since a link was signed."""
    return _age(request, request.parameters.get("X-Amz-Date")) if _is_presigned(request) else None


def _age(request: Request, signed: str | None) -> str | None:
    """Return the milliseconds from a time in the basic form of ISO 8601 to a request's."""
    if not signed:
        return None
    try:
        at = time.strptime(signed, "%Y%m%dT%H%M%SZ")
    except ValueError:
        return None
    return str(int((request.received - calendar.timegm(at)) * 1000))


def _signature_of_form(key: str, call: Call, params: Params) -> str | None:
    """Return what the fields of a form tell of its signature."""
    if call.principal.is_anonymous:
        return None
    fields: Mapping[str, str] = params["Body"].fields
    if key == "s3:authtype":
        return "POST"
    if key == "s3:signatureversion":
        return fields.get("x-amz-algorithm", "AWS")
    return _age(call.request, fields.get("x-amz-date"))


_SIGNATURE: Mapping[str, Callable[[Request], str | None]] = {
    "s3:authtype": _auth_type,
    "s3:signatureversion": _signature_version,
    "s3:signatureage": _signature_age,
}
