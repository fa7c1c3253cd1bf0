"""Protection of forms against forgery: a token that only a page of ours can have, and the origin.

OWASP "Cross-Site Request Forgery Prevention Cheat Sheet": a token bound to the session,
before sign-in to a signed cookie (double submit), and the Origin header beside it. Origin
counts ports, cookies do not: a page in a bucket, on another port of this host, is another
origin though the browser takes it for the same site.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping

from lenticular.apis.http import Request

FIELD = "csrf"
"""Name of the form field that holds the token."""

_NONCE = 16
_SIGNATURE = 32


class FormTokens:
    """Makes and checks the tokens of forms.

    `key` is the cloud's own, at least 32 random bytes, the same in all its processes.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < _SIGNATURE:
            raise ValueError(f"a key of form tokens has at least 32 bytes, not {len(key)}")
        self._key = key

    def token(self, secret: str) -> str:
        """Return a token for the forms of the session that has this csrf `secret`.

        Before sign-in the secret is the value of the cookie that `new_visit` made. Each
        token is written differently, so that pages of one session have nothing in common.
        """
        nonce = secrets.token_bytes(_NONCE)
        return _text(nonce + self._sign(b"form", nonce, secret))

    def check(self, secret: str, token: str) -> bool:
        """Tell whether `token` was made for `secret`."""
        data = _bytes(token)
        nonce, signature = data[:_NONCE], data[_NONCE:]
        return bool(secret) and hmac.compare_digest(signature, self._sign(b"form", nonce, secret))

    def new_visit(self) -> str:
        """Return the value of a cookie for a browser that nobody has signed in with yet."""
        nonce = secrets.token_bytes(_NONCE)
        return _text(nonce + self._sign(b"visit", nonce, ""))

    def is_visit(self, value: str) -> bool:
        """Tell whether a cookie's value is one that `new_visit` made."""
        data = _bytes(value)
        nonce, signature = data[:_NONCE], data[_NONCE:]
        return hmac.compare_digest(signature, self._sign(b"visit", nonce, ""))

    def _sign(self, purpose: bytes, nonce: bytes, secret: str) -> bytes:
        # The nonce has a fixed length and the purposes differ: nothing can be read two ways.
        message = purpose + b"\0" + nonce + secret.encode()
        return hmac.digest(self._key, message, hashlib.sha256)


def is_same_origin(request: Request) -> bool:
    """Tell whether a posted form comes from a page of the origin that it is posted to."""
    return is_own_form(request.headers, request.scheme)


def is_own_form(headers: Mapping[str, str], scheme: str) -> bool:
    """Tell the same by a request's headers and scheme.

    A browser says where a form was; a script with a cookie jar says nothing, and is held to
    the token alone.
    """
    origin = headers.get("origin")
    if origin is not None:
        return origin == f"{scheme}://{headers.get('host', '')}"
    return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""
