"""What can go wrong with OAuth: neutral errors, which each endpoint words in its own form.

Those of the token endpoint carry the code that RFC 6749 (section 5.2), RFC 8628 (section
3.5) or OpenID Connect has for them: the codes are the standard's, not one interface's.
"""


class OAuthError(Exception):
    """Any error of this package; `code` is the standard's."""

    code = "invalid_request"


class RequestInvalid(OAuthError):
    """A parameter is missing, malformed or not allowed together with another."""


class ClientUnknown(OAuthError):
    """No client has this id, or what it shows does not prove that it is the one."""

    code = "invalid_client"


class ClientNotAllowed(OAuthError):
    """The client may not use this grant."""

    code = "unauthorized_client"


class GrantUnsupported(OAuthError):
    """There is no such grant."""

    code = "unsupported_grant_type"

    def __init__(self, grant_type: str) -> None:
        super().__init__(f"there is no grant of the type {grant_type[:100]!r}")


class GrantInvalid(OAuthError):
    """A code or token is unknown, used, expired, revoked or another client's.

    Whoever holds a stolen one learns no more than that.
    """

    code = "invalid_grant"


class ScopeInvalid(OAuthError):
    """A scope is unknown, malformed or more than was granted."""

    code = "invalid_scope"


class AccessRefused(OAuthError):
    """The person said no, or a rule of the client or the scope does."""

    code = "access_denied"


class AuthorizationPending(OAuthError):
    """The person has not decided yet (RFC 8628)."""

    code = "authorization_pending"


class SlowDown(OAuthError):
    """The device asks too often (RFC 8628)."""

    code = "slow_down"


class DeviceCodeExpired(OAuthError):
    """The person did not decide in time (RFC 8628)."""

    code = "expired_token"


class RedirectInvalid(OAuthError):
    """The redirect URI is not one of the client's: nothing may be sent there."""


class EntryNotFound(OAuthError):
    """There is no such client, scope, project, credential or consent, or not for the caller."""


class EntryExists(OAuthError):
    """There is one of this name or id already."""


class EntryInvalid(OAuthError):
    """A client, scope or project cannot be as described; the message says why."""
