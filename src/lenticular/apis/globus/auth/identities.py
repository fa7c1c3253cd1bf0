"""Identities and identity providers: looked up by exact name or id, never listed.

Globus Auth API, "Identities Resources" and "Identity Providers". Whoever knows a username
or an id learns who that is; nobody learns who else there is. A mail address is told to
its own person only.
"""

import uuid
from typing import Any

from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, Credential, operation
from lenticular.primitives.people import (
    CLIENT_DOMAIN,
    CLIENT_PROVIDER,
    LOCAL_PROVIDER,
    Identity,
    IdentityProvider,
    People,
    ProviderNotFound,
)

_MOST = 500
"""Names, ids or domains that one request may ask for."""

Document = dict[str, Any]


class IdentityOperations:
    """Looks identities up."""

    def __init__(self, people: People) -> None:
        self._people = people

    @operation("GET", "/v2/api/identities", credential=Credential.EITHER)
    async def get_identities(self, call: Call) -> Document:
        """Return the identities of ``usernames`` or ``ids``; those that are not there are left out.

        ``provision`` makes those that a provider vouches for but nobody has signed in with; not
        for instances of templates, which are anybody's.
        """
        usernames, ids = _asked(call, "usernames"), _asked(call, "ids")
        if (usernames is None) == (ids is None):
            raise GlobusError(400, "Give either usernames or ids", "INVALID_QUERY")
        if ids is not None:
            found = [await self._people.identity(_uuid(one)) for one in ids]
        else:
            wants = call.query.get("provision", "").lower() == "true"
            provision = wants and not call.caller.principal.is_anonymous
            found = [await self._by_username(one, provision) for one in usernames or ()]
        unique = {one.identity_id: one for one in found if one is not None}
        return await self._document(call, list(unique.values()))

    @operation("GET", "/v2/api/identities/{identity_id}", credential=Credential.EITHER)
    async def get_identity(self, call: Call) -> Document:
        """Return one identity."""
        identity_id = _uuid(call.arguments["identity_id"])
        found = await self._people.identity(identity_id)
        if found is None:
            raise GlobusError(404, f"There is no identity {identity_id}")
        document = await self._document(call, [found])
        return {"identity": document.pop("identities")[0], **document}

    async def _by_username(self, username: str, provision: bool) -> Identity | None:
        if not provision:
            return await self._people.by_username(username)
        try:
            return await self._people.provision(username)
        except ProviderNotFound:
            return None

    async def _document(self, call: Call, found: list[Identity]) -> Document:
        own = set(call.caller.identity_ids) | {call.caller.identity_id}
        document: Document = {
            "identities": [_described(one, one.identity_id in own) for one in found]
        }
        if "identity_provider" in (_asked(call, "include") or ()):
            ids = dict.fromkeys(one.provider_id for one in found)
            document["included"] = {
                "identity_providers": [
                    provider for one in ids for provider in [await self._provider(one)] if provider
                ]
            }
        return document

    @operation("GET", "/v2/api/identity_providers", credential=Credential.EITHER)
    async def get_identity_providers(self, call: Call) -> Document:
        """Return the providers of ``ids``, ``domains`` or the issuer ``iss``."""
        ids, domains, iss = _asked(call, "ids"), _asked(call, "domains"), _asked(call, "iss")
        given = [one for one in (ids, domains, iss) if one is not None]
        if len(given) != 1:
            raise GlobusError(400, "Give one of ids, domains and iss", "INVALID_QUERY")
        if ids is not None:
            found = [await self._provider(_uuid(one)) for one in ids]
        elif domains is not None:
            found = [await self._of_domain(one) for one in domains]
        else:
            known = await self._people.providers.list()
            found = [_provider_document(one) for one in known if one.issuer in given[0]]
        unique = {one["id"]: one for one in found if one is not None}
        return {"identity_providers": list(unique.values())}

    @operation("GET", "/v2/api/identity_providers/{provider_id}", credential=Credential.EITHER)
    async def get_identity_provider(self, call: Call) -> Document:
        """Return one provider."""
        provider_id = _uuid(call.arguments["provider_id"])
        found = await self._provider(provider_id)
        if found is None:
            raise GlobusError(404, f"There is no identity provider {provider_id}")
        return {"identity_provider": found}

    async def _provider(self, provider_id: str) -> Document | None:
        if provider_id == LOCAL_PROVIDER:
            return _own_provider([])
        if provider_id == CLIENT_PROVIDER:
            return _client_provider()
        known = await self._people.providers.by_id(provider_id)
        return None if known is None else _provider_document(known)

    async def _of_domain(self, domain: str) -> Document | None:
        if domain.lower() == CLIENT_DOMAIN:
            return _client_provider()
        if await self._people.is_own_domain(domain):
            return _own_provider([domain])
        known = await self._people.providers.by_domain(domain)
        return None if known is None else _provider_document(known)


def _described(identity: Identity, is_own: bool) -> Document:
    return {
        "id": identity.identity_id,
        "username": identity.username,
        "name": identity.name or None,
        "email": identity.email or None if is_own else None,
        "organization": identity.organization or None,
        "status": identity.status,
        "identity_provider": identity.provider_id,
        "identity_type": "login",
    }


def _provider_document(provider: IdentityProvider) -> Document:
    return {
        "id": provider.provider_id,
        "name": provider.title,
        "short_name": provider.name,
        "alternative_names": [],
        "domains": list(provider.domains),
    }


def _own_provider(domains: list[str]) -> Document:
    """Describe this cloud as a provider; it names no domains but those that were asked for."""
    return {
        "id": LOCAL_PROVIDER,
        "name": "Lenticular",
        "short_name": "lenticular",
        "alternative_names": [],
        "domains": domains,
    }


def _client_provider() -> Document:
    return {
        "id": CLIENT_PROVIDER,
        "name": "Clients",
        "short_name": "clients",
        "alternative_names": [],
        "domains": [CLIENT_DOMAIN],
    }


def _asked(call: Call, name: str) -> list[str] | None:
    """Return the values of a query parameter: separated by commas, or given several times."""
    given = [value for key, value in call.request.query if key == name]
    if not given:
        return None
    values = [one.strip() for value in given for one in value.split(",") if one.strip()]
    if len(values) > _MOST:
        raise GlobusError(400, f"At most {_MOST} {name} are taken at once, and these are more")
    return values


def _uuid(value: str) -> str:
    try:
        return str(uuid.UUID(value))
    except ValueError:
        raise GlobusError(400, f"{value[:100]!r} is not a UUID", "INVALID_ID") from None
