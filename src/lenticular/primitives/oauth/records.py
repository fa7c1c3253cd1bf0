"""What the store remembers of OAuth. Times are seconds since the epoch.

Records are MessagePack arrays: a field added at the end with a default reads old records
unchanged.
"""

from enum import StrEnum
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct

from lenticular.primitives.signin import Authentication

ClientType = Literal[
    "client_identity",
    "confidential_client",
    "globus_connect_server",
    "hybrid_confidential_client_resource_server",
    "public_installed_client",
    "public_webapp_client",
    "resource_server",
]
"""What a client is meant to be (Globus Auth API, "Create Client"); it decides its grants."""

Visibility = Literal["private", "public"]


class GrantType(StrEnum):
    """How a client gets tokens."""

    CODE = "authorization_code"
    REFRESH = "refresh_token"
    CLIENT = "client_credentials"
    DEPENDENT = "urn:globus:auth:grant_type:dependent_token"
    DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


_PUBLIC_GRANTS = (GrantType.CODE, GrantType.REFRESH, GrantType.DEVICE)
_GRANTS: dict[ClientType, tuple[GrantType, ...]] = {
    "client_identity": (GrantType.CLIENT, GrantType.DEPENDENT),
    "resource_server": (GrantType.CLIENT, GrantType.DEPENDENT),
    "public_installed_client": _PUBLIC_GRANTS,
    "public_webapp_client": (GrantType.CODE, GrantType.REFRESH),
}


class Client(Struct, array_like=True, frozen=True):
    """A program that gets tokens: for itself, or on behalf of people who consent."""

    client_id: str
    """A UUID; of the services that are built in, their host name."""
    name: str
    account_id: str
    """Who administers it; empty: it is built in, or an instance of a template."""
    created: int
    type: ClientType = "hybrid_confidential_client_resource_server"
    redirect_uris: tuple[str, ...] = ()
    server_name: str = ""
    """What the tokens for it call it as a resource server; empty: its id."""
    template: bool = False
    """Anybody may make confidential instances of it: an app that is installed many times."""
    parent_id: str = ""
    """The template that it is an instance of."""
    project_id: str = ""
    created_by: str = ""
    """The identity that made it; empty: the cloud's administrator."""
    visibility: Visibility = "private"
    terms_and_conditions: str | None = None
    privacy_policy: str | None = None
    required_idp: str | None = None
    """Only people with an identity of this provider may use it."""
    preselect_idp: str | None = None
    trusted: bool = False
    """It is the cloud's own: people are not asked whether it may act for them."""

    @property
    def is_public(self) -> bool:
        """Whether it cannot keep a secret (RFC 6749, section 2.1)."""
        return self.type in ("public_installed_client", "public_webapp_client")

    @property
    def is_native(self) -> bool:
        """Whether it runs on the person's own machine (RFC 8252)."""
        return self.type == "public_installed_client" or bool(self.parent_id)

    @property
    def grants(self) -> tuple[GrantType, ...]:
        """How it may get tokens."""
        if self.parent_id:
            # Anybody can make an instance: it may act for people who sign in, never for itself.
            return _PUBLIC_GRANTS
        return _GRANTS.get(self.type, tuple(GrantType))

    @property
    def server(self) -> str:
        """What tokens for it call it."""
        return self.server_name or self.client_id


class ClientCredential(Struct, array_like=True, frozen=True):
    """A secret of a client."""

    credential_id: str
    client_id: str
    name: str
    created: int
    digest: bytes
    """Keyed BLAKE2b (RFC 7693) of the secret: the key is the cloud's own."""


class Project(Struct, array_like=True, frozen=True):
    """Clients that are administered together."""

    project_id: str
    account_id: str
    display_name: str
    contact_email: str
    admin_ids: tuple[str, ...]
    """Identities."""
    admin_group_ids: tuple[str, ...] = ()
    created: int = 0


