"""Signing in with a browser: away to the cloud with a question, back with a code, a cookie.

The agent is the collection's OAuth client (RFC 6749, section 4.1, with PKCE, RFC 7636), but
the code is exchanged by the cloud, so that no secret of the client is here. The cookie holds
the token, sealed by a key that lives as long as this process: it is good at this agent only,
for this collection only, and for looking only.
"""

import base64
import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Callable
from typing import Final, TypeVar
from urllib.parse import urlencode

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from lenticular.agent.serving.answers import SAFE, Refusal
from lenticular.agent.serving.gate import Cloud
from lenticular.apis.http import Request, Response
from lenticular.engines.movers.messages import SignIn
from lenticular.pages.cookies import cookie, read_cookies, remove_cookie

T = TypeVar("T", bound=Struct)

COLLECTIONS: Final = "/collections/"
PATH: Final = "/sign-in/"
"""Where browsers come back to, with the collection's id behind it."""

_PATIENCE: Final = 600
"""Seconds within which a person who was sent to sign in comes back."""

_LINK_SECONDS: Final = 24 * 3600
"""For which a browser keeps a link; it can be opened again."""

_NONCE: Final = 12


class _Errand(Struct, array_like=True):
    """What a browser that was sent to sign in takes along, sealed."""

    state: str
    verifier: str
    target: str
    """Where it wanted to go: a path here."""
    expires: float


class _Badge(Struct, array_like=True):
    """What a browser that signed in shows, sealed."""

    token: str
    expires: float


class Browsers:
    """Browsers that come to look at files."""

    def __init__(self, cloud: Cloud, *, clock: Callable[[], float] = time.time) -> None:
        self._cloud = cloud
        self._clock = clock
        self._cipher = AESGCM(AESGCM.generate_key(256))

    def token(self, request: Request, collection_id: str) -> str:
        """Return the token of a browser that signed in; empty: it did not."""
        sealed = _cookie_of(request, _badge(collection_id))
        badge = self._open(sealed, f"badge {collection_id}", _Badge)
        return badge.token if badge is not None and badge.expires > self._clock() else ""

    def send_away(self, request: Request, collection_id: str, sign_in: str) -> Response:
        """Send a browser to the cloud to sign in, from where it comes back to `come_back`."""
        state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        query = f"?{request.raw_query}" if request.raw_query else ""
        expires = self._clock() + _PATIENCE
        errand = _Errand(state, verifier, f"{request.raw_path}{query}", expires)
        challenge = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        location = f"{sign_in}{'&' if '?' in sign_in else '?'}{urlencode(asked)}"
        sealed = self._seal(errand, f"errand {collection_id}")
        keep = cookie(
            _errand(collection_id),
            sealed,
            secure=request.scheme == "https",
            max_age=_PATIENCE,
            path=f"{PATH}{collection_id}",
        )
        return Response(302, [("Location", location), ("Cache-Control", "no-store"), *SAFE, keep])

    async def come_back(self, request: Request, collection_id: str) -> Response:
        """Take a browser in that comes back. Raises `Refusal`."""
        name = _errand(collection_id)
        errand = self._open(_cookie_of(request, name), f"errand {collection_id}", _Errand)
        fields = request.parameters
        if (
            errand is None
            or errand.expires < self._clock()
            or not hmac.compare_digest(errand.state.encode(), fields.get("state", "").encode())
        ):
            raise Refusal(
                400,
                "SignInFailed",
                "This browser was not sent to sign in from here, or a while ago: open the "
                "address of the file again",
            )
        if "code" not in fields:
            why = fields.get("error_description") or fields.get("error") or "no code came"
            raise Refusal(403, "SignInFailed", f"You were not signed in: {why[:300]}")
        code = SignIn(collection_id, fields["code"], errand.verifier)
        signed_in = await self._cloud.sign_in(code)
        if not signed_in.token:
            raise Refusal(403, "SignInFailed", "The code is not good any more: please try again")
        badge = _Badge(signed_in.token, self._clock() + signed_in.seconds)
        sealed = self._seal(badge, f"badge {collection_id}")
        secure = request.scheme == "https"
        base = f"{COLLECTIONS}{collection_id}"
        keep = cookie(
            _badge(collection_id), sealed, secure=secure, max_age=signed_in.seconds, path=base
        )
        forget = remove_cookie(name, secure=secure, path=f"{PATH}{collection_id}")
        headers = [("Location", errand.target), ("Cache-Control", "no-store"), *SAFE]
        return Response(303, [*headers, keep, forget])

    def remember(self, request: Request, collection_id: str, token: str) -> Response:
        """Let a browser that was given a link keep it, and open what it is for without it.

        So the links on the page of a folder lead on, and the address that people see, and
        may copy, does not let others in.
        """
        badge = _Badge(token, self._clock() + _LINK_SECONDS)
        keep = cookie(
            _badge(collection_id),
            self._seal(badge, f"badge {collection_id}"),
            secure=request.scheme == "https",
            max_age=_LINK_SECONDS,
            path=f"{COLLECTIONS}{collection_id}",
        )
        headers = [("Location", request.raw_path), ("Cache-Control", "no-store"), *SAFE]
        return Response(303, [*headers, keep])

    def _seal(self, content: Struct, context: str) -> str:
        nonce = os.urandom(_NONCE)
        data = msgspec.msgpack.encode(content)
        sealed = nonce + self._cipher.encrypt(nonce, data, context.encode())
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def _open(self, sealed: str, context: str, kind: type[T]) -> T | None:
        try:
            data = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
            return msgspec.msgpack.decode(
                self._cipher.decrypt(data[:_NONCE], data[_NONCE:], context.encode()), type=kind
            )
        except (ValueError, InvalidTag):  # nothing, another process's, or made up
            return None


def _badge(collection_id: str) -> str:
    return f"lenticular-{collection_id}"


def _errand(collection_id: str) -> str:
    return f"lenticular-{collection_id}-errand"


def _cookie_of(request: Request, name: str) -> str:
    return read_cookies(request.headers.get("cookie")).get(name, "")
