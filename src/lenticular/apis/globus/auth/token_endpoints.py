"""The token endpoint and its neighbours: tokens given, looked at, revoked.

RFC 6749, section 3.2; RFC 7662 (introspection); RFC 7009 (revocation); RFC 8628, section 3.1
(devices); and what Globus Auth adds: the dependent token grant, which answers with a list,
``other_tokens``, and ``token/validate``, which its command line asks.
"""

import hashlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from lenticular.apis.globus.auth.people import Persons
from lenticular.apis.globus.wire.credentials import basic_credential
from lenticular.apis.globus.wire.service import Call, Credential, operation
from lenticular.apis.http import Response
from lenticular.primitives.oauth import (
    AuthorizationServer,
    Client,
    ClientUnknown,
    Exchange,
    GrantType,
    GrantUnsupported,
    Introspection,
    IssuedToken,
    RequestInvalid,
)
from lenticular.primitives.oauth.builtin import OPENID
from lenticular.primitives.oauth.devices import INTERVAL
from lenticular.primitives.oauth.devices import LIFETIME as DEVICE_LIFETIME
from lenticular.primitives.oauth.idtokens import id_token_claims

DEVICE_PATH = "/v2/web/device"
"""Where a person types the code of a device."""

_NO_STORE = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]


class TokenEndpoints:
    """Gives tokens to clients, and tells what tokens are worth."""

    def __init__(
        self,
        oauth: AuthorizationServer,
        persons: Persons,
        *,
        issuer: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`issuer` is this server's own URL, as clients know it."""
        self._oauth = oauth
        self._persons = persons
        self._issuer = issuer
        self._clock = clock
        self._grants: dict[str, Callable[[Client, dict[str, str]], Awaitable[Any]]] = {
            GrantType.CODE: self._code,
            GrantType.REFRESH: self._refresh,
            GrantType.CLIENT: self._client_credentials,
            GrantType.DEPENDENT: self._dependent,
            GrantType.DEVICE: self._device,
        }

    @operation("POST", "/v2/oauth2/token", credential=Credential.NOTHING)
    async def get_token(self, call: Call) -> Response:
        """Exchange what a client shows for tokens."""
        grant_type = _required(call.form, "grant_type")
        if grant_type not in self._grants:
            raise GrantUnsupported(grant_type)
        client = await self._client(call)
        document = await self._grants[grant_type](client, call.form)
        return Response(200, list(_NO_STORE), msgspec.json.encode(document))

    @operation(
        "POST",
        "/v2/oauth2/token/introspect",
        credential=Credential.NOTHING,
        recorded=False,
    )
    async def introspect_token(self, call: Call) -> dict[str, Any]:
        """Tell a resource server, or the client that has it, what a token is worth."""
        client = await self._client(call, secret=True)
        token = _required(call.form, "token")
        found = await self._oauth.tokens.introspect(client, token)
        if found is None:
            return {"active": False}
        include = call.form.get("include", "").split(",")
        return await self._described(found, {item.strip() for item in include})

    @operation(
        "POST",
        "/v2/oauth2/token/validate",
        credential=Credential.NOTHING,
        recorded=False,
    )
    async def validate_token(self, call: Call) -> dict[str, bool]:
        """Tell a client whether a token is still good."""
        client = await self._client(call, secret=True)
        found = await self._oauth.tokens.introspect(client, call.form.get("token", ""))
        return {"active": found is not None}

    @operation("POST", "/v2/oauth2/token/revoke", credential=Credential.NOTHING)
    async def revoke_token(self, call: Call) -> dict[str, bool]:
        """Make a token worth nothing. What is none is worth nothing already.

        Whoever holds a token may: a client says which it is, and need not prove it, for the
        command line revokes the tokens of its instances under the id of their template.
        """
        await self._client(call, proven=False)
        await self._oauth.tokens.revoke(call.form.get("token", ""))
        return {"active": False}

    @operation("POST", "/v2/oauth2/device", credential=Credential.NOTHING)
    async def begin_device(self, call: Call) -> dict[str, Any]:
        """Give a device a code that its person types in elsewhere."""
        client = await self._client(call)
        scope = call.form.get("scope", "")
        await self._oauth.scopes.resolve(scope)
        offline = call.form.get("access_type") == "offline"
        device = await self._oauth.devices.create(client, scope, offline=offline)
        page = f"{self._issuer}{DEVICE_PATH}"
        return {
            "device_code": device.device_code,
            "user_code": device.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={device.user_code}",
            "expires_in": DEVICE_LIFETIME,
            "interval": INTERVAL,
        }

    async def _client(self, call: Call, *, secret: bool = False, proven: bool = True) -> Client:
        """Return the client that calls: by Basic, or by its id and secret in the form.

        A public client only says its id, where `secret` does not ask for more. Without
        `proven` any client may. Raises `ClientUnknown`, and `RequestInvalid` when it says who
        it is in two ways (RFC 6749, section 2.3).
        """
        basic, form = basic_credential(call.request), call.form
        if basic is not None:
            if "client_secret" in form or form.get("client_id", basic.client_id) != basic.client_id:
                raise RequestInvalid("the client says who it is in two ways")
            return await self._oauth.clients.credentials.authenticate(*basic)
        if "authorization" in call.request.headers:
            raise ClientUnknown("a client proves who it is with its id and secret (Basic)")
        client_id = form.get("client_id", "")
        if "client_secret" in form:
            shown = form["client_secret"]
            return await self._oauth.clients.credentials.authenticate(client_id, shown)
        client = await self._oauth.clients.find(client_id)
        if client is None or secret or (proven and not client.is_public):
            raise ClientUnknown("the client is unknown, or must show its secret")
        return client

    # -- grants

    async def _code(self, client: Client, form: dict[str, str]) -> dict[str, Any]:
        exchange = await self._oauth.exchanges.code(
            client,
            _required(form, "code"),
            _required(form, "redirect_uri"),
            form.get("code_verifier", ""),
        )
        return await self._answer(exchange)

    async def _refresh(self, client: Client, form: dict[str, str]) -> dict[str, Any]:
        token = _required(form, "refresh_token")
        exchange = await self._oauth.exchanges.refresh(client, token, form.get("scope", ""))
        return await self._answer(exchange)

    async def _client_credentials(self, client: Client, form: dict[str, str]) -> dict[str, Any]:
        scope = form.get("scope", "")
        return await self._answer(await self._oauth.exchanges.client_credentials(client, scope))

    async def _dependent(self, client: Client, form: dict[str, str]) -> list[dict[str, Any]]:
        exchange = await self._oauth.exchanges.dependent(
            client,
            _required(form, "token"),
            offline=form.get("access_type") == "offline",
            scope=form.get("scope", ""),
        )
        return [_token_document(issued) for issued in exchange.tokens]

    async def _device(self, client: Client, form: dict[str, str]) -> dict[str, Any]:
        device_code = _required(form, "device_code")
        return await self._answer(await self._oauth.exchanges.device(client, device_code))

    async def _answer(self, exchange: Exchange) -> dict[str, Any]:
        first, *others = exchange.tokens
        document = _token_document(first)
        document["other_tokens"] = [_token_document(issued) for issued in others]
        if exchange.state:
            document["state"] = exchange.state
        if OPENID in first.scopes:
            claims = await self._persons.claims(
                exchange.grant.identity_id, first.scopes, exchange.grant
            )
            document["id_token"] = await self._oauth.keys.sign(
                id_token_claims(self._issuer, exchange, claims, int(self._clock()))
            )
        return document

    # -- introspection

    async def _described(self, found: Introspection, include: set[str]) -> dict[str, Any]:
        token, identity = found.token, found.identity
        document: dict[str, Any] = {
            "active": True,
            "token_type": "refresh_token" if found.is_refresh else "Bearer",
            "scope": " ".join(token.scopes),
            "client_id": token.client_id,
            "sub": identity.identity_id,
            "username": identity.username,
            "name": identity.name,
            "email": identity.email or None,
            "aud": list(dict.fromkeys((token.server, token.owner_id, token.client_id))),
            "iss": self._issuer,
            "exp": token.expires,
            "iat": token.issued,
            "nbf": token.issued,
            "dependent_tokens_cache_id": _cache_id(found),
        }
        if "identity_set" in include:
            document["identity_set"] = list(found.identity_ids)
        if "identity_set_detail" in include:
            members = await self._persons.members(identity.identity_id, found.grant)
            document["identity_set_detail"] = members
        if "session_info" in include and found.grant is not None:
            document["session_info"] = {
                "session_id": found.grant.session_id,
                "authentications": {
                    proof.identity_id: {
                        "idp": proof.provider_id,
                        "auth_time": proof.time,
                        "acr": None,
                        "amr": list(proof.methods),
                        "custom_claims": {},
                    }
                    for proof in found.grant.authentications
                },
            }
        return document


def _token_document(issued: IssuedToken) -> dict[str, Any]:
    document: dict[str, Any] = {
        "access_token": issued.access_token,
        "scope": " ".join(issued.scopes),
        "expires_in": issued.expires_in,
        "token_type": "Bearer",
        "resource_server": issued.server,
    }
    if issued.refresh_token is not None:
        document["refresh_token"] = issued.refresh_token
    return document


def _cache_id(found: Introspection) -> str:
    """Return what is the same for all tokens with the same dependent tokens."""
    token = found.token
    parts = (token.identity_id, token.client_id, *map(str, sorted(token.consents)))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _required(form: dict[str, str], name: str) -> str:
    value = form.get(name)
    if not value:
        raise RequestInvalid(f"{name} is missing")
    return value
