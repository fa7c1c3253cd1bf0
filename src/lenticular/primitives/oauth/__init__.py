"""OAuth 2: clients, scopes, consents, tokens and the keys they are signed with (RFC 6749)."""

from lenticular.primitives.oauth.callers import Caller

__all__ = ["AuthorizationServer", "Caller"]


class AuthorizationServer:
    """What OAuth needs to remember, in one store."""

    async def token_caller(self, token: str, resource_server: str) -> Caller | None:
        """Return who calls with an access token; None unless it is active and meant for there."""
        return None

    async def client_caller(self, client_id: str, secret: str) -> Caller | None:
        """Return the client whose secret this is; None when it is not."""
        return None
