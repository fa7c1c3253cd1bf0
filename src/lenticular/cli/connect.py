"""``connect``: this machine's folders as a collection of a cloud, wherever the cloud is."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from lenticular.cli import CommandError
from lenticular.cli.options import Json, group

commands = group("Connect: offer folders of this machine to a cloud, and move files.")

Folder = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="DIR", help="Folder of the settings, by default the person's own."
    ),
]


GridFtp = Annotated[
    str,
    typer.Option(
        "--gridftp",
        metavar="gsiftp://HOST:PORT",
        help="A GridFTP server of the same files, for transfers between machines that have one.",
    ),
]


@commands.command()
def setup(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The setup key; it works once.")],
    folder: Annotated[
        list[str],
        typer.Option(
            "--folder",
            metavar="PATH[:ro|:rw]",
            help="A folder to offer, to be read (:ro, the default) or written too (:rw); may be "
            "repeated.",
        ),
    ],
    server: Annotated[
        str,
        typer.Option(
            "--server", metavar="URL", help="The cloud's Globus port, if the key does not say it."
        ),
    ] = "",
    trust: Annotated[
        str,
        typer.Option(
            "--trust",
            metavar="FILE",
            help="Authority (PEM) of a cloud that made its certificate itself.",
        ),
    ] = "",
    gridftp: GridFtp = "",
    config: Folder = None,
    json: Json = False,
) -> None:
    """Enrol this machine with a setup key."""
    from lenticular.agent.enrolment import EnrolmentError, enrol, folder_of, gridftp_of
    from lenticular.agent.settings import SettingsError, default_folder
    from lenticular.cli.output import note, print_record

    try:
        folders = [folder_of(text) for text in folder]
        where, url = config or default_folder(), gridftp_of(gridftp)
        settings, file = enrol(key, folders, where, server=server, trust=trust, gridftp=url)
    except (EnrolmentError, SettingsError) as error:
        raise CommandError(str(error)) from error
    print_record(
        {
            "endpoint_id": settings.endpoint_id,
            "display_name": settings.display_name,
            "server": settings.server,
            "folders": [f"{each.path} ({each.permission})" for each in folders],
            "settings": str(file),
        },
        json=json,
    )
    if not json:
        chosen = f" --config {shlex.quote(str(config))}" if config else ""
        note(f"go on with `lenticular connect run{chosen}`: the folders are offered while it runs")


@commands.command()
def run(
    gridftp: GridFtp = "",
    config: Folder = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log details, too.")] = False,
) -> None:
    """Offer the folders and take orders, until it is ended (SIGTERM, Ctrl-C)."""
    import msgspec

    from lenticular.agent import program
    from lenticular.agent.enrolment import EnrolmentError, gridftp_of
    from lenticular.agent.settings import SettingsError, default_folder, load
    from lenticular.server.logs import configure

    try:
        settings = load(config or default_folder())
        if gridftp:
            settings = msgspec.structs.replace(settings, gridftp=gridftp_of(gridftp))
    except (EnrolmentError, SettingsError) as error:
        raise CommandError(str(error)) from error
    configure("debug" if verbose else "info", "text")
    raise typer.Exit(program.run(settings))


@commands.command()
def status(config: Folder = None, json: Json = False) -> None:
    """Tell whether the cloud sees this machine. Exit code 3: it does not."""
    from lenticular.agent.enrolment import presence
    from lenticular.agent.settings import SettingsError, default_folder, load
    from lenticular.cli.output import print_record

    try:
        settings = load(config or default_folder())
    except SettingsError as error:
        raise CommandError(str(error)) from error
    state, is_connected = presence(settings)
    print_record(
        {
            "endpoint_id": settings.endpoint_id,
            "display_name": settings.display_name,
            "server": settings.server,
            "connected": is_connected,
            "state": state,
            "folders": [f"{each.path} ({each.permission})" for each in settings.folders or ()],
        },
        json=json,
    )
    raise typer.Exit(0 if is_connected else 3)
