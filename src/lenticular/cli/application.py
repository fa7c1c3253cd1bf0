"""The commands: their names, options and help. Each is carried out by the file it imports.

A group of commands (``account create``) is declared in a file of its own.
"""

from pathlib import Path
from typing import Annotated

import typer

import lenticular
from lenticular.cli import (
    accounts,
    auditing,
    authorization,
    backups,
    budgets,
    collections,
    connect,
    datasets,
    events,
    keys,
    notices,
    policies,
    quotas,
    users,
)
from lenticular.cli.options import (
    Config,
    Data,
    Host,
    Json,
    PortBase,
    Settings,
    configuration,
    flags,
)

application = typer.Typer(
    name="lenticular",
    help="The science cloud that a lab runs itself.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
application.add_typer(accounts.commands, name="account")
application.add_typer(auditing.commands, name="audit")
application.add_typer(backups.commands, name="backup")
application.add_typer(collections.commands, name="collection")
application.add_typer(connect.commands, name="connect")
application.add_typer(datasets.commands, name="dataset")
application.add_typer(events.commands, name="events")
application.add_typer(keys.commands, name="keys")
application.add_typer(notices.commands, name="notices")
application.add_typer(quotas.commands, name="quota")
application.add_typer(authorization.commands, name="auth")
application.add_typer(budgets.commands, name="budget")
application.add_typer(policies.commands, name="policy")
application.add_typer(users.commands, name="user")


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
    tls: Annotated[
        bool, typer.Option("--tls", help="Serve every port over TLS; see docs/tls.md.")
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", help="Processes that serve; see docs/workers.md."),
    ] = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Return once every port answers; the cloud goes on.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print no summary.")] = False,
) -> None:
    """Start the cloud."""
    from lenticular.cli import lifecycle

    given = flags(
        settings, data=data, host=host, port_base=port_base, tls=tls or None, workers=workers
    )
    lifecycle.start(given, config, detach=detach, quiet=quiet)


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

    lifecycle.stop(configuration(data, config), force=force)


@application.command()
def status(data: Data = None, config: Config = None, json: Json = False) -> None:
    """Tell whether the cloud runs, and where. Exit code 3: it does not."""
    from lenticular.cli import lifecycle

    raise typer.Exit(lifecycle.status(configuration(data, config), json=json))


@application.command()
def env(data: Data = None, config: Config = None, json: Json = False) -> None:
    """Print what clients need, for `eval "$(lenticular env)"`."""
    from lenticular.cli import access

    access.print_environment(configuration(data, config), json=json)


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

    given = flags(None, data=data, host=host, port_base=port_base)
    raise typer.Exit(command.examine(given, config, json=json))


@application.command()
def scrub(data: Data = None, config: Config = None, json: Json = False) -> None:
    """Read everything stored against its checksums. Exit code 1: something is damaged."""
    from lenticular.cli import scrub as command

    raise typer.Exit(command.scrub(configuration(data, config), json=json))


application.command()(backups.restore)


@application.command()
def migrate(
    store: Annotated[
        str | None,
        typer.Option("--store", metavar="URL|sqlite", help="Where the keys are to be."),
    ] = None,
    blob_store: Annotated[
        str | None,
        typer.Option("--blob-store", metavar="URL|disk", help="Where the blobs are to be."),
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(
            "--settings",
            metavar="DIR",
            help="Folder with the store.toml and blob_store.toml by which these are reached; "
            "otherwise those of the data folder are used.",
        ),
    ] = None,
    verify_only: Annotated[
        bool,
        typer.Option("--verify-only", help="Compare the cloud with its copy; change nothing."),
    ] = False,
    remove_source: Annotated[
        bool,
        typer.Option("--remove-source", help="Empty the old place once the cloud has moved."),
    ] = False,
    abandon: Annotated[
        bool,
        typer.Option("--abandon", help="Give up a migration: the cloud goes on where it is."),
    ] = False,
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Move a stopped cloud to another store, or go on with that; see docs/migrating.md."""
    from lenticular.cli import migration

    if abandon:
        migration.abandon(configuration(data, config), json=json)
        return
    migration.migrate(
        configuration(data, config),
        config,
        store=store,
        blob_store=blob_store,
        settings_folder=settings,
        remove_source=remove_source,
        verify_only=verify_only,
        json=json,
    )


@application.command()
def usage(
    account: Annotated[
        str,
        typer.Option(
            "--account", metavar="ID", help="The account, by default the cloud's first one."
        ),
    ] = "",
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="From then on: 2026-01-31, or with a time."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Until then: now.")
    ] = None,
    each: Annotated[
        str, typer.Option("--each", metavar="UNIT", help="A line for each hour, day or month.")
    ] = "",
    by_user: Annotated[bool, typer.Option("--by-user", help="A line for each user.")] = False,
    by_project: Annotated[
        bool, typer.Option("--by-project", help="A line for each project.")
    ] = False,
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Print what an account used, and what that costs."""
    from lenticular.cli import usage as command

    command.print_usage(
        configuration(data, config),
        json=json,
        account_id=account,
        since=since,
        until=until,
        each=each,
        by_user=by_user,
        by_project=by_project,
    )


@application.command()
def metrics(
    bucket: Annotated[str, typer.Argument(metavar="BUCKET")],
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="From then on: 2026-01-31, or with a time."),
    ] = None,
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Print what was measured of a bucket: requests by the minute, and what it holds by the day."""
    from lenticular.cli import metrics as command

    command.print_metrics(configuration(data, config), bucket, since=since, json=json)


@application.command()
def prices(
    write: Annotated[
        bool, typer.Option("--write", help="Put one into the data folder, to be changed.")
    ] = False,
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Print the price list by which costs are computed."""
    from lenticular.cli import usage as command

    command.print_prices(configuration(data, config), write=write, json=json)


@application.command()
def version(json: Json = False) -> None:
    """Print the version."""
    from lenticular.cli.output import print_json

    if json:
        print_json({"version": lenticular.__version__})
    else:
        print(f"lenticular {lenticular.__version__}")
