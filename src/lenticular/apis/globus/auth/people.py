"""What is told of a person to clients, put together of all that is known of them."""

from collections.abc import Collection
from typing import Any

from lenticular.primitives.oauth import Grant
from lenticular.primitives.oauth.idtokens import member_claims, person_claims
from lenticular.primitives.people import (
    CLIENT_PROVIDER,
    LOCAL_PROVIDER,
    Identity,
    People,
)

_OWN_PROVIDERS = {LOCAL_PROVIDER: "Lenticular", CLIENT_PROVIDER: "Globus Auth"}


class Persons:
    """Tells of people."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def claims(
        self, identity_id: str, scopes: Collection[str], grant: Grant | None
    ) -> dict[str, Any]:
        """Return what a client with these scopes may know of a person."""
        identity_set = await self._people.identity_set(identity_id)
        identity = _chosen(identity_set, identity_id)
        provider = await self.provider_name(identity.provider_id)
        return person_claims(scopes, identity, identity_set, provider, grant)

    async def members(self, identity_id: str, grant: Grant | None) -> list[dict[str, Any]]:
        """Return all identities of a person."""
        identity_set = await self._people.identity_set(identity_id)
        return [member_claims(one, grant) for one in identity_set]

    async def provider_name(self, provider_id: str) -> str:
        """Return what people call an identity provider."""
        if provider_id in _OWN_PROVIDERS:
            return _OWN_PROVIDERS[provider_id]
        provider = await self._people.providers.by_id(provider_id)
        return provider.title if provider is not None else provider_id


def _chosen(identity_set: list[Identity], identity_id: str) -> Identity:
    """Return the identity of an id. Raises LookupError when the person is gone."""
    for identity in identity_set:
        if identity.identity_id == identity_id:
            return identity
    raise LookupError(f"there is no identity {identity_id}")
