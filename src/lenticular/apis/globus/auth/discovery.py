"""What clients find out by themselves: the server's description, its keys, and who signed in.

OpenID Connect Discovery 1.0; RFC 8414; RFC 7517; OpenID Connect Core 1.0, section 5.3.
"""

from typing import Any

import msgspec

from lenticular.apis.globus.auth.authorize_requests import PATH
from lenticular.apis.globus.auth.people import Persons
from lenticular.apis.globus.wire.credentials import bearer_token
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, Credential, operation
from lenticular.apis.http import Response
from lenticular.primitives.oauth import AuthorizationServer, GrantType
from lenticular.primitives.oauth.builtin import AUTH, EMAIL, OPENID, PROFILE, SCOPES
from lenticular.primitives.oauth.signingkeys import ALGORITHM

_MAX_AGE = 300
"""Seconds for which a client may go on with keys that it has."""

_CLAIMS = (
    *("sub", "iss", "aud", "exp", "iat", "at_hash", "nonce", "auth_time", "amr"),
    *("preferred_username", "name", "email", "organization"),
    *("identity_provider", "identity_provider_display_name"),
    *("identity_set", "last_authentication"),
)


class Discovery:
    """Describes this server to clients."""

    def __init__(self, oauth: AuthorizationServer, persons: Persons, *, issuer: str) -> None:
        self._oauth = oauth
        self._persons = persons
        self._issuer = issuer

    @operation(
        "GET",
        "/.well-known/openid-configuration",
        credential=Credential.NOTHING,
        recorded=False,
    )
    async def get_openid_configuration(self, call: Call) -> dict[str, Any]:
        """Describe the server."""
        issuer = self._issuer
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}{PATH}",
            "token_endpoint": f"{issuer}/v2/oauth2/token",
            "device_authorization_endpoint": f"{issuer}/v2/oauth2/device",
            "userinfo_endpoint": f"{issuer}/v2/oauth2/userinfo",
            "introspection_endpoint": f"{issuer}/v2/oauth2/token/introspect",
            "revocation_endpoint": f"{issuer}/v2/oauth2/token/revoke",
            "end_session_endpoint": f"{issuer}/v2/web/logout",
            "jwks_uri": f"{issuer}/jwk.json",
            "scopes_supported": [OPENID, EMAIL, PROFILE, *_auth_scopes()],
            "claims_supported": list(_CLAIMS),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": [*GrantType],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "token_endpoint_auth_methods_supported": [
                "client_secret_basic",
                "client_secret_post",
                "none",
            ],
            "code_challenge_methods_supported": ["S256"],
            "prompt_values_supported": ["none", "login", "consent", "select_account"],
            "authorization_response_iss_parameter_supported": True,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
        }

    @operation("GET", "/jwk.json", credential=Credential.NOTHING, recorded=False)
    async def get_keys(self, call: Call) -> Response:
        """Return the keys that id_tokens are signed with, the current one first."""
        body = msgspec.json.encode(await self._oauth.keys.jwks())
        headers = [
            ("Content-Type", "application/json"),
            ("Cache-Control", f"public, max-age={_MAX_AGE}"),
        ]
        return Response(200, headers, body)

    @operation("GET", "/v2/oauth2/userinfo", scopes=(OPENID,), recorded=False)
    async def get_userinfo(self, call: Call) -> dict[str, Any]:
        """Return what the token's scopes let its client know of the person."""
        return await self._userinfo(call)

    @operation("POST", "/v2/oauth2/userinfo", scopes=(OPENID,), recorded=False)
    async def post_userinfo(self, call: Call) -> dict[str, Any]:
        """The same, as OpenID Connect wants it to be possible."""
        return await self._userinfo(call)

    async def _userinfo(self, call: Call) -> dict[str, Any]:
        found = await self._oauth.tokens.inspect(bearer_token(call.request) or "", AUTH)
        if found is None:
            raise GlobusError(401, "Call must be authenticated")
        scopes = found.token.scopes
        return await self._persons.claims(found.identity.identity_id, scopes, found.grant)


def _auth_scopes() -> list[str]:
    basic = (OPENID, EMAIL, PROFILE)
    return [
        one.string for one in SCOPES.values() if one.client_id == AUTH and one.string not in basic
    ]
