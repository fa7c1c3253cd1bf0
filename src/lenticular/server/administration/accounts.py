"""Accounts and the credentials of their root identities."""

import msgspec
from msgspec import Struct

from lenticular.primitives import identities
from lenticular.server.administration.contract import Nothing, Site


class RootCredentials(Struct, frozen=True):
    """An account, the access key of its root identity, and the region it works in."""

    account_id: str
    canonical_id: str
    access_key_id: str
    secret_access_key: str
    region: str


class NewAccount(Struct, frozen=True, forbid_unknown_fields=True):
    """The account to make."""

    name: str
    email: str = ""
    """Where it is reached, and by which access control lists may name it."""


async def credentials(site: Site, wanted: Nothing) -> RootCredentials:
    """Return the credentials of the account that the cloud started with."""
    return _with_region(site, await site.cloud.identities.first_account())


async def create(site: Site, wanted: NewAccount) -> RootCredentials:
    """Create an account. Raises `AccountTaken` or `AccountNameInvalid`."""
    return _with_region(site, await site.cloud.identities.create_account(wanted.name, wanted.email))


def _with_region(site: Site, found: identities.RootCredentials) -> RootCredentials:
    return RootCredentials(**msgspec.structs.asdict(found), region=site.configuration.region)
