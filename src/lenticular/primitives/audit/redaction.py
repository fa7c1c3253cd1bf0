"""Takes secrets out of what goes into the log, by the names of the members that hold them."""

from collections.abc import Collection
from typing import Any

from lenticular.primitives.audit.events import HIDDEN, cut

SECRET_NAMES = frozenset(
    {
        "access_token",
        "assertion",
        "client_secret",
        "code",
        "code_verifier",
        "csrf",
        "device_code",
        "globus_connect_setup_key",
        "id_token",
        "new_password",
        "other_tokens",
        "password",
        "private_key",
        "refresh_token",
        "secret",
        "secret_access_key",
        "secret_headers",
        "secret_options",
        "session_token",
        "setup_key",
        "subject_token",
        "token",
        "user_code",
    }
)
"""What OAuth, sign-in forms and local administration call their secrets."""

_LONGEST_TEXT = 4096
"""Characters of a text that are kept."""


def redacted(value: Any, secret: Collection[str] = SECRET_NAMES) -> Any:
    """Return a copy of what JSON can hold in which the members named in `secret` are hidden."""
    match value:
        case dict():
            return {
                key: HIDDEN if key in secret and item else redacted(item, secret)
                for key, item in value.items()
            }
        case list():
            return [redacted(item, secret) for item in value]
        case str():
            return cut(value, _LONGEST_TEXT)
    return value
