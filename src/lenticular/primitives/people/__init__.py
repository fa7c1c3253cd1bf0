"""People: users with the identities that institutions vouch for, and those institutions."""

from lenticular.primitives.people.errors import (
    IdentityNotFound,
    IdentityTaken,
    NotAdmitted,
    PeopleError,
    PersonNotFound,
    ProviderExists,
    ProviderInvalid,
    ProviderNotFound,
    UsernameInvalid,
)
from lenticular.primitives.people.people import People
from lenticular.primitives.people.providers import IdentityProviders, NewProvider, qualified
from lenticular.primitives.people.records import (
    CLIENT_DOMAIN,
    CLIENT_PROVIDER,
    LOCAL_PROVIDER,
    Admission,
    Claims,
    Identity,
    IdentityProvider,
)

__all__ = [
    "CLIENT_DOMAIN",
    "CLIENT_PROVIDER",
    "LOCAL_PROVIDER",
    "Admission",
    "Claims",
    "Identity",
    "IdentityNotFound",
    "IdentityProvider",
    "IdentityProviders",
    "IdentityTaken",
    "NewProvider",
    "NotAdmitted",
    "People",
    "PeopleError",
    "PersonNotFound",
    "ProviderExists",
    "ProviderInvalid",
    "ProviderNotFound",
    "UsernameInvalid",
    "qualified",
]
