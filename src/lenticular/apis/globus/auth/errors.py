"""The errors of OAuth in the words of Globus Auth."""

from lenticular.apis.globus.wire.errors import GlobusError
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
