"""Bearer tokens: 256 random bits, of which only the SHA-256 is kept.

Whoever reads the store cannot use what is in it. A token is found by its digest, so that
nothing compares it with a secret byte by byte.
"""

import hashlib
import secrets

_SIZE = 32


def new_token() -> str:
    """Return a fresh token, fit for a cookie or a link."""
    return secrets.token_urlsafe(_SIZE)


def digest(token: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
