"""The commands: their names, options and help. Each is carried out by the file it imports."""

from pathlib import Path
from typing import Annotated, Any

import typer

import lenticular
from lenticular.cli import CommandError

application = typer.Typer(
    name="lenticular",
    help="The science cloud that a lab runs itself.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
account = typer.Typer(help="Accounts of the cloud.", no_args_is_help=True, rich_markup_mode=None)
application.add_typer(account, name="account")

Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Folder that holds everything the cloud remembers."),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", help="Configuration to read instead of DIR/lenticular.toml."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Host = Annotated[str | None, typer.Option("--host", metavar="H", help="Address to listen on.")]
PortBase = Annotated[
    int | None,
    typer.Option("--port-base", metavar="N", help="First of seven ports; 0 takes free ones."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Any other setting; may be repeated."),
]


@application.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """The science cloud that a lab runs itself."""
    if version:
        print(f"lenticular {lenticular.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


@application.command()
def start(
    data: Data = None,
    host: Host = None,
    port_base: PortBase = None,
    config: Config = None,
    settings: Settings = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Return once every port answers; the cloud goes on.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print no summary.")] = False,
) -> None:
    """Start the cloud."""
    from lenticular.cli import lifecycle

    flags = _flags(settings, data=data, host=host, port_base=port_base)
    lifecycle.start(flags, config, detach=detach, quiet=quiet)


@application.command()
def stop(
    data: Data = None,
    config: Config = None,
    force: Annotated[
        bool, typer.Option("--force", help="Kill the cloud when it does not end by itself.")
    ] = False,
) -> None:
    """Stop the cloud once the requests under way have ended."""
    from lenticular.cli import lifecycle

    lifecycle.stop(_configuration(data, config), force=force)


@application.command()
def status(data: Data = None, config: Config = None, json: Json = False) -> None:
    """Tell whether the cloud runs, and where. Exit code 3: it does not."""
    from lenticular.cli import lifecycle

    raise typer.Exit(lifecycle.status(_configuration(data, config), json=json))


@application.command()
def env(data: Data = None, config: Config = None, json: Json = False) -> None:
    """Print what clients need, for `eval "$(lenticular env)"`."""
    from lenticular.cli import access

    access.print_environment(_configuration(data, config), json=json)


@account.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The account's display name.")],
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Make an account and print the access key of its root identity."""
    from lenticular.cli import access

    access.create_account(_configuration(data, config), name, json=json)


@application.command()
def coverage(
    service: Annotated[
        str | None, typer.Argument(metavar="SERVICE", help="For example s3; all when left out.")
    ] = None,
    json: Json = False,
) -> None:
    """List the operations of the interfaces that are present and missing."""
    from lenticular.cli import coverage as command

    command.print_coverage(service, json=json)


@application.command()
def doctor(
    data: Data = None,
    host: Host = None,
    port_base: PortBase = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Check disk, ports, versions, clock and file modes. Exit code 1: something is wrong."""
    from lenticular.cli import doctor as command

    flags = _flags(None, data=data, host=host, port_base=port_base)
    raise typer.Exit(command.examine(flags, config, json=json))


@application.command()
def scrub(data: Data = None, config: Config = None, json: Json = False) -> None:
    """Read everything stored against its checksums. Exit code 1: something is damaged."""
    from lenticular.cli import scrub as command

    raise typer.Exit(command.scrub(_configuration(data, config), json=json))


@application.command()
def version(json: Json = False) -> None:
    """Print the version."""
    from lenticular.cli.output import print_json

    if json:
        print_json({"version": lenticular.__version__})
    else:
        print(f"lenticular {lenticular.__version__}")


def _flags(settings: list[str] | None, **named: object) -> dict[str, object]:
    """Merge the settings of ``--set`` with those that have an option of their own."""
    flags: dict[str, object] = {}
    for item in settings or ():
        name, separator, value = item.partition("=")
        if not separator:
            raise CommandError(f"--set {item}: expected NAME=VALUE, for example --set region=lab-1")
        flags[name.strip().replace("-", "_")] = value.strip()
    return flags | {name: value for name, value in named.items() if value is not None}


def _configuration(data: Path | None, config: Path | None) -> Any:
    from lenticular.server.configuration import load

    return load({"data": data}, file=config)
