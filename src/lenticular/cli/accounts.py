"""``account``: the accounts of the cloud."""

from typing import Annotated

import typer

from lenticular.cli.options import Config, Data, Json, group, perform

commands = group("Accounts of the cloud.")


@commands.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The account's display name.")],
    email: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where it is reached; no other account has it.")
    ] = "",
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Make an account and print the access key of its root identity."""
    from lenticular.cli.output import print_record

    made = perform(data, config, "accounts.create", name=name, email=email)
    print_record({key: value for key, value in made.items() if key != "region"}, json=json)


@commands.callback()
def _group() -> None:
    """Accounts of the cloud."""
