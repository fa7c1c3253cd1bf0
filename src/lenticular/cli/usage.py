"""``usage`` and ``prices``: what was used, and what it costs."""

from collections.abc import Sequence
from typing import Any

from lenticular.cli import administration
from lenticular.cli.output import note, print_json, stdout
from lenticular.server.configuration import Configuration

_NUMBERS = ("quantity", "cost_usd")


def print_usage(
    configuration: Configuration,
    *,
    since: str | None,
    until: str | None,
    json: bool,
    **asked: object,
) -> None:
    """Print what an account used as a table, or as JSON."""
    found = administration.perform(
        configuration, "usage.show", since=beginning(since), until=beginning(until), **asked
    )
    if json:
        print_json(found)
    elif found:
        _print_table(found)
    else:
        print("Nothing was used.")


def beginning(given: str | None) -> str | None:
    """Return a time; of a date, its beginning in UTC."""
    return f"{given}T00:00:00Z" if given and "T" not in given else given


def print_prices(configuration: Configuration, *, write: bool, json: bool) -> None:
    """Print the price list, or put one into the data folder."""
    found = administration.perform(configuration, "prices.write" if write else "prices.show")
    if json:
        print_json(found)
    elif write:
        note(f"wrote {found['path']}: change it, and start the cloud anew")
    else:
        print(found["text"], end="")


def _print_table(rows: Sequence[dict[str, Any]]) -> None:
    from decimal import Decimal

    from rich.table import Table

    shown = ("time", "service", "meter", "user", "project", "quantity", "unit", "cost_usd")
    columns = [name for name in shown if any(name in row for row in rows)]
    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(
            name.replace("_usd", " (USD)"),
            justify="right" if name in _NUMBERS else "left",
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(row.get(name, "") for name in columns))
    stdout().print(table)
    total = sum((Decimal(row["cost_usd"]) for row in rows), start=Decimal())
    print(f"Together: {total:f} USD")
