"""``budget``: how much may be spent, who is told, and what is stopped."""

from typing import Annotated, Any

import typer

from lenticular.cli import CommandError
from lenticular.cli.options import Config, Data, Json, group, perform

commands = group("Budgets: how much may be spent, and what happens then.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The budget's name in its account.")]
Account = Annotated[
    str,
    typer.Option(
        "--account", metavar="ID", help="The account, by default the one the cloud started with."
    ),
]


@commands.command()
def create(
    name: Name,
    limit: Annotated[str, typer.Option("--limit", metavar="USD", help="US dollars per period.")],
    account: Account = "",
    user: Annotated[
        str,
        typer.Option("--user", metavar="X", help="Only what a user (or an ARN: a role) spends."),
    ] = "",
    project: Annotated[
        str,
        typer.Option("--project", metavar="X", help="Only buckets and tables tagged project=X."),
    ] = "",
    monthly: Annotated[bool, typer.Option("--monthly", help="Per month: the default.")] = False,
    daily: Annotated[bool, typer.Option("--daily", help="Per day.")] = False,
    quarterly: Annotated[bool, typer.Option("--quarterly", help="Per quarter.")] = False,
    annually: Annotated[bool, typer.Option("--annually", help="Per year.")] = False,
    alarm: Annotated[
        list[str] | None,
        typer.Option(
            "--alarm", metavar="PERCENT", help="Raise an alarm above this; may be repeated."
        ),
    ] = None,
    stop: Annotated[
        bool,
        typer.Option("--stop", help="At the limit refuse what creates, stores or computes."),
    ] = False,
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Make a budget; print how it stands."""
    from lenticular.cli.output import print_record

    periods = {"day": daily, "month": monthly, "quarter": quarterly, "year": annually}
    chosen = [period for period, is_chosen in periods.items() if is_chosen] or ["month"]
    if len(chosen) > 1:
        raise CommandError("a budget has one of --daily, --monthly, --quarterly and --annually")
    made = perform(
        data,
        config,
        "budgets.create",
        name=name,
        limit=limit,
        account_id=account,
        user=user,
        project=project,
        period=chosen[0],
        alarms=alarm or [],
        stop=stop,
    )
    print_record(made, json=json)


@commands.command("list")
def list_budgets(
    account: Annotated[
        str, typer.Option("--account", metavar="ID", help="Only those of this account.")
    ] = "",
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Print how all budgets stand, a line each."""
    from lenticular.cli.output import print_json

    found = perform(data, config, "budgets.list", account_id=account)
    if json:
        print_json(found)
        return
    for budget in found:
        whose = [budget.get(name) for name in ("user", "project")]
        stop = f"stop at {budget['stop']}" if "stop" in budget else ""
        spent = f"{budget['spent']} of {budget['limit']} this {budget['period']}"
        print("  ".join(filter(None, (budget["account_id"], budget["name"], spent, *whose, stop))))


@commands.command()
def show(
    name: Name, account: Account = "", data: Data = None, config: Config = None, json: Json = False
) -> None:
    """Print how a budget stands, and its latest alarms."""
    found = perform(data, config, "budgets.show", name=name, account_id=account)
    _print(found, json=json)


@commands.command()
def delete(
    name: Name, account: Account = "", data: Data = None, config: Config = None, json: Json = False
) -> None:
    """Forget a budget, with its stop; print how it stood."""
    gone = perform(data, config, "budgets.delete", name=name, account_id=account)
    _print(gone, json=json)


def _print(budget: dict[str, Any], *, json: bool) -> None:
    from lenticular.cli.output import print_json, print_record

    if json:
        print_json(budget)
        return
    print_record({key: value for key, value in budget.items() if key != "raised"}, json=False)
    for alarm in budget.get("raised", ()):
        print(f"alarm at {alarm['time']}: above {alarm['threshold']}, {alarm['amount']}")
