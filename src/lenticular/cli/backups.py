"""``backup`` and ``restore``: their names, options and help."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from lenticular.cli.options import Config, Data, Json, configuration

_DEFAULT = "create"


class _DefaultCreate(TyperGroup):
    """A group in which ``backup TARGET`` is short for ``backup create TARGET``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, "--help"}:
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)


commands = typer.Typer(
    cls=_DefaultCreate,
    help="Back the cloud up while it runs, and look after the backups.\n\n"
    "`lenticular backup TARGET` is short for `lenticular backup create TARGET`.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Target = Annotated[
    str,
    typer.Argument(
        metavar="TARGET", help="Where the backups are: a folder, or s3://, az:// or gs://."
    ),
]
Reached = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        metavar="FILE",
        exists=True,
        help="How another store is reached, in a file as blob_store.toml.",
    ),
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="What opens encrypted backups; asked for on a terminal when left out.",
    ),
]


@commands.command()
def create(
    target: Target,
    encrypt: Annotated[
        bool, typer.Option("--encrypt", help="Encrypt everything there, with a passphrase.")
    ] = False,
    include_secrets: Annotated[
        bool,
        typer.Option(
            "--include-secrets",
            help="Take the master key and other secrets along; only into encrypted backups.",
        ),
    ] = False,
    complete: Annotated[
        bool,
        typer.Option("--complete", help="Read every blob again, and replace what was lost there."),
    ] = False,
    settings: Reached = None,
    passphrase_file: PassphraseFile = None,
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Add a snapshot of the cloud, which may run. Exit code 1: blobs of it are damaged."""
    from lenticular.cli import snapshots

    place = snapshots.target(target, settings, passphrase_file)
    given = configuration(data, config)
    code = snapshots.create(
        given,
        config,
        place,
        encrypt=encrypt,
        include_secrets=include_secrets,
        complete=complete,
        json=json,
    )
    raise typer.Exit(code)


@commands.command("list")
def list_snapshots(
    target: Target,
    settings: Reached = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """List the snapshots, the oldest first."""
    from lenticular.cli import snapshots

    snapshots.show(snapshots.target(target, settings, passphrase_file), json=json)


@commands.command()
def verify(
    target: Target,
    snapshot: Annotated[
        str, typer.Argument(metavar="[SNAPSHOT]", help="By default all of them.")
    ] = "",
    remove_damaged: Annotated[
        bool,
        typer.Option(
            "--remove-damaged", help="Remove damaged files, for `--complete` to replace them."
        ),
    ] = False,
    settings: Reached = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Read everything against its checksums. Exit code 1: something is damaged."""
    from lenticular.cli import snapshots

    place = snapshots.target(target, settings, passphrase_file)
    raise typer.Exit(snapshots.verify(place, snapshot, remove_damaged=remove_damaged, json=json))


@commands.command()
def prune(
    target: Target,
    keep_last: Annotated[
        int, typer.Option("--keep-last", metavar="N", min=0, help="Keep the latest N.")
    ] = 0,
    keep_daily: Annotated[
        int,
        typer.Option("--keep-daily", metavar="N", min=0, help="Keep the latest of each of N days."),
    ] = 0,
    keep_weekly: Annotated[
        int, typer.Option("--keep-weekly", metavar="N", min=0, help="The same by weeks.")
    ] = 0,
    keep_monthly: Annotated[
        int, typer.Option("--keep-monthly", metavar="N", min=0, help="The same by months.")
    ] = 0,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", metavar="SNAPSHOT", help="Remove this one; may be repeated."),
    ] = None,
    settings: Reached = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Remove snapshots of each cloud that no option keeps, and what only these needed."""
    from lenticular.cli import snapshots

    place = snapshots.target(target, settings, passphrase_file)
    rules = {
        "last": keep_last,
        "daily": keep_daily,
        "weekly": keep_weekly,
        "monthly": keep_monthly,
    }
    snapshots.prune(place, rules, remove or [], json=json)


def restore(
    target: Target,
    snapshot: Annotated[
        str, typer.Argument(metavar="[SNAPSHOT]", help="By default the latest one.")
    ] = "latest",
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="New folder for the restored cloud."),
    ] = None,
    master_key: Annotated[
        Path | None,
        typer.Option(
            "--master-key",
            metavar="FILE",
            exists=True,
            help="The master.key of the cloud, where the backup was made without secrets.",
        ),
    ] = None,
    incomplete: Annotated[
        bool,
        typer.Option("--incomplete", help="Go on without blobs that are damaged in the backup."),
    ] = False,
    settings: Reached = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Make a data folder out of a snapshot. Exit code 1: blobs are missing in it."""
    from lenticular.cli import snapshots

    place = snapshots.target(target, settings, passphrase_file)
    code = snapshots.restore(
        place, snapshot, data, master_key=master_key, incomplete=incomplete, json=json
    )
    raise typer.Exit(code)
