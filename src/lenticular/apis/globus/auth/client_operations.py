"""Clients and their credentials (Globus Auth API, "Clients")."""

import time
from collections.abc import Callable
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from lenticular.apis.globus.auth.administered import Administered
from lenticular.apis.globus.auth.documents import (
    client_document,
    credential_document,
    secret_document,
)
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, Credential, Result, operation
from lenticular.primitives.oauth import (
    AuthorizationServer,
    Client,
    EntryInvalid,
    EntryNotFound,
    NewClient,
)
from lenticular.primitives.oauth.builtin import (
    MANAGE_PROJECTS,
    VIEW_CLIENTS,
    VIEW_CLIENTS_AND_SCOPES,
)
from lenticular.primitives.oauth.records import ClientType
from lenticular.primitives.oauth.redirects import is_protected

_CLIENTS = "/v2/api/clients"
_CLIENT = "/v2/api/clients/{client_id}"
_CREDENTIALS = "/v2/api/clients/{client_id}/credentials"
_VIEW = (MANAGE_PROJECTS, VIEW_CLIENTS, VIEW_CLIENTS_AND_SCOPES)
_MANAGE = (MANAGE_PROJECTS,)


class _Links(Struct):
    privacy_policy: str | None = None
    terms_and_conditions: str | None = None


class _Changes(Struct):
    """What can be said of a client; UNSET: nothing is said."""

    name: str | UnsetType = UNSET
    redirect_uris: list[str] | UnsetType = UNSET
    visibility: Literal["private", "public"] | UnsetType = UNSET
    links: _Links | UnsetType = UNSET
    required_idp: str | UnsetType | None = UNSET
    preselect_idp: str | UnsetType | None = UNSET


class _New(_Changes):
    project: str = ""
    public_client: bool | None = None
    client_type: ClientType | None = None
    template_id: str = ""


class _NewDocument(Struct):
    client: _New


class _ChangesDocument(Struct):
    client: _Changes


class _Named(Struct):
    name: str


class _CredentialDocument(Struct):
    credential: _Named


