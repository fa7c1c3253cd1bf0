"""People: links for one use, linked identities, and the identity providers that vouch for them."""

from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from lenticular.primitives import people
from lenticular.primitives.identities import User
from lenticular.primitives.people import Admission, NewProvider
from lenticular.primitives.signin.invitations import LIFETIME
from lenticular.server.administration.contract import Nothing, Site


class Invited(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to make a link for; an empty name: the first administrator."""

    name: str = ""
    account_id: str = ""
    """Empty: the account that the cloud started with."""


class Invitation(Struct, frozen=True):
    """A link for one use. Empty: none is needed, for somebody can sign in already."""

    url: str
    seconds: int
    """For which it can be used."""


class Linked(Struct, frozen=True, forbid_unknown_fields=True):
    """A user, and the username of an identity elsewhere."""

    name: str
    username: str
    account_id: str = ""


class Identity(Struct, frozen=True):
    """An identity as commands print it."""

    id: str
    username: str
    status: str


class WantedProvider(Struct, frozen=True, forbid_unknown_fields=True):
    """The identity provider to enter."""

    name: str
    issuer: str
    client_id: str
    client_secret: str = ""
    title: str = ""
    domains: tuple[str, ...] = ()
    username_claim: str = "preferred_username"
    admission: Admission = "link-only"
    account_id: str = ""
    group_name: str = ""


class NamedProvider(Struct, frozen=True, forbid_unknown_fields=True):
    """An identity provider by its name."""

    name: str


class Provider(Struct, frozen=True):
    """An identity provider as commands print it."""

    id: str
    name: str
    issuer: str
    client_id: str
    domains: tuple[str, ...]
    admission: str
    redirect_uri: str
    """Where it sends people back to: to be registered there."""


async def invitation(site: Site, wanted: Invited) -> Invitation:
    """Make a link for one use. Raises `EntityNotFound`."""
    signin = site.cloud.signin
    if wanted.name:
        user = await _user(site, wanted.name, wanted.account_id)
        token = await signin.invitations.create("password", user.account_id, user.name)
    elif await signin.welcome.is_needed():
        token = await signin.welcome.invite_administrator()
    else:
        return Invitation("", 0)
    url = site.configuration.url("globus")
    return Invitation(f"{url}/welcome?{urlencode({'token': token})}", LIFETIME)


async def link(site: Site, wanted: Linked) -> Identity:
    """Link an identity to a user. Raises `EntityNotFound` and a `PeopleError`."""
    user = await _user(site, wanted.name, wanted.account_id)
    found = await site.cloud.people.link_username(user.identity_id, wanted.username)
    return Identity(found.identity_id, found.username, found.status)


async def unlink(site: Site, wanted: Linked) -> Identity:
    """Unlink an identity from a user, who is signed out everywhere.

    Raises `EntityNotFound` and `IdentityNotFound`.
    """
    user = await _user(site, wanted.name, wanted.account_id)
    found = await site.cloud.people.by_username(wanted.username)
    if found is None:
        raise people.IdentityNotFound(wanted.username)
    await site.cloud.people.unlink(user.identity_id, found.identity_id)
    await site.cloud.signin.sessions.end_all(user.identity_id)
    return Identity(found.identity_id, found.username, found.status)


async def list_identities(site: Site, wanted: Invited) -> list[Identity]:
    """Return the identities of a user, its own first. Raises `EntityNotFound`."""
    user = await _user(site, wanted.name, wanted.account_id)
    found = await site.cloud.people.identity_set(user.identity_id)
    return [Identity(one.identity_id, one.username, one.status) for one in found]


async def create_provider(site: Site, wanted: WantedProvider) -> Provider:
    """Enter an identity provider.

    Raises `ProviderInvalid`, `ProviderExists`, `AccountNotFound` and `EntityNotFound` when
    new users would have no account or group to go into.
    """
    identities = site.cloud.identities
    account_id = wanted.account_id
    if wanted.admission == "create":
        first = await identities.first_account()
        account = await identities.accounts.get(account_id or first.account_id)
        account_id = account.account_id
        if wanted.group_name:
            await identities.groups.get(account_id, wanted.group_name)
    new = NewProvider(**msgspec.structs.asdict(wanted) | {"account_id": account_id})
    return _described(site, await site.cloud.people.providers.create(new))


async def list_providers(site: Site, wanted: Nothing) -> list[Provider]:
    """Return the identity providers, by name."""
    return [_described(site, one) for one in await site.cloud.people.providers.list()]


async def delete_provider(site: Site, wanted: NamedProvider) -> Nothing:
    """Accept nothing more from an identity provider. Raises `ProviderNotFound`."""
    await site.cloud.people.providers.delete(wanted.name)
    return Nothing()


async def _user(site: Site, name: str, account_id: str) -> User:
    identities = site.cloud.identities
    account_id = account_id or (await identities.first_account()).account_id
    return await identities.users.get(account_id, name)


def _described(site: Site, provider: people.IdentityProvider) -> Provider:
    return Provider(
        id=provider.provider_id,
        name=provider.name,
        issuer=provider.issuer,
        client_id=provider.client_id,
        domains=provider.domains,
        admission=provider.admission,
        redirect_uri=f"{site.configuration.url('globus')}/sign-in/upstream/{provider.name}/callback",
    )
