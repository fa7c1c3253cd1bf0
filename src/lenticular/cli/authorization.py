"""``auth``: applications that act for people, what they may ask for, and where people sign in."""

from typing import Annotated, Any

import typer

from lenticular.cli import providers
from lenticular.cli.options import Config, Data, Json, group, perform

commands = group("Sign-in: applications, scopes, and institutions that vouch for people.")
clients = group("Applications that act for people or for themselves, with OAuth 2.")
scopes = group("Scopes: what services let be done with a token.")
commands.add_typer(clients, name="client")
commands.add_typer(scopes, name="scope")
commands.add_typer(providers.commands, name="provider")

_WEAK = 20
"""Characters below which a secret that somebody chose may be guessed."""


@clients.command("create")
def create_client(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What people are asked about.")],
    client_id: Annotated[
        str, typer.Option("--id", metavar="UUID", help="Its id; else a new one.")
    ] = "",
    secret: Annotated[
        str, typer.Option("--secret", metavar="S", help="Its secret; else a new one.")
    ] = "",
    redirect: Annotated[
        list[str] | None,
        typer.Option(
            "--redirect",
            metavar="URI",
            help="Where people come back to; may be repeated. An app: on its machine.",
        ),
    ] = None,
    native: Annotated[
        bool,
        typer.Option("--native", help="An app on people's own machines: it can keep no secret."),
    ] = False,
    account: Annotated[
        str, typer.Option("--account", metavar="ID", help="Who owns it; else the first account.")
    ] = "",
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Register an application; print its id, and its secret this once."""
    from lenticular.cli.output import note, print_record

    made = perform(
        data,
        config,
        "auth.clients.create",
        name=name,
        id=client_id,
        secret=secret,
        redirect_uris=redirect or [],
        native=native,
        account_id=account,
    )
    if secret and len(secret) < _WEAK:
        note(f"a secret of {len(secret)} characters can be guessed; leave --secret out")
    print_record(made | _by_protocol(made) if json else made, json=json)


@clients.command("list")
def list_clients(data: Data = None, config: Config = None, json: Json = False) -> None:
    """List the registered applications."""
    from lenticular.cli.output import print_json

    found = perform(data, config, "auth.clients.list")
    if json:
        print_json(found)
        return
    for client in found:
        print("  ".join((client["id"], client["name"], *client.get("redirect_uris", ()))))


@clients.command("delete")
def delete_client(
    client: Annotated[str, typer.Argument(metavar="ID", help="Of the application.")],
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Delete an application with its scopes; its tokens end at once."""
    from lenticular.cli.output import print_record

    print_record(perform(data, config, "auth.clients.delete", client=client), json=json)


@scopes.command("create")
def create_scope(
    scope: Annotated[
        str,
        typer.Argument(
            metavar="SCOPE",
            help="As applications ask for it: https://auth.globus.org/scopes/ID/NAME.",
        ),
    ],
    client: Annotated[
        str, typer.Option("--client", metavar="ID", help="The service, as an application.")
    ],
    resource_server: Annotated[
        str,
        typer.Option(
            "--resource-server", metavar="NAME", help="What tokens call the service; else its id."
        ),
    ] = "",
    depends_on: Annotated[
        list[str] | None,
        typer.Option(
            "--depends-on",
            metavar="SCOPE",
            help="A scope that the service needs in turn; may be repeated. With a * before it, "
            "only when an application asks for it.",
        ),
    ] = None,
    description: Annotated[
        str, typer.Option("--description", metavar="TEXT", help="What people are asked.")
    ] = "",
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Make a scope of a service."""
    from lenticular.cli.output import print_record

    made = perform(
        data,
        config,
        "auth.scopes.create",
        scope=scope,
        client=client,
        resource_server=resource_server,
        depends_on=depends_on or [],
        description=description,
    )
    print_record(made, json=json)


@scopes.command("list")
def list_scopes(
    client: Annotated[
        str, typer.Option("--client", metavar="ID", help="The service; else all registered ones.")
    ] = "",
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """List scopes."""
    from lenticular.cli.output import print_json

    found = perform(data, config, "auth.scopes.list", client=client)
    if json:
        print_json(found)
        return
    for scope in found:
        print("  ".join((scope["scope"], scope["resource_server"], *scope["depends_on"])))


def _by_protocol(made: dict[str, Any]) -> dict[str, Any]:
    """Return a new client's id and secret by the names that they have in OAuth, too."""
    return {f"client_{name}": made[name] for name in ("id", "secret") if name in made}


@commands.callback()
def _group() -> None:
    """Applications, scopes, and institutions that vouch for people."""
