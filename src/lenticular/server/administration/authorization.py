"""OAuth clients and scopes, as the owner of the cloud registers them."""

from msgspec import Struct

from lenticular.primitives.oauth import Client, Dependency, NewClient, NewScope, Scope
from lenticular.primitives.oauth.builtin import AUTH_CODE_PAGE, LOOPBACKS
from lenticular.primitives.oauth.records import ClientType
from lenticular.server.administration.contract import Nothing, Site


class WantedClient(Struct, frozen=True, forbid_unknown_fields=True):
    """The client to register."""

    name: str
    id: str = ""
    secret: str = ""
    """Empty: one is made."""
    redirect_uris: tuple[str, ...] = ()
    native: bool = False
    """An app on people's own machines, which cannot keep a secret."""
    account_id: str = ""


class RegisteredClient(Struct, frozen=True, omit_defaults=True):
    """A client; with its secret only when it has just been made."""

    id: str
    name: str
    type: ClientType
    account_id: str
    redirect_uris: tuple[str, ...] = ()
    secret: str | None = None


class WantedScope(Struct, frozen=True, forbid_unknown_fields=True):
    """The scope to make."""

    scope: str
    client: str
    """The id of the resource server."""
    resource_server: str = ""
    """What tokens shall call the resource server; empty: its id."""
    depends_on: tuple[str, ...] = ()
    """Strings of scopes that the resource server needs in turn; a star before one: only when a
    client asks for it."""
    description: str = ""


class MadeScope(Struct, frozen=True):
    """A scope."""

    id: str
    scope: str
    client: str
    resource_server: str
    depends_on: tuple[str, ...]
    description: str


class OfClient(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose scopes; empty: those of all registered clients."""

    client: str = ""


async def create_client(site: Site, wanted: WantedClient) -> RegisteredClient:
    """Register a client. Raises `EntryExists` and `EntryInvalid`."""
    account_id = wanted.account_id or (await site.cloud.identities.first_account()).account_id
    redirect_uris = wanted.redirect_uris
    if wanted.native:
        # Wherever an app runs, it can show its person the page with the code.
        redirect_uris = (*(redirect_uris or LOOPBACKS), AUTH_CODE_PAGE)
    new = NewClient(
        name=wanted.name,
        account_id=account_id,
        client_id=wanted.id,
        redirect_uris=redirect_uris,
        type="public_installed_client"
        if wanted.native
        else "hybrid_confidential_client_resource_server",
    )
    client, made = await site.cloud.oauth.clients.create(new, wanted.secret)
    return _registered(client, made.secret if made is not None else None)


async def list_clients(site: Site, wanted: Nothing) -> list[RegisteredClient]:
    """Return the clients of every account, and not the instances of templates."""
    return [_registered(client) for client in await site.cloud.oauth.clients.registered()]


async def delete_client(site: Site, wanted: OfClient) -> RegisteredClient:
    """Delete a client with its scopes. Raises `EntryNotFound`."""
    return _registered(await site.cloud.oauth.clients.delete(wanted.client))


async def create_scope(site: Site, wanted: WantedScope) -> MadeScope:
    """Make a scope of a client. Raises `EntryExists`, `EntryInvalid` and `EntryNotFound`."""
    oauth = site.cloud.oauth
    client = await oauth.clients.get(wanted.client)
    if wanted.resource_server:
        client = await oauth.clients.name_server(client.client_id, wanted.resource_server)
    scope = await oauth.scopes.create(
        NewScope(
            string=wanted.scope,
            client_id=client.client_id,
            description=wanted.description,
            dependencies=tuple(
                Dependency(one.removeprefix("*"), optional=one.startswith("*"))
                for one in wanted.depends_on
            ),
        )
    )
    return _made(scope, client)


async def list_scopes(site: Site, wanted: OfClient) -> list[MadeScope]:
    """Return the scopes of a client, or of all that are registered. Raises `EntryNotFound`."""
    oauth = site.cloud.oauth
    if wanted.client:
        clients = [await oauth.clients.get(wanted.client)]
    else:
        clients = await oauth.clients.registered()
    return [
        _made(scope, client)
        for client in clients
        for scope in await oauth.scopes.of_clients([client.client_id])
    ]


def _registered(client: Client, secret: str | None = None) -> RegisteredClient:
    return RegisteredClient(
        id=client.client_id,
        name=client.name,
        type=client.type,
        account_id=client.account_id,
        redirect_uris=client.redirect_uris,
        secret=secret,
    )


def _made(scope: Scope, client: Client) -> MadeScope:
    return MadeScope(
        id=scope.scope_id,
        scope=scope.string,
        client=scope.client_id,
        resource_server=client.server,
        depends_on=tuple(f"{'*' * one.optional}{one.scope}" for one in scope.dependencies),
        description=scope.description,
    )