class Dependency(Struct, array_like=True, frozen=True):
    """A scope that the service of another one needs in turn."""

    scope: str
    """Its string."""
    optional: bool = False
    """Consented to only when a client asks for it."""
    requires_refresh_token: bool = False


class Scope(Struct, array_like=True, frozen=True):
    """Something that a resource server lets be done with a token."""

    scope_id: str
    string: str
    client_id: str
    """The resource server, as a client."""
    name: str
    description: str = ""
    dependencies: tuple[Dependency, ...] = ()
    advertised: bool = True
    allows_refresh_token: bool = True
    required_domains: tuple[str, ...] = ()
    """Only people with a username in one of these may consent."""
    open_to: str = ""
    """A request may name further dependencies whose strings end so: those of collections, that
    others than this service make."""


class Consent(Struct, array_like=True, frozen=True):
    """That a person lets a client use a scope, on one path of dependencies."""

    number: int
    identity_id: str
    root_id: str
    """The client with which the path begins."""
    client_id: str
    """The client that uses the scope: the root, or the service whose scope needs this one."""
    scope_id: str
    scope: str
    path: tuple[int, ...]
    """Numbers of the consents from the root's to this one."""
    created: int
    updated: int
    used: int
    allows_refresh: bool = False
    revocable: bool = False
    """It can be withdrawn without those that were granted with it."""
    automatic: bool = False
    """Nobody was asked: the client is its own person, or the cloud's own."""


class Grant(Struct, array_like=True, frozen=True):
    """One authorization: all tokens that come of it are revoked together."""

    grant_id: bytes
    client_id: str
    identity_id: str
    created: int
    session_id: str = ""
    """Names the sign-in that it was made in, to clients."""
    authentications: tuple[Authentication, ...] = ()
    label: str = ""
    """What the person called it."""


class Code(Struct, array_like=True, frozen=True):
    """An authorization code."""

    client_id: str
    redirect_uri: str
    identity_id: str
    grant_id: bytes
    scopes: tuple[str, ...]
    challenge: str
    """Of PKCE, by S256; empty: the client sent none."""
    nonce: str
    state: str
    offline: bool
    """Refresh tokens are wanted."""
    expires: int
    used: bool = False


class AccessToken(Struct, array_like=True, frozen=True):
    """A token for one resource server."""

    client_id: str
    identity_id: str
    owner_id: str
    """The resource server, as a client."""
    server: str
    """The resource server, as tokens call it."""
    scopes: tuple[str, ...]
    consents: tuple[int, ...]
    """Numbers of the consents that it stands on, one for each scope."""
    grant_id: bytes
    issued: int
    expires: int


class RefreshToken(AccessToken, array_like=True, frozen=True):
    """What gives new access tokens: one family, in which a token takes the place of the last."""

    digest: bytes = b""
    """Of the newest."""


class DeviceCode(Struct, array_like=True, frozen=True):
    """A device that waits for a person to decide elsewhere (RFC 8628)."""

    client_id: str
    scope: str
    """As it was asked for."""
    offline: bool
    user_code: str
    expires: int
    asked: int = 0
    """When it last asked for its tokens."""
    interval: int = 5
    """Seconds to wait before it asks again."""
    denied: bool = False
    identity_id: str = ""
    grant_id: bytes = b""
    """Set when the person allowed it."""
    scopes: tuple[str, ...] = ()


class SigningKey(Struct, array_like=True, frozen=True):
    """A key that id_tokens are signed with."""

    key_id: str
    created: int
    """Milliseconds."""
    sealed: bytes
    """The private key (PKCS #8, DER), sealed by the vault."""
    public: dict[str, Any]
    """As a JSON Web Key."""


Record = TypeVar("Record", bound=Struct)

encode = msgspec.msgpack.Encoder().encode
_decoders: dict[type[Struct], msgspec.msgpack.Decoder[Any]] = {}


def decode(data: bytes, kind: type[Record]) -> Record:
    """Return the record that `encode` made the bytes of."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.msgpack.Decoder(kind)
    record: Record = decoder.decode(data)
    return record
