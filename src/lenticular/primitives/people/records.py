"""What the store remembers of people beyond their users: linked identities, and who vouches.

Records are MessagePack arrays: a field added at the end with a default reads old records
unchanged. Times are milliseconds since the epoch.
"""

from typing import Literal

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import Reader
from lenticular.engines.kv.keys import Subspace

Admission = Literal["link-only", "create"]
"""What becomes of somebody unknown whom a provider vouches for: turned away until the identity
is linked to a person, or made a user."""

LOCAL_PROVIDER = "6ab13b0e-1f0c-5c6b-9d3a-7d8b1f2c4e50"
"""Id of the provider that every cloud is to itself: users with passwords."""

CLIENT_PROVIDER = "3a5c8f21-7e94-4b0d-8c16-2f9be07d4a63"
"""Id of the provider of the identities that OAuth clients are."""

CLIENT_DOMAIN = "clients.auth.globus.org"
"""What the usernames of clients end with, on any host (Globus Auth, "Client Identities")."""

PROVIDER = Subspace("people", "provider")  # (provider id) -> IdentityProvider
PROVIDER_NAMED = Subspace("people", "provider-name")  # (name) -> provider id
PROVIDER_DOMAIN = Subspace("people", "provider-domain")  # (domain) -> provider id

IDENTITY = Subspace("people", "identity")  # (identity id) -> LinkedIdentity
SUBJECT = Subspace("people", "subject")  # (provider id, subject) -> identity id
USERNAME = Subspace("people", "username")  # (username in lower case) -> identity id
OF = Subspace("people", "of")  # (person's identity id, identity id) -> nothing


class Identity(Struct, frozen=True, kw_only=True):
    """One identity as every interface shows it: a user's own, or a linked one."""

    identity_id: str
    username: str
    name: str = ""
    email: str = ""
    organization: str = ""
    provider_id: str
    status: Literal["used", "unused"] = "used"
    """``unused``: named by somebody, but nobody has signed in with it yet."""
    person_id: str = ""
    """The identity of the user that it belongs to (its own for that user's); empty: nobody's."""
    account_id: str = ""
    user_name: str = ""


class IdentityProvider(Struct, array_like=True, frozen=True):
    """An institution that vouches for people, by OpenID Connect."""

    provider_id: str
    """Made of the issuer: the same institution has the same id when it is entered again."""
    name: str
    """In addresses and commands."""
    title: str
    """On the button."""
    issuer: str
    client_id: str
    """Ours, there."""
    sealed_secret: bytes
    """Empty: we are a public client there."""
    domains: tuple[str, ...]
    """Whose usernames it may say as they are; any other is qualified with the first of them."""
    created: int
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    username_claim: str = "preferred_username"
    email_claim: str = "email"
    admission: Admission = "link-only"
    account_id: str = ""
    """Of the users that ``create`` makes."""
    group_name: str = ""
    """The IAM group that they are put into; empty: none."""


class LinkedIdentity(Struct, array_like=True, frozen=True):
    """An identity that a provider vouches for."""

    identity_id: str
    provider_id: str
    subject: str
    """The provider's own name for it, never given twice (OpenID Connect Core, "sub"); empty:
    nobody has signed in with it yet."""
    username: str
    created: int
    name: str = ""
    email: str = ""
    organization: str = ""
    person_id: str = ""
    """Empty: linked to nobody."""


class Claims(Struct, frozen=True, kw_only=True):
    """What a provider says of somebody who signed in there."""

    subject: str
    username: str
    name: str = ""
    email: str = ""
    organization: str = ""


encode = msgspec.msgpack.Encoder().encode
decode_provider = msgspec.msgpack.Decoder(IdentityProvider).decode
decode_identity = msgspec.msgpack.Decoder(LinkedIdentity).decode


def provider(reader: Reader, provider_id: str) -> IdentityProvider | None:
    """Return a provider by its id."""
    data = reader.get(PROVIDER.pack(provider_id))
    return None if data is None else decode_provider(data)


def linked(reader: Reader, identity_id: str) -> LinkedIdentity | None:
    """Return an identity that a provider vouches for, by its id."""
    data = reader.get(IDENTITY.pack(identity_id))
    return None if data is None else decode_identity(data)


def linked_by(reader: Reader, index_key: bytes) -> LinkedIdentity | None:
    """Return an identity by an index: `SUBJECT` or `USERNAME`."""
    known = reader.get(index_key)
    return None if known is None else linked(reader, known.decode())
