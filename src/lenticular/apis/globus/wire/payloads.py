"""What requests carry: JSON documents, forms and queries, read strictly and within a limit."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.http import BodyTooLarge, Request

LARGEST = 1024 * 1024
"""Bytes of the largest document or form that is taken."""

_MOST_FIELDS = 200
FORM = "application/x-www-form-urlencoded"


async def read_body(request: Request, largest: int = LARGEST) -> bytes:
    """Return the body. Raises `GlobusError` (413) when it is above `largest` bytes."""
    try:
        return await request.body.read(largest)
    except BodyTooLarge as error:
        raise GlobusError(413, f"The document is too large: {error}") from None


async def read_document(request: Request, kind: Any, largest: int = LARGEST) -> Any:
    """Return the JSON document of a request as a `kind` (a msgspec type).

    Raises `GlobusError` (400) which says what is wrong, and where; and 413 when it is above
    `largest` bytes.
    """
    return decode_document(await read_body(request, largest), kind)


def decode_document(body: bytes, kind: Any) -> Any:
    """Return a body as a `kind`, as `read_document`."""
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise GlobusError(400, f"The document is not as expected: {error}") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise GlobusError(400, f"The document is not JSON: {error}") from None


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form. Raises `GlobusError` (400, 413).

    A field given twice is refused: two readers could take two different ones (RFC 6749,
    section 3.2).
    """
    kind = request.headers.get("content-type", FORM).partition(";")[0].strip().lower()
    if kind != FORM:
        raise GlobusError(400, f"A form is expected, of the type {FORM}, not {kind}")
    body = await read_body(request)
    try:
        return single(pairs_of(body.decode("ascii")))
    except UnicodeDecodeError:
        raise GlobusError(400, "The form cannot be read: it is not percent-encoded") from None


def pairs_of(text: str) -> list[tuple[str, str]]:
    """Return the names and values of a form or query. Raises `GlobusError` (400)."""
    items = text.split("&")
    if len(items) > _MOST_FIELDS:
        raise GlobusError(400, f"More than {_MOST_FIELDS} fields are given")
    pairs = (item.partition("=") for item in items if item)
    return [(unquote_plus(name), unquote_plus(value)) for name, _, value in pairs]


def single(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return named values of which none is given twice. Raises `GlobusError` (400)."""
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            raise GlobusError(400, f"{name[:100]!r} is given more than once")
        fields[name] = value
    return fields
