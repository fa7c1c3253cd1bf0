"""The errors of OAuth in the words of Globus Auth."""

from typing import Any

from lenticular.apis.globus.wire.errors import GlobusError, ListedErrors
from lenticular.apis.http import Request
from lenticular.primitives.oauth import (
    AccessRefused,
    ClientNotAllowed,
    ClientUnknown,
    EntryExists,
    EntryInvalid,
    EntryNotFound,
    OAuthError,
)

_STATUSES: dict[type[OAuthError], int] = {
    ClientUnknown: 401,
    ClientNotAllowed: 403,
    AccessRefused: 403,
    EntryNotFound: 404,
    EntryExists: 409,
    EntryInvalid: 400,
}


class AuthErrors(ListedErrors):
    """The Auth API's: what a token does not allow is told in OAuth's form, too."""

    def document(self, request: Request, error: GlobusError) -> dict[str, Any]:
        document = super().document(request, error)
        if error.status in (401, 403):
            document |= {"error": "unauthorized", "error_description": "Unauthorized"}
        return document


def translate(error: Exception) -> GlobusError | None:
    """Return a neutral error as the Auth API's own."""
    if not isinstance(error, OAuthError):
        return None
    return GlobusError(_STATUSES.get(type(error), 400), _sentence(error))


def translate_grant(error: Exception) -> GlobusError | None:
    """Return a neutral error as the token endpoint's: RFC 6749, section 5.2."""
    if not isinstance(error, OAuthError):
        return None
    if isinstance(error, ClientUnknown):
        headers = {"WWW-Authenticate": 'Basic realm="globus"'}
        return GlobusError(401, str(error), error.code, headers=headers)
    return GlobusError(400, str(error), error.code)


def _sentence(error: OAuthError) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]
