"""``auth provider``: the identity providers whose sign-in the cloud accepts."""

from typing import Annotated

import typer

from lenticular.cli.options import Config, Data, Json, group, perform

commands = group("Institutions with which people sign in.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name in addresses and commands.")]


@commands.command()
def create(
    name: Name,
    issuer: Annotated[
        str, typer.Option("--issuer", metavar="URL", help="Its OpenID Connect issuer.")
    ],
    client: Annotated[
        str, typer.Option("--client", metavar="ID", help="The client that this cloud is there.")
    ],
    secret: Annotated[
        str, typer.Option("--secret", metavar="S", help="Of that client; none: a public one.")
    ] = "",
    title: Annotated[
        str, typer.Option("--title", metavar="TEXT", help="What the sign-in page calls it.")
    ] = "",
    domain: Annotated[
        list[str] | None,
        typer.Option(
            "--domain",
            metavar="DOMAIN",
            help="Whose usernames it may vouch for; may be repeated. Else the issuer's host.",
        ),
    ] = None,
    username_claim: Annotated[
        str, typer.Option("--username-claim", metavar="NAME", help="What tells the username.")
    ] = "preferred_username",
    create_users: Annotated[
        bool,
        typer.Option(
            "--create-users",
            help="Whoever signs in first becomes a user. Else somebody must link them.",
        ),
    ] = False,
    account: Annotated[
        str, typer.Option("--account", metavar="ID", help="Of those users; else the first.")
    ] = "",
    group_name: Annotated[
        str, typer.Option("--group", metavar="G", help="The group that they are put into.")
    ] = "",
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Accept the sign-in of an institution, by OpenID Connect."""
    from lenticular.cli.output import print_record

    made = perform(
        data,
        config,
        "providers.create",
        name=name,
        issuer=issuer,
        client_id=client,
        client_secret=secret,
        title=title,
        domains=domain or [],
        username_claim=username_claim,
        admission="create" if create_users else "link-only",
        account_id=account,
        group_name=group_name,
    )
    print_record(made, json=json)


@commands.command(name="list")
def list_providers(data: Data = None, config: Config = None, json: Json = False) -> None:
    """List the institutions whose sign-in is accepted."""
    from lenticular.cli.output import print_json

    found = perform(data, config, "providers.list")
    if json:
        print_json(found)
        return
    for provider in found:
        print(f"{provider['name']}: {provider['issuer']} ({provider['admission']})")


@commands.command()
def delete(name: Name, data: Data = None, config: Config = None) -> None:
    """Accept the sign-in of an institution no longer. Its people keep their links."""
    perform(data, config, "providers.delete", name=name)