class ClientOperations:
    """Registers clients and manages them."""

    def __init__(
        self,
        oauth: AuthorizationServer,
        administered: Administered,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clients = oauth.clients
        self._scopes = oauth.scopes
        self._administered = administered
        self._clock = clock

    @operation(
        "POST",
        _CLIENTS,
        credential=Credential.OPTIONAL,
        scopes=_MANAGE,
        document=_NewDocument,
        status=201,
    )
    async def create_client(self, call: Call) -> Result:
        """Register a client in a project; or make an instance of a template, as anybody may.

        A registered client has no secret yet: `create_client_credential` makes one.
        """
        wanted: _New = call.document.client
        if wanted.template_id:
            name = wanted.name if isinstance(wanted.name, str) else ""
            client, made = await self._clients.create_instance(wanted.template_id, name)
            included = {"client_credential": secret_document(made)}
            return {"client": client_document(client), "included": included}
        if not call.caller.token:
            raise GlobusError(401, "Call must be authenticated by a valid access token")
        project = await self._administered.project(call, wanted.project)
        new = NewClient(
            **{"name": ""} | _fields(wanted),
            account_id=project.account_id,
            project_id=project.project_id,
            created_by=call.caller.identity_id,
            type=_type(wanted),
        )
        client, _ = await self._clients.create(new, credential=False)
        return {"client": client_document(client)}

    @operation("GET", _CLIENTS, credential=Credential.EITHER, scopes=_VIEW)
    async def get_clients(self, call: Call) -> Result:
        """Return the clients that the caller administers."""
        if "fqdn" in call.query:
            raise EntryNotFound("no client has a domain name here")
        found = await self._administered.clients(call)
        return {"clients": [await self._document(client) for client in found]}

    @operation("GET", _CLIENT, credential=Credential.EITHER)
    async def get_client(self, call: Call) -> Result:
        """Return a client: an own one, or one that everybody may see."""
        client = await self._administered.client(call, call.arguments["client_id"], to_see=True)
        return {"client": await self._document(client)}

    @operation(
        "PUT", _CLIENT, credential=Credential.EITHER, scopes=_MANAGE, document=_ChangesDocument
    )
    async def update_client(self, call: Call) -> Result:
        """Change what is said of a client."""
        client = await self._administered.client(call, call.arguments["client_id"])
        fields = _fields(call.document.client)
        if client.parent_id and "redirect_uris" in fields:
            raise EntryInvalid("an instance goes on to the places of its template only")
        changed = await self._clients.change(
            client.client_id, lambda known: replace(known, **fields)
        )
        return {"client": await self._document(changed)}

    @operation("DELETE", _CLIENT, credential=Credential.EITHER, scopes=_MANAGE)
    async def delete_client(self, call: Call) -> Result:
        """Delete a client: its tokens are worth nothing from now on."""
        client = await self._administered.client(call, call.arguments["client_id"])
        document = await self._document(client)
        await self._clients.delete(client.client_id)
        return {"client": document}

    @operation("GET", _CREDENTIALS, credential=Credential.EITHER, scopes=_MANAGE)
    async def get_client_credentials(self, call: Call) -> Result:
        """Return a client's credentials, without their secrets."""
        client = await self._administered.client(call, call.arguments["client_id"])
        found = await self._clients.credentials.of(client.client_id)
        return {"credentials": [credential_document(one) for one in found]}

    @operation(
        "POST",
        _CREDENTIALS,
        credential=Credential.EITHER,
        scopes=_MANAGE,
        document=_CredentialDocument,
        status=201,
    )
    async def create_client_credential(self, call: Call) -> Result:
        """Give a client one more secret, which is told this once."""
        client = await self._administered.client(call, call.arguments["client_id"])
        made = await self._clients.credentials.create(
            client.client_id, call.document.credential.name, int(self._clock())
        )
        return {"credential": secret_document(made)}

    @operation(
        "DELETE", f"{_CREDENTIALS}/{{credential_id}}", credential=Credential.EITHER, scopes=_MANAGE
    )
    async def delete_client_credential(self, call: Call) -> Result:
        """Take a secret from a client."""
        client = await self._administered.client(call, call.arguments["client_id"])
        gone = await self._clients.credentials.delete(
            client.client_id, call.arguments["credential_id"]
        )
        return {"credential": credential_document(gone)}

    async def _document(self, client: Client) -> dict[str, Any]:
        return client_document(client, await self._scopes.of_clients([client.client_id]))


def _type(wanted: _New) -> ClientType:
    if (wanted.public_client is None) == (wanted.client_type is None):
        raise EntryInvalid("either public_client or client_type must be given")
    if wanted.client_type is not None:
        return wanted.client_type
    if wanted.public_client:
        return "public_installed_client"
    return "hybrid_confidential_client_resource_server"


def _fields(wanted: _Changes) -> dict[str, Any]:
    """Return what is said of a client, by the names of its record. Raises `EntryInvalid`."""
    fields: dict[str, Any] = {}
    for name in ("name", "visibility", "required_idp", "preselect_idp"):
        value = getattr(wanted, name)
        if value is not UNSET:
            fields[name] = value
    if not isinstance(wanted.redirect_uris, UnsetType):
        fields["redirect_uris"] = tuple(wanted.redirect_uris)
        for uri in wanted.redirect_uris:
            if not is_protected(uri):
                raise EntryInvalid(f"{uri[:200]} must be https: anybody could read the code")
    if not isinstance(wanted.links, UnsetType):
        for name in ("privacy_policy", "terms_and_conditions"):
            link = getattr(wanted.links, name)
            if link is not None and not link.startswith(("https://", "http://")):
                raise EntryInvalid(f"{name} must be a link, not {link[:200]!r}")
            fields[name] = link
    return fields
