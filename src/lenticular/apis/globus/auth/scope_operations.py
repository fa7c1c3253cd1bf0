"""Scopes of clients (Globus Auth API, "Scopes")."""

import re
from collections.abc import Iterable
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from lenticular.apis.globus.auth.administered import Administered
from lenticular.apis.globus.auth.documents import scope_document
from lenticular.apis.globus.wire.service import Call, Credential, Result, operation
from lenticular.primitives.oauth import (
    AuthorizationServer,
    Dependency,
    EntryInvalid,
    EntryNotFound,
    NewScope,
    Scope,
)
from lenticular.primitives.oauth.builtin import (
    MANAGE_PROJECTS,
    VIEW_CLIENTS_AND_SCOPES,
    url_scope,
)

_SUFFIX = re.compile(r"[a-zA-Z0-9_]{1,50}")
_SCOPES = "/v2/api/scopes"
_SCOPE = "/v2/api/scopes/{scope_id}"
_VIEW = (MANAGE_PROJECTS, VIEW_CLIENTS_AND_SCOPES)
_MANAGE = (MANAGE_PROJECTS,)


class _Dependent(Struct):
    scope: str
    """Its id."""
    optional: bool = False
    requires_refresh_token: bool = False


class _Changes(Struct):
    """What can be said of a scope; UNSET: nothing is said."""

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    advertised: bool | UnsetType = UNSET
    allows_refresh_token: bool | UnsetType = UNSET
    required_domains: list[str] | UnsetType = UNSET
    dependent_scopes: list[_Dependent] | UnsetType = UNSET


class _New(_Changes):
    scope_suffix: str = ""


class _NewDocument(Struct):
    scope: _New


class _ChangesDocument(Struct):
    scope: _Changes


class ScopeOperations:
    """Makes scopes and manages them."""

    def __init__(self, oauth: AuthorizationServer, administered: Administered) -> None:
        self._scopes = oauth.scopes
        self._administered = administered

    @operation(
        "POST",
        "/v2/api/clients/{client_id}/scopes",
        credential=Credential.EITHER,
        scopes=_MANAGE,
        document=_NewDocument,
        status=201,
    )
    async def create_scope(self, call: Call) -> Result:
        """Make a scope of a client."""
        client = await self._administered.client(call, call.arguments["client_id"])
        if client.parent_id:
            raise EntryInvalid("an instance of a template is no service: it has no scopes")
        wanted: _New = call.document.scope
        if not _SUFFIX.fullmatch(wanted.scope_suffix):
            raise EntryInvalid("scope_suffix must be 1 to 50 letters, digits and underscores")
        string = url_scope(client.client_id, wanted.scope_suffix)
        fields = {"advertised": False, **await self._fields(wanted)}
        scope = await self._scopes.create(
            NewScope(string=string, client_id=client.client_id, **fields)
        )
        return {"scope": await self._document(scope)}

    @operation("GET", _SCOPES, credential=Credential.EITHER, scopes=_VIEW)
    async def get_scopes(self, call: Call) -> Result:
        """Return scopes by string or id, or those of the caller's clients."""
        if "scope_strings" in call.query:
            strings = call.query["scope_strings"].split(",")
            found = [await self._scopes.find(one.strip()) for one in strings]
            scopes = [one for one in found if one is not None]
        elif "ids" in call.query:
            scopes = await self._by_ids(call.query["ids"].split(","))
        else:
            clients = await self._administered.clients(call)
            scopes = await self._scopes.of_clients(client.client_id for client in clients)
        visible = [scope for scope in scopes if await self._may_see(call, scope)]
        return {"scopes": [await self._document(scope) for scope in visible]}

    @operation("GET", _SCOPE, credential=Credential.EITHER, scopes=_VIEW)
    async def get_scope(self, call: Call) -> Result:
        """Return a scope by its id."""
        scope = await self._scopes.get(call.arguments["scope_id"])
        if not await self._may_see(call, scope):
            raise EntryNotFound(f"there is no scope {scope.scope_id!r}")
        return {"scope": await self._document(scope)}

    @operation(
        "PUT", _SCOPE, credential=Credential.EITHER, scopes=_MANAGE, document=_ChangesDocument
    )
    async def update_scope(self, call: Call) -> Result:
        """Change what is said of a scope."""
        scope = await self._own(call)
        fields = await self._fields(call.document.scope)
        changed = await self._scopes.change(scope.scope_id, lambda known: replace(known, **fields))
        return {"scope": await self._document(changed)}

    @operation("DELETE", _SCOPE, credential=Credential.EITHER, scopes=_MANAGE)
    async def delete_scope(self, call: Call) -> Result:
        """Delete a scope."""
        scope = await self._own(call)
        document = await self._document(scope)
        await self._scopes.delete(scope.scope_id)
        return {"scope": document}

    async def _own(self, call: Call) -> Scope:
        """Return the scope that the path names, of a client of the caller's."""
        scope = await self._scopes.get(call.arguments["scope_id"])
        if not await self._administers(call, scope):
            raise EntryNotFound(f"there is no scope {scope.scope_id!r}")
        return scope

    async def _may_see(self, call: Call, scope: Scope) -> bool:
        return scope.advertised or await self._administers(call, scope)

    async def _administers(self, call: Call, scope: Scope) -> bool:
        try:
            await self._administered.client(call, scope.client_id)
        except EntryNotFound:
            return False
        return True

    async def _by_ids(self, ids: Iterable[str]) -> list[Scope]:
        found = []
        for scope_id in ids:
            try:
                found.append(await self._scopes.get(scope_id.strip()))
            except EntryNotFound:
                continue
        return found

    async def _document(self, scope: Scope) -> dict[str, Any]:
        found = [await self._scopes.find(one.scope) for one in scope.dependencies]
        return scope_document(scope, {one.string: one.scope_id for one in found if one})

    async def _fields(self, wanted: _Changes) -> dict[str, Any]:
        """Return what is said of a scope, by the names of its record. Raises `EntryNotFound`."""
        fields: dict[str, Any] = {}
        for name in ("name", "description", "advertised", "allows_refresh_token"):
            value = getattr(wanted, name)
            if value is not UNSET:
                fields[name] = value
        if not isinstance(wanted.required_domains, UnsetType):
            fields["required_domains"] = tuple(wanted.required_domains)
        if not isinstance(wanted.dependent_scopes, UnsetType):
            fields["dependencies"] = tuple(
                [
                    Dependency(
                        (await self._scopes.get(one.scope)).string,
                        one.optional,
                        one.requires_refresh_token,
                    )
                    for one in wanted.dependent_scopes
                ]
            )
        return fields
