"""OpenID Connect identity providers: issuers whose tokens the roles of an account may trust."""

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.identities import spaces
from lenticular.primitives.identities.errors import EntityExists, EntityNotFound
from lenticular.primitives.identities.quotas import count
from lenticular.primitives.identities.records import OidcProvider, decode, encode
from lenticular.primitives.identities.store import IdentityStore

_QUOTA = "OpenIdConnectProvidersPerAccount"


def find_oidc_provider(reader: Reader, account_id: str, issuer: str) -> OidcProvider | None:
    """Return what an account knows of an issuer (host and path, no scheme), or None."""
    raw = reader.get(spaces.OIDC.pack(account_id, issuer))
    return None if raw is None else decode(raw, OidcProvider)


class OidcProviders:
    """The OpenID Connect identity providers of every account."""

    def __init__(self, store: IdentityStore) -> None:
        self._store = store

    async def create(
        self,
        account_id: str,
        issuer: str,
        client_ids: Sequence[str] = (),
        thumbprints: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
        *,
        over_http: bool = False,
    ) -> OidcProvider:
        """Trust an issuer (host and path, no scheme). Raises `EntityExists`, `QuotaExceeded`."""
        made = OidcProvider(
            account_id,
            issuer,
            tuple(dict.fromkeys(client_ids)),
            tuple(thumbprints),
            self._store.now(),
            dict(tags or {}),
            over_http,
        )

        def create(tx: Transaction) -> None:
            if find_oidc_provider(tx, account_id, issuer) is not None:
                raise EntityExists(f"Provider with url https://{issuer} already exists.")
            count(tx, account_id, _QUOTA, 1)
            _put(tx, made)

        await self._store.change(create)
        return made

    async def find(self, account_id: str, issuer: str) -> OidcProvider | None:
        """Return what an account knows of an issuer, or None."""
        return await self._store.read(lambda reader: find_oidc_provider(reader, account_id, issuer))

    async def list(self, account_id: str) -> list[OidcProvider]:
        """Return every issuer that an account trusts, by host and path."""
        return await self._store.read(
            lambda reader: [
                decode(raw, OidcProvider) for _, raw in reader.range(*spaces.OIDC.range(account_id))
            ]
        )

    async def alter(
        self, account_id: str, issuer: str, change: Callable[[OidcProvider], OidcProvider]
    ) -> None:
        """Change what an account knows of an issuer. Raises `EntityNotFound`."""
        await self._store.change(lambda tx: _put(tx, change(_get(tx, account_id, issuer))))

    async def add_client(self, account_id: str, issuer: str, client_id: str) -> None:
        """Accept tokens for a further audience. Raises `EntityNotFound`."""
        await self.alter(
            account_id,
            issuer,
            lambda provider: replace(
                provider, client_ids=tuple(dict.fromkeys((*provider.client_ids, client_id)))
            ),
        )

    async def remove_client(self, account_id: str, issuer: str, client_id: str) -> None:
        """Accept tokens for an audience no more. Raises `EntityNotFound`."""
        await self.alter(
            account_id,
            issuer,
            lambda provider: replace(
                provider,
                client_ids=tuple(known for known in provider.client_ids if known != client_id),
            ),
        )

    async def delete(self, account_id: str, issuer: str) -> None:
        """Trust an issuer no more. Raises `EntityNotFound`."""

        def delete(tx: Transaction) -> None:
            _get(tx, account_id, issuer)
            tx.delete(spaces.OIDC.pack(account_id, issuer))
            count(tx, account_id, _QUOTA, -1)

        await self._store.change(delete)


def _get(reader: Reader, account_id: str, issuer: str) -> OidcProvider:
    provider = find_oidc_provider(reader, account_id, issuer)
    if provider is None:
        arn = f"arn:aws:iam::{account_id}:oidc-provider/{issuer}"
        raise EntityNotFound(f"OpenIDConnect Provider not found for arn {arn}")
    return provider


def _put(tx: Transaction, provider: OidcProvider) -> None:
    tx.set(spaces.OIDC.pack(provider.account_id, provider.issuer), encode(provider))
