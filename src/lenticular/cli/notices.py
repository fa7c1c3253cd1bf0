"""``notices``: mails and webhooks that went out, wait, or were given up."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import typer

from lenticular.cli.options import Config, Data, Json, group, perform

commands = group("Notices: mails and webhooks that went out, wait, or were given up.")

NoticeId = Annotated[str, typer.Argument(metavar="NOTICE", help="The id of a notice.")]


@commands.command("list")
def list_notices(
    status: Annotated[
        Literal["waiting", "delivered", "failed"] | None,
        typer.Option(help="Those of one status only."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 100,
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Print the notices of the last 30 days, the newest first."""
    from rich.table import Table

    from lenticular.cli.output import note, print_json, stdout

    outbox = perform(data, config, "notices.list", status=status, limit=limit)
    if json:
        print_json(outbox)
        return
    table = Table(box=None, pad_edge=False, header_style="")
    for title in ("NOTICE", "MADE", "STATUS", "TO", "SUBJECT", "PROBLEM"):
        table.add_column(title, overflow="fold")
    for one in outbox["notices"]:
        table.add_row(
            one["notice_id"],
            _moment(one["made"]),
            one["status"],
            one["to"],
            one["subject"],
            one["problem"],
        )
    stdout().print(table)
    if not outbox["sends_mail"]:
        note("no mail is sent: set smtp_host, or hand on what `lenticular notices show` prints")
    if outbox["dropped"]:
        note(f"{outbox['dropped']} more were dropped today: too many, or to no address")


@commands.command()
def show(notice: NoticeId, data: Data = None, config: Config = None, json: Json = False) -> None:
    """Print a notice with what it says; of one that was delivered, that it was."""
    from lenticular.cli.output import print_json

    shown = perform(data, config, "notices.show", notice_id=notice)
    if json:
        print_json(shown)
        return
    _print(shown["notice"])
    if shown["text"]:
        print(f"\n{shown['text']}", end="")
    if shown["url"]:
        print(f"url: {shown['url']}")
        print_json(shown["data"])


@commands.command()
def retry(notice: NoticeId, data: Data = None, config: Config = None, json: Json = False) -> None:
    """Try a notice again now that waits, or was given up."""
    from lenticular.cli.output import print_json

    tried = perform(data, config, "notices.retry", notice_id=notice)
    if json:
        print_json(tried)
    else:
        _print(tried)


def _print(notice: dict[str, Any]) -> None:
    from lenticular.cli.output import print_record

    times = {name: _moment(notice[name]) for name in ("made", "due", "settled")}
    print_record({name: value for name, value in (notice | times).items() if value}, json=False)


def _moment(milliseconds: int) -> str:
    if not milliseconds:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
