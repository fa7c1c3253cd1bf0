"""``user``: the people and programs that sign in to the cloud."""

from pathlib import Path
from typing import Annotated

import typer

from lenticular.cli import CommandError
from lenticular.cli.options import Config, Data, Json, group, perform

commands = group("Users: people and programs that sign in to the cloud.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The user's name in its account.")]
Account = Annotated[
    str,
    typer.Option(
        "--account", metavar="ID", help="The account, by default the one the cloud started with."
    ),
]
Username = Annotated[
    str,
    typer.Argument(metavar="USERNAME", help="As the institution says it: ada@example.org."),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file", metavar="FILE", help="File that holds the password, and nothing else."
    ),
]


@commands.command()
def create(
    name: Name,
    email: Annotated[str, typer.Option("--email", metavar="E", help="Mail address.")],
    full_name: Annotated[
        str, typer.Option("--full-name", metavar="NAME", help="How the person is called.")
    ] = "",
    password_file: PasswordFile = None,
    account: Account = "",
    admin: Annotated[
        bool, typer.Option("--admin", help="Let the user do everything in the account.")
    ] = False,
    access_key: Annotated[
        bool, typer.Option("--access-key", help="Make an access key, and print it this once.")
    ] = False,
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Make a user; print under which name it signs in."""
    from lenticular.cli.output import print_record

    made = perform(
        data,
        config,
        "users.create",
        name=name,
        email=email,
        full_name=full_name,
        account_id=account,
        password=None if password_file is None else _password(password_file),
        admin=admin,
        access_key=access_key,
    )
    print_record(made, json=json)


@commands.command("list")
def list_users(
    account: Account = "", data: Data = None, config: Config = None, json: Json = False
) -> None:
    """Print the users of an account, a line each."""
    from lenticular.cli.output import print_json

    found = perform(data, config, "users.list", account_id=account)
    if json:
        print_json(found)
        return
    for user in found:
        print("  ".join(filter(None, (user["username"], user.get("email"), user["arn"]))))


@commands.command()
def password(
    name: Name,
    password_file: Annotated[
        Path,
        typer.Option(
            "--password-file", metavar="FILE", help="File with the password and nothing else."
        ),
    ],
    account: Account = "",
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Let a user have another password, or its first."""
    from lenticular.cli.output import print_record

    changed = perform(
        data,
        config,
        "users.password",
        name=name,
        password=_password(password_file),
        account_id=account,
    )
    print_record(changed, json=json)


@commands.command()
def invite(
    name: Name,
    account: Account = "",
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Print a link with which a user chooses a password, once."""
    from lenticular.cli.output import print_json

    link = perform(data, config, "people.invitation", name=name, account_id=account)
    if json:
        print_json(link)
    else:
        print(link["url"])


@commands.command()
def identities(
    name: Name,
    account: Account = "",
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """List the identities that a user signs in with, its own first."""
    from lenticular.cli.output import print_json

    found = perform(data, config, "people.identities", name=name, account_id=account)
    if json:
        print_json(found)
        return
    for identity in found:
        print(f"{identity['id']}  {identity['username']}")


@commands.command()
def link(
    name: Name,
    username: Username,
    account: Account = "",
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Let a user sign in with an identity of an institution."""
    from lenticular.cli.output import print_record

    linked = perform(
        data,
        config,
        "people.link",
        name=name,
        username=username,
        account_id=account,
    )
    print_record(linked, json=json)


@commands.command()
def unlink(
    name: Name,
    username: Username,
    account: Account = "",
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Take an identity of an institution from a user, who is signed out everywhere."""
    from lenticular.cli.output import print_record

    unlinked = perform(
        data,
        config,
        "people.unlink",
        name=name,
        username=username,
        account_id=account,
    )
    print_record(unlinked, json=json)


def _password(path: Path) -> str:
    """Return the password in a file, without the line's end. Raises `CommandError`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"--password-file {path} cannot be read: {error}") from error
    return text.removesuffix("\n")
