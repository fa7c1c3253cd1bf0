"""The keys of OpenID Connect issuers: our own at hand, those of others over HTTPS.

OpenID Connect Discovery 1.0, "Obtaining OpenID Provider Configuration Information".
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import httpx
import msgspec

from lenticular.primitives.sessions import IssuerUnreachable

Jwks = Mapping[str, Any]
"""A key set (RFC 7517), with only public keys."""

OwnKeys = Callable[[str], Awaitable[Jwks | None]]
"""Returns the keys of an issuer of this cloud by its URL; None: the issuer is another's."""

KEPT = 3600.0
"""Seconds for which an issuer's keys are used without asking again."""

ASKED_AGAIN = 30.0
"""Seconds before which an issuer is not asked again, whatever it had answered: strangers may
send tokens, and must not make this cloud send a request for each."""

TIMEOUT = 5.0
"""Seconds that an issuer has to answer."""

LARGEST = 256 * 1024
"""Bytes that are read of an answer at most."""


_FAILURES = (
    httpx.HTTPError,
    httpx.InvalidURL,
    TimeoutError,
    ValueError,
    LookupError,
    TypeError,
)
"""What asking somebody unknown may end in."""


class _Answer(NamedTuple):
    asked: float
    keys: Jwks | None
    """None: they could not be had."""


async def no_own_keys(issuer: str) -> Jwks | None:
    """Stand for a cloud that issues no tokens."""
    return None


class Issuers:
    """Finds the keys that tokens are verified with."""

    def __init__(
        self,
        own: OwnKeys = no_own_keys,
        *,
        over_http: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Find our own issuer's keys by `own`; with `over_http`, take those of others without TLS.

        `transport` and `clock` are for tests.
        """
        self._own = own
        self._schemes = ("https", "http") if over_http else ("https",)
        self._transport = transport
        self._clock = clock
        self._answers: dict[str, _Answer] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def keys(self, issuer: str, *, fresh: bool = False) -> Jwks:
        """Return the keys of an issuer; with `fresh`, those of now, unless just asked for.

        Raises `IssuerUnreachable`.
        """
        own = await self._own(issuer)
        if own is not None:
            return own
        async with self._locks.setdefault(issuer, asyncio.Lock()):
            known = self._answers.get(issuer)
            age = self._clock() - known.asked if known else KEPT
            if known is None or age >= (ASKED_AGAIN if fresh or not known.keys else KEPT):
                known = _Answer(self._clock(), await self._ask(issuer))
                self._answers[issuer] = known
        if known.keys is None:
            raise IssuerUnreachable(
                "Couldn't retrieve verification key from your identity provider: it must answer "
                "at the issuer's https address with /.well-known/openid-configuration"
            )
        return known.keys

    async def _ask(self, issuer: str) -> Jwks | None:
        try:
            async with (
                asyncio.timeout(TIMEOUT),
                httpx.AsyncClient(transport=self._transport, timeout=TIMEOUT) as client,
            ):
                url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
                described = await self._fetch(client, url)
                if described.get("issuer") != issuer:
                    return None
                keys = await self._fetch(client, described["jwks_uri"])
                return keys if isinstance(keys.get("keys"), list) else None
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            TimeoutError,
            ValueError,
            LookupError,
            TypeError,
        ):
            return None

    async def _fetch(self, client: httpx.AsyncClient, url: str) -> dict[str, Any]:
        """Return a JSON object. Raises ValueError for anything else, or what httpx raises."""
        if httpx.URL(url).scheme not in self._schemes:
            raise ValueError("keys that come unprotected prove nothing")
        # As it is: a small compressed answer could unfold to a large one.
        async with client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as response:
            response.raise_for_status()
            data = b""
            async for piece in response.aiter_raw():
                data += piece
                if len(data) > LARGEST:
                    raise ValueError("the answer is too large")
        document = msgspec.json.decode(data)
        if not isinstance(document, dict):
            raise ValueError("the answer is no object")
        return document
