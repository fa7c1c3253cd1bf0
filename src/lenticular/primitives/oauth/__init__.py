"""OAuth 2: clients, scopes, consents, tokens and the keys they are signed with (RFC 6749).

`AuthorizationServer` has the parts. What speaks HTTP is `lenticular.apis.globus.auth`.
"""

from lenticular.primitives.oauth.callers import Caller
from lenticular.primitives.oauth.clients import NewClient
from lenticular.primitives.oauth.codes import Authorization
from lenticular.primitives.oauth.credentials import Secret
from lenticular.primitives.oauth.errors import (
    AccessRefused,
    AuthorizationPending,
    ClientNotAllowed,
    ClientUnknown,
    DeviceCodeExpired,
    EntryExists,
    EntryInvalid,
    EntryNotFound,
    GrantInvalid,
    GrantUnsupported,
    OAuthError,
    RedirectInvalid,
    RequestInvalid,
    ScopeInvalid,
    SlowDown,
)
from lenticular.primitives.oauth.exchanges import Exchange
from lenticular.primitives.oauth.introspection import Introspection
from lenticular.primitives.oauth.records import (
    Client,
    ClientCredential,
    Consent,
    Dependency,
    Grant,
    GrantType,
    Project,
    Scope,
)
from lenticular.primitives.oauth.scopes import NewScope, Wanted
from lenticular.primitives.oauth.server import AuthorizationServer
from lenticular.primitives.oauth.tokens import IssuedToken

__all__ = [
    "AccessRefused",
    "Authorization",
    "AuthorizationPending",
    "AuthorizationServer",
    "Caller",
    "Client",
    "ClientCredential",
    "ClientNotAllowed",
    "ClientUnknown",
    "Consent",
    "Dependency",
    "DeviceCodeExpired",
    "EntryExists",
    "EntryInvalid",
    "EntryNotFound",
    "Exchange",
    "Grant",
    "GrantInvalid",
    "GrantType",
    "GrantUnsupported",
    "Introspection",
    "IssuedToken",
    "NewClient",
    "NewScope",
    "OAuthError",
    "Project",
    "RedirectInvalid",
    "RequestInvalid",
    "Scope",
    "ScopeInvalid",
    "Secret",
    "SlowDown",
    "Wanted",
]
