"""Options that many commands have, and what they are made into."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lenticular.cli import CommandError

if TYPE_CHECKING:
    from lenticular.server.configuration import Configuration

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
    typer.Option("--port-base", metavar="N", help="First of eight ports; 0 takes free ones."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Any other setting; may be repeated."),
]


def group(help: str) -> typer.Typer:
    """Return an empty group of commands."""
    return typer.Typer(help=help, no_args_is_help=True, rich_markup_mode=None)


def configuration(data: Path | None, config: Path | None) -> "Configuration":
    """Return the configuration of a data folder. Raises `ConfigurationError`."""
    from lenticular.server.settings import load

    return load({"data": data}, file=config)


def perform(data: Path | None, config: Path | None, operation: str, **message: object) -> Any:
    """Carry out an administrative operation on a data folder and return its answer.

    Raises `ConfigurationError` and `CommandError`; see `lenticular.cli.administration`.
    """
    from lenticular.cli import administration

    return administration.perform(configuration(data, config), operation, **message)


def flags(settings: list[str] | None, **named: object) -> dict[str, object]:
    """Merge the settings of ``--set`` with those that have an option of their own."""
    given: dict[str, object] = {}
    for item in settings or ():
        name, separator, value = item.partition("=")
        if not separator:
            raise CommandError(f"--set {item}: expected NAME=VALUE, for example --set region=lab-1")
        given[name.strip().replace("-", "_")] = value.strip()
    return given | {name: value for name, value in named.items() if value is not None}


def text_of(path: Path | None) -> str:
    """Return the text of a file that an option names; "" without one. Raises `CommandError`."""
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error
