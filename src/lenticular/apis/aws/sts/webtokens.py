"""The tokens of web identities, verified with the keys of whoever issued them."""

import time
from collections.abc import Callable

from lenticular.apis.aws.sts.issuers import Issuers
from lenticular.primitives.identities import Identities, OidcProvider
from lenticular.primitives.sessions import (
    UnknownKey,
    WebIdentity,
    WebIdentityInvalid,
    issuer_of,
    verify,
)


class WebTokens:
    """Verifies tokens for those accounts that trust their issuers."""

    def __init__(
        self, identities: Identities, issuers: Issuers, *, clock: Callable[[], float] = time.time
    ) -> None:
        """Verify with the keys of `issuers`; `clock` tells the time since the epoch."""
        self._identities = identities
        self._issuers = issuers
        self._clock = clock

    async def verify(self, token: str, account_id: str) -> tuple[WebIdentity, OidcProvider]:
        """Return whom a token vouches for, and the identity provider that the account knows.

        Raises `WebIdentityInvalid`, `WebIdentityExpired`, `WebIdentityRejected` or
        `IssuerUnreachable`.
        """
        issuer = issuer_of(token)
        name = issuer.partition("://")[2].rstrip("/")
        provider = await self._identities.oidc.find(account_id, name)
        # Only as its keys are looked for: each other spelling would be asked about anew.
        known = [f"{scheme}://{name}{end}" for scheme in ("https", "http") for end in ("", "/")]
        if provider is None or issuer not in known:
            raise WebIdentityInvalid(
                f"No OpenIDConnect provider found in your account for {issuer}"
            )
        audiences, now = provider.client_ids, self._clock()
        try:
            keys = await self._issuers.keys(issuer)
            return verify(token, issuer, keys, audiences, now), provider
        except UnknownKey:  # the issuer may have a new one
            keys = await self._issuers.keys(issuer, fresh=True)
            return verify(token, issuer, keys, audiences, now), provider
