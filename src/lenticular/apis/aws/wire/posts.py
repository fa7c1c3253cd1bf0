"""PostObject on the request path: a form's fields in place of the request's headers.

The fields mean what PutObject's headers mean, by the same names, and are read by the same
code. The request's own headers say nothing of the object: a page cannot set them, and no
policy covers them. Amazon S3 API Reference, "POST Object".
"""

from collections.abc import Mapping

from lenticular.apis.aws.wire.forms import Form, missing_field, read_form
from lenticular.apis.aws.wire.payloads import Payload, form_payload
from lenticular.apis.http import Body, Request

UNCHANGED = frozenset({"awsaccesskeyid", "policy", "signature", "x-amz-signature"})
"""Fields in which ``${filename}`` is no variable."""

FILENAME = "${filename}"

_OF_REQUEST = frozenset(
    {"access-control-request-method", "content-length", "host", "origin", "referer", "user-agent"}
)
"""Headers of the request that it keeps: they say nothing of the object."""

_OF_OBJECT = frozenset(
    {
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-md5",
        "content-type",
        "expires",
        "x-amz-acl",
        "x-amz-expected-bucket-owner",
        "x-amz-request-payer",
        "x-amz-sdk-checksum-algorithm",
        "x-amz-storage-class",
        "x-amz-website-redirect-location",
    }
)
_PREFIXES = (
    "x-amz-checksum-",
    "x-amz-grant-",
    "x-amz-meta-",
    "x-amz-object-lock-",
    "x-amz-server-side-encryption",
)
"""What the names of all other fields begin with that are headers of PutObject."""


class FormFile(Payload):
    """The file of a form, which knows the form."""

    def __init__(self, payload: Payload, fields: Mapping[str, str]) -> None:
        super().__init__(
            payload.source, payload.claims, checksum_algorithm=payload.checksum_algorithm
        )
        self.fields = fields
        """The fields, by lower-case name, with the file's name in place of its variable."""

    def having(self, source: Body) -> "FormFile":
        """Return the same with its bytes read through `source`."""
        payload = Payload(source, self.claims, checksum_algorithm=self.checksum_algorithm)
        return FormFile(payload, self.fields)


async def take_form(request: Request) -> FormFile:
    """Read the form that a request is, up to its file, and make a PutObject's request of it.

    Raises `AwsError` for a form that cannot be read or has no key.
    """
    form = await read_form(request)
    fields = _expanded(form)
    if not fields.get("key"):
        raise missing_field("key")
    headers = {name: value for name, value in request.headers.items() if name in _OF_REQUEST}
    request.headers = headers | _headers(fields)
    request.body = form.file
    return FormFile(form_payload(request), fields)


def _expanded(form: Form) -> dict[str, str]:
    return {
        name: value if name in UNCHANGED else value.replace(FILENAME, form.filename)
        for name, value in form.fields.items()
    }


def _headers(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that are headers of PutObject, as headers come in: as Latin-1."""
    headers = {
        name: value.encode().decode("latin-1")
        for name, value in fields.items()
        if name in _OF_OBJECT or name.startswith(_PREFIXES)
    }
    if "acl" in fields:
        headers["x-amz-acl"] = fields["acl"]
    return headers
