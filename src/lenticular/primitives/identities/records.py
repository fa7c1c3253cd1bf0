"""What the store remembers of accounts and of the identities in them.

Records are MessagePack arrays: a field added at the end with a default reads old records
unchanged. Times are milliseconds since the epoch; 0: never.
"""

import math
import secrets
from typing import Any, ClassVar, TypeVar

import msgspec
from msgspec import Struct

from lenticular.primitives.policies.principal_element import Bindings
from lenticular.primitives.principals import Principal

RecordType = TypeVar("RecordType", bound=Struct)

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class PasswordPolicy(Struct, array_like=True, frozen=True):
    """What an account demands of its users' passwords (UpdateAccountPasswordPolicy)."""

    minimum_length: int = 6
    require_symbols: bool = False
    require_numbers: bool = False
    require_uppercase: bool = False
    require_lowercase: bool = False
    users_may_change: bool = False
    """Users may change their own password without a policy that allows it."""
    max_age: int = 0
    """Days after which a password must be changed; 0: never."""
    reuse_prevention: int = 0
    """How many former passwords cannot be taken again."""
    hard_expiry: bool = False
    """Who let the password expire needs an administrator."""


class Account(Struct, array_like=True, frozen=True):
    """Owns resources. Every account is a world of its own: it sees nothing of another."""

    account_id: str
    """Twelve digits."""
    name: str
    canonical_id: str
    """64 hex digits: its name in access control lists."""
    email: str
    created: int
    label: str = ""
    """Its unique DNS label, made from its name; empty for an account older than labels."""
    alias: str = ""
    password_policy: PasswordPolicy | None = None

    @property
    def domain_label(self) -> str:
        """The label in the sign-in names of its users."""
        return self.label or self.account_id

    @property
    def root_arn(self) -> str:
        """The ARN of its root identity, which also stands for the account in policies."""
        return f"arn:aws:iam::{self.account_id}:root"


class Entity(Struct, array_like=True, frozen=True):
    """A named thing of an account: a user, a group, a role or an instance profile."""

    kind: ClassVar[str]
    """As ARNs name it."""

    account_id: str
    name: str
    path: str
    """Begins and ends with a slash."""
    id: str
    """Four letters of its kind and 17 characters; never given twice."""
    created: int

    @property
    def arn(self) -> str:
        """How policies call it."""
        return f"arn:aws:iam::{self.account_id}:{self.kind}{self.path}{self.name}"

    @property
    def owner(self) -> str:
        """The name under which policies are kept for it: it stays when the entity is renamed."""
        return f"{self.kind}/{self.id}"


class User(Entity, frozen=True):
    """A person or a program of an account, with credentials of its own."""

    kind = "user"

    identity_id: str
    """A UUID: the same person in every interface."""
    email: str = ""
    full_name: str = ""
    tags: dict[str, str] = {}
    password_last_used: int = 0


class Group(Entity, frozen=True):
    """Users that have policies together."""

    kind = "group"


class Role(Entity, frozen=True):
    """An identity that others assume for a while, if its trust policy lets them."""

    kind = "role"

    trust: str
    """The trust policy: who may assume it. A JSON document, as it came."""
    description: str = ""
    max_session_duration: int = 3600
    """Seconds."""
    tags: dict[str, str] = {}
    service: str = ""
    """Of a service-linked role, the service's principal (``spot.amazonaws.com``)."""
    bindings: Bindings = ()
    """Whom the trust policy names."""


class InstanceProfile(Entity, frozen=True):
    """What hands a role to a machine."""

    kind = "instance-profile"

    role_id: str = ""
    """The role in it; empty: none."""
    tags: dict[str, str] = {}


class AccessKey(Struct, array_like=True, frozen=True):
    """A key that an identity signs requests with; its secret is sealed."""

    access_key_id: str
    account_id: str
    created: int
    sealed_secret: bytes
    user_id: str = ""
    """Whose it is; empty: the root identity's."""
    active: bool = True

    @property
    def status(self) -> str:
        return "Active" if self.active else "Inactive"


class Use(Struct, array_like=True, frozen=True):
    """When something was last used, and for what."""

    time: int
    service: str
    """As credential scopes name it (``s3``)."""
    region: str


class LoginProfile(Struct, array_like=True, frozen=True):
    """The password of a user."""

    created: int
    hash: str
    """Argon2id, in its encoded form (PHC string)."""
    changed: int
    """When the password was set."""
    reset_required: bool = False
    """It must be changed at the next sign-in."""
    former: tuple[str, ...] = ()
    """Hashes of earlier passwords, latest first, as far as the password policy asks for them."""


class MfaDevice(Struct, array_like=True, frozen=True):
    """A virtual device that shows one-time codes (RFC 6238); its seed is sealed."""

    account_id: str
    name: str
    path: str
    created: int
    sealed_seed: bytes
    user_id: str = ""
    """Whose it is; the account id: the root identity's; empty: nobody's yet."""
    enabled: int = 0
    last_step: int = 0
    """The latest time step whose code was accepted: a code is good once."""
    drift: int = 0
    """Time steps by which its clock is ahead of ours."""
    tags: dict[str, str] = {}

    @property
    def serial_number(self) -> str:
        """Its ARN, by which IAM calls it."""
        return f"arn:aws:iam::{self.account_id}:mfa{self.path}{self.name}"


class OidcProvider(Struct, array_like=True, frozen=True):
    """An OpenID Connect issuer whose tokens roles of this account may trust."""

    account_id: str
    issuer: str
    """Host and path, without the scheme (``accounts.example.org/tenant``)."""
    client_ids: tuple[str, ...]
    """The audiences that are accepted."""
    thumbprints: tuple[str, ...]
    """SHA-1 of the certificates of the issuer's authority, in hex."""
    created: int
    tags: dict[str, str] = {}
    over_http: bool = False
    """Whether it is reached without TLS."""

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account_id}:oidc-provider/{self.issuer}"


class RootCredentials(Struct, frozen=True):
    """An account with the access key of its root identity, secret included."""

    account_id: str
    canonical_id: str
    access_key_id: str
    secret_access_key: str


class UserCredentials(Struct, frozen=True):
    """A user with an access key of it, secret included."""

    account_id: str
    name: str
    arn: str
    identity_id: str
    access_key_id: str
    secret_access_key: str


class Signer(Struct, frozen=True):
    """What is needed to check a signature, and who it stands for."""

    access_key_id: str
    secret_access_key: str
    principal: Principal
    session_token: str | None = None
    """What must come with the signature; None for a key that is not of a session."""
    expires: float = math.inf
    """When the session is over, in seconds since the epoch."""


def encode(record: Struct) -> bytes:
    """Return the bytes that are kept of a record."""
    return _encoder.encode(record)


def decode(raw: bytes, record_type: type[RecordType]) -> RecordType:
    """Return the record that `encode` made `raw` of."""
    decoder = _decoders.get(record_type)
    if decoder is None:
        decoder = _decoders[record_type] = msgspec.msgpack.Decoder(record_type)
    record: RecordType = decoder.decode(raw)
    return record


def present(value: bytes | None) -> bytes:
    """Return a value that another record promises. Raises LookupError when it is missing."""
    if value is None:
        raise LookupError("the identities are damaged: a record points at one that is not there")
    return value


def unique_id(prefix: str, length: int = 17) -> str:
    """Return an id that nothing else has (IAM User Guide, "Unique identifiers")."""
    return prefix + "".join(secrets.choice(_BASE32) for _ in range(length))


_encoder = msgspec.msgpack.Encoder()
_decoders: dict[type[Struct], msgspec.msgpack.Decoder[Any]] = {}
