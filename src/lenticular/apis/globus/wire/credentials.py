"""The Authorization header: Bearer (RFC 6750, section 2.1) and Basic (RFC 7617)."""

import base64
import binascii
from typing import NamedTuple

from lenticular.apis.http import Request


class BasicCredential(NamedTuple):
    """A client's id and secret as it sent them."""

    client_id: str
    secret: str


def bearer_token(request: Request) -> str | None:
    """Return the token of a request that has one."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    return rest.strip() or None if scheme.lower() == "bearer" else None


def basic_credential(request: Request) -> BasicCredential | None:
    """Return the client's id and secret of a request that has them.

    They are taken literally, as globus-sdk and most clients send them, and not form-encoded
    below the base64 as RFC 6749, section 2.3.1, has it: the ids and secrets that are made
    here are the same in both.
    """
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(rest.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    client_id, separator, secret = text.partition(":")
    return BasicCredential(client_id, secret) if separator else None
