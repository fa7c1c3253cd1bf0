"""``audit``: who did what in the cloud, and whether the log of it is whole."""

from datetime import datetime
from typing import Annotated, Any

import typer

from lenticular.cli.options import Config, Data, Json, configuration, group, perform

commands = group("The audit log: who did what, and whether the log is whole.")

_TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"]

Account = Annotated[
    str, typer.Option("--account", metavar="ID", help="Only this account's log; 12 digits.")
]


@commands.command()
def verify(
    account: Account = "", data: Data = None, config: Config = None, json: Json = False
) -> None:
    """Walk the log and tell its first broken record. Exit code 1: it is broken."""
    from lenticular.cli import administration
    from lenticular.cli.output import print_json

    findings: list[dict[str, Any]] = []
    administration.follow(
        configuration(data, config), "audit.verify", findings.append, account_id=account
    )
    if json:
        print_json(findings)
    else:
        for finding in findings:
            print(_sentence(finding))
        if not findings:
            print("nothing is recorded")
    raise typer.Exit(1 if any(finding["problem"] for finding in findings) else 0)


def _sentence(finding: dict[str, Any]) -> str:
    intact = f"{finding['account_id']}: {finding['records']} records intact"
    if finding["problem"]:
        return f"{intact}, then record {finding['sequence']} is broken: {finding['problem']}"
    return f"{intact}, the last of {finding['recorded']}, digest {finding['digest']}"


@commands.command()
def show(
    account: Account = "",
    event: Annotated[
        str, typer.Option(metavar="NAME", help="An operation, for example CreateUser.")
    ] = "",
    source: Annotated[
        str, typer.Option(metavar="SERVICE", help="A service, for example iam.")
    ] = "",
    user: Annotated[str, typer.Option(metavar="NAME", help="The user who called.")] = "",
    key: Annotated[str, typer.Option(metavar="ID", help="The access key that signed.")] = "",
    resource: Annotated[
        str, typer.Option(metavar="NAME", help="What it was about: an ARN or its last part.")
    ] = "",
    errors: Annotated[bool, typer.Option("--errors", help="Only what was refused.")] = False,
    since: Annotated[
        datetime | None, typer.Option(formats=_TIMES, metavar="TIME", help="In UTC.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_TIMES, metavar="TIME", help="In UTC.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="Events at most.")] = 50,
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Print events, newest first."""
    from lenticular.cli.output import print_json

    found: list[dict[str, Any]] = perform(
        data,
        config,
        "audit.show",
        account_id=account,
        event_name=event,
        event_source=source,
        user_name=user,
        access_key_id=key,
        resource=resource,
        errors=errors,
        since=_utc(since),
        until=_utc(until),
        limit=limit,
    )
    if json:
        print_json(found)
        return
    for each in found:
        print(_line(each))


def _utc(given: datetime | None) -> str | None:
    return None if given is None else f"{given:%Y-%m-%dT%H:%M:%SZ}"


def _line(event: dict[str, Any]) -> str:
    identity = event["userIdentity"]
    who = identity.get("arn") or identity.get("userName") or identity["type"]
    what = f"{event['eventSource'].partition('.')[0]}:{event['eventName']}"
    about = [resource["ARN"] for resource in event.get("resources", ())]
    refused = [event["errorCode"]] if "errorCode" in event else []
    parts = [event["eventTime"], event["recipientAccountId"], who, what, *about, *refused]
    return "  ".join(part for part in parts if part)
